"""Conversations with customers: their stages, who has one, and what came in between while somebody wrote.

A conversation is one customer's exchange on one account: one per public root post, one for private messages.
Every change of it raises its `seq`; whoever begins an answer notes the `seq` they saw, so that at Send "what
happened since" is a comparison of numbers. That is the whole collision check; nothing is locked while people write.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum

WITHHELD = (
    "(withheld)"  # a customer of whom neither words nor name may be passed on; no network has such an id
)
OFFERED_SINCE = timedelta(days=7)  # so far behind its hour a first sync looks back
OFFERED_AT_MOST = 400  # messages, about: whole pages are read


class Stage(StrEnum):
    """Where a conversation stands. It stays open until a person answers or closes it (promise P7)."""

    OFFERED = "offered"  # found by the first sync, older than an hour: brought in or left by a person
    OPEN = "open"  # the customer waits
    ANSWERED = "answered"  # a person answered; a follow-up reopens it
    DONE = "done"  # a person closed it, with a reason
    LEFT = "left"  # offered, and a person left it; a follow-up opens it


class Closing(StrEnum):
    """Why a conversation needs no (further) reply."""

    ELSEWHERE = "answered elsewhere"
    NO_ANSWER = "needs no answer"
    SPAM = "spam"
    ANSWERED = "answered"  # from here: nothing more is needed


class Kind(StrEnum):
    """How the customer wrote."""

    COMMENT = "comment"  # below a post of ours
    MENTION = "mention"
    DIRECT = "direct"  # private


class Via(StrEnum):
    """Who wrote a message of a conversation, and with what."""

    CUSTOMER = "customer"
    BYHAND = "byhand"  # a colleague's Send
    APP = "app"  # a colleague, in the network's own app


class Happened(Enum):
    """What a change of a conversation was, for the collision check."""

    WROTE = "wrote"
    EDITED = "edited"
    DELETED = "deleted"
    ANSWERED = "answered"


@dataclass(frozen=True)
class Meanwhile:
    """One thing that happened in a conversation since somebody began an answer."""

    what: Happened
    by: (
        str | None
    )  # a colleague's id where one answered; None: the customer, or somebody in the network's app
    at: datetime
    text: str  # the words, as they are now; "" where they are gone


@dataclass(frozen=True)
class Conversation:
    """One row. Names and words are not here: they can be erased (`store/inbox/conversations.py`)."""

    id: str
    number: int  # what people call it: "conversation 12"
    account: str
    customer: str  # the network's id of the author
    thread: str  # remote id of the root post, "private", or a network's own id of a private thread
    private: bool
    stage: Stage
    seq: int
    opened_at: datetime
    last_at: datetime  # of the customer's last message
    waiting_since: datetime | None  # of the first message nobody answered; None: nobody waits
    owner: str | None = None
    owner_since: datetime | None = None
    reasons: tuple[str, ...] = ()  # why to look here first: ("“broken”", "third message")
    post_id: str | None = None  # the post of ours it answers
    pile_id: str | None = None  # its pile's card shows it; most have no card of their own yet
    escalated_at: datetime | None = None
    due_at: datetime | None = None  # its earliest next moment: answer target, erasure
    closed_at: datetime | None = None
    closed_by: str | None = None
    closing: Closing | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None  # a Slack user; None with answered_at: in the network's own app
    erased_at: datetime | None = None

    @property
    def is_withheld(self) -> bool:
        """The network lets nobody pass on what people write there, nor who they are: one conversation below each
        post stands for all of them."""
        return self.customer == WITHHELD

    @property
    def is_pressing(self) -> bool:
        """To be looked at first: it rings somebody."""
        return self.private or bool(self.reasons)

    @property
    def is_free(self) -> bool:
        """It waits and nobody has it: the next one of a pile, and what may be closed with others."""
        return self.stage is Stage.OPEN and self.owner is None and self.erased_at is None


@dataclass(frozen=True)
class SeenConversation:
    """What a person saw when they began to answer."""

    conversation_id: str
    seq: int
