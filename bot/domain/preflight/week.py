"""The days ahead looked at as a whole: those on which nothing goes out, and those with more than an account should
have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.hours import Hours
from bot.domain.shown.state_words import join_names


@dataclass(frozen=True)
class FullDay:
    """More posts of an account than the settings have for a day."""

    day: date
    account: str
    posts: int


@dataclass(frozen=True)
class WeekView:
    """What the seven days of `/social upcoming week` look like as a whole. Accounts by their titles."""

    gaps: tuple[date, ...] = ()  # nothing goes out; today is none
    full: tuple[FullDay, ...] = ()


@dataclass(frozen=True)
class PlannedDay:
    """What goes out on one day of the team's zone: its slots, in order."""

    day: date
    slots: tuple[datetime, ...]


def group_by_day(slots: Iterable[datetime], hours: Hours) -> tuple[PlannedDay, ...]:
    """The days on which something goes out, in order."""
    found: dict[date, list[datetime]] = {}
    for slot in sorted(slots):
        found.setdefault(slot.astimezone(hours.zone).date(), []).append(slot)
    return tuple(PlannedDay(day, tuple(theirs)) for day, theirs in found.items())


def find_gaps(days: Sequence[date], slots: Iterable[datetime], hours: Hours) -> tuple[date, ...]:
    """Days of the team's zone on which somebody is there and nothing goes out. Without hours every day counts."""
    busy = {slot.astimezone(hours.zone).date() for slot in slots}
    open_days = {span.weekday for span in hours.spans} or set(range(7))
    return tuple(day for day in days if day not in busy and day.weekday() in open_days)


def find_full_days(
    days: Sequence[date], posts: Iterable[tuple[str, datetime]], hours: Hours, most: int
) -> tuple[FullDay, ...]:
    """`posts`: (account, slot). `most`: posts of an account on one day; 0: as many as you like."""
    counted = Counter((slot.astimezone(hours.zone).date(), account) for account, slot in posts)
    full = [FullDay(day, account, number) for (day, account), number in counted.items() if number > most > 0]
    return tuple(sorted((one for one in full if one.day in days), key=lambda one: (one.day, one.account)))


def describe_week(week: WeekView) -> tuple[str, ...]:
    """ "Nothing is planned on Wed 2 Dec and Fri 4 Dec.", "6 posts on Mastodon on Thu 3 Dec: that is a lot …"."""
    gaps = [f"Nothing is planned on {join_names([name_day(day) for day in week.gaps])}."] if week.gaps else []
    full = (
        f"{one.posts} posts on {one.account} on {name_day(one.day)}: that is a lot for one day."
        for one in week.full
    )
    return (*gaps, *full)


def name_day(day: date) -> str:
    """ "Thu 3 Dec"."""
    return f"{day:%a} {day.day} {day:%b}"
