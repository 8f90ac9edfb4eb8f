"""What the daily digest shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.preflight.week import WeekDay
from bot.domain.shown.post_screens import GateShut, UpcomingRow


@dataclass(frozen=True)
class DigestView:
    """One day of the team's zone: what goes out, and what needs somebody."""

    now: datetime
    day: date
    posts: tuple[UpcomingRow, ...]  # by slot; not empty
    week: tuple[WeekDay, ...] = ()  # seven days, today first
    gates: tuple[GateShut, ...] = ()
    to_fix: int = 0  # posts that nobody can approve as they stand
    missed: int = 0  # posts that need a new time
    customers: int = 0  # who wait
    nobodys: int = 0  # of those, whom nobody has taken
    shifts: tuple[tuple[str, datetime, datetime], ...] = ()  # (name, from, until), in order
    nameless: bool = False  # nobody has told yet what one of them is called
    has_rota: bool = False  # or somebody said that they are on shift
    oldest: datetime | None = None  # since when the first of them waits
