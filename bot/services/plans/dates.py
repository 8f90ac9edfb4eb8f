"""How a plan file writes its times: ISO 8601, or a date with slashes, whose order only the whole file can tell.

Any first number over 12: the day is first. Any second one: the month. Both: the file is refused. Neither: somebody is
asked, and nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from bot.domain.hours import AmbiguousMoment, SkippedMoment, to_utc
from bot.services.plans.findings import Ask, PlanRefused, Problem, Question

FARTHEST = timedelta(days=400)
LIKE = 'Write it like "2026-11-24 09:00".'

_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?!\d)")
_YEAR_FIRST = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)")
_CLOCK = re.compile(
    r"[T\s,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([ap])\.?m\.?)?(Z|[+-]\d{2}:?\d{2})?", re.IGNORECASE
)
_MIDNIGHT = re.compile(r"[T\s]+0?0:00(?::00)?$")  # what spreadsheets put behind a date


class WrongTime(Exception):
    """A time that cannot be used. `past`: nothing else is wrong with it."""

    def __init__(self, sentence: str, mend: str, past: datetime | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.mend = mend
        self.past = past


@dataclass(frozen=True)
class Order:
    """What is first in dates with slashes. `day_first`: None where none of them could be two dates, or nobody said."""

    day_first: bool | None = None
    question: Question | None = None
    proof: tuple[int, str] | None = None  # (line, date) that tells


@dataclass(frozen=True)
class Moment:
    """A time as it was read. `slot`: aware, UTC; None: it depends on a question."""

    slot: datetime | None
    zoneless: bool = False
    short_year: bool = False  # "26": two digits, as Excel leaves them


def begins_with_time(cell: str) -> bool:
    """ "11/04/2026 09:00": what the first cell of a file without a header looks like."""
    found = _SLASHED.match(cell)
    return bool(found and _CLOCK.fullmatch(cell[found.end() :]))


def find_order(written: Iterable[tuple[int, str]], told: bool | None) -> Order:
    """`written`: (line, time as written) of all rows. Raises PlanRefused where they contradict each other or `told`."""
    day: tuple[int, str] | None = None
    month: tuple[int, str] | None = None
    either: tuple[int, str] | None = None
    for line, cell in written:
        found = _SLASHED.match(cell)
        if found is None or not _year(found[3]):
            continue
        first, second = int(found[1]), int(found[2])
        if first > 12 >= second >= 1:
            day = day or (line, found[0])
        elif second > 12 >= first >= 1:
            month = month or (line, found[0])
        elif first != second and 12 >= first >= 1 and 12 >= second >= 1:
            either = either or (line, cell)
    if day and month:
        raise PlanRefused(_say_both(day, month))
    if proof := day or month:
        if told is not None and told is not (day is not None):
            raise PlanRefused(_say_contradicts(proof, told=told))
        return Order(day is not None, proof=proof if either else None)
    if either and told is None:
        return Order(None, _ask(*either))
    return Order(told)


def _say_both(day: tuple[int, str], month: tuple[int, str]) -> Problem:
    return Problem(
        0, "",
        f"Line {day[0]} has the day first ({day[1]}), line {month[0]} the month ({month[1]}).",
        "Write all dates in one way, best like 2026-11-24.",
    )  # fmt: skip


def _say_contradicts(proof: tuple[int, str], *, told: bool) -> Problem:
    line, written = proof
    first = "day" if told else "month"
    mend = f"Its dates have the {'month' if told else 'day'} first."
    return Problem(0, "", f"With the {first} first, line {line} has no date: {written}.", mend)


def _ask(line: int, cell: str) -> Question:
    first, second, year = _numbers(cell)
    return Question(Ask.DATES, line, cell[:40], _name(year, second, first), _name(year, first, second))


def _numbers(cell: str) -> tuple[int, int, int]:
    found = _SLASHED.match(cell)
    if found is None:
        raise ValueError(cell)
    return int(found[1]), int(found[2]), _year(found[3])


def _year(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _name(year: int, month: int, day: int) -> str:
    return f"{day} {date(year, month, day):%B} {year}"


def join_day_and_time(day: str, time: str) -> str:
    """What stands in two columns, as one. Raises WrongTime where one of them is empty."""
    if not day and not time:
        return ""
    if not day:
        raise WrongTime(f'"{time[:60]}" has no date.', "Fill in the date, or empty both for a draft.")
    if not time:
        return day
    return f"{_MIDNIGHT.sub('', day)} {time}"


def read_moment(written: str, order: Order, zone: tzinfo, now: datetime) -> Moment | None:
    """None for a draft. Raises WrongTime."""
    if not written:
        return None
    short_year = bool((found := _SLASHED.match(written)) and len(found[3]) == 2)
    moment = _parse(written, order)
    if moment is None:
        return Moment(None, True, short_year)
    try:
        slot = moment.astimezone(UTC) if moment.tzinfo else _in_zone(moment, written, zone)
    except OverflowError:
        raise WrongTime(f'"{written}" is not a possible time.', LIKE) from None
    if slot <= now:
        raise WrongTime(f'"{written}" is in the past.', "Give it a time to come, or none for a draft.", slot)
    if slot > now + FARTHEST:
        raise WrongTime(f'"{written}" is more than {FARTHEST.days} days ahead.', "Is the year right?")
    return Moment(slot, moment.tzinfo is None, short_year)


def _parse(written: str, order: Order) -> datetime | None:
    """As it stands there, with a zone or without. None: it depends on the order, which nobody said yet."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return _parse_loosely(written, order)
    if len(written) <= len("2026-11-24"):
        raise WrongTime(f'"{written}" has no time of day.', LIKE)
    return moment


def _parse_loosely(written: str, order: Order) -> datetime | None:
    found = _YEAR_FIRST.match(written) or _SLASHED.match(written)
    wrong = WrongTime(f'"{written[:60]}" is not a time.', LIKE)
    if found is None:
        raise wrong
    if found.end() == len(written):
        raise WrongTime(f'"{written}" has no time of day.', LIKE)
    clock = _CLOCK.fullmatch(written[found.end() :])
    if clock is None:
        raise wrong
    try:
        day = _day(found, order)
        time = _time_of_day(clock)
        return None if day is None else datetime.fromisoformat(f"{day.isoformat()}T{time}")
    except ValueError:
        raise wrong from None


def _day(found: re.Match[str], order: Order) -> date | None:
    """Raises ValueError."""
    if found.re is _YEAR_FIRST:
        return date(int(found[1]), int(found[2]), int(found[3]))
    first, second, year = int(found[1]), int(found[2]), _year(found[3])
    if order.question and first != second and 1 <= first <= 12 and 1 <= second <= 12:
        return None
    if order.day_first is None and first != second:
        raise ValueError(found[0])
    return date(year, second, first) if order.day_first else date(year, first, second)


def _time_of_day(clock: re.Match[str]) -> str:
    """As ISO 8601 has it. Raises ValueError."""
    hour = int(clock[1])
    if clock[4]:
        if not 1 <= hour <= 12:
            raise ValueError(clock[0])
        hour = hour % 12 + (12 if clock[4].lower() == "p" else 0)
    return f"{hour:02d}:{clock[2]}:{clock[3] or '00'}{clock[5] or ''}"


def _in_zone(moment: datetime, written: str, zone: tzinfo) -> datetime:
    try:
        return to_utc(moment, zone)
    except AmbiguousMoment:
        both = (moment.replace(tzinfo=zone, fold=fold).isoformat() for fold in (0, 1))
        raise WrongTime(
            f'"{written}" happens twice that day: the clocks go back.', f"Write {' or '.join(both)}."
        ) from None
    except SkippedMoment:
        raise WrongTime(
            f'"{written}" does not exist: the clocks go forward over it.', "Write another time."
        ) from None
