"""When people are told that a sign-in ends: by the team's clock, in its hours, and never after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.hours import Hours, parse_hours
from bot.domain.sign_ins.endings import LEAST, NoticeType, find_moments, is_same_end

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = parse_hours("Mon-Sat 08:00-18:00", BERLIN)
NONE = Hours((), BERLIN)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("end", "hours", "week", "day"),
    [
        ("2026-12-01 14:00", HOURS, "2026-11-24 08:00", "2026-12-01 08:00"),
        ("2026-12-01 08:30", HOURS, "2026-11-24 08:00", "2026-11-30 08:00"),  # half an hour is too little
        ("2026-12-01 02:00", HOURS, "2026-11-23 08:00", "2026-11-30 08:00"),  # ends at night
        ("2026-11-29 14:00", HOURS, "2026-11-21 08:00", "2026-11-28 08:00"),  # ends on a Sunday
        ("2026-11-29 14:00", NONE, "2026-11-22 09:00", "2026-11-29 09:00"),
        (
            "2027-04-01 14:00",
            HOURS,
            "2027-03-25 08:00",
            "2027-04-01 08:00",
        ),  # clocks go forward between the two
        ("2026-10-28 14:00", HOURS, "2026-10-21 08:00", "2026-10-28 08:00"),  # and back
    ],
)
def test_each_comes_when_hours_begin(end: str, hours: Hours, week: str, day: str) -> None:
    moments = find_moments(local(end), hours)
    assert (moments.week, moments.day) == (local(week), local(day))


def test_only_the_last_is_due() -> None:
    """Whoever was away is told once."""
    moments = find_moments(local("2026-12-01 14:00"), HOURS)
    a_bit = timedelta(microseconds=1)
    assert moments.find_due(moments.week - a_bit) is None
    assert moments.find_due(moments.week) is NoticeType.WEEK
    assert moments.find_due(moments.day - a_bit) is NoticeType.WEEK
    assert moments.find_due(moments.day) is NoticeType.DAY
    assert moments.find_due(moments.end - a_bit) is NoticeType.DAY
    assert moments.find_due(moments.end) is NoticeType.ENDED
    assert moments.find_due(moments.end + timedelta(days=400)) is NoticeType.ENDED


@given(
    st.integers(0, 3 * 366 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes)),
    st.sampled_from(["", "Mon-Sat 08:00-18:00", "Sun 23:30-24:00", "Wed 02:30-03:00"]),
)
def test_there_is_always_time_to_act(end: datetime, hours: str) -> None:
    moments = find_moments(end, parse_hours(hours.replace("24:00", "00:00"), BERLIN))
    assert moments.week <= end - timedelta(days=7)
    assert moments.week <= moments.day <= end - LEAST
    assert moments.week >= end - timedelta(days=7 + 9)


def test_what_differs_by_minutes_is_one_end() -> None:
    """A network that says "in 5,183,944 seconds" names another moment each time."""
    end = local("2026-12-01 14:00")
    assert is_same_end(end, end + timedelta(minutes=59))
    assert not is_same_end(end, end + timedelta(minutes=60))
    assert is_same_end(None, None)
    assert not is_same_end(end, None)
