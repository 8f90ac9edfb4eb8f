"""What the screens of a pause show, as frozen values; the rules of `domain/shown/post_screens.py` hold here too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.pause.drill import Step
from bot.domain.posts import Seen
from bot.domain.shown.post_screens import GateShut, OutView, PausedAgain
from bot.domain.shown.state_words import describe_paused
from bot.domain.shown.statement_screens import StatementView
from bot.domain.shown.stopped_replies import RepliesShut


@dataclass(frozen=True)
class ElsewhereView:
    """Something Byhand cannot stop."""

    what: str
    by: str | None  # who stopped it by hand
    at: datetime | None
    seen: str = ""  # what its button carries of that


@dataclass(frozen=True)
class BannerView:
    """The banner of a pause, running or over."""

    pause_id: str
    scope: str  # "all" or the account's title
    account: str | None  # its name, for commands; None: everything
    by: str
    at: datetime
    reason: str | None
    approvers: tuple[str, ...]
    stopped: int  # posts ahead, and those that have missed their slot since
    next_slot: datetime | None
    under_way: tuple[OutView, ...]  # was already being sent, each with its later outcome
    went_out: tuple[OutView, ...]  # in the last 24 hours before the pause
    newest: tuple[OutView, ...]  # each account's newest post, where it is older than that
    elsewhere: tuple[ElsewhereView, ...]
    stops_replies: bool  # nobody may answer in its scope, by this pause or another
    on_shift: tuple[str, ...] = ()  # when it began, who is no approver
    went_out_more: int = 0  # beyond those listed
    ended_at: datetime | None = None
    ended_by: str | None = None
    summary: tuple[tuple[str, int], ...] = ()  # ("moved", 1), ("kept", 1), ("killed", 1)
    answers: int = 0  # to customers, that it kept, and that could be sent once it was over
    approved: int = 0  # posts ahead that had been, once it was over: an approver has to let them go
    missed: int = 0  # of those it stopped: their slot has passed
    again: tuple[PausedAgain, ...] = ()
    stays: tuple[GateShut, ...] = ()  # what is paused besides, and is not resumed by resuming this
    replies: tuple[RepliesShut, ...] = ()  # the pauses that stop answers in its scope
    statements: tuple[StatementView, ...] = ()  # released in this pause, the newest first
    by_hand: bool = (
        False  # it is of one account on which people post themselves: there is no statement for it
    )
    lists: bool = False  # accounts or labels name approvers of their own

    @property
    def sentence(self) -> str:
        """ "Publishing on Bluesky is paused"."""
        return describe_paused(None if self.account is None else self.scope)

    @property
    def paused_before(self) -> tuple[GateShut, ...]:
        """What was paused already when this began: posts that it counts, too, were stopped by then."""
        return tuple(one for one in self.stays if one.at < self.at)

    @property
    def asks_elsewhere(self) -> bool:
        """Nobody stops the newsletter twice: while everything is paused too, only that pause asks, unless somebody has
        answered here."""
        whole = any(one.account is None for one in self.stays)
        return not whole or any(one.by for one in self.elsewhere)

    @property
    def not_stopped(self) -> tuple[str, ...]:
        """What nobody has marked as stopped, of what it asks people to stop."""
        return tuple(one.what for one in self.elsewhere if one.by is None) if self.asks_elsewhere else ()

    @property
    def still_up(self) -> tuple[OutView, ...]:
        """What went out before it, or may have, and is not known to be gone; of an account's newest post only what
        somebody tried to take down."""
        listed = {one.delivery_id for one in (*self.under_way, *self.went_out)}
        newest = (one for one in self.newest if one.take_down and one.delivery_id not in listed)
        return tuple(one for one in (*self.under_way, *self.went_out, *newest) if one.may_be_up)


@dataclass(frozen=True)
class ResumeRow:
    """A post that missed its slot while paused."""

    seen: Seen
    number: int
    slot: datetime
    titles: str
    text: str
    suggested: datetime  # the next free quarter hour


@dataclass(frozen=True)
class ResumeForm:
    """What the Resume dialog opens with."""

    scope: str  # as in the gate
    title: str  # "everything" or the account's title
    epoch: int
    rows: tuple[ResumeRow, ...]  # the first 25
    more: int  # missed posts beyond those
    later: int  # posts ahead
    again: int  # of those, the ones that were approved, if only their words: an approver has to let them go
    first_later: datetime | None
    zone: str
    stays: tuple[GateShut, ...] = ()  # as on the banner
    decided: int = 0  # posts that missed their slot, and have been moved or decided since
    held_back: int = 0  # answers to customers that can be sent again then, if their writers want it
    not_stopped: tuple[str, ...] = ()  # as on the banner: nobody has marked it as stopped
    still_up: tuple[OutView, ...] = ()  # as on the banner
    away: bool = True  # this person's clock says another time than the team's, or nobody knows


@dataclass(frozen=True)
class DrillQuestion:
    """What somebody is asked before a drill begins."""

    newest: str  # the drill before it, which the button names; "-": there was none
    channel: str
    approvers: tuple[str, ...]  # who is rung
    posts: int


@dataclass(frozen=True)
class StepView:
    """One step of a drill. `took` None: it is not done."""

    step: Step
    by: tuple[str, ...]
    took: timedelta | None  # since the step done before it, in whole seconds
    nth: int = 0  # in which place it was done, from 1


@dataclass(frozen=True)
class DrillView:
    """What the drill's card shows, and its summary. Times are moments; None: it has not happened."""

    by: str
    at: datetime
    posts: int
    steps: tuple[StepView, ...]  # all of them, in their order
    ends_at: datetime  # by itself
    changed_at: datetime | None  # every card showed the pause
    banner: tuple[str, str] | None  # (channel, ts) of its pause's
    ended_at: datetime | None
    ended_by: str | None
    why: str | None
    summary: tuple[str, str] | None = None  # (channel, ts) of it, once it is up
