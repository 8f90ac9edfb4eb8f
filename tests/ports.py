"""Ports of this machine that are nobody's. One that was free a moment ago may be another test's by now: the system
hands it to the next server that does not mind which one it gets, and several workers play tests at once."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

HOST = "127.0.0.1"
FIRST, EACH = 20_000, 1000  # below those that Linux hands out (from 32768 on); a range for each worker
_next = count()


def find_free_port() -> int:
    """For a server that has to be told its port; nobody else in these tests is given it."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for _ in range(EACH):
        port = FIRST + worker % 12 * EACH + next(_next) % EACH
        with suppress(OSError), socket.create_server((HOST, port)):
            return port
    raise OSError(f"all {EACH} ports of this worker are taken")


@contextmanager
def hold_silent_port() -> Iterator[int]:
    """One that refuses every connection, and that nobody else gets meanwhile."""
    with socket.socket() as held:
        held.bind((HOST, 0))
        yield int(held.getsockname()[1])
