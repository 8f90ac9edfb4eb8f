"""What the two screens of a new post show, and of a draft that is written on; and the list of all drafts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.posts import Seen
from bot.domain.preflight.conversions import Conversion
from bot.domain.preflight.objections import Objection
from bot.domain.shown.post_screens import AccountView, ImageView, UpcomingRow


@dataclass(frozen=True)
class EarlierPost:
    """A new post that its person had begun and that made room for another one."""

    id: str  # of the dialog it was typed into
    at: datetime  # when it was last typed into
    text: str


@dataclass(frozen=True)
class NewPostForm:
    """The first screen: what is to go out, where and when."""

    accounts: tuple[tuple[str, str], ...]  # (name, title), all there are
    chosen: tuple[str, ...]
    text: str
    slot: datetime | None  # a proposal
    label: str
    note: str
    warning: str
    images: tuple[ImageView, ...]
    zone: str  # "Europe/Berlin"
    away: bool = True  # this person's clock says another time than the team's, or nobody knows
    seen: Seen | None = None  # the draft it is
    number: int | None = None  # of the draft
    kept_of: str = ""  # the dialog in which it was begun
    begun: datetime | None = None  # when
    copy_of: str = ""  # "“Rye today”", of which this draft was just made
    earlier: tuple[EarlierPost, ...] = ()  # which this person had begun besides, the latest first
    told: tuple[str, ...] = ()  # sentences about words and images that came along


@dataclass(frozen=True)
class NewPostLook:
    """The second screen: how it will look on each account, and what is to be checked."""

    accounts: tuple[AccountView, ...]
    text: str
    warning: str
    own: tuple[tuple[str, str], ...]  # (account, its own words), where there is a field for them
    images: tuple[ImageView, ...]
    objections: tuple[Objection, ...]
    slot: datetime | None
    opens_at: datetime | None  # when its card asks for a decision; None: at once, or it has no time
    root: str  # the first screen's view
    shown: str  # a digest of all that
    seen: Seen | None = None
    wrong: tuple[str, ...] = ()  # sentences: why it was not scheduled
    may_schedule: bool = True  # a contributor may not
    again: bool = False  # words were changed since it was shown: it was not scheduled yet
    label: str = ""
    note: str = ""  # for reviewers
    conversions: tuple[Conversion, ...] = ()  # what would make its images fit


@dataclass(frozen=True)
class NewPostDone:
    """What became of it."""

    number: int
    titles: str
    slot: datetime | None
    draft: bool
    opens_at: datetime | None = None  # when its card asks for a decision; None: it is up
    channel: str = ""  # where


@dataclass(frozen=True)
class DraftsPage:
    """The list of all drafts, a page of it, the newest first."""

    drafts: tuple[UpcomingRow, ...]
    all_drafts: int
    below: int | None = None  # it begins below this number; None: at the newest
    more_below: int | None = None  # where the next page begins; None: it is the last
