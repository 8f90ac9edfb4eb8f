"""What a request for approval shows: one message about several posts, and the dialog that walks through them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.shown.post_screens import PostCard, UpcomingRow


@dataclass(frozen=True)
class RequestRow:
    """One of its posts, as it stands now."""

    post: UpcomingRow
    approved: bool  # its words have all the approvals they need
    open: bool  # approvers can read it still: it is neither killed nor in review yet
    change_wanted: bool = False  # by whoever read it, and nobody has changed it since
    fix_first: bool = False  # something stops its approval


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
