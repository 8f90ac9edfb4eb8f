"""Hours and moments in the team's zone: midnight, the week's end, and the two nights on which clocks change."""

# ruff: noqa: DTZ001 - hypothesis and the rules of zones are given naive moments here, on purpose
from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.hours import AmbiguousMoment, Hours, SkippedMoment, parse_hours, pick_next_quarter, to_utc

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = parse_hours("Mon-Sat 08:00-18:00", BERLIN)


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026; the 24th is a Tuesday, the 29th a Sunday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        (berlin(24, 7, 59), False), (berlin(24, 8), True), (berlin(24, 17, 59), True), (berlin(24, 18), False),
        (berlin(28, 9), True), (berlin(29, 9), False),
    ],
)  # fmt: skip
def test_open_at(moment: datetime, open_: bool) -> None:
    assert WEEK.open_at(moment) is open_
    assert WEEK.open_at(moment.astimezone(UTC)) is open_


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        (berlin(24, 7), berlin(24, 8)), (berlin(24, 8), berlin(24, 8)), (berlin(24, 9), berlin(25, 8)),
        (berlin(28, 19), berlin(30, 8)),
    ],
)  # fmt: skip
def test_next_opening(moment: datetime, opening: datetime) -> None:
    assert WEEK.next_opening(moment) == opening


def test_midnight_at_the_days_end() -> None:
    late = parse_hours("Fri 18:00-24:00, Sat 00:00-02:00", BERLIN)
    assert late.open_at(berlin(27, 23, 59))
    assert late.open_at(berlin(28, 0))
    assert not late.open_at(berlin(28, 2))


def test_the_week_runs_round() -> None:
    assert {span.weekday for span in parse_hours("Sat-Mon 09:00-12:00", BERLIN).spans} == {5, 6, 0}


def test_nobody_said() -> None:
    assert Hours((), BERLIN).next_opening(berlin(24, 8)) is None
    assert not Hours((), BERLIN).open_at(berlin(24, 8))


@pytest.mark.parametrize(
    "text",
    [
        "Mon 8-18",
        "Mon-Xyz 08:00-18:00",
        "Mon 18:00-08:00",
        "Mon 08:00-08:00",
        "Mon 08:00-25:00",
        "08:00-18:00",
    ],
)
def test_bad_hours_are_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match='"'):
        parse_hours(text, BERLIN)


@pytest.mark.parametrize(
    ("moment", "edge"),
    [
        (berlin(24, 7), berlin(24, 8)),
        (berlin(24, 8), berlin(24, 18)),
        (berlin(24, 18), berlin(25, 8)),
        (berlin(28, 18), berlin(30, 8)),
        (berlin(29, 3), berlin(30, 8)),
    ],
)
def test_the_next_edge_of_a_day(moment: datetime, edge: datetime) -> None:
    assert WEEK.next_edge(moment) == edge


def test_a_break_at_noon_is_no_edge_and_without_hours_there_is_none() -> None:
    broken = parse_hours("Mon-Fri 08:00-12:00, Mon-Fri 13:00-24:00", BERLIN)
    assert broken.next_edge(berlin(24, 9)) == berlin(25, 0)
    assert Hours((), BERLIN).next_edge(berlin(24, 9)) is None


def test_opening_on_the_days_clocks_change() -> None:
    """08:00 is 08:00 in the zone, an hour earlier or later by UTC."""
    hours = parse_hours("Mon-Sun 08:00-18:00", BERLIN)
    for day, utc in ((datetime(2026, 3, 28, 20), 6), (datetime(2026, 10, 24, 20), 7)):
        opening = hours.next_opening(day.replace(tzinfo=BERLIN))
        assert opening
        assert opening.astimezone(UTC).hour == utc


def test_times_that_do_not_exist_or_happen_twice() -> None:
    with pytest.raises(SkippedMoment):
        to_utc(datetime(2026, 3, 29, 2, 30), BERLIN)
    with pytest.raises(AmbiguousMoment):
        to_utc(datetime(2026, 10, 25, 2, 30), BERLIN)
    assert to_utc(datetime(2026, 3, 29, 3, 0), BERLIN) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert to_utc(datetime(2026, 10, 25, 3, 0), BERLIN) == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)


ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "Pacific/Apia")


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)), st.sampled_from(ZONES))
def test_a_wall_clock_time_comes_back_or_is_refused(naive: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    try:
        moment = to_utc(naive, zone)
    except (AmbiguousMoment, SkippedMoment):
        return
    assert moment.tzinfo is UTC
    assert moment.astimezone(zone).replace(tzinfo=None) == naive


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)), st.sampled_from(ZONES)
)
def test_the_next_opening_is_open_and_not_before(moment: datetime, name: str) -> None:
    hours = parse_hours("Mon-Fri 09:00-17:00, Sat 10:00-14:00", ZoneInfo(name))
    opening = hours.next_opening(moment)
    assert opening
    assert moment <= opening <= moment + timedelta(days=8)
    assert hours.open_at(opening)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))
def test_the_next_quarter(moment: datetime) -> None:
    quarter = pick_next_quarter(moment)
    assert quarter.minute % 15 == quarter.second == quarter.microsecond == 0
    assert timedelta(0) < quarter - moment <= timedelta(minutes=15)


def test_the_next_free_quarter_at_midnight() -> None:
    last = datetime.combine(date(2026, 12, 31), time(23, 50), UTC)
    new_year = datetime(2027, 1, 1, tzinfo=UTC)
    assert pick_next_quarter(last) == new_year
    assert pick_next_quarter(last, frozenset({new_year})) == new_year + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("moment", "target"),
    [
        (berlin(24, 9), berlin(24, 13)),
        (berlin(24, 6), berlin(24, 12)),  # nobody is there before eight
        (berlin(24, 16), berlin(25, 10)),  # two hours today, two tomorrow
        (berlin(24, 14), berlin(25, 8)),  # exactly at closing time: when they open again
        (berlin(28, 17), berlin(30, 11)),  # over a Sunday
        (berlin(29, 12), berlin(30, 12)),  # on a Sunday
    ],
)
def test_after_counts_hours_only(moment: datetime, target: datetime) -> None:
    assert WEEK.after(moment, timedelta(hours=4)) == target
    assert WEEK.open_at(WEEK.after(moment, timedelta(hours=4)))


def test_after_takes_days_and_weeks() -> None:
    assert WEEK.after(berlin(24, 9), timedelta(hours=61)) == datetime(2026, 12, 1, 10, tzinfo=BERLIN)


def test_without_hours_all_time_counts() -> None:
    assert Hours((), BERLIN).after(berlin(24, 23), timedelta(hours=4)) == berlin(25, 3)


@pytest.mark.parametrize(("month", "day", "hour"), [(10, 25, 5), (3, 29, 7)])
def test_a_night_that_is_longer_or_shorter(month: int, day: int, hour: int) -> None:
    """Six hours after midnight: the night of October has one more, that of March one less."""
    night = parse_hours("Sun 00:00-12:00", BERLIN)
    begin = datetime(2026, month, day, 0, 0, tzinfo=BERLIN)
    assert night.after(begin, timedelta(hours=6)) == datetime(2026, month, day, hour, tzinfo=BERLIN)


def test_hours_that_overlap_count_once() -> None:
    twice = parse_hours("Tue 08:00-12:00, Tue 10:00-14:00", BERLIN)
    assert twice.after(berlin(24, 8), timedelta(hours=5)) == berlin(24, 13)


def test_hours_around_the_clock() -> None:
    always = parse_hours("Mon-Sun 00:00-24:00", BERLIN)
    assert always.after(berlin(24, 23), timedelta(hours=30)) == berlin(26, 5)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)), st.integers(0, 100))
def test_after_is_never_before_and_never_at_night(naive: datetime, hours: int) -> None:
    moment = naive.replace(tzinfo=UTC)
    at = WEEK.after(moment, timedelta(hours=hours))
    assert at - moment >= timedelta(hours=hours)
    assert WEEK.open_at(at)
