"""The days ahead looked at as a whole: how the posts of each stand, days on which nothing goes out, and days with more
than an account should have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from bot.domain.hours import Hours
from bot.domain.shown.moments import name_date
from bot.domain.shown.state_words import (
    APPROVED,
    ASKS_GO,
    NEEDS_APPROVAL,
    NEEDS_FIXING,
    PAUSED,
    PUBLISHED,
    WAITING,
    WORDS_APPROVED,
    join_names,
)


@dataclass(frozen=True)
class FullDay:
    """More posts of an account than the settings have for a day."""

    day: date
    account: str
    posts: int


class Stand(Enum):
    """How far a post of a week is."""

    TO_FIX = "nobody can say yes to it as it stands"
    WORDS_MISSING = "nobody has approved its words, and its card is not up yet"
    WORDS = "its words are approved, and its card is not up yet"
    WAITS = "its card is up and asks for a decision"
    ASKS_GO = "its card is up and asks for a Go"
    PAUSED = "a pause keeps it from going out"
    APPROVED = "it goes out by itself"
    OUT = "it is out, or on its way"


@dataclass(frozen=True)
class WeekDay:
    """One day of the team's zone, by what goes out on it."""

    day: date
    posts: tuple[Stand, ...] = ()
    full: tuple[FullDay, ...] = ()
    open: bool = True  # there are hours on it, or nobody said when somebody is there

    def count(self, *stands: Stand) -> int:
        return sum(one in stands for one in self.posts)


def list_week(
    days: Sequence[date], posts: Iterable[tuple[datetime, Stand]], full: Sequence[FullDay], hours: Hours
) -> tuple[WeekDay, ...]:
    """Each of these days, whether anything goes out on it or not."""
    stands: dict[date, list[Stand]] = {}
    for slot, stand in posts:
        stands.setdefault(slot.astimezone(hours.zone).date(), []).append(stand)
    return tuple(
        WeekDay(
            day,
            tuple(stands.get(day, ())),
            tuple(one for one in full if one.day == day),
            _is_open(day, hours),
        )
        for day in days
    )


def _is_open(day: date, hours: Hours) -> bool:
    return not hours.spans or day.weekday() in {span.weekday for span in hours.spans}


def find_full_days(
    days: Sequence[date], posts: Iterable[tuple[str, datetime]], hours: Hours, most: int
) -> tuple[FullDay, ...]:
    """`posts`: (account, slot). `most`: posts of an account on one day; 0: as many as you like."""
    counted = Counter((slot.astimezone(hours.zone).date(), account) for account, slot in posts)
    full = [FullDay(day, account, number) for (day, account), number in counted.items() if number > most > 0]
    return tuple(sorted((one for one in full if one.day in days), key=lambda one: (one.day, one.account)))


def describe_week(week: Sequence[WeekDay]) -> tuple[str, ...]:
    """Of these days, the first of them today, which is no gap: "Nothing is planned on Wed 2 Dec and Fri 4 Dec.",
    "6 posts on Mastodon on Thu 3 Dec: that is a lot …"."""
    empty = [name_date(day.day) for day in week[1:] if day.open and not day.posts]
    gaps = [f"Nothing is planned on {join_names(empty)}."] if empty else []
    full = (
        f"{one.posts} posts on {one.account} on {name_date(one.day)}: that is a lot for one day."
        for day in week
        for one in day.full
    )
    return (*gaps, *full)


def describe_day(day: WeekDay) -> str:
    """ "words approved", "1 needs approval, 6 on Mastodon are many for one day", "nothing planned"."""
    if not day.posts:
        return "nothing planned" if day.open else "nothing planned, outside your team's hours"
    told = [_say(day.count(stand), day, name) for stand, name in _OPEN.items()]
    told = [one for one in told if one] or [_all_well(day)]
    told += [f"{one.posts} on {one.account} are many for one day" for one in day.full]
    return ", ".join(told)


def _say(number: int, day: WeekDay, name: str) -> str:
    """ "1 needs approval"; of all of them "needs approval", "all need approval"."""
    if not number:
        return ""
    told = name[:1].lower() + name[1:]
    if number > 1 and name in (NEEDS_APPROVAL, NEEDS_FIXING):
        told = told.replace("needs", "need", 1)
    if number == len(day.posts):
        return told if number == 1 else f"all {told}"
    return f"{number} {told}"


def _all_well(day: WeekDay) -> str:
    if day.count(Stand.OUT) == len(day.posts):
        return PUBLISHED.lower()
    return (WORDS_APPROVED if day.count(Stand.WORDS) else APPROVED).lower()


# What somebody has to do something about, in the words of a post's own line.
_OPEN = {
    Stand.TO_FIX: NEEDS_FIXING,
    Stand.WORDS_MISSING: NEEDS_APPROVAL,
    Stand.WAITS: WAITING,
    Stand.ASKS_GO: ASKS_GO,
    Stand.PAUSED: PAUSED,
}


def count_posts(day: WeekDay) -> str:
    """ "3 posts", "none"."""
    number = len(day.posts)
    return "none" if not number else "1 post" if number == 1 else f"{number} posts"
