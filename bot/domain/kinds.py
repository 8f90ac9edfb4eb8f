"""What kinds there are of deliveries, cards, thread lines, piles, plans and approvals.

The values are stored, so they never change, even where a name has changed since.
"""

from __future__ import annotations

from enum import StrEnum


class DeliveryType(StrEnum):
    """What one delivery does on its network."""

    POST = "post"
    STATEMENT = (
        "statement"  # a post that two people let go during a pause; stored as the post's, with its release
    )
    REPLY = "reply"  # to a customer
    CORRECTION = "correct"  # of a reply that is there
    TAKE_DOWN = "takedown"  # of a post or a reply


class ApprovalType(StrEnum):
    """What a person approved."""

    APPROVE = "approve"  # the words and, inside the lead, the moment
    GO = "go"  # the moment


class PlanStage(StrEnum):
    """Where a plan stands that somebody dropped in Slack."""

    LOOK = "look"  # Byhand is to look at it, and to tell its person
    SHOWN = "shown"  # its person is to say what becomes of it
    IMPORT = "import"  # Byhand is to bring it in
    IMPORTED = "imported"
    CANCELLED = "cancelled"
    FORGOTTEN = "forgotten"  # nobody pressed anything for a week: its message is to say so


class PileType(StrEnum):
    """Why conversations are in one pile."""

    POST = "post"  # below one root post
    SAME = "same"  # nearly the same words


class AttachmentType(StrEnum):
    """What a customer put beside their words."""

    IMAGE = "image"
    VIDEO = "video"
    OTHER = "other"
    QUOTE = "quote"  # a post they quote; its words are the description
    LINK = "link"  # the preview of a page they link to

    @classmethod
    def of(cls, stored: str) -> AttachmentType:
        try:
            return cls(stored)
        except ValueError:
            return cls.OTHER


class CardType(StrEnum):
    """What a card shows."""

    POST = "post"
    BANNER = "banner"  # of a pause
    RESUMED = "resumed"  # one line in the channel: that pause is over
    STOP = "stop"  # to whoever was posting something by hand when it began, by direct message
    DRILL = "drill"
    DRILL_OVER = "drill_over"  # what it took, as one new message
    CONVERSATION = "talk"
    PILE = "pile"
    OFFER = "offer"  # older messages of an account, to bring in or to leave
    SPIKE = "spike"  # many complaints: a pause suggested
    LATE = "late"  # who waits longer than the answer target
    NEW = "new"  # who is new and waits, once an hour
    DIGEST = "digest"  # what goes out on a day
    REQUEST = "request"  # approvers are asked for the words of posts, before their reviews open
    GO_REQUEST = "go_request"  # is the moment right for posts of the same hour?
    SIGN_IN = "sign_in"  # an account's sign-in ends
    SIGN_IN_DIRECT = "sign_in_direct"  # the same, by direct message
    OF_NEWER_VERSION = ""  # read where this version does not know it, never written

    @classmethod
    def of(cls, stored: str) -> CardType:
        try:
            return cls(stored)
        except ValueError:
            return cls.OF_NEWER_VERSION


FROM_CUSTOMERS = (CardType.CONVERSATION, CardType.PILE, CardType.OFFER)
INBOX = frozenset(
    {*FROM_CUSTOMERS, CardType.SPIKE, CardType.LATE, CardType.NEW}
)  # cards that stand for customers' messages


CALLING = INBOX | {  # nothing else mentions people for what they show
    CardType.REQUEST, CardType.GO_REQUEST, CardType.SIGN_IN, CardType.SIGN_IN_DIRECT,
}  # fmt: skip
DIRECT = frozenset({CardType.STOP, CardType.SIGN_IN_DIRECT})  # in one person's direct messages


class LineType(StrEnum):
    """What a line in a card's thread says."""

    # of a post
    REMINDER = "reminder"
    LAST_REMINDER = "last_reminder"
    ENDED = "ended"  # approvals
    STOPPED = "stopped"  # by a person, after it was approved
    ALONE = "alone"  # outside hours somebody on shift approved their own change
    MISSED = "missed"
    BY_HAND = "by_hand"  # somebody is to post it themselves
    PUBLISHED = "published"
    FAILED = "failed"
    OUTCOME_UNKNOWN = "unknown"
    PEOPLE_ANSWER = "people_answer"
    CHANGE_WANTED = "change_wanted"  # of a post, by whoever read it; in the thread of the request
    SUPERSEDED = "superseded"
    # of a pause
    STILL_PAUSED = "still_paused"
    STATEMENT_WAITS = "statement_waits"  # for a second person
    STATEMENT_GOES = "statement_goes"  # the last of those who had to has released it
    STATEMENT_ENDED = "statement_ended"  # it does not go out
    # of a drill
    DRILL_STEP = "drill_step"  # one is done, and what comes next
    # of a conversation or a pile
    MESSAGE = "message"
    EDITED = "edited"
    DELETED = "deleted"
    APP_ANSWER = "app_answer"
    PILED = "piled"
    REOPENED = "reopened"
    TAKEN = "taken"
    HANDED_OVER = "handed"
    CLOSED = "closed"
    LATE = "late"
    ERASED = "erased"
    CONTINUED = "continued"  # the thread is full
    REPLIED = "replied"
    REPLY_REFUSED = "reply_refused"
    REPLY_UNKNOWN = "reply_unknown"
    REPLY_DELETED = "reply_deleted"
    REPLY_CORRECTED = "reply_corrected"
    # of any
    INCIDENT = "incident"
    REBUILT = "rebuilt"  # the card was deleted in Slack
    OF_NEWER_VERSION = ""  # read where this version does not know it, never written

    @classmethod
    def of(cls, stored: str) -> LineType:
        try:
            return cls(stored)
        except ValueError:
            return cls.OF_NEWER_VERSION


# What customers write and what colleagues do with it: many lines at a time. All others are news, which people act on.
OF_CONVERSATIONS = frozenset(
    {
        LineType.MESSAGE, LineType.EDITED, LineType.DELETED, LineType.APP_ANSWER, LineType.PILED, LineType.REOPENED,
        LineType.TAKEN, LineType.HANDED_OVER, LineType.CLOSED, LineType.ERASED, LineType.CONTINUED,
        LineType.REPLIED, LineType.REPLY_DELETED, LineType.REPLY_CORRECTED, LineType.PEOPLE_ANSWER,
        LineType.SUPERSEDED, LineType.REBUILT, LineType.OF_NEWER_VERSION,
    }
)  # fmt: skip
