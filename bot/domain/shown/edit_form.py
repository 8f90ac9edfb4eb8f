"""What the Edit dialog shows, and Pick a new time with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.domain.posts import Seen
from bot.domain.preflight.conversions import Conversion
from bot.domain.preflight.objections import Objection
from bot.domain.shown.post_screens import AccountView, GateShut, ImageView


class Bars(Enum):
    """What follows for an approver who changes the words of a post, and becomes an author of it; or that nobody may
    approve it anyway."""

    OTHERS = "others may approve it"
    NOBODY = "nobody else may"
    ALREADY = "nobody may approve it as it stands"


@dataclass(frozen=True)
class EditForm:
    """What the Edit dialog opens with."""

    seen: Seen
    number: int
    text: str
    accounts: tuple[AccountView, ...]
    variants: tuple[tuple[str, str], ...]  # (account name, text)
    slot: datetime | None
    images: tuple[ImageView, ...]
    label: str
    note: str
    zone: str  # "Europe/Berlin"
    warning: str = ""  # a content warning
    away: bool = True  # this person's clock says another time than the team's, or nobody knows
    loses: tuple[str, ...] = ()  # whose approvals saving removes
    may_approve: bool = False  # offers "Save and approve"
    next_quarter: datetime | None = None  # offers "Save and move to 09:15"
    passed: datetime | None = None  # its slot has; this is the next quarter hour that is free
    theirs: Theirs | None = None
    bars: Bars | None = (
        None  # this person could approve it, and could not any more once they changed the words
    )
    begun: datetime | None = None  # the fields hold what this person typed then, and did not save
    left_out: tuple[LeftOutView, ...] = ()  # it can be for them again
    back: tuple[str, ...] = ()  # those of them that this person has ticked
    choices: tuple[tuple[str, str], ...] = ()  # (name, title) of accounts it is for, or could be
    chosen: tuple[str, ...] = ()  # those that are ticked
    could_be: tuple[AccountView, ...] = ()  # what its text would be on those it is not for
    added: tuple[ImageView, ...] = ()  # images chosen in this dialog, not saved yet
    removed: tuple[str, ...] = ()  # digests of images that are ticked to be taken out
    swapped: tuple[tuple[str, str], ...] = ()  # digests: (taken out, what was just made of it and added)
    told: tuple[str, ...] = ()  # sentences about files that could not be used
    objections: tuple[Objection, ...] = ()  # against it as it is, or as `checked` would save it
    conversions: tuple[Conversion, ...] = ()  # what would make the images fit that it holds now
    checked: str = ""  # by which the dialog remembers that it showed these instead of saving


@dataclass(frozen=True)
class LeftOutView:
    """An account the post was for before."""

    name: str
    title: str
    text: str  # of its own; "": none
    by: str | None
    at: datetime
    gate: GateShut | None = None  # it is paused


@dataclass(frozen=True)
class Theirs:
    """What somebody else saved while this person typed."""

    by: str | None
    seq: int
    text: str
