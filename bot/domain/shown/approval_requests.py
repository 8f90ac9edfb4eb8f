"""What a request for approval shows: one message about several posts, and the dialog that walks through them; and the
same of a message that asks for their Go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.go_requests import Opened
from bot.domain.shown.post_screens import PostCard, UpcomingRow


@dataclass(frozen=True)
class RequestRow:
    """One of its posts, as it stands now."""

    post: UpcomingRow  # with what stops its approval
    approved: bool  # its words have all the approvals they need
    open: bool  # approvers can read it still: it is neither killed nor in review yet
    change_wanted: bool = False  # by whoever read it, and nobody has changed it since


@dataclass(frozen=True)
class RequestView:
    """The message."""

    id: str
    now: datetime
    by: str
    at: datetime
    rows: tuple[RequestRow, ...]
    approvers: tuple[str, ...]  # of those that still need an approval, to be mentioned

    @property
    def left(self) -> tuple[RequestRow, ...]:
        """Those that still need an approval of their words."""
        return tuple(row for row in self.rows if row.open and not row.approved)


@dataclass(frozen=True)
class ToRead:
    """What one approver was asked for and can still approve, of the newest request that has any of it."""

    request_id: str
    posts: int


@dataclass(frozen=True)
class WantedChange:
    """What somebody who read this version asked for."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class ReadThrough:
    """One page of the dialog. `card` is None behind the last post."""

    request_id: str
    place: int  # 0, 1, …
    total: int
    card: PostCard | None
    may_approve: bool = False  # this person, this post, now
    why_not: str | None = None  # else a sentence
    wanted: WantedChange | None = None
    approved: int = 0  # how many of them are
    left: tuple[RequestRow, ...] = ()  # behind the last post: those that are not
    begins: bool = False  # somebody has just opened it here, and it is not the first
    to_fix: int = (
        0  # where it begins: of those before it, how many this person could approve once they are fixed
    )


# --- Go ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GoRow:
    """One of its posts, as it stands now."""

    card: PostCard
    slot: datetime  # for which it is asked about; it may have been moved since
    now: Opened  # what somebody has opened who opens it now
    asks: bool  # somebody can say Go
    soon: bool = False  # somebody can as soon as its review opens, which is in a moment


@dataclass(frozen=True)
class GoRequestView:
    """The message. By slot."""

    id: str
    rows: tuple[GoRow, ...]
    called: tuple[str, ...]  # whom it mentions when it is put up: those whom the posts' cards then do not

    @property
    def asking(self) -> tuple[GoRow, ...]:
        return tuple(row for row in self.rows if row.asks or row.soon)

    @property
    def people(self) -> tuple[str, ...]:
        """Who is asked to say Go."""
        return tuple(dict.fromkeys(each for row in self.asking for each in row.card.approvers))


@dataclass(frozen=True)
class GoPage:
    """One page of the dialog: the post at `place`, or behind the last one what is left."""

    request_id: str
    rows: tuple[GoRow, ...]  # of the message
    place: int  # 0, 1, …; len(rows) behind the last
    opened: tuple[Opened, ...]  # by this person, as it still is, this page's too
    why_not: str | None = None  # why this person cannot say Go here; None: they can
    refused: str | None = None  # why a Go was not said just now

    @property
    def row(self) -> GoRow | None:
        return self.rows[self.place] if self.place < len(self.rows) else None

    @property
    def asking(self) -> tuple[GoRow, ...]:
        return tuple(row for row in self.rows if row.asks)

    @property
    def unopened(self) -> tuple[GoRow, ...]:
        """Of those that ask."""
        return tuple(row for row in self.asking if row.now not in self.opened)
