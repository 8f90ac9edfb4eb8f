"""Days on which nothing goes out, and days with too much, in the team's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.hours import parse_hours
from bot.domain.preflight.week import FullDay, WeekView, describe_week, find_full_days, find_gaps

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = parse_hours("Mon-Fri 08:00-18:00", BERLIN)
MONDAY = date(2026, 11, 23)
WEEK = [MONDAY + timedelta(days=ahead) for ahead in range(7)]


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, 22 + day, hour, tzinfo=UTC)


def test_a_day_with_hours_and_no_post_is_a_gap() -> None:
    assert find_gaps(WEEK, [at(1), at(2), at(4)], HOURS) == (date(2026, 11, 25), date(2026, 11, 27))


def test_without_hours_every_day_counts() -> None:
    assert find_gaps(WEEK[4:], [at(5)], parse_hours("", BERLIN)) == (date(2026, 11, 28), date(2026, 11, 29))


def test_days_are_the_teams() -> None:
    """Half past eleven at night in London is the next day in Berlin."""
    assert date(2026, 11, 24) not in find_gaps(WEEK, [at(1, 23)], HOURS)


def test_too_many_of_one_account_on_one_day() -> None:
    posts = [("mastodon", at(1, hour)) for hour in (8, 9, 10)] + [("bluesky", at(1))]
    assert find_full_days(WEEK, posts, HOURS, 2) == (FullDay(MONDAY, "mastodon", 3),)
    assert find_full_days(WEEK, posts, HOURS, 3) == ()
    assert find_full_days(WEEK, posts, HOURS, 0) == (), "0: as many as you like"


def test_what_is_said_of_a_week() -> None:
    week = WeekView(
        (MONDAY, MONDAY + timedelta(days=2)), (FullDay(MONDAY + timedelta(days=1), "Mastodon", 6),)
    )
    assert describe_week(week) == (
        "Nothing is planned on Mon 23 Nov and Wed 25 Nov.",
        "6 posts on Mastodon on Tue 24 Nov: that is a lot for one day.",
    )
    assert describe_week(WeekView()) == ()
