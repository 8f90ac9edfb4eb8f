"""When somebody is there to answer: "Mon-Sat 08:00-18:00" in the team's zone, and moments read in that zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import count

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SPAN = re.compile(r"^(?P<days>\S+)\s+(?P<from>\d{1,2}:\d{2})-(?P<to>\d{1,2}:\d{2})$")


@dataclass(frozen=True)
class Span:
    """One run of a day's hours. `end` 00:00 means midnight at the day's end."""

    weekday: int  # 0 is Monday
    start: time
    end: time


@dataclass(frozen=True)
class Hours:
    """The team's hours. Empty: nobody said; then nobody is known to be away."""

    spans: tuple[Span, ...]
    zone: tzinfo

    def open_at(self, moment: datetime) -> bool:
        """Is somebody there at this moment (aware)?"""
        local = moment.astimezone(self.zone)
        at = local.time()
        return any(
            span.weekday == local.weekday() and span.start <= at and (at < span.end or span.end == time(0))
            for span in self.spans
        )

    def overlap(self, start: datetime, end: datetime) -> bool:
        """Is somebody there at any time between two moments (aware)?"""
        first, last = (moment.astimezone(self.zone).date() for moment in (start, end))
        days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
        runs = (self._run(span, day) for day in days for span in self.spans if span.weekday == day.weekday())
        return any(begin < end and start < stop for begin, stop in runs)

    def next_opening(self, moment: datetime) -> datetime | None:
        """The first start of hours at or after `moment`, in UTC; None without hours."""
        local = moment.astimezone(self.zone)
        starts = [
            datetime.combine(local.date() + timedelta(days=ahead), span.start, self.zone)
            for ahead in range(8)
            for span in self.spans
            if span.weekday == (local.weekday() + ahead) % 7
        ]
        later = sorted(start.astimezone(UTC) for start in starts if start >= moment)
        return later[0] if later else None

    def next_edge(self, moment: datetime) -> datetime | None:
        """The next first start or last end of a day's hours after `moment`, in UTC; None without hours."""
        first = moment.astimezone(self.zone).date()
        for day in (first + timedelta(days=ahead) for ahead in range(9)):
            runs = [self._run(span, day) for span in self.spans if span.weekday == day.weekday()]
            edges = (min(runs)[0], max(end for _, end in runs)) if runs else ()
            if later := [edge for edge in edges if edge > moment]:
                return later[0]
        return None

    def after(self, moment: datetime, open_time: timedelta) -> datetime:
        """When so much time in hours has passed since `moment`, in UTC. Without hours all time counts.

        Never the very end of a day's hours but inside of them: what is due then is due when they open again.
        """
        at, left = moment.astimezone(UTC), open_time
        if not self.spans:
            return at + left
        for start, end in self._runs(at):
            begin = max(start, at)
            if end - begin > left:
                return begin + left
            at, left = max(end, at), left - max(end - begin, timedelta())
        raise AssertionError("the days came to an end")

    def _runs(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Every run of hours from the day of `since` on, in UTC and in order; they may overlap.

        Each day's ends are read in the zone and only then turned into UTC: on the days on which clocks change, hours
        over that moment are one longer or shorter.
        """
        first = since.astimezone(self.zone).date()
        for day in (first + timedelta(days=ahead) for ahead in count()):
            yield from sorted(self._run(span, day) for span in self.spans if span.weekday == day.weekday())

    def _run(self, span: Span, day: date) -> tuple[datetime, datetime]:
        last = day + timedelta(days=1) if span.end == time(0) else day
        start = datetime.combine(day, span.start, self.zone)
        return start.astimezone(UTC), datetime.combine(last, span.end, self.zone).astimezone(UTC)


def parse_hours(text: str, zone: tzinfo) -> Hours:
    """ "Mon-Fri 08:00-18:00, Sat 10:00-14:00" → Hours. Raises ValueError with a sentence."""
    spans: list[Span] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        found = _SPAN.match(part)
        if not found:
            raise ValueError(f'"{part}" is not like "Mon-Sat 08:00-18:00"')
        start, end = parse_clock(found["from"]), parse_clock(found["to"])
        if end <= start and end != time(0):
            raise ValueError(f'"{part}" ends before it begins')
        spans += [Span(day, start, end) for day in parse_weekdays(found["days"])]
    return Hours(tuple(spans), zone)


def parse_weekdays(text: str) -> list[int]:
    """ "Mon-Fri" → 0 to 4. Raises ValueError with a sentence."""
    first, _, last = text.partition("-")
    try:
        begin, end = (DAYS.index(day.title()[:3]) for day in (first, last or first))
    except ValueError:
        raise ValueError(f'"{text}" is not a day or a run of days like "Mon" or "Mon-Sat"') from None
    return [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]


def parse_clock(text: str) -> time:
    """ "08:00"; "24:00" is midnight. Raises ValueError with a sentence."""
    if text == "24:00":
        return time(0)
    hour, minute = text.split(":")
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise ValueError(f'"{text}" is not a time of day') from None


class AmbiguousMoment(ValueError):
    """That time happens twice that day, when the clocks go back: write it with an offset, such as +01:00."""


class SkippedMoment(ValueError):
    """That time does not exist that day: the clocks go forward over it."""


def to_utc(naive: datetime, zone: tzinfo) -> datetime:
    """A wall-clock time of the team's zone as UTC. Raises AmbiguousMoment, SkippedMoment."""
    early, late = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() != late.utcoffset():
        back = early.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
        raise (AmbiguousMoment if back == naive else SkippedMoment)
    return early.astimezone(UTC)


def pick_next_quarter(moment: datetime, taken: frozenset[datetime] = frozenset()) -> datetime:
    """The next free quarter hour strictly after `moment`; `taken` are slots of the same accounts."""
    quarter = moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)
    quarter += timedelta(minutes=15)
    while quarter in taken:
        quarter += timedelta(minutes=15)
    return quarter
