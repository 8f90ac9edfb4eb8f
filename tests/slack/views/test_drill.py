"""The screens of a drill: each begins with DRILL, so that nobody takes a rehearsal for the worst day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain.gate import DRILL
from bot.domain.shown.pause_screens import DrillView
from bot.domain.shown.post_screens import AccountView, PostCard
from bot.slack.views.blocks import Message
from bot.slack.views.pause import drill
from bot.slack.views.posts.card import draw_post_card
from tests.backend import team
from tests.slack.limits import check_message, walk
from tests.slack.rendering import render_message
from tests.slack.views.samples import CARDS, MAYA, NOW, PLACE, TOM

BEGUN = DrillView(
    by=MAYA, at=NOW, posts=3, seen_at=None, paused_at=None, changed_at=None, ended_at=None, why=None
)
PAUSED = replace(BEGUN, seen_at=NOW + timedelta(seconds=40), paused_at=NOW + timedelta(seconds=75))
OVER = replace(
    PAUSED, changed_at=NOW + timedelta(seconds=78), ended_at=NOW + timedelta(seconds=78),
    why="every card has changed",
)  # fmt: skip
DRILLS = {
    "begun": BEGUN,
    "begun, one post": replace(BEGUN, posts=1),
    "paused": PAUSED,
    "over": OVER,
    "over, within a second": replace(OVER, seen_at=NOW, paused_at=NOW, changed_at=NOW),
    "over, nobody noticed": replace(BEGUN, ended_at=NOW + timedelta(minutes=30), why="30 minutes were over"),
    "over, stopped before all had changed": replace(
        PAUSED, ended_at=NOW + timedelta(minutes=2), why="stopped"
    ),
    "over, a real pause": replace(BEGUN, by=TOM, ended_at=NOW + timedelta(minutes=1), why="a real pause"),
}
ANSWERS: dict[str, Callable[[], Message]] = {
    "begun": lambda: drill.draw_begun("C0SOCIAL"),
    "paused": drill.draw_paused,
    "stopped": drill.draw_stopped,
}
ACCOUNT = AccountView("drill", "DRILL", "DRILL 1 of 3. Sunny morning!", 28, 500, "characters")


def drill_posts() -> dict[str, PostCard]:
    """Cards of a drill's posts: like any other's, on an account that says what it is."""

    def of_drill(card: PostCard) -> PostCard:
        return replace(card, accounts=(ACCOUNT,), authors=(), label="DRILL")

    return {
        "post, waiting": of_drill(CARDS["waiting"]),
        "post, paused": of_drill(CARDS["paused"]),
        "post, over": replace(of_drill(CARDS["killed"]), status_by=None, reason="The drill is over."),
    }


@pytest.mark.parametrize("name", DRILLS)
def test_drill(name: str, snapshot: SnapshotAssertion) -> None:
    message = drill.draw_card(DRILLS[name], PLACE)
    check_message(message)
    assert render_message(message) == snapshot


@pytest.mark.parametrize("name", ANSWERS)
def test_answer(name: str, snapshot: SnapshotAssertion) -> None:
    message = ANSWERS[name]()
    check_message(message)
    assert render_message(message) == snapshot


@pytest.mark.parametrize("name", drill_posts())
def test_card(name: str, snapshot: SnapshotAssertion) -> None:
    message = draw_post_card(drill_posts()[name], PLACE)
    check_message(message)
    assert "DRILL" in message.text, "phones show this line alone"
    assert render_message(message) == snapshot


@pytest.mark.parametrize("name", DRILLS)
def test_the_line_phones_show_says_drill_first(name: str) -> None:
    assert drill.draw_card(DRILLS[name], PLACE).text.startswith("DRILL")


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_says_drill_first(name: str) -> None:
    assert ANSWERS[name]().text.startswith("DRILL")


def test_there_is_nothing_to_press() -> None:
    """A drill is paused by typing what one would type on the day."""
    for view in DRILLS.values():
        blocks = drill.draw_card(view, PLACE).blocks
        assert not [each for _, each, _ in walk(blocks) if each.get("type") == "button"]


def test_the_pretend_account_is_called_what_cards_call_it() -> None:
    assert team().title_of(DRILL) == ACCOUNT.title
