"""The inbox's cards and lines as they are now: of conversations, piles, offers and spikes.

A line holds ids only, and its words are read here each time it is drawn, so that erased words are gone from Slack once
their lines are redrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.domain.kinds import CardType, LineType
from bot.domain.shown.post_screens import ThreadLine
from bot.services.queries import conversations as conversation_queries
from bot.services.queries import inbox as inbox_queries
from bot.services.queries import piles as pile_queries
from bot.services.unit_of_work import UnitOfWork
from bot.slack.views.blocks import Message
from bot.slack.views.inbox.card import draw_conversation_card
from bot.slack.views.inbox.cards_of_many import (
    draw_late_card,
    draw_new_card,
    draw_offer_card,
    draw_old_late_card,
    draw_old_new_card,
    draw_old_pile_card,
    draw_pile_card,
    draw_spike_card,
)
from bot.slack.views.inbox.lines import draw_conversation_line
from bot.slack.views.text import Place
from bot.store.inbox import conversations, messages
from bot.store.slack import card_lines, cards
from bot.store.slack.cards import Card, Line

Drawn = Message | None


def _conversation(work: UnitOfWork, card: Card, place: Place) -> Drawn:
    values = conversation_queries.load_conversation_card(work, card.subject)
    if values is not None and card.current and card.ts is None and values.since:
        # Posting relays the first message; the lines below relay the others, once each (promise P7).
        return replace(draw_conversation_card(replace(values, since=()), place), unfinished=True)
    if values is None or card.current:
        return draw_conversation_card(values, place) if values else None
    newer = cards.find_place(work.db, card.kind, card.subject)
    return draw_conversation_card(replace(values, newer=newer), place) if newer else None


def _pile(work: UnitOfWork, card: Card, place: Place) -> Drawn:
    values = pile_queries.load_pile_card(work, card.subject)
    if values is None or card.current:
        return draw_pile_card(values, place) if values else None
    newer = cards.find_place(work.db, card.kind, card.subject)
    return draw_old_pile_card(newer, place) if newer else None


def _offer(work: UnitOfWork, card: Card, place: Place) -> Drawn:
    values = inbox_queries.load_offer_card(work, card.subject)
    return draw_offer_card(values, place) if values else None


def _spike(work: UnitOfWork, card: Card, place: Place) -> Drawn:
    values = inbox_queries.load_spike_card(work, card.subject)
    return draw_spike_card(values, place) if values else None


def _late(work: UnitOfWork, card: Card, place: Place) -> Drawn:
    if card.current:
        return draw_late_card(inbox_queries.load_late_card(work), place)
    newer = cards.find_place(work.db, card.kind, card.subject)
    return draw_old_late_card(newer, place) if newer else None


def _new(work: UnitOfWork, card: Card, place: Place) -> Drawn:
    if card.current:
        return draw_new_card(inbox_queries.load_new_card(work), place)
    newer = cards.find_place(work.db, card.kind, card.subject)
    return draw_old_new_card(newer, place) if newer else None


CARDS: Mapping[CardType, Callable[[UnitOfWork, Card, Place], Drawn]] = {
    CardType.CONVERSATION: _conversation,
    CardType.PILE: _pile,
    CardType.OFFER: _offer,
    CardType.SPIKE: _spike,
    CardType.LATE: _late,
    CardType.NEW: _new,
}


def must_wait(work: UnitOfWork, card: Card) -> bool:
    """An old card is a link to the newer one, and waits until that is up; even one that never was up itself, if
    lines wait below it: a customer's words are in them."""
    if card.current or card.kind not in (*cards.THREADS, CardType.LATE, CardType.NEW):
        return False
    needed = card.ts is not None or card_lines.has_unsaid(work.db, card)
    return needed and cards.find_place(work.db, card.kind, card.subject) is None


def is_idle(work: UnitOfWork, card: Card) -> bool:
    """An old card that never was up, and that nothing waits for."""
    return not card.current and card.ts is None and not card_lines.has_unsaid(work.db, card)


def draw_line(work: UnitOfWork, item: Line, place: Place) -> Message:
    message = _message_of(work, item)
    delivery = item.values.get("delivery") or item.values.get("take_down_reply")
    return draw_conversation_line(
        ThreadLine(item.kind, item.created_at, dict(item.values)),
        conversation_queries.load_line_words(work, message) if message else None,
        conversation_queries.load_reply_view(work, str(delivery)) if delivery else None,
        item.card_kind is CardType.CONVERSATION and _is_private(work, item.subject),
        place,
    )


def _message_of(work: UnitOfWork, item: Line) -> str | None:
    """The message a line is about; a card that was built anew says again what came last."""
    if item.kind is LineType.REBUILT and item.card_kind is CardType.CONVERSATION:
        last = messages.find_last_of_customer(work.db, item.subject)
        return last.id if last else None
    found = item.values.get("message")
    return str(found) if found else None


def _is_private(work: UnitOfWork, conversation_id: str) -> bool:
    conversation = conversations.load(work.db, conversation_id)
    return conversation is None or conversation.private
