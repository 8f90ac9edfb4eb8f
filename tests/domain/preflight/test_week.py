"""The days ahead: how their posts stand, days on which nothing goes out, and days with too much, in the team's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.hours import Hours, parse_hours
from bot.domain.preflight.week import (
    FullDay,
    Stand,
    WeekDay,
    describe_day,
    describe_week,
    find_full_days,
    list_week,
)

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = parse_hours("Mon-Fri 08:00-18:00", BERLIN)
MONDAY = date(2026, 11, 23)
WEEK = [MONDAY + timedelta(days=ahead) for ahead in range(7)]
FULL = FullDay(MONDAY + timedelta(days=1), "Mastodon", 6)


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, 22 + day, hour, tzinfo=UTC)


def gaps(*slots: datetime, hours: Hours = HOURS) -> str:
    return " ".join(describe_week(list_week(WEEK, [(slot, Stand.WORDS) for slot in slots], (), hours)))


def test_a_day_with_hours_and_no_post_is_a_gap() -> None:
    assert gaps(at(2), at(4)) == "Nothing is planned on Wed 25 Nov and Fri 27 Nov.", "today is none"


def test_without_hours_every_day_counts() -> None:
    assert "Fri 27 Nov, Sat 28 Nov and Sun 29 Nov" in gaps(at(1), hours=parse_hours("", BERLIN))


def test_days_are_the_teams() -> None:
    """Half past eleven at night in London is the next day in Berlin."""
    assert "24 Nov" not in gaps(at(1, 23))


def test_too_many_of_one_account_on_one_day() -> None:
    posts = [("mastodon", at(1, hour)) for hour in (8, 9, 10)] + [("bluesky", at(1))]
    assert find_full_days(WEEK, posts, HOURS, 2) == (FullDay(MONDAY, "mastodon", 3),)
    assert find_full_days(WEEK, posts, HOURS, 3) == ()
    assert find_full_days(WEEK, posts, HOURS, 0) == (), "0: as many as you like"
    assert find_full_days(WEEK[1:], posts, HOURS, 2) == (), "another day"
    late = [("mastodon", at(1, hour)) for hour in (8, 9, 23)]
    assert find_full_days(WEEK, late, HOURS, 2) == (), "the last is of the next day in Berlin"


def test_what_is_said_of_a_week() -> None:
    week = list_week(WEEK[:3], [(at(2), Stand.WORDS)] * 6, (FULL,), HOURS)
    assert describe_week(week) == (
        "Nothing is planned on Wed 25 Nov.",
        "6 posts on Mastodon on Tue 24 Nov: that is a lot for one day.",
    )
    assert describe_week(()) == ()


FIX, MISSING, WORDS, WAITS, GO, PAUSED, APPROVED, OUT = Stand


@pytest.mark.parametrize(
    ("stands", "told"),
    [
        ((), "nothing planned"),
        ((WORDS,) * 3, "words approved"),
        ((WORDS, MISSING), "1 needs approval"),
        ((MISSING,), "needs approval"),
        ((MISSING,) * 2, "all need approval"),
        ((MISSING, MISSING, WAITS, OUT), "2 need approval, 1 waiting for a decision"),
        ((FIX, MISSING), "1 needs fixing first, 1 needs approval"),
        ((FIX, FIX), "all need fixing first"),
        ((WAITS, WAITS), "all waiting for a decision"),
        ((GO, WAITS), "1 waiting for a decision, 1 waiting for a Go"),
        ((PAUSED, PAUSED, OUT), "2 paused"),
        ((APPROVED, OUT), "approved"),
        ((OUT,), "published"),
    ],
)
def test_how_the_posts_of_a_day_stand(stands: tuple[Stand, ...], told: str) -> None:
    assert describe_day(WeekDay(MONDAY, stands)) == told


def test_an_empty_day_without_hours_says_why_and_a_full_one_how_full() -> None:
    assert describe_day(WeekDay(MONDAY, open=False)) == "nothing planned, outside your team's hours"
    full = WeekDay(FULL.day, (WORDS,) * 6, (FULL,))
    assert describe_day(full) == "words approved, 6 on Mastodon are many for one day"
