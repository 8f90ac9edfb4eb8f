"""What a network may do beside publishing: hand over what customers write, and take a person's answer.

Optional: a connection that hands over satisfies `Receiving`, and one that takes answers too `Answering` (`as_receiving`
and `as_answering` ask). Everything here only reads, but for `render_reply`, which is pure: an answer goes out through
`publish` like every other send.

Cursors are opaque text made here and stored by the services in one transaction with the messages they brought. So a
page that was not stored comes again, and one that comes twice is recognised by its `remote_id`s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from bot.domain.conversations import WITHHELD, Kind
from bot.domain.kinds import AttachmentType
from bot.domain.outcomes import Refused
from bot.networks.protocol import Content, Measure

NOTICES = "notices"  # stream: comments, mentions and, where the network sends them so, direct messages
OWN = "own"  # stream: our account's own answers, whoever wrote them and with what
CHAT = "chat"  # stream: direct messages, where they are apart


@dataclass(frozen=True)
class Attachment:
    """Something a customer put beside their words; shown as a link, never fetched."""

    url: str
    alt: str
    kind: AttachmentType = AttachmentType.IMAGE


@dataclass(frozen=True)
class Author:
    """Who wrote it. Names are plain text as the customer chose them: nothing in them may be trusted."""

    remote_id: str
    name: str
    handle: str  # "@lena@example.org", "@lena.example"
    url: str | None = None
    followers: int | None = None  # None: the network did not say


NOBODY = Author(WITHHELD, "", "")  # of a network that does not let people's words and names be passed on


@dataclass(frozen=True)
class Inbound:
    """One message as the network has it now; by a customer, or by our own account (`own`)."""

    remote_id: str  # opaque; unique on its account
    author: Author
    own: bool
    kind: Kind
    text: str  # plain; markup already turned into what readers see
    at: datetime
    url: str | None
    thread: str  # remote id of the root post; of a private thread: "private", or the network's id of it
    parent_id: str | None = None
    root_is_ours: bool = False  # the thread's root is a post of our account
    visibility: str | None = None  # the network's word
    attachments: tuple[Attachment, ...] = ()
    language: str | None = None  # BCP 47
    edited_at: datetime | None = None
    # What `render_reply` needs to answer it, as JSON: ids, root, visibility, handles. Kept with the message.
    reference: Mapping[str, Any] = field(default_factory=dict)
    to: str | None = None  # of our own private messages: the customer's remote id

    @property
    def private(self) -> bool:
        return self.kind is Kind.DIRECT


@dataclass(frozen=True)
class Rate:
    """What the network's headers leave us: `remaining` of `limit` calls until `resets_at` (aware UTC)."""

    remaining: int
    limit: int
    resets_at: datetime


@dataclass(frozen=True)
class Older:
    """What a page without a cursor, or one further back, leaves behind it."""

    cursor: str  # to `poll` with
    at: datetime  # so far back reaches what was read: all of it, not only what became messages


@dataclass(frozen=True)
class Page:
    """One answer of a poll."""

    messages: tuple[Inbound, ...]  # the oldest first
    cursor: str | None  # to be stored with them; None: as it was
    more: bool = False  # there is more now: ask again at once
    rate: Rate | None = None
    # Of OWN: our account's posts, where one of them may be there twice. They are no messages, and are not stored.
    posts: tuple[Inbound, ...] = ()
    older: Older | None = None  # None: there is nothing older, or it was not asked for
    cut_at: datetime | None = None  # of a first sync that was given up: nothing from before was read


@dataclass(frozen=True)
class Trouble:
    """A question that was not answered. Nothing is known and nothing changes; it is asked again later."""

    sentence: str  # in words, and how to fix it where a person can
    at: datetime | None = None  # not before this, if the network named a time (429)
    needs_login: bool = False
    alone: bool = False  # of this one thread or message: the network answers otherwise, and a sweep goes on


@dataclass(frozen=True)
class Gone:
    """The customer, or the network, took the message away."""


@runtime_checkable
class Receiving(Protocol):
    """The optional half of a connection: what people write. Used from many threads at once; none of it raises."""

    @property
    def streams(self) -> tuple[str, ...]:
        """What can be polled: NOTICES and OWN, and CHAT where direct messages are apart."""

    def poll(self, stream: str, cursor: str | None, *, direct: bool) -> Page | Trouble:
        """What came since `cursor`, without gaps, the oldest first; also what appears late behind it, for as long and
        as far as `marks.py` says.

        Without a cursor: the newest page, a cursor that stands at its newest, and `older` with a cursor that leads to
        the page before it. So the first sync goes back, and each sweep reads the newest page once more. `direct`
        False: direct messages are not asked for; where the network mixes them in, they are left out, their words
        never reaching our database.
        """

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        """Everything below one of our posts that the network shows now, the oldest first: for the slower sweep.
        Without those whom our account has muted or blocked: the feed leaves them out, too. If that cannot be known,
        it is `Trouble`."""

    def look(self, stream: str, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:
        """Messages as they are now (edits) or `Gone` (deletions), by id; ids the network did not tell of are left
        out. At most `LOOK_AT_ONCE` ids, or as many as its `looks_at_once` says."""


@runtime_checkable
class Answering(Receiving, Protocol):
    """And people's answers to it."""

    def prepare_reply(
        self, reference: Mapping[str, Any], content: Content, prepared: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        """As `AccountClient.prepare`, for an answer, called right before each try of it. Asks whether the message is
        still there, because networks take answers to what is gone: raises `PrepareFailed` with `TARGET_GONE` if it is
        not, and with NotSent, Later or NeedsLogin if that could not be asked."""

    def measure_reply(self, reference: Mapping[str, Any], content: Content) -> Measure:
        """Pure; counts what is really sent, an added @name included."""

    def preview_reply(self, reference: Mapping[str, Any], content: Content) -> str:
        """The text exactly as the customer will see it. Pure, and the same code `render_reply` uses."""

    def render_reply(
        self,
        reference: Mapping[str, Any],
        content: Content,
        prepared: Mapping[str, Any],
        handle: str,
        now: datetime,
    ) -> bytes:
        """The exact request body, for `publish`. Pure. Never wider than what the customer used: a direct message
        is answered directly, whatever `content.visibility` says."""

    def can_correct(self, reference: Mapping[str, Any]) -> bool:
        """Can an answer to this message be corrected in place after it was sent?"""

    def render_correction(
        self, reference: Mapping[str, Any], remote_id: str, content: Content, prepared: Mapping[str, Any]
    ) -> bytes:
        """The request body that gives our answer `remote_id` new words, for `publish`. Repeating it does no harm.
        Its `find` compares the words that are there now."""


LOOK_AT_ONCE = 25  # ids
_VERSIONS = (
    "parent",
    "cid",
)  # where a reference says which version of its message it names, if not in "version"


def is_another_version(known: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Of two references of one message, where no moment tells that it was changed."""
    return _read_version(known) != _read_version(now)


def _read_version(reference: Mapping[str, Any]) -> object:
    if "version" in reference:
        return reference["version"]
    found: object = reference
    for name in _VERSIONS:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


# What `prepare_reply` raises in `PrepareFailed` if the message is gone; by its code the services know.
TARGET_GONE = Refused("The message it answers is not there any more.", "TargetGone")
RELAYED = timedelta(hours=1)  # of the first sync; what is older is offered


def as_receiving(connection: object) -> Receiving | None:
    """The connection's receiving half, if it has one."""
    return connection if isinstance(connection, Receiving) else None


def as_answering(connection: object) -> Answering | None:
    """The same of one that takes answers, too."""
    return connection if isinstance(connection, Answering) else None


def explain_no_answer(connection: object, reference: Mapping[str, Any]) -> str:
    """Why its network lets no app answer this message, a sentence; "": it does. A client for which that differs from
    message to message has it as `explain_no_answer`."""
    ask = getattr(connection, "explain_no_answer", None)
    return str(ask(reference)) if ask is not None else ""
