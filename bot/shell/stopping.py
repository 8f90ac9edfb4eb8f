"""Ctrl-C, a SIGTERM and a closed terminal while something must not end halfway: kept until it asks."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Held:
    """Whether one of them came."""

    came = False

    def take(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  as `signal` asks
        """Raises KeyboardInterrupt at the second Ctrl-C, for somebody who does not want to wait."""
        if self.came and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.came = True


@contextmanager
def hold_signals() -> Iterator[Held]:
    """Until the end of the `with`. Only the main thread is told of signals: elsewhere none comes."""
    held = Held()
    if threading.current_thread() is not threading.main_thread():
        yield held
        return
    before = {one: signal.signal(one, held.take) for one in SIGNALS}
    try:
        yield held
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
