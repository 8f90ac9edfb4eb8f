"""How long ago attempts began, by time that nobody can set.

Absence counts only once a request cannot land any more, and a clock that was slow at the begin and is right at the look
makes seconds of it minutes. What this process began it has lived through, and counts itself. Of all else it counts from
when it first met it; or believes the clock, less an hour.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from bot.services.unit_of_work import Clock

WRONG = timedelta(hours=1)  # by which a clock may have been wrong
KEPT = 2 * 3600.0  # seconds; nobody looks for an attempt for so long


class Ages:
    """Of attempts, by their ids. Used from many threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._begun: dict[str, float] = {}  # elapsed
        self._met: dict[str, float] = {}

    def begin(self, attempt_id: str) -> None:
        """It begins now, here."""
        now = self._clock.elapsed()
        with self._lock:
            self._begun = {name: at for name, at in self._begun.items() if now - at < KEPT}
            self._begun[attempt_id] = now

    def find(self, attempt_id: str, started_at: datetime) -> timedelta:
        """For how long at least it has been under way. `started_at`: as the clock said then."""
        now = self._clock.elapsed()
        with self._lock:
            if attempt_id in self._begun:
                return timedelta(seconds=now - self._begun[attempt_id])
            self._met = {name: at for name, at in self._met.items() if now - at < KEPT}
            met = self._met.setdefault(attempt_id, now)
        return max(timedelta(seconds=now - met), self._clock.now() - started_at - WRONG)

    def may_be_fast(self, attempt_id: str) -> timedelta:
        """By how much the clock may have been ahead when it began. What began here is known by its age."""
        with self._lock:
            return timedelta() if attempt_id in self._begun else WRONG

    def forget(self, attempt_id: str) -> None:
        """Its outcome is known."""
        with self._lock:
            self._begun.pop(attempt_id, None)
            self._met.pop(attempt_id, None)
