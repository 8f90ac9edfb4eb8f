"""What a screen needs to know: `services/queries` fill these values, the views draw them, neither knows the other.

People are given by id ("U0…" for Slack users, else words such as "cli:maya@desk"); moments are aware UTC and
are drawn in the reader's own zone. Texts of people and networks are plain and not yet escaped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

from bot.domain.deliveries import BY_HAND_LIMIT, State
from bot.domain.facts import FactKind
from bot.domain.gate import DRILL
from bot.domain.kinds import LineType
from bot.domain.posts import Seen, Status
from bot.domain.preflight.conversions import Conversion
from bot.domain.preflight.objections import Objection, list_in_the_way
from bot.domain.shown.authorship import Authorship
from bot.domain.shown.by_hand import HandView
from bot.domain.shown.inbox_screens import ComplaintsView
from bot.domain.shown.locked import Locked, RuleView
from bot.domain.shown.post_conversations import PostConversations
from bot.domain.shown.state_words import describe_paused


@dataclass(frozen=True)
class PausedAgain:
    """Somebody gave a further reason for what was paused already."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class GateShut:
    """Who shut the gate that concerns this screen."""

    scope: str  # "all" or the account's title
    by: str
    at: datetime
    reason: str | None
    account: str | None = None  # its name; None: everything
    again: tuple[PausedAgain, ...] = ()
    banner: tuple[str, str] | None = None  # (channel, ts), in lists
    typed: str = ""  # what a command that resumes it calls it; where one is told
    beside: tuple[GateShut, ...] = ()  # on a card: its accounts that are paused by themselves too

    @property
    def gate(self) -> str:
        """The scope as the gate names it."""
        return self.account or "all"

    @property
    def sentence(self) -> str:
        """ "Publishing on Bluesky is paused"."""
        return describe_paused(None if self.account is None else self.scope)


@dataclass(frozen=True)
class AccountView:
    """What one account's readers will see."""

    name: str
    title: str  # "Mastodon"
    text: str  # exactly as the network shows it
    length: int
    limit: int
    unit: str  # "characters"
    problem: str | None = None  # a sentence where it does not fit
    tags: tuple[str, ...] = ()  # "#rye": hashtags that Byhand makes there
    folds: bool = False  # behind a content warning, if the post has one
    by_hand: bool = False  # people post there, not Byhand

    @property
    def near_limit(self) -> bool:
        return self.length >= 0.9 * self.limit


@dataclass(frozen=True)
class ImageView:
    sha256: str
    alt: str
    slack_file: str | None  # None: no copy in Slack (yet); the alt text is shown instead
    size: str  # "1200 x 800 px"


@dataclass(frozen=True)
class ApprovalView:
    by: str
    at: datetime
    waived: str | None = None
    early: bool = False  # of the words only


@dataclass(frozen=True)
class TakeDownView:
    """What became of a person's wish to take something down from one account."""

    state: State  # READY to SENDING: under way; SENT: it is gone; REFUSED; UNKNOWN
    by: str | None
    at: datetime | None  # when it was gone, refused, …
    reason: str | None = None  # the network's words


def find_out_at(begun_at: datetime | None, ended_at: datetime | None, by_hand: bool) -> datetime | None:
    """When a send went out: as it began, which is what networks show; never when the answer came, which may be a minute
    later. What somebody posted themselves: when they said so, unless that was only once they were asked."""
    if by_hand and begun_at and ended_at and ended_at - begun_at <= BY_HAND_LIMIT:
        return ended_at
    return begun_at or ended_at


@dataclass(frozen=True)
class DeliveryView:
    """One send, for the card of its post."""

    id: str
    account: str
    title: str
    state: State
    reason: str | None  # the network's words, or why dropped
    url: str | None
    profile_url: str | None
    begun_at: datetime | None
    ended_at: datetime | None
    asks_a_person: bool = False
    looks_until: datetime | None = None  # unknown: then a person is asked
    resolved_by: str | None = None
    by_hand: bool = False  # a person posts it
    holder: str = ""  # the name of whoever took it to post it by hand
    can_delete: bool = False
    take_down: TakeDownView | None = None  # None: nobody asked for it
    left_to_people: bool = False  # it is out, and Byhand cannot delete it there

    @property
    def gone(self) -> bool:
        """Published, and taken down since."""
        return self.take_down is not None and self.take_down.state is State.SENT

    @property
    def out_at(self) -> datetime | None:
        """When it went out."""
        return find_out_at(self.begun_at, self.ended_at, self.by_hand) if self.state is State.SENT else None


@dataclass(frozen=True)
class SendView:
    """One send, for a line in a list."""

    title: str
    state: State
    gone_at: datetime | None = None  # taken down since
    by_hand: bool = False  # a person posts it
    holder: str = ""  # as in DeliveryView

    @property
    def gone(self) -> bool:
        return self.gone_at is not None


PAUSED = "paused publishing"


@dataclass(frozen=True)
class Ended:
    """Why approvals that were given have ended."""

    what: str  # "changed the text" / "picked a new time" / PAUSED / "held it"
    by: str | None
    at: datetime
    whose: tuple[str, ...]
    diff: tuple[
        tuple[str, str], ...
    ] = ()  # since it was approved: (("-", "400 loaves"), ("+", "420 loaves"))
    later: tuple[tuple[str, datetime], ...] = ()  # who changed it after that, and when: the oldest first

    @property
    def by_a_pause(self) -> bool:
        return self.what == PAUSED


@dataclass(frozen=True)
class Arrival:
    """Whose act brought a post where it stands: it was moved, brought back, put on hold, or posted now."""

    how: FactKind
    by: str | None
    at: datetime
    slot: datetime | None = None  # it had before
    was: Status | None = None
    why: str | None = None  # it was so


@dataclass(frozen=True)
class PostCard:
    """Everything the card of a post shows, in any status."""

    seen: Seen
    number: int
    status: Status
    now: datetime
    accounts: tuple[AccountView, ...]
    slot: datetime | None
    decide_by: datetime | None
    status_at: datetime
    status_by: str | None
    reason: str | None  # of held, killed, missed
    written_by: str | None  # None: imported
    changed_by: tuple[str, ...]  # since then its words, images or accounts, in that order
    approvals: tuple[ApprovalView, ...]  # those that count
    needed: int
    approvers: tuple[str, ...]  # user and user group ids, to be mentioned
    objections: tuple[Objection, ...]
    images: tuple[ImageView, ...] = ()
    deliveries: tuple[DeliveryView, ...] = ()
    label: str = ""
    note: str = ""
    warning: str = ""  # a content warning
    gate: GateShut | None = None
    ended: Ended | None = None
    locked: Locked | None = (
        None  # it waits for approvals that nobody may give, or would if it were posted now
    )
    newer: tuple[str, str] | None = None  # (channel, ts) of the newer card: this one shrinks to a link
    conversations: PostConversations | None = None  # the conversations with customers about it
    arrival: Arrival | None = None
    before: tuple[str, str] | None = None  # (channel, ts) of the card it had before: people talked below it
    complaints: tuple[ComplaintsView, ...] = ()  # on the accounts it is to go out on
    drill_over: bool = False  # of a drill that has ended: nothing can be pressed
    author_may_approve: bool = False  # whoever changes it may approve it, too
    none_to_spare: bool = False  # if one more approver changes it, too few are left who may approve it
    all_have_approved: bool = False  # nobody is left who may and has not: perhaps too few for what it needs
    left_out: tuple[str, ...] = ()  # titles of accounts it was for before; Edit can put them back
    names: tuple[tuple[str, str], ...] = ()  # of its writers and approvers, by id: a mention would ring them
    asks_go: bool = False  # its words are approved, and nobody has said yet that the moment is right
    go_from: datetime | None = (
        None  # a Go counts only from then on: the lead became shorter since the card was up
    )
    approver_says_go: bool = (
        False  # there was a pause since: only an approver can say Go, or yes to what is left
    )
    request: tuple[str, str] | None = None  # (channel, ts) of the newest message that asked for its words
    go: ApprovalView | None = None  # who said that the moment is right, apart from approving the words
    planned_by: str | None = None  # who made a post of words that are others'
    released: tuple[ApprovalView, ...] = ()  # the two who let it go as a statement, during a pause
    rules: tuple[RuleView, ...] = ()  # where others than the team's approvers are named
    have: int = 0  # of the approvals it needs: one that counts for two rules is counted twice
    by_hand: tuple[HandView, ...] = ()  # from its slot on, what people post themselves
    conversions: tuple[Conversion, ...] = ()  # what would make its images fit, where it can be edited

    @property
    def titles(self) -> str:
        """ "Mastodon + Bluesky"."""
        return " + ".join(account.title for account in self.accounts)

    @property
    def nobody_may_approve(self) -> bool:
        return self.locked is not None and self.locked.left == 0

    @property
    def in_the_way(self) -> tuple[Objection, ...]:
        """What stops the next yes to it."""
        waived = any(one.waived for one in self.approvals)
        return list_in_the_way(self.objections, has_words=self.asks_go, waived=waived)

    @property
    def lacks_only_go(self) -> bool:
        """Its words are approved, its slot is ahead, and nothing is in the way."""
        ahead = self.slot is not None and self.slot > self.now
        return self.asks_go and ahead and not (self.gate or self.go_from or self.in_the_way)

    @property
    def can_go(self) -> bool:
        """Somebody can say Go now."""
        return self.status is Status.REVIEW and self.lacks_only_go

    @property
    def was_approved(self) -> bool:
        """Somebody had approved it in this review."""
        return self.status is Status.APPROVED or bool(self.approvals or (self.ended and self.ended.whose))

    @property
    def of_drill(self) -> bool:
        return [account.name for account in self.accounts] == [DRILL]


@dataclass(frozen=True)
class HistoryLine:
    """One thing that happened to a post."""

    at: datetime
    who: str | None  # None: the clock
    words: str  # a sentence about them: "Approved it."
    links: tuple[tuple[str, str], ...] = ()  # (label, address)


@dataclass(frozen=True)
class UpcomingRow:
    """One post in a list."""

    post_id: str
    number: int
    status: Status
    slot: datetime | None
    titles: str
    text: str  # the first words
    approvals: int
    needed: int
    asks_go: bool = False  # its words are approved, and nobody has said yet that the moment is right
    card: tuple[str, str] | None = None  # (channel, ts)
    reason: str | None = None
    waiting_for_me: bool = False
    after_resume: bool = False  # would wait for me, were it not paused
    fix: tuple[str, ...] = ()  # what stops the next yes to it; of a draft, what it lacks
    look: bool = False  # nothing in it has to be fixed: somebody has to look at its accounts
    gate: GateShut | None = None  # what keeps it from going out
    sends: tuple[SendView, ...] = ()  # once something of it was to be sent
    seen: Seen | None = None
    acted_at: datetime | None = (
        None  # when it was killed, taken down or a statement: its slot says nothing of that
    )
    whose: Authorship | None = None  # of a draft
    asks_at: datetime | None = None  # of a planned one: when its card is up
    asked: tuple[str, ...] = ()  # names of who is on shift then, where that was asked for

    @property
    def has_words(self) -> bool:
        """Its words have all the approvals they need."""
        return self.approvals >= self.needed


@dataclass(frozen=True)
class AccountHealth:
    title: str
    ok: bool | None  # None: not asked yet
    sentence: str
    ends: str = ""  # within 7 days: until when it works, and who must do what
    cost: str = ""  # what its sends have cost this month; "": nothing is taken for them
    unpaid: str = ""  # the account, if it is out of credits and can be tried again; "": it is not


class Ahead(StrEnum):
    """How far a list of posts looks ahead."""

    TODAY = "today"
    WEEK = "week"  # seven days
    ALL = "all"  # with drafts and posts on hold


class Asks(Enum):
    """Whether what a line asks people for is still to be done."""

    AS_SAID = "as it was said"
    SETTLED = "somebody looked, or it was found"
    BEING_TAKEN_DOWN = "somebody pressed it"
    ONE_TAKEN_DOWN = "of two, one is left"
    TAKEN_DOWN = "nothing of it is there"


@dataclass(frozen=True)
class ThreadLine:
    """A line in a card's thread, where a person must see it. `kind` picks its words."""

    kind: LineType
    at: datetime
    values: dict[str, object]
    asks: Asks = Asks.AS_SAID


@dataclass(frozen=True)
class OutView:
    """One post that is, or may be, out on one account: for lists that offer [Take down]."""

    delivery_id: str
    number: int
    title: str  # of the account
    text: str  # the first words
    at: datetime
    state: State  # of the send
    url: str | None
    profile_url: str | None
    can_delete: bool
    take_down: TakeDownView | None = None  # None: nobody asked for it
    deleted_by: str | None = None  # "I deleted it"
    place: int = 0  # of its account among the post's
    of_drill: bool = False
    statement: bool = False  # two people had released it during a pause
    holder: str | None = None  # who posts it by hand

    @property
    def may_be_up(self) -> bool:
        """It went out, or nobody knows; and nobody took it down or deleted it."""
        gone = self.deleted_by or (self.take_down and self.take_down.state is State.SENT)
        return not gone and self.state in (State.SENT, State.SENDING, State.UNKNOWN)
