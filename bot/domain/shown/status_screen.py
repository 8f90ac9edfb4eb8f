"""What `/social status` and `byhand status` show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.shown.by_hand import Unwatched
from bot.domain.shown.post_screens import AccountHealth, GateShut, UpcomingRow
from bot.domain.shown.tally import Tally


@dataclass(frozen=True)
class StatusPage:
    """How things stand now. `titles`: of the accounts that were asked for, then every number but `gate` and `unsealed`
    is theirs alone; empty: all."""

    now: datetime
    gate: tuple[GateShut, ...]
    waiting: int  # posts that need a decision, and may have one: nobody approves during a pause
    held: int  # posts that need a new time
    next_row: UpcomingRow | None
    being_sent: int
    unknown: int
    accounts: tuple[AccountHealth, ...]
    unsealed: int  # facts not yet sealed
    today: Tally
    held_back: int = 0  # answers to customers that a pause keeps back
    missed: int = 0  # posts that missed their slot in the last three days and need a new one
    failed: int = 0  # posts that were refused in the last three days
    customers: int = 0  # that wait for an answer
    nobodys: int = 0  # of those: nobody has them
    titles: tuple[str, ...] = ()
    paused: int = 0  # posts that need a decision once publishing resumes
    decide_by: datetime | None = None  # the first of them
    to_fix: int = 0  # posts that cannot be approved as they stand, paused or not
    unwatched: tuple[Unwatched, ...] = ()  # accounts whose comments Byhand cannot read
