"""What the inbox's screens need to know, as frozen values; the rules of `post_screens.py` hold here too.

Customers' words and names are given as they wrote them: not escaped, not trusted, and for private conversations
only to screens of the private channel. `gone` words were erased or deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.conversations import Closing, Meanwhile, Stage
from bot.domain.deliveries import State
from bot.domain.kinds import AttachmentType, PileType
from bot.domain.shown.stopped_replies import RepliesShut


@dataclass(frozen=True)
class AttachmentView:
    url: str
    alt: str
    kind: AttachmentType


@dataclass(frozen=True)
class WordsView:
    """One message as it is now."""

    message_id: str
    text: str
    at: datetime
    url: str | None
    attachments: tuple[AttachmentView, ...] = ()
    edited: bool = False
    deleted: bool = False
    erased: bool = False
    withheld: bool = False  # the network does not let them be passed on


@dataclass(frozen=True)
class CustomerView:
    name: str  # "Lena K."; "a customer" once erased
    handle: str
    url: str | None
    followers: int | None = None
    withheld: bool = False  # the network does not let the name be passed on


@dataclass(frozen=True)
class PostLink:
    """The post of ours a conversation is about."""

    number: int
    text: str
    card: tuple[str, str] | None  # (channel, ts) of its card
    url: str | None  # on the network
    gone_at: datetime | None = None  # taken down from there


@dataclass(frozen=True)
class ReplyView:
    """An answer on its way, or how it ended."""

    delivery_id: str
    state: State
    text: str
    by: str
    at: datetime
    url: str | None = None
    reason: str | None = None
    asks_a_person: bool = False  # unknown, and looking could not tell
    looks_until: datetime | None = None  # unknown: then a person is asked
    profile_url: str | None = None
    can_delete: bool = False
    can_correct: bool = False
    deleted: bool = False
    image_alt: str | None = None  # with an image, described so
    erased: bool = False  # its words and the customer's: nothing can be pressed on them
    customer: CustomerView | None = None
    title: str = ""  # of the account


@dataclass(frozen=True)
class AnswerView:
    """What the customer has of us: an answer as it is now."""

    text: str
    at: datetime
    by: str | None  # None: somebody in the network's own app
    attachments: tuple[AttachmentView, ...] = ()
    image_alt: str | None = None  # with an image of ours, described so
    deleted: bool = False
    corrected_by: str | None = None  # whose words these are, where they are not the first


@dataclass(frozen=True)
class ConversationCard:
    """Everything the parent card of a conversation shows."""

    conversation_id: str
    number: int
    seq: int
    now: datetime
    stage: Stage
    private: bool
    title: str  # of the account: "Mastodon"
    us: str  # "@dockbakery"
    customer: CustomerView
    how: str  # "public comment", "mention", "private message"
    first: WordsView  # the words on the card
    count: int  # messages of the customer
    waiting_since: datetime | None
    owner: str | None
    owner_since: datetime | None
    reasons: tuple[str, ...]
    late_since: datetime | None  # the answer target has passed
    post: PostLink | None
    newer: tuple[str, str] | None = None  # an old card: where the current one is
    closing: Closing | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None
    answered_by: str | None = None  # None with answered_at: in the network's own app
    answered_at: datetime | None = None
    last_reply: ReplyView | None = None
    replies_stopped: RepliesShut | None = None  # of this account
    erased: bool = False
    erased_by: str | None = None  # None with erased: the clock, after the set time
    erased_at: datetime | None = None
    nothing_left: bool = False  # the customer deleted all they wrote: nothing is there to be answered
    thread: str = "mention"  # the setting: "mention", "ask" or "button"
    since: tuple[WordsView | AnswerView, ...] = ()  # the latest of theirs and of ours after `first`, in order
    rung: tuple[str, ...] = ()  # whose phones it rings when it is posted
    answers_end: datetime | None = None  # from then on the network takes no answer; None: it always does
    takes_answers: bool = True  # through Byhand
    no_answer: str = ""  # why its network lets no app answer the newest message, a sentence

    @property
    def too_late(self) -> bool:
        """Nothing can be answered until they write again."""
        return self.answers_end is not None and self.answers_end <= self.now

    @property
    def only_there(self) -> bool:
        """Whoever answers does so on the network: Byhand can send nothing now."""
        return (not self.takes_answers or self.too_late) and not self.nothing_left


@dataclass(frozen=True)
class ConversationRow:
    """A conversation in a list."""

    number: int
    stage: Stage
    title: str
    name: str  # "a private message" for private ones, outside their channel
    text: str  # "" for private ones, outside their channel
    waiting_since: datetime | None
    owner: str | None
    reasons: tuple[str, ...]
    late: bool
    card: tuple[str, str] | None
    alike: int = 1  # of one pile: this row stands for so many
    withheld: bool = False  # the network does not let words and name be passed on


class InboxList(StrEnum):
    """Which conversations a list shows."""

    ALL = "all"  # who waits, then who was answered since yesterday
    MINE = "mine"
    NOBODYS = "waiting"  # they wait, and nobody has them


@dataclass(frozen=True)
class InboxPage:
    """`/social inbox`: the oldest that waits first; what to look at first before all."""

    what: InboxList
    now: datetime
    rows: tuple[ConversationRow, ...]
    open: int
    nobody_has: int
    oldest: datetime | None  # of those nobody has, where these are listed; else of all
    offered: int  # older ones nobody brought in yet
    all: int = 0  # conversations of this list, with those that are not among the rows
    stopped: tuple[RepliesShut, ...] = ()


@dataclass(frozen=True)
class PileCard:
    pile_id: str
    kind: PileType
    about: str  # the post's words, or the words they share
    post: PostLink | None
    title: str
    people: int
    waiting: int  # whoever has them
    only_emoji: int  # of those nobody has
    owned: tuple[tuple[str, int], ...]  # (owner, how many of the waiting)
    closed: int
    answered: int = 0
    newest: WordsView | None = None  # of all its conversations, what a customer wrote last
    newest_by: str = ""  # the name its author goes by
    replies_stopped: RepliesShut | None = None

    @property
    def free(self) -> int:
        """How many wait and nobody has."""
        return self.waiting - sum(number for _, number in self.owned)

    @property
    def closable(self) -> int:
        """How many can be closed at once."""
        return self.free if self.kind is PileType.SAME else self.only_emoji


@dataclass(frozen=True)
class PileList:
    """Those of a pile who wait."""

    rows: tuple[ConversationRow, ...]  # the first of them
    waiting: int


@dataclass(frozen=True)
class PileClosing:
    """Which of a pile are closed at once. `seen`: (number, seq) of each, so that no other one is closed."""

    pile: PileCard
    seen: tuple[tuple[int, int], ...]
    rows: tuple[ConversationRow, ...]  # the newest of them


@dataclass(frozen=True)
class OfferCard:
    """ "23 older unanswered: bring in, leave"."""

    account: str
    title: str
    count: int  # still offered
    oldest: datetime | None
    brought_in: int
    by: str | None = None  # who decided
    left: bool = False
    unread_before: datetime | None = None  # more came in than a first sync reads: nothing from before then


@dataclass(frozen=True)
class LateCard:
    """Who waits longer than the team promised itself."""

    now: datetime
    target: timedelta  # of the team's hours
    count: int
    oldest: datetime | None
    rows: tuple[ConversationRow, ...]  # the first of them, the one that waits longest first
    approvers: tuple[str, ...]


@dataclass(frozen=True)
class NewCard:
    """Who waits and nobody has, not late yet: the message of the hour."""

    count: int
    oldest: datetime | None  # since when the first of them waits
    rows: tuple[ConversationRow, ...]  # the first of them
    quiet: int  # of those to look at first: rang nobody so far
    more_quiet: bool  # there may be more of these than were read
    approvers: tuple[str, ...]
    target: timedelta  # whoever waits longer is in the list of those who are late


@dataclass(frozen=True)
class SpikeCard:
    """Many complaints on one post: a pause is suggested, people decide."""

    spike_id: str
    now: datetime
    title: str
    account: str
    complaints: int
    minutes: int
    post: PostLink | None
    expected_until: datetime | None
    expected_by: str | None
    paused: bool
    approvers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ComplaintsView:
    """Many complaints on an account just now, for the cards of posts that are to go out there."""

    title: str  # of the account
    count: int
    since: datetime
    card: tuple[str, str] | None  # (channel, ts) of what suggests a pause


@dataclass(frozen=True, kw_only=True)
class _Answering:
    """What is shown wherever an answer is written or asked about."""

    title: str = ""  # of the account
    answers_end: datetime | None = None  # from then on the network takes no answer; None: it always does
    text: str = ""  # the words themselves, for a field
    notes: tuple[str, ...] = ()  # sentences: what the customer will see otherwise than it was made
    corrects: str | None = None  # "Correct what Lena got" instead of "Send this to Lena"
    since: tuple[WordsView, ...] = ()  # the newest of what they wrote after what it answers
    more_since: int = 0  # and how many besides
    post: PostLink | None = None  # what it is about


@dataclass(frozen=True)
class DraftView(_Answering):
    """What somebody is asked before Send. They alone see it."""

    draft_id: str
    digest: str
    private: bool
    customer: CustomerView
    us: str
    preview: str  # exactly what the customer will see
    length: int
    limit: int
    unit: str
    problem: str | None  # why it cannot be sent as it is
    stopped: str | None = None  # why nothing can be sent now: a pause stops replies, too
    image_alt: str | None = None  # "" : an image without its text
    owner: str | None = None  # a colleague who has the conversation
    waits: bool = True
    meanwhile: tuple[Meanwhile, ...] = ()  # the collision: then not sent, "Send mine as well"
    tags: tuple[str, ...] = ()  # "#rye": hashtags that Byhand makes there
    lost: tuple[str, ...] = ()  # sentences that quote: what means something in Slack, and is not seen outside
    last: WordsView | None = None  # what it answers
    conversation_id: str = ""
    seq: int = 0  # of the conversation: its person has been shown everything up to here


@dataclass(frozen=True)
class ReplyForm(_Answering):
    """What the Reply dialog opens with."""

    conversation_id: str
    seq: int
    private: bool
    customer: CustomerView
    us: str
    last: WordsView  # what it answers
    ours: AnswerView | None = None  # our newest answer to it; not where one is corrected
    image_alt: str | None = None  # of what is corrected: its image stays
    limit: int = 500
    unit: str = "characters"
    prefix: str = ""  # what is put in front of the words, and counted: "@lena "
    left: int = 500  # of the limit, for the words behind it
    begun: datetime | None = None  # the text is what this person typed then, and did not send


@dataclass(frozen=True)
class SourceChange:
    """Somebody edited or deleted the Slack message a reply of theirs was made from."""

    gone: bool  # deleted; else edited
    reply: ReplyView | None = None  # that went out; None: it was only offered for sending
    title: str = "the network"

    @property
    def delivery_id(self) -> str | None:
        return self.reply.delivery_id if self.reply else None

    @property
    def can_delete(self) -> bool:
        return self.reply is not None and self.reply.can_delete

    @property
    def can_correct(self) -> bool:
        """One that was deleted here can only be deleted there."""
        return self.reply is not None and self.reply.can_correct


@dataclass(frozen=True)
class HomeInbox:
    """What App Home says about customers."""

    now: datetime
    mine: tuple[ConversationRow, ...]  # the first that this person has and that wait, the oldest first
    waiting: int
    oldest: datetime | None
    answered_this_week: int
    typical_wait: timedelta | None  # the median, in hours of the team
    mine_all: int = 0  # how many this person has
    nobodys: tuple[ConversationRow, ...] = ()  # the first of those nobody has, as in `/social inbox`
    nobody_has: int = 0
    doubtful: tuple[
        ConversationRow, ...
    ] = ()  # nobody knows whether our answer arrived, and a person is asked
    stopped: tuple[RepliesShut, ...] = ()
    held_back: int = 0  # answers that a pause keeps back
    held_back_mine: int = 0  # of those, this person's
