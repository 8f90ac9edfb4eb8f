"""What App Home shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.duty import Turn
from bot.domain.preflight.week import PlannedDay
from bot.domain.shown.approval_requests import ToRead
from bot.domain.shown.inbox_screens import HomeInbox
from bot.domain.shown.post_screens import AccountHealth, GateShut, UpcomingRow
from bot.domain.shown.tally import Tally


@dataclass(frozen=True)
class HomePage:
    """App Home of one person: what needs them first."""

    now: datetime
    gate: tuple[GateShut, ...]
    needs_me: tuple[UpcomingRow, ...]
    today: tuple[UpcomingRow, ...]
    drafts: tuple[UpcomingRow, ...]  # the newest; `all_drafts` is how many there are
    held: tuple[UpcomingRow, ...]  # each waits for a new time
    asks: tuple[UpcomingRow, ...]  # unknown outcomes, failures, missed: somebody must look; the newest first
    this_week: Tally
    accounts: tuple[AccountHealth, ...]
    reader: bool = False  # a guest: reads only
    contributor: bool = False  # a guest who may write drafts; `drafts` are theirs
    inbox: HomeInbox | None = None  # None: nothing about customers is shown
    to_fix: tuple[UpcomingRow, ...] = ()  # cannot be approved as they stand, and are not among `needs_me`
    later: tuple[UpcomingRow, ...] = ()  # paused; each waits for me once publishing resumes
    ahead: tuple[PlannedDay, ...] = ()  # the six days after today, those on which something goes out
    on_shift: tuple[Turn, ...] = ()
    next_shift: Turn | None = None  # None: nobody within a week
    has_rota: bool = False  # or somebody said that they are on shift
    all_drafts: int = 0
    to_read: ToRead | None = None  # what this person was asked to approve
    to_ask: int = 0  # planned posts whose words nobody has approved
    gaps: tuple[date, ...] = ()  # of the same days, those of the team's hours on which nothing does
