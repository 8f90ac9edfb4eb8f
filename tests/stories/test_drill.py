"""A rehearsal of the worst day: real posts go on, a real pause ends it."""

from __future__ import annotations

from bot.sandbox.slack.find import words
from tests.stories.bakery import MAYA, SOCIAL, TOM, Bakery

BREAD = "Fresh bread at nine"


def test_the_team_rehearses_and_gets_its_times(bakery: Bakery) -> None:
    bakery.plan((40, "bakery", BREAD))
    bakery.push(11)
    bakery.click(TOM, bakery.card(BREAD, "Decide by"), "Approve")
    bakery.card(BREAD, "Approved: goes out")
    assert bakery.people.command(TOM, SOCIAL, "/social", "drill").ok
    bakery.until(lambda: shown(bakery, "posts marked DRILL stand"), "the drill's posts are in the channel")
    assert bakery.people.command(MAYA, SOCIAL, "/social", "drill pause the oven burns").ok
    bakery.until(lambda: shown(bakery, "DRILL is over"), "the team is told its times")
    bakery.card(BREAD, "Approved: goes out")
    bakery.push(30)
    bakery.card(BREAD, "Published")
    assert bakery.published() == [BREAD]


def test_a_real_pause_ends_the_drill(bakery: Bakery) -> None:
    bakery.plan((40, "bakery", BREAD))
    assert bakery.people.command(TOM, SOCIAL, "/social", "drill").ok
    bakery.until(lambda: shown(bakery, "posts marked DRILL stand"), "the drill's posts are in the channel")
    assert bakery.people.command(MAYA, SOCIAL, "/social", "pause recall news").ok
    bakery.until(lambda: shown(bakery, "DRILL is over"), "the drill is over")
    bakery.until(lambda: shown(bakery, "Publishing is paused"), "the real banner is there")


def shown(bakery: Bakery, says: str) -> bool:
    return any(says in words(message) for message in bakery.slack.workspace.messages(SOCIAL))
