"""The last few hundred calls between the bot, Slack and the networks, for people to look at."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any

FROM_SLACK = "slack→bot"
TO_SLACK = "bot→slack"
TO_NETWORK = "bot→network"
FROM_NETWORK = "network→bot"
SLOW_MS = 3000  # Slack gives up on an acknowledgement after this
KEPT = 500


@dataclass(frozen=True)
class Line:
    n: int
    at: datetime
    way: str
    what: str
    ms: int
    status: str
    slow: bool = False
    times: int = 1  # this failure, of which this is the newest

    def as_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "at": self.at.isoformat(),
            "way": self.way,
            "what": self.what,
            "ms": self.ms,
            "status": self.status,
            "slow": self.slow,
            "times": self.times,
        }


class Traffic:
    def __init__(self, now: Callable[[], datetime], *, slow_ms: int = SLOW_MS) -> None:
        self._now = now
        self._slow_ms = slow_ms
        self._lock = Lock()
        self._lines: deque[Line] = deque(maxlen=KEPT)
        self._count = 0

    def record(self, way: str, what: str, ms: float, status: str) -> int:
        """Returns the line's number, by which `amend` finds it again."""
        with self._lock:
            self._count += 1
            self._lines.append(
                Line(self._count, self._now(), way, what, round(ms), status, self._slow(way, ms))
            )
            return self._count

    def amend(self, n: int, ms: float, status: str) -> None:
        """An answer came after the line was written, as that of a slow acknowledgement."""
        with self._lock:
            for index, line in enumerate(self._lines):
                if line.n == n:
                    slow = self._slow(line.way, ms)
                    self._lines[index] = replace(line, ms=round(ms), status=status, slow=slow)

    def clear(self) -> None:
        with self._lock:
            self._lines.clear()

    def latest(self, count: int = 100) -> list[Line]:
        """Newest first."""
        with self._lock:
            return list(reversed(self._lines))[:count]

    def folded(self, count: int = 100) -> list[Line]:
        """The same, each failure once with how often it came: what is tried all the time hides nothing else."""
        found: dict[object, Line] = {}
        for line in self.latest(KEPT):
            alike = (line.way, line.what, line.status) if line.status[:1] in ("4", "5") else line.n
            newest = found.get(alike)
            found[alike] = replace(newest, times=newest.times + 1) if newest else line
        return list(found.values())[:count]

    def _slow(self, way: str, ms: float) -> bool:
        return way == FROM_SLACK and ms >= self._slow_ms
