"""A worker process that is halted between the commit of *begin* and the call, as a laptop that is shut, or a machine
that swaps, halts one. It stops itself, with SIGSTOP, at exactly that point; whoever started it may let it go on.

Started as `python -m tests.promises.halted` with its orders as a line of JSON; it ends when the outcome is recorded,
and claims nothing more: what becomes of the rest is for others.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.services.unit_of_work import Services
from bot.store.engine.store import Store
from bot.workers.worker import Worker
from tests.promises.rush.clock import SharedClock
from tests.promises.rush.workers import LOOK_EVERY, services


class HaltingOffice:
    """Services whose process is halted once, right after a begin was committed."""

    def __init__(self, of: Services) -> None:
        self._services = of
        self.turning = threading.Lock()  # no turn is halted in its middle
        self.begun, self.recorded = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._services, name)

    def do(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        answer = self._services.do(verb, *args, **kwargs)
        if verb.__name__ == "begin" and answer is not None:
            with self.turning:
                self.begun.set()
                halt()
        if verb.__name__ == "record_outcome":
            self.recorded.set()
        return answer


def halt() -> None:
    """Stop the process here. Sent to this thread: sent to the process, another thread would take the signal, and this
    one would have gone on as far as the call before it stood still."""
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def main() -> None:
    orders = json.loads(sys.stdin.readline())
    clock = SharedClock(Path(orders["clock"]))
    with Store.open(orders["database"], now=clock.now) as store:
        of: Any = HaltingOffice(services(store, clock, orders["network"], orders["tokens"]))
        worker = Worker(of, name="halted", wake=lambda: None)
        while not of.begun.wait(LOOK_EVERY):
            with of.turning:
                if not of.begun.is_set():
                    worker.turn()
        of.recorded.wait()


if __name__ == "__main__":
    main()
