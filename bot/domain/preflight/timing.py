"""Objections about when and where a post goes out: who is there, what else goes out, who waits.

Each is a pure function of values that are measured outside, and returns sentences without a full stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.duty import Turn
from bot.domain.hours import Hours
from bot.domain.posts import Body
from bot.domain.quoting.first_words import name_post_by_words
from bot.domain.shown.state_words import join_names

FIRST_ANSWERS = timedelta(hours=1)  # after its slot, in which most of the answers to a post come
MOST_NAMED = 3  # neighbours
ALLOWANCE = timedelta(hours=24)  # in which a network counts posts


@dataclass(frozen=True)
class Neighbour:
    """Another post on one of its accounts."""

    number: int
    account: str  # its title
    slot: datetime
    text: str  # as it is there


def check_hours(slot: datetime, lead: timedelta, hours: Hours, *, after: bool = True) -> Iterable[str]:
    """Whether somebody is there between its card and its slot, and in the hour `after` it."""
    if not hours.spans:
        return
    missing = [] if hours.overlap(slot - lead, slot) else ["to decide about it"]
    answered = not after or hours.overlap(slot, slot + FIRST_ANSWERS)
    missing += [] if answered else ["to answer comments in its first hour"]
    if missing:
        yield f"Outside your team's hours: nobody may be there {', or '.join(missing)}"


def check_shift(slot: datetime, turns: Sequence[Turn]) -> Iterable[str]:
    """Whether somebody is on shift at some time in the hour after it. `turns`: those of that time."""
    if not any(turn.start < slot + FIRST_ANSWERS and turn.end > slot for turn in turns):
        yield "Nobody is on shift in the hour after it goes out"


def check_spacing(slot: datetime, gap: timedelta, others: Iterable[Neighbour]) -> Iterable[str]:
    """Others closer than `gap` on the same account, the closest first. It is true before and after they went out: of
    other words, whoever had seen them would be asked again."""
    close: dict[tuple[timedelta, int], list[Neighbour]] = {}
    for other in others:
        if (away := abs(other.slot - slot)) < gap:
            close.setdefault((away, other.number), []).append(other)
    for away, number in sorted(close)[:MOST_NAMED]:
        there = close[away, number]
        minutes = int(abs(_minute(there[0].slot) - _minute(slot)).total_seconds() // 60)
        when = (
            f"{minutes} min {'earlier' if there[0].slot < slot else 'later'}"
            if minutes
            else "at the same time"
        )
        name = name_post_by_words(there[0].text, number)
        yield f"Close to {name}, {when} on {join_names([one.account for one in there])}"


def _minute(slot: datetime) -> datetime:
    """As screens show it."""
    return slot.replace(second=0, microsecond=0)


def check_day(slot: datetime, hours: Hours, most: int, others: Iterable[Neighbour]) -> Iterable[str]:
    """More than `most` posts of an account on one day of the team's zone. `most` 0: as many as you like."""
    day = slot.astimezone(hours.zone).date()
    on_it: dict[str, int] = {}
    for other in others:
        if other.slot.astimezone(hours.zone).date() == day:
            on_it[other.account] = on_it.get(other.account, 0) + 1
    for account, number in on_it.items():
        if most and number + 1 > most:
            yield f"{account} has {number + 1} posts that day"


def check_allowance(slot: datetime, account: str, most: int, others: Iterable[Neighbour]) -> Iterable[str]:
    """More posts than a network takes in any 24 hours: those before this one are judged, later ones by themselves."""
    before = [other for other in others if slot - ALLOWANCE < other.slot <= slot]
    if len(before) >= most:
        yield (
            f"{account} takes {most} posts in 24 hours, and {len(before)} others go out in those before this one: "
            "move it, or one of them"
        )


def check_holiday(name: str | None) -> Iterable[str]:
    """`name`: of the public holiday on its day."""
    if name:
        yield f"Its day is a public holiday: {name}"


def check_same_words(body: Body, titles: Mapping[str, str]) -> Iterable[str]:
    """Accounts that get the same words. `titles`: of its accounts."""
    groups: dict[str, list[str]] = {}
    for account in body.accounts:
        if words := " ".join(body.text_for(account).split()):
            groups.setdefault(words, []).append(titles[account])
    for names in groups.values():
        if len(names) > 1:
            yield f"{', '.join(names[:-1])} and {names[-1]} get the same words"


def check_waiting(waiting: Mapping[str, int]) -> Iterable[str]:
    """`waiting`: by an account's title, its customers without an answer for longer than you promised yourselves."""
    for account, number in waiting.items():
        if number:
            who = "1 customer has" if number == 1 else f"{number} customers have"
            yield f"{who} been waiting too long for an answer on {account}"
