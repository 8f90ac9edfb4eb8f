"""slack_sdk's Socket Mode client leaves the socket of a handshake that failed to the garbage collector. Warnings are
errors here, so that would blame whichever test happens to run; and a warning switched off for all sockets would hide
ours. So for the time of the tests its `connect` closes what it opened and does not keep; nothing else is forgiven.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk.socket_mode.builtin import connection as sdk
from slack_sdk.socket_mode.builtin.internals import _establish_new_socket_connection as establish


class _Opened(threading.local):
    """What slack_sdk opened last on this thread."""

    sock: socket.socket | None = None

    def take(self) -> socket.socket | None:
        """It, and from now on nothing."""
        sock, self.sock = self.sock, None
        return sock


@pytest.fixture(scope="session", autouse=True)
def slack_sdk_closes_what_it_does_not_keep() -> Iterator[None]:
    opened = _Opened()
    connect = sdk.Connection.connect

    def establish_and_tell(**options: Any) -> socket.socket:
        sock = opened.sock = establish(**options)
        return sock

    def connect_and_close(self: sdk.Connection) -> None:
        opened.take()
        connect(self)
        sock = opened.take()
        if sock is not None and self.sock is not sock:
            sock.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sdk, "_establish_new_socket_connection", establish_and_tell)
        patch.setattr(sdk.Connection, "connect", connect_and_close)
        yield
