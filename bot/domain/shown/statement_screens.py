"""What the screens of a statement show: on the message of its pause, and in the two dialogs in which it is released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.deliveries import State
from bot.domain.posts import Seen
from bot.domain.shown.post_screens import PostCard


@dataclass(frozen=True)
class Wanted:
    """An approver who has to release it. `of`: what they approve, "Bluesky and Mastodon"; "" where that says nothing.
    `approvers`: who they are, people and user groups."""

    of: str = ""
    approvers: tuple[str, ...] = ()


@dataclass(frozen=True)
class StatementSend:
    """What became of it on one account."""

    title: str
    state: State
    url: str | None = None
    reason: str | None = None
    gone: bool = False  # it was there, and was taken down


@dataclass(frozen=True)
class StatementView:
    """One statement on the message of its pause."""

    pause_id: str
    seen: Seen
    number: int
    text: str  # the first words
    titles: str  # of its accounts
    releases: tuple[tuple[str, datetime], ...]  # who released it, and when: those that count, or did
    until: datetime  # by when somebody else has to
    wanted: tuple[Wanted, ...] = ()  # who is missing; nobody: any full member will do
    goes: bool = False  # enough have released it
    sends: tuple[StatementSend, ...] = ()  # once something of it has begun
    out_at: datetime | None = None
    why: str | None = None  # it does not go out
    by: str | None = None  # who ended it; None: nobody's act
    again: Seen | None = None  # it can be released again, as it stands now


@dataclass(frozen=True)
class StatementForm:
    """What the dialog opens with in which a statement is written."""

    pause_id: str
    accounts: tuple[tuple[str, str], ...]  # (name, title) of those that are paused
    picks: bool  # something is there that could be picked
    chosen: tuple[str, ...]
    by_hand: tuple[str, ...] = ()  # titles of those that are paused too, and to which people post themselves
    need_image: tuple[
        str, ...
    ] = ()  # titles of those that take no post without one, which is not written here
    wanted: tuple[Wanted, ...] = ()  # where its accounts name approvers of their own
    text: str = ""
    warning: str = ""
    begun: datetime | None = None  # the fields hold what this person typed then, and did not send off


@dataclass(frozen=True)
class StatementPick:
    """Posts and drafts that can be a statement as they stand."""

    pause_id: str
    posts: tuple[tuple[str, str], ...]  # (id, what it is called)
    to_fix: int = 0  # of further ones something stops the approval


@dataclass(frozen=True)
class StatementPage:
    """A statement as each account will show it, for whoever is to release it."""

    pause_id: str
    card: PostCard
    releases: tuple[tuple[str, datetime], ...]  # those that count
    until: datetime  # until when somebody else has to release it
    goes: bool  # it goes out as soon as this person releases it
    wanted: tuple[Wanted, ...]  # who is missing besides this person; nobody: any full member will do
    wrote: bool = False  # this person is an author
    why_not: str = ""  # this person cannot release it: a sentence
    reason: str = ""  # this person had typed to release it anyway
    begun: datetime | None = None


@dataclass(frozen=True)
class Released:
    """What is said to whoever has just released one."""

    goes: bool
    until: datetime
    wanted: tuple[Wanted, ...]
    channel: str
