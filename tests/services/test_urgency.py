"""What is drawn first: what people act on comes before new customers, however many there are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from bot.domain.gate import ALL
from bot.domain.kinds import CardType
from bot.services.pause import pause
from bot.store.slack import card_messages, cards
from tests.backend import MAYA, Backend, key


def flood(backend: Backend) -> None:
    """A new conversation's card for each of twenty customers."""

    def write(db: Connection) -> None:
        for n in range(20):
            cards.add(db, CardType.CONVERSATION, f"c{n}", "C0CUSTOMERS", backend.services.clock.now())

    backend.store.write(write)


def draw_all(backend: Backend) -> None:
    def write(db: Connection) -> None:
        for number, card in enumerate(cards.list_dirty(db, backend.services.clock.now())):
            card_messages.mark_posted(db, card, f"1.{number}", card.wanted)

    backend.store.write(write)


def first_kinds(backend: Backend) -> list[CardType]:
    dirty = backend.store.read(lambda db: cards.list_dirty(db, backend.services.clock.now()))
    return [card.kind for card in sorted(dirty, key=lambda card: card.turn)]


def publish(backend: Backend) -> None:
    seen = backend.approved()
    draw_all(backend)
    flood(backend)
    backend.to_slot(seen)
    assert backend.states(seen) == {"bakery": "sent"}


def open_review(backend: Backend) -> None:
    flood(backend)
    backend.in_review()


def shut(backend: Backend) -> None:
    backend.approved()
    draw_all(backend)
    flood(backend)
    backend.services.do(pause.pause, MAYA, ALL, "recall", key())


@pytest.mark.parametrize("change", [publish, open_review, shut])
def test_posts_and_pauses_come_before_new_customers(
    sqlite_backend: Backend, change: Callable[[Backend], None]
) -> None:
    """Seen: published posts said "Approved: goes out" for minutes, while customers' cards were put up."""
    change(sqlite_backend)
    kinds = first_kinds(sqlite_backend)
    ours = [kind for kind in kinds if kind is not CardType.CONVERSATION]
    assert ours
    assert kinds[: len(ours)] == ours
