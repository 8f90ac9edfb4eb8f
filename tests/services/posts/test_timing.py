"""What other posts, the hours and waiting customers have against a post, as its card shows it and approving asks it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.hours import parse_hours
from bot.domain.posts import Seen, Status
from bot.domain.preflight.objections import LEVELS, Level, ObjectionType
from bot.domain.refusals import Blocked
from bot.services.posts import preflight, review
from bot.services.queries.posts import load_card
from tests.backend import BERLIN, MORNING, TOM, Backend, key
from tests.inbox_backend import InboxBackend


def told(backend: Backend | InboxBackend, seen: Seen) -> list[tuple[str, Level]]:
    card = backend.services.look(load_card, seen.post_id)
    assert card is not None
    return [(one.sentence, one.level) for one in card.objections]


def sentences(backend: Backend | InboxBackend, seen: Seen) -> list[str]:
    return [sentence for sentence, _ in told(backend, seen)]


def test_another_post_close_by(sqlite_backend: Backend) -> None:
    """Seen: a slot 11 minutes after another, and not a word."""
    first = sqlite_backend.plan("Fresh bread at nine", minutes=20)
    elsewhere = sqlite_backend.plan("Rye today", minutes=25, accounts=("cafe",))
    second = sqlite_backend.plan("Coffee is on us", minutes=31)
    assert told(sqlite_backend, second) == [
        ("Close to “Fresh bread at nine”, 11 min earlier on Bakery", Level.WARN)
    ]
    assert sentences(sqlite_backend, first) == ["Close to “Coffee is on us”, 11 min later on Bakery"]
    assert sentences(sqlite_backend, elsewhere) == []
    sqlite_backend.services.do(review.kill, TOM, first, key())
    assert sentences(sqlite_backend, second) == [], "it does not go out any more"


def test_however_short_a_time_alike_words_are_looked_for(sqlite_backend: Backend) -> None:
    policy = replace(sqlite_backend.policy, repeat_window=timedelta(minutes=1))
    sqlite_backend.services = replace(sqlite_backend.services, policy=policy)
    sqlite_backend.plan("Fresh bread at nine", minutes=20)
    seen = sqlite_backend.plan("Fresh bread at nine!", minutes=31)
    assert sentences(sqlite_backend, seen) == ["Close to “Fresh bread at nine”, 11 min earlier on Bakery"]


def test_of_very_many_the_nearest_are_compared(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "MOST_COMPARED", 2)
    seen = sqlite_backend.plan("Fresh bread at nine", minutes=20 * 60)
    for hours in (1, 3, 5, 26, 28, 30):
        sqlite_backend.plan("Fresh bread at nine!", minutes=hours * 60)
    assert [each for each in sentences(sqlite_backend, seen) if "Nearly" in each] == [  # itself is read, too
        f"Nearly the same words as “Fresh bread at nine!” of {moment} CET, on Bakery"
        for moment in ("Tue 24 Nov at 12:00", "Tue 24 Nov at 14:00", "Wed 25 Nov at 11:00")
    ]


def test_the_same_words_to_both(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.plan("Coffee is on us", accounts=("bakery", "cafe"))
    assert sentences(sqlite_backend, seen) == ["Bakery and Cafe get the same words"]


def test_the_sixth_of_a_day(sqlite_backend: Backend) -> None:
    words = ("Bread", "Rolls at noon", "Cake with cream", "Rye", "Coffee and tea", "We close early")
    *_, last = [sqlite_backend.plan(text, minutes=60 * n + 60) for n, text in enumerate(words)]
    assert sentences(sqlite_backend, last) == ["Bakery has 6 posts that day"]


def test_nobody_is_there(sqlite_backend: Backend) -> None:
    evening = sqlite_backend.plan("Good night", minutes=10 * 60)  # seven in the evening
    assert sentences(sqlite_backend, evening) == [
        "Outside your team's hours: nobody may be there to decide about it, or to answer comments in its first hour"
    ]


def test_customers_who_wait(sqlite_inbox_backend: InboxBackend) -> None:
    seen = sqlite_inbox_backend.plan("Coffee is on us", minutes=7 * 60)
    sqlite_inbox_backend.writes("My order arrived broken.")
    sqlite_inbox_backend.push(hours=4, minutes=1)
    assert "1 customer has been waiting too long for an answer on Bakery" in sentences(
        sqlite_inbox_backend, seen
    )


@pytest.mark.parametrize("level", [Level.BLOCK, Level.NOTE, None])
def test_the_settings_say_how_loud(sqlite_backend: Backend, level: Level | None) -> None:
    policy = replace(sqlite_backend.policy, levels={**LEVELS, ObjectionType.SPACING: level})
    sqlite_backend.services = replace(sqlite_backend.services, policy=policy)
    sqlite_backend.plan("Fresh bread at nine", minutes=20)
    seen = sqlite_backend.in_review("Coffee is on us")
    assert [each for _, each in told(sqlite_backend, seen)] == ([] if level is None else [level])
    if level is Level.BLOCK:
        with pytest.raises(Blocked, match="Close to “Fresh bread at nine”, at the same time on Bakery"):
            sqlite_backend.services.do(review.approve, TOM, seen, key())
        sqlite_backend.services.do(review.approve, TOM, seen, key(), anyway="both are short")
    else:
        sqlite_backend.services.do(review.approve, TOM, seen, key())
    assert sqlite_backend.status(seen) is Status.APPROVED


def test_what_is_decided_is_not_judged_again(sqlite_backend: Backend) -> None:
    sqlite_backend.approved("Fresh bread at nine")
    seen = sqlite_backend.in_review("Coffee is on us")
    assert sentences(sqlite_backend, seen) == ["Close to “Fresh bread at nine”, at the same time on Bakery"]
    sqlite_backend.services.do(review.approve, TOM, seen, key())
    assert sentences(sqlite_backend, seen) == []


@pytest.mark.parametrize(
    ("country", "sentences_"),
    [
        ("DE", []),
        ("DE-BY", ["Its day is a public holiday: Epiphany"]),
        ("", []),
    ],
)
def test_a_public_holiday_of_the_teams_own_day(
    sqlite_backend: Backend, country: str, sentences_: list[str]
) -> None:
    sqlite_backend.services = replace(
        sqlite_backend.services,
        policy=replace(sqlite_backend.policy, country=country, hours=parse_hours("", BERLIN)),
    )
    slot = datetime(2027, 1, 5, 23, 30, tzinfo=UTC)  # in Berlin half an hour into the sixth
    seen = sqlite_backend.plan("Kings' cake", minutes=(slot - MORNING).total_seconds() / 60)
    assert told(sqlite_backend, seen) == [(each, Level.NOTE) for each in sentences_]


def test_a_time_that_is_over_is_not_judged(sqlite_backend: Backend) -> None:
    """Its card asks for a new one; and where hours stop an approval, Post now would have been stopped by the old."""
    first = sqlite_backend.approved("Fresh bread at nine")
    seen = sqlite_backend.in_review("Coffee is on us")
    sqlite_backend.to_slot(first)
    sqlite_backend.push(minutes=1)
    assert sqlite_backend.status(seen) is Status.MISSED
    assert sentences(sqlite_backend, seen) == []
