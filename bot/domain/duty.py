"""Who is on shift when: what `[duty] rota` says, and what people changed since, the later change on top."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from bot.domain.hours import parse_clock, parse_weekdays

_SHIFT = re.compile(
    r"^(?P<days>\S+)\s+(?P<from>\d{1,2}:\d{2})-(?P<to>\d{1,2}:\d{2})\s+(?P<who>[UW][A-Z0-9]{2,})$"
)


@dataclass(frozen=True)
class Shift:
    """A line of the rota on one day of the week. `end` at or before `start`: it ends on the next day."""

    weekday: int  # 0 is Monday
    start: time
    end: time
    person: str


@dataclass(frozen=True)
class Turn:
    """Somebody is on shift from one moment to another, in UTC."""

    start: datetime
    end: datetime
    person: str


class DutyChange(StrEnum):
    """What somebody says of a shift. The values are stored."""

    ON = "on"
    AWAY = "away"


@dataclass(frozen=True)
class Change:
    """Somebody is on shift, or away, whatever was said of that time before."""

    kind: DutyChange
    turn: Turn


def parse_rota(lines: Iterable[str]) -> tuple[Shift, ...]:
    """ "Mon-Fri 08:00-13:00 U0MAYA" → five shifts. Raises ValueError with a sentence."""
    shifts: list[Shift] = []
    for line in lines:
        found = _SHIFT.match(line.strip())
        if not found:
            raise ValueError(f'"{line}" is not like "Mon-Fri 08:00-13:00 U0MAYA"')
        start, end = parse_clock(found["from"]), parse_clock(found["to"])
        if start == end and found["to"] != "24:00":
            raise ValueError(f'"{line}" ends when it begins')
        shifts += [Shift(day, start, end, found["who"]) for day in parse_weekdays(found["days"])]
    return tuple(shifts)


def list_turns(
    shifts: Sequence[Shift], zone: tzinfo, changes: Iterable[Change], start: datetime, end: datetime
) -> tuple[Turn, ...]:
    """Who is on shift between two moments, by the beginning. `changes`: the oldest first."""
    turns: dict[str, list[tuple[datetime, datetime]]] = {}
    for turn in _roll_out(shifts, zone, start, end):
        turns[turn.person] = _add(turns.get(turn.person, []), turn)
    for change in changes:
        theirs = turns.get(change.turn.person, [])
        put = _add if change.kind is DutyChange.ON else _take_out
        turns[change.turn.person] = put(theirs, change.turn)
    found = [
        Turn(max(begin, start), min(stop, end), person)
        for person, theirs in turns.items()
        for begin, stop in theirs
        if begin < end and stop > start
    ]
    return tuple(sorted(found, key=lambda turn: (turn.start, turn.end, turn.person)))


def _roll_out(shifts: Sequence[Shift], zone: tzinfo, start: datetime, end: datetime) -> Iterator[Turn]:
    """The rota's turns that touch this time. Each end is read on its own day, so a clock change is part of a shift."""
    first, last = (moment.astimezone(zone).date() for moment in (start, end))
    for ahead in range(-1, (last - first).days + 1):
        day = first + timedelta(days=ahead)
        for shift in shifts:
            if shift.weekday == day.weekday():
                over = day + timedelta(days=1) if shift.end <= shift.start else day
                yield Turn(_moment(day, shift.start, zone), _moment(over, shift.end, zone), shift.person)


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


Spans = list[tuple[datetime, datetime]]


def _add(spans: Spans, turn: Turn) -> Spans:
    """Spans that touch become one."""
    start, end, apart = turn.start, turn.end, []
    for begin, stop in spans:
        if stop < start or begin > end:
            apart.append((begin, stop))
        else:
            start, end = min(start, begin), max(end, stop)
    return sorted([*apart, (start, end)])


def _take_out(spans: Spans, turn: Turn) -> Spans:
    left: Spans = []
    for begin, stop in spans:
        left += [(begin, min(stop, turn.start))] if begin < turn.start else []
        left += [(max(begin, turn.end), stop)] if stop > turn.end else []
    return left
