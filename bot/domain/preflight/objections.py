"""Objections: what preflight has against a post. On screens: "Please check".

A *note* informs, a *warn* must be seen, a *block* stops approval until it is fixed or an approver says "Approve anyway,
because …".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum


class Level(Enum):
    """How loud an objection is."""

    NOTE = "informs"
    WARN = "must be seen"
    BLOCK = "stops approval"


class ObjectionType(StrEnum):
    """What is wrong with a post."""

    SIMILAR = "similar"  # words like another post's
    HOURS = "hours"  # nobody is there
    SHIFT = "shift"  # nobody is on shift after it
    SPACING = "spacing"  # close to another post
    FULL_DAY = "full day"
    ALLOWANCE = "allowance"  # more than a network takes in 24 hours
    COST = "cost"  # what a network takes for it
    LIMIT = "limit"  # it would cost more than the account has for a month
    SAME_WORDS = "same words"  # to several accounts
    HOLIDAY = "holiday"
    WAITING = "waiting"  # customers without an answer
    EMPTY = "empty"
    DAMAGED = "damaged"  # signs of a program stand where words should
    MISFIT = "misfit"  # more than a network takes
    SHOWN = "shown"  # a network shows it otherwise than it was made
    ACCOUNT = "account"  # it is not in the settings
    SIGN_IN = "sign-in"  # the account cannot be opened
    ALT_TEXT = "alt"  # an image has none
    MAYBE_OUT = "maybe out"  # a backup was put back: it may have been published since
    STRUCK = "struck"  # marks that mean something to those who type them only
    LETTERS = "letters"  # the name of an emoji, or of a letter in HTML, which would go out as it stands


@dataclass(frozen=True)
class Objection:
    """One thing to check. `waivable`: an approver may approve anyway, with a reason on record."""

    kind: ObjectionType
    level: Level
    sentence: str
    waivable: bool = True


# What the settings may make louder or softer; None: never said.
LEVELS: Mapping[ObjectionType, Level | None] = {
    ObjectionType.ALT_TEXT: Level.BLOCK,
    ObjectionType.SIMILAR: Level.WARN,
    ObjectionType.HOURS: Level.WARN,
    ObjectionType.SHIFT: Level.WARN,
    ObjectionType.WAITING: Level.WARN,
    ObjectionType.SPACING: Level.WARN,
    ObjectionType.FULL_DAY: Level.WARN,
    ObjectionType.SAME_WORDS: Level.WARN,
    ObjectionType.HOLIDAY: Level.NOTE,
}
SURROUNDINGS = frozenset(LEVELS) - {
    ObjectionType.ALT_TEXT
}  # what other posts, people and the time have to do with

OF_THE_MOMENT = frozenset(
    {
        ObjectionType.HOURS,
        ObjectionType.SHIFT,
        ObjectionType.SPACING,
        ObjectionType.FULL_DAY,
        ObjectionType.ALLOWANCE,
        ObjectionType.HOLIDAY,
    }
)
OF_THE_WORDS = frozenset({ObjectionType.ALT_TEXT, ObjectionType.SIMILAR, ObjectionType.SAME_WORDS})


def asks_to_look(found: tuple[Objection, ...]) -> bool:
    """Whether somebody has to look at the accounts first."""
    return any(objection.kind is ObjectionType.MAYBE_OUT for objection in found)


def only_asks_to_look(stopped: tuple[Objection, ...]) -> bool:
    """Whether nothing else is in the way: there is nothing to fix."""
    return len(stopped) == 1 and asks_to_look(stopped)


def list_blocking(found: tuple[Objection, ...]) -> tuple[Objection, ...]:
    return tuple(objection for objection in found if objection.level is Level.BLOCK)


Marks = frozenset[tuple[str, datetime | None]]


def mark_to_see(found: tuple[Objection, ...], slot: datetime | None) -> Marks:
    """Those that must be seen, by their sentences; of another slot, the same sentence about the moment is another."""
    return frozenset(
        (one.sentence, slot if one.kind in OF_THE_MOMENT else None)
        for one in found
        if one.level is not Level.NOTE
    )


def digest_marks(marks: Marks) -> str:
    """Sixteen characters by which a dialog remembers what it has shown."""
    told = sorted(f"{sentence} {slot.isoformat() if slot else ''}" for sentence, slot in marks)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def list_against_go(found: tuple[Objection, ...], *, waived: bool) -> tuple[Objection, ...]:
    """What stops a Go. `waived`: the words were approved anyway, with a reason; that says nothing of the moment."""
    stop = list_blocking(found)
    return tuple(one for one in stop if not (waived and one.waivable and one.kind in OF_THE_WORDS))


def list_in_the_way(found: tuple[Objection, ...], *, has_words: bool, waived: bool) -> tuple[Objection, ...]:
    """What stops the next yes: to the words; where `has_words`, to the moment. `waived`: as in `list_against_go`."""
    return list_against_go(found, waived=waived) if has_words else list_blocking(found)
