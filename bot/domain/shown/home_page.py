"""What App Home shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.duty import Turn
from bot.domain.preflight.week import WeekDay
from bot.domain.shown.approval_requests import ToRead
from bot.domain.shown.by_hand import Unwatched
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
    ahead: tuple[WeekDay, ...] = ()  # the six days after today
    on_shift: tuple[Turn, ...] = ()
    next_shift: Turn | None = None  # None: nobody within a week
    mine_is_on: bool = False  # this person is on shift now
    has_rota: bool = False  # or somebody said that they are on shift
    all_drafts: int = 0
    to_read: ToRead | None = None  # what this person was asked to approve
    to_ask: int = 0  # planned posts whose words nobody has approved
    unwatched: tuple[Unwatched, ...] = ()  # whose comments Byhand cannot read


@dataclass(frozen=True)
class DayPage:
    """One day of the team's zone, opened."""

    about: WeekDay
    posts: tuple[UpcomingRow, ...]  # what goes out on it, by slot
    reader: bool = False  # reads only
