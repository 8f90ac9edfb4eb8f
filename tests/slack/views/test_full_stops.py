"""Reasons of networks and people end as they like; what is put behind them begins after one full stop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.slack.views.posts.card import draw_post_card
from bot.slack.views.text import end
from tests.slack.limits import walk
from tests.slack.views.samples import CARDS, PLACE

REASON = "There was no time left to try again."


@pytest.mark.parametrize("name", CARDS)
def test_a_card_never_has_two(name: str) -> None:
    """A missed post's notification read "there was no time left to try again.. Bluesky"."""
    card = CARDS[name]
    sends = tuple(replace(one, reason=REASON if one.reason else None) for one in card.deliveries)
    message = draw_post_card(replace(card, reason=REASON if card.reason else None, deliveries=sends), PLACE)
    texts = [message.text, *(str(part.get("text")) for _, part, _ in walk(message.blocks))]
    assert [text for text in texts if ".." in text.replace("...", "")] == []


@pytest.mark.parametrize(
    ("words", "ended"), [("Late", "Late."), ("Late.", "Late."), ("Late?", "Late?"), ("La…", "La…")]
)
def test_one_full_stop(words: str, ended: str) -> None:
    assert end(words) == ended
