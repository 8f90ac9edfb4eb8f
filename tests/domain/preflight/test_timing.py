"""What is against the moment at which a post goes out, and against the accounts it goes to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.hours import parse_hours
from bot.domain.posts import Body
from bot.domain.preflight.timing import (
    Neighbour,
    check_allowance,
    check_day,
    check_hours,
    check_same_words,
    check_spacing,
    check_waiting,
)

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = parse_hours("Mon-Fri 08:00-18:00, Sat 22:00-24:00", BERLIN)
NOBODY_SAID = parse_hours("", BERLIN)
LEAD = timedelta(minutes=30)


def at(day: int, clock: str) -> datetime:
    """In November 2026, in Berlin: the 23rd is a Monday."""
    return (
        datetime.strptime(f"2026-11-{day} {clock}", "%Y-%m-%d %H:%M").replace(tzinfo=BERLIN).astimezone(UTC)
    )


@pytest.mark.parametrize(
    ("slot", "answers", "decides"),
    [
        (at(23, "09:00"), True, True),
        (at(23, "17:59"), True, True),
        (at(23, "18:00"), False, True),  # the card at half past five
        (at(23, "18:30"), False, False),
        (at(23, "08:00"), True, False),  # the card at half past seven
        (at(23, "07:01"), True, False),
        (at(23, "07:00"), False, False),
        (at(29, "12:00"), False, False),  # a Sunday
        (at(28, "23:59"), True, True),
        (at(29, "00:00"), False, True),  # hours until midnight
    ],
)  # fmt: skip
def test_hours(slot: datetime, answers: bool, decides: bool) -> None:
    told = " ".join(check_hours(slot, LEAD, HOURS))
    assert ("to answer" not in told) is answers
    assert ("to decide" not in told) is decides
    assert list(check_hours(slot, LEAD, NOBODY_SAID)) == []


def test_hours_over_the_night_in_which_clocks_go_back() -> None:
    """03:00 comes twice on 25 October: hours from three on begin at the second."""
    hours = parse_hours("Sun 03:00-05:00", BERLIN)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30, for the first time
    assert not hours.overlap(first, first + timedelta(hours=1))
    assert hours.overlap(first, first + timedelta(hours=2))


def test_spacing_names_the_closest_first() -> None:
    slot = at(23, "09:00")
    others = [
        Neighbour(4, "Mastodon", slot + timedelta(minutes=30), "Coffee"),
        Neighbour(3, "Mastodon", slot + timedelta(minutes=29), ""),
        Neighbour(
            2, "Mastodon", slot - timedelta(minutes=11), "Rye today, and for once with seeds on top of it"
        ),
        Neighbour(2, "Bluesky", slot - timedelta(minutes=11), "Rye today"),
        Neighbour(1, "Bluesky", slot, "Tell <@U0MAYA>: *free* bread"),
    ]
    assert list(check_spacing(slot, timedelta(minutes=30), others)) == [
        "Close to “Tell ‹@U0MAYA›: free bread”, at the same time on Bluesky",
        "Close to “Rye today, and for once with seeds on…”, 11 min earlier on Mastodon and Bluesky",
        "Close to a post without text (post 3), 29 min later on Mastodon",
    ]
    assert list(check_spacing(slot, timedelta(0), others)) == []


def test_spacing_counts_the_minutes_that_screens_show() -> None:
    """Seen: "22 min earlier", of 08:17 and 08:40."""
    slot, other = at(23, "08:40"), at(23, "08:17") + timedelta(seconds=40)
    (told,) = check_spacing(slot, timedelta(minutes=30), [Neighbour(1, "Mastodon", other, "Rye today")])
    assert told == "Close to “Rye today”, 23 min earlier on Mastodon"


def test_a_full_day_is_one_of_the_teams_zone() -> None:
    slot = at(23, "23:30")  # 22:30 in UTC
    on_it = [
        Neighbour(number, "Mastodon", at(23, "00:10"), "") for number in range(5)
    ]  # the day before, in UTC
    beside = [
        Neighbour(8, "Mastodon", at(24, "00:10"), ""),
        Neighbour(9, "Bluesky", at(23, "12:00"), ""),
    ]
    assert list(check_day(slot, HOURS, 5, [*on_it, *beside])) == ["Mastodon has 6 posts that day"]
    assert list(check_day(slot, HOURS, 5, [*on_it[1:], *beside])) == []
    assert list(check_day(slot, HOURS, 0, [*on_it, *beside])) == []


def test_a_network_takes_so_many_posts_in_any_24_hours() -> None:
    """Also across midnight; those after this one are judged by themselves."""
    slot = at(24, "09:00")
    before = [Neighbour(1, "Dock", at(23, "09:01"), ""), Neighbour(2, "Dock", slot, "")]
    beside = [Neighbour(3, "Dock", at(23, "09:00"), ""), Neighbour(4, "Dock", at(24, "09:01"), "")]
    assert list(check_allowance(slot, "Dock", 3, [*before, *beside])) == []
    assert list(check_allowance(slot, "Dock", 2, [*before, *beside])) == [
        "Dock takes 2 posts in 24 hours, and 2 others go out in those before this one: move it, or one of them"
    ]


def test_the_same_words_to_several_accounts() -> None:
    titles = {"a": "Mastodon", "b": "Bluesky", "c": "Threads"}
    assert list(check_same_words(Body(("a",), "x"), titles)) == []
    assert list(check_same_words(Body(("a", "b"), "x", variants={"b": "y"}), titles)) == []
    assert list(check_same_words(Body(("a", "b"), ""), titles)) == [], "two images"
    told = list(check_same_words(Body(("a", "b", "c"), "x", variants={"b": " x\n"}), titles))
    assert told == ["Mastodon, Bluesky and Threads get the same words"]


def test_who_waits() -> None:
    assert list(check_waiting({"Mastodon": 0})) == []
    assert list(check_waiting({"Mastodon": 2, "Bluesky": 1})) == [
        "2 customers have been waiting too long for an answer on Mastodon",
        "1 customer has been waiting too long for an answer on Bluesky",
    ]
