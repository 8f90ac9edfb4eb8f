"""The demo's clock: real time plus what was pushed. The pretend servers and the bot's process follow the same one."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class StageClock:
    """Both are pushed: on the stage that time has passed for everybody. `elapsed()` counts through suspend where the
    system does; what the stage's day is set to at first has not passed."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self._lock = threading.Lock()
        self._offset = self._first = offset

    def now(self) -> datetime:
        with self._lock:
            return datetime.now(UTC) + self._offset

    def elapsed(self) -> float:
        real = (
            time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
        )
        return real + (self.offset - self._first).total_seconds()

    @property
    def offset(self) -> timedelta:
        with self._lock:
            return self._offset

    def set_offset(self, offset: timedelta) -> None:
        """Forward only: a clock that runs backwards would un-happen what is on record."""
        with self._lock:
            self._offset = max(self._offset, offset)
