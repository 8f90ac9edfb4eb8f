"""When a time typed after a command is: "3 Dec", "Friday 13:00", "tomorrow", "18:00"; by the team's clock."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo

from bot.domain.hours import AmbiguousMoment, SkippedMoment, to_utc

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WHOLE_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"(?:at\s+)?(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|h|uhr)?$")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.?\s+([a-z]{3,9})\.?(?:,?\s+(\d{4}))?")
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?")
_WORD = re.compile(r"[a-z]+")


def read_until(typed: str, zone: tzinfo, now: datetime) -> datetime | None:
    """The moment, in UTC; of a day alone its first, as who is away until Thursday is there on Thursday. None: it cannot
    be read, or its time does not exist or comes twice. It may have passed."""
    words = re.sub(r"^until\s+", "", " ".join(typed.lower().replace(",", " ").split()))
    today = now.astimezone(zone).date()
    day, rest = _read_day(words, today)
    at = _read_clock(rest) if rest else time(0)
    if at is None or (day is None and not rest):
        return None
    try:
        moment = to_utc(datetime.combine(day or today, at), zone)
        later = moment <= now and day is None  # "until 08:00", in the evening
        return to_utc(datetime.combine(today + timedelta(days=1), at), zone) if later else moment
    except (AmbiguousMoment, SkippedMoment, OverflowError):
        return None


def _read_day(words: str, today: date) -> tuple[date | None, str]:
    """The day, and what stands behind it; None: it begins with none."""
    for pattern, read in ((_ISO, _of_iso), (_DAY_MONTH, _of_day_month), (_MONTH_DAY, _of_month_day)):
        found = pattern.match(words)
        if found and (day := read(found, today)) is not None:
            return day, words[found.end() :].strip()
    found = _WORD.match(words)
    if found is None:
        return None, words
    rest = words[found.end() :].strip(" .")
    if found[0] in ("today", "tonight"):
        return today, rest
    if found[0] == "tomorrow":
        return today + timedelta(days=1), rest
    if found[0][:3] in _DAYS and _is_day(found[0]):
        ahead = (_DAYS.index(found[0][:3]) - today.weekday()) % 7 or 7
        following, behind = _read_day(rest, today) if rest else (None, rest)
        return (following, behind) if following else (today + timedelta(days=ahead), rest)
    return None, words


def _is_day(word: str) -> bool:
    return len(word) > 2 and any(each.startswith(word) for each in _WHOLE_DAYS)


def _of_iso(found: re.Match[str], _today: date) -> date | None:
    return _make(int(found[1]), int(found[2]), int(found[3]))


def _of_day_month(found: re.Match[str], today: date) -> date | None:
    return _of_month(found[2], int(found[1]), found[3], today)


def _of_month_day(found: re.Match[str], today: date) -> date | None:
    return _of_month(found[1], int(found[2]), found[3], today)


def _of_month(name: str, number: int, year: str | None, today: date) -> date | None:
    """Without a year the next one there is."""
    if name[:3] not in _MONTHS:
        return None
    month = _MONTHS.index(name[:3]) + 1
    if year:
        return _make(int(year), month, number)
    day = _make(today.year, month, number)
    return _make(today.year + 1, month, number) if day is not None and day < today else day


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _read_clock(words: str) -> time | None:
    found = _CLOCK.fullmatch(words)
    if found is None or (found[2] is None and found[3] is None and not words.startswith("at")):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None
