"""Posts, their versions, and MOVES: the one table that says which verb leads from which status to which.

A status is for display and for the scheduler, never proof that something may be sent. That is checked again at every
begin, from approvals, epochs, gate and slot (`approvals.py`, `gate.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from functools import cached_property

from bot.domain.ids import PostId, VersionId
from bot.domain.people import Right
from bot.domain.policy import Policy


class Status(Enum):
    """Where a post stands. `sentence` is for people."""

    def __init__(self, key: str, sentence: str) -> None:
        self.key = key
        self.sentence = sentence

    DRAFT = "draft", "Draft: not published until somebody schedules it"
    SCHEDULED = "scheduled", "Scheduled: its review is not open yet"
    REVIEW = "review", "Waiting for a decision"
    APPROVED = "approved", "Approved: waits for its slot"
    HELD = "held", "On hold: needs a new time"
    MISSED = "missed", "Missed its slot"
    PUBLISHING = "publishing", "Being sent"
    PUBLISHED = "published", "Published"
    FAILED = "failed", "Not published"
    KILLED = "killed", "Killed: will not be published"

    @classmethod
    def of(cls, key: str) -> Status:
        return _BY_KEY[key]


_BY_KEY = {status.key: status for status in Status}
WAITING = (Status.SCHEDULED, Status.REVIEW, Status.APPROVED)  # for a decision, or for their slot
BEFORE_PUBLISHING = frozenset(
    {Status.DRAFT, Status.SCHEDULED, Status.REVIEW, Status.APPROVED, Status.HELD, Status.MISSED}
)
# words of theirs may be approved
NOT_BEGUN = (*WAITING, Status.DRAFT, Status.HELD, Status.MISSED, Status.FAILED)


class Verb(Enum):
    """What can be done to a post. The value is what a person would say; the post stands in the braces."""

    MOVE = "pick a new time for {}"
    OPEN_REVIEW = "open the review of {}"
    APPROVE = "approve {}"
    UNDO = "take back an approval of {}"
    EDIT = "edit {}"
    HOLD = "hold {}"
    KILL = "kill {}"
    BRING_BACK = "bring {} back"
    GO = "say Go for {}"
    POST_BY_HAND = "post {} yourself"  # where a person does it: the begin, and the Go if there was none
    POST_NOW = "publish {} now"
    BEGIN = "begin to send {}"
    RELEASE = "release {} as a statement"
    BEGIN_STATEMENT = "begin to send {} as a statement"
    STAND_DOWN = "stand {} down"  # at its slot a check fails that a new decision can fix
    STOP_REST = "stop the rest of {}"
    MISS = "miss {}"
    FINISH = "finish {}"
    PAUSE = "pause {}"
    TRY_AGAIN = "send {} again"
    SETTLE = "say whether {} is there"
    TAKE_DOWN = "take {} down"
    END_DRILL = "end the drill of {}"

    def say(self, post: str) -> str:
        """ "publish it now"."""
        return self.value.format(post)


def _from(
    before: Iterable[Status], verb: Verb, *after: Status
) -> dict[tuple[Status, Verb], tuple[Status, ...]]:
    """One line of the table. Without `after` the post stays where it is."""
    return {(status, verb): after or (status,) for status in before}


_BY_SLOT = (Status.DRAFT, Status.SCHEDULED, Status.REVIEW)
_BY_APPROVALS = (Status.REVIEW, Status.APPROVED)
_RELEASABLE = (Status.DRAFT, Status.SCHEDULED, Status.REVIEW, Status.HELD, Status.MISSED, Status.FAILED)

# (status, verb) -> the statuses it may lead to. Where there are several, `choose_status`, `approvals.count_approvals`
# or `deliveries.find_final_status` say which, and `choose_target` refuses any other.
MOVES: Mapping[tuple[Status, Verb], tuple[Status, ...]] = {
    **_from(BEFORE_PUBLISHING | {Status.FAILED}, Verb.MOVE, *_BY_SLOT),
    **_from([Status.SCHEDULED], Verb.OPEN_REVIEW, Status.REVIEW),
    **_from([Status.SCHEDULED], Verb.APPROVE),  # the words only: nobody is asked for the moment yet
    **_from([Status.SCHEDULED], Verb.UNDO),
    **_from([Status.REVIEW], Verb.APPROVE, *_BY_APPROVALS),
    **_from([Status.REVIEW], Verb.GO, *_BY_APPROVALS),
    **_from([Status.REVIEW, Status.APPROVED], Verb.UNDO, *_BY_APPROVALS),
    **_from((BEFORE_PUBLISHING | {Status.FAILED}) - {Status.APPROVED}, Verb.EDIT),
    **_from([Status.APPROVED], Verb.EDIT, Status.REVIEW),
    **_from([Status.SCHEDULED, Status.REVIEW, Status.APPROVED], Verb.HOLD, Status.HELD),
    **_from(BEFORE_PUBLISHING, Verb.KILL, Status.KILLED),
    **_from([Status.KILLED], Verb.BRING_BACK, *_BY_SLOT, Status.HELD),
    # its approval comes right after it, by APPROVE
    **_from([Status.REVIEW, Status.APPROVED, Status.HELD, Status.MISSED], Verb.POST_NOW, Status.REVIEW),
    **_from([Status.APPROVED, Status.PUBLISHING], Verb.BEGIN, Status.PUBLISHING),
    **_from(_RELEASABLE, Verb.RELEASE),
    **_from((*_RELEASABLE, Status.PUBLISHING), Verb.BEGIN_STATEMENT, Status.PUBLISHING),
    **_from([Status.REVIEW, Status.APPROVED, Status.PUBLISHING], Verb.POST_BY_HAND),  # GO and BEGIN lead on
    **_from([Status.APPROVED], Verb.STAND_DOWN, Status.REVIEW),
    **_from([Status.PUBLISHING], Verb.STOP_REST),
    **_from([Status.SCHEDULED, Status.REVIEW, Status.APPROVED], Verb.MISS, Status.MISSED),
    **_from([Status.PUBLISHING], Verb.FINISH, Status.PUBLISHED, Status.FAILED, Status.MISSED),
    **_from([Status.APPROVED], Verb.PAUSE, Status.REVIEW),
    **_from(
        [Status.PUBLISHING, Status.PUBLISHED, Status.FAILED, Status.MISSED], Verb.TRY_AGAIN, Status.PUBLISHING
    ),
    **_from([Status.PUBLISHING, Status.PUBLISHED], Verb.SETTLE),
    **_from([Status.FAILED, Status.MISSED], Verb.SETTLE, Status.PUBLISHING),  # proof that came late
    **_from([Status.PUBLISHING, Status.PUBLISHED], Verb.TAKE_DOWN),
    **_from(BEFORE_PUBLISHING | {Status.PUBLISHING}, Verb.END_DRILL, Status.KILLED),
}


def choose_target(status: Status, verb: Verb, to: Status | None = None) -> Status:
    """Where the verb leads from here. `to`: which of several it is, worked out by their rule."""
    possible = MOVES[status, verb]
    if to is None and len(possible) == 1:
        return possible[0]
    if to is None or to not in possible:
        raise ValueError(f"{verb.name} does not lead from {status.name} to {to.name if to else 'one status'}")
    return to


RIGHTS: Mapping[Verb, Right | None] = {  # None: the clock's, no person's
    Verb.MOVE: Right.TEAM,
    Verb.OPEN_REVIEW: None,
    Verb.APPROVE: Right.APPROVE,
    Verb.GO: Right.TEAM,  # after a pause an approver's: `review.go`
    Verb.POST_BY_HAND: Right.TEAM,  # as with Go
    Verb.UNDO: Right.STOP,  # whoever gave it, or an approver: `approvals.may_undo`
    Verb.EDIT: Right.TEAM,
    Verb.HOLD: Right.STOP,
    Verb.KILL: Right.STOP,
    Verb.BRING_BACK: Right.TEAM,
    Verb.POST_NOW: Right.APPROVE,
    Verb.BEGIN: None,
    Verb.RELEASE: Right.TEAM,  # two people, one of them an approver: `statements.Counted.pair`
    Verb.BEGIN_STATEMENT: None,
    Verb.STAND_DOWN: None,
    Verb.STOP_REST: Right.STOP,
    Verb.MISS: None,
    Verb.FINISH: None,
    Verb.PAUSE: Right.STOP,
    Verb.TRY_AGAIN: Right.APPROVE,
    Verb.SETTLE: Right.TEAM,
    Verb.TAKE_DOWN: Right.APPROVE,
    Verb.END_DRILL: None,
}


@dataclass(frozen=True)
class Image:
    """An image of a post: its bytes by their digest, and its alt text."""

    sha256: str
    alt: str = ""


@dataclass(frozen=True)
class Body:
    """All that promise P1 names: what a person approves. Its digest is the fingerprint."""

    accounts: tuple[str, ...]
    text: str
    slot: datetime | None = None  # aware UTC
    variants: Mapping[str, str] | None = None  # {account: text}, only where it differs
    images: tuple[Image, ...] = ()
    visibility: Mapping[str, str] | None = None  # {account: "public"}
    language: Mapping[str, str] | None = None  # {account: "en"}
    warning: str = ""  # a content warning, before which networks that know one hide words and images
    # {account: whose it is, by the network's own id}: of those that were known when it was saved
    identities: Mapping[str, str] | None = None

    def text_for(self, account: str) -> str:
        return (self.variants or {}).get(account, self.text)

    def fingerprint(self) -> str:
        """SHA-256, hex, over canonical JSON. The epochs of the gate are not in it: they stand in approvals."""
        return _digest({**self._name_words(), "slot": self.slot.isoformat() if self.slot else None})

    def words_digest(self) -> str:
        """SHA-256, hex, over all but the slot: what a yes to the words is bound to."""
        return _digest(self._name_words())

    def _name_words(self) -> dict[str, object]:
        named: dict[str, object] = {
            "accounts": sorted(self.accounts),
            "text": self.text,
            "variants": dict(self.variants or {}),
            "images": [[image.sha256, image.alt] for image in self.images],
            "visibility": dict(self.visibility or {}),
            "language": dict(self.language or {}),
        }
        if self.warning:  # a new key only where it is set, so that stored posts keep their fingerprints
            named["warning"] = self.warning
        if self.identities:
            named["identities"] = dict(self.identities)
        return named


def _digest(named: Mapping[str, object]) -> str:
    canonical = json.dumps(named, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


DIGEST = 8  # hex characters of a fingerprint that a button carries


@dataclass(frozen=True)
class Version:
    """One saved state of a post. Never changed, only followed by the next."""

    id: VersionId
    post_id: PostId
    seq: int  # 1, 2, …
    body: Body
    saved_at: datetime
    saved_by: str | None = None
    words_by: tuple[str, ...] = ()  # the authors of these words, images and accounts
    label: str = ""
    note: str = ""
    immediate: bool = False  # made by "Post now": decisions count until slot + lateness limit

    @cached_property
    def sha256(self) -> str:
        return self.body.fingerprint()

    @cached_property
    def words(self) -> str:
        """The digest of its words."""
        return self.body.words_digest()

    @property
    def seen(self) -> Seen:
        """What somebody saw who saw this version."""
        return Seen(self.post_id, self.seq, self.sha256[:DIGEST])


@dataclass(frozen=True)
class Post:
    """A post as it stands."""

    id: PostId
    number: int
    status: Status
    version: Version
    created_at: datetime
    status_at: datetime
    created_by: str | None = None  # None: imported
    status_by: str | None = None  # None: the clock
    reason: str | None = None
    review_at: datetime | None = None
    reminded: int = 0
    copied_at: datetime | None = None  # of the backup it comes from: it may have been published since

    @property
    def slot(self) -> datetime | None:
        return self.version.body.slot

    @property
    def authors(self) -> frozenset[str]:
        """Who created it, whose words they took over, and whoever saved this version's words, images or accounts."""
        return frozenset(filter(None, (self.written_by, *self.changed_by, self.planned_by)))

    @property
    def written_by(self) -> str | None:
        """Whose words it began with. None: it was imported."""
        return next(iter(self.version.words_by), self._creator) if self._creator else None

    @property
    def changed_by(self) -> tuple[str, ...]:
        """Whoever else saved words, images or accounts of this version, the first one first."""
        return tuple(one for one in self.version.words_by if one != self.written_by)

    @property
    def planned_by(self) -> str | None:
        """Who made a post of words that are others'. None: whoever created it wrote or changed them."""
        mine = self._creator in (self.written_by, *self.changed_by)
        return None if mine else self._creator

    @property
    def _creator(self) -> str | None:
        return None if (self.created_by or "").startswith("cli:") else self.created_by


@dataclass(frozen=True)
class Seen:
    """Which post, in which version, a person saw when they acted.

    `digest`: the first characters of its fingerprint. After a backup was put back, a version may be saved a second
    time under the same number; a card from before must not approve it. Empty on cards of older Byhands.
    """

    post_id: str
    seq: int
    digest: str = ""

    def __str__(self) -> str:
        """ "<post id>:<seq>:<digest>", as buttons carry it and fields about it are named."""
        return f"{self.post_id}:{self.seq}" + (f":{self.digest}" if self.digest else "")

    def is_still(self, now: Seen) -> bool:
        """Whether what was seen is what there is now."""
        same = now.digest.startswith(self.digest)
        return (self.post_id, self.seq) == (now.post_id, now.seq) and same


class Fate(StrEnum):
    """What Resume does with a post that missed its slot."""

    KEEP = "keep"  # it stays missed
    MOVE = "move"  # to a new slot
    KILL = "kill"


class AndThen(StrEnum):
    """What saving in the Edit dialog does besides."""

    SAVE = "save"
    APPROVE = "approve"
    MOVE = "move"  # to the next free quarter hour


def choose_status(slot: datetime | None, accounts: tuple[str, ...], policy: Policy, now: datetime) -> Status:
    """Draft without a slot, scheduled before the lead, review inside it. A slot in the past is missed: nobody decided,
    so nothing is published."""
    if slot is None or not accounts:
        return Status.DRAFT
    if slot <= now:
        return Status.MISSED
    return Status.REVIEW if slot - policy.lead_for(accounts) <= now else Status.SCHEDULED
