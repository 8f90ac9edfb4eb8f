"""What a card or a line looks like now: asks reporting for the values, hands them to the views.

An old card shrinks to a link to the newer one, and so waits until that one is up. What a reader would question: a
line of the inbox holds ids only, and its words are read here, each time it is drawn. So erased words are gone from
Slack once their lines are drawn again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import Protocol

from bot.domain.screens import PostCard, ThreadLine
from bot.services import inbox_reporting, pause_reporting, reporting
from bot.services.work import Work
from bot.slack import drill
from bot.slack.views.banner import banner
from bot.slack.views.blocks import Message
from bot.slack.views.card import post_card
from bot.slack.views.inbox_cards import offer_card, pile_card, spike_card
from bot.slack.views.lines import thread_line
from bot.slack.views.talk_card import talk_card
from bot.slack.views.talk_lines import talk_line
from bot.slack.views.text import Place
from bot.store import cards, conversations, threads
from bot.store.cards import Card, Line


class NotYet(Enum):
    """Why there is nothing to draw at the moment."""

    NEWER_CARD = "the newer card it will link to is not up yet"


class Artist(Protocol):
    """Draws for the desk."""

    def card(self, work: Work, card: Card) -> Message | NotYet | None:
        """None: there is nothing to show any more."""

    def line(self, work: Work, line: Line) -> Message | None:
        """None: there is nothing to say any more."""

    def without_pictures(self, card: Card) -> bool:
        """Slack refused the card: draw it without pictures from now on. False: there are none in it."""


class CardArtist:
    """`want(sha256, post_id)` is told of images Slack has no copy of."""

    def __init__(self, place: Callable[[], Place], want: Callable[[str, str], None]) -> None:
        self._place = place
        self._want = want
        self._plain: set[str] = set()  # cards whose pictures Slack refused
        self._with_pictures: set[str] = set()

    def card(self, work: Work, card: Card) -> Message | NotYet | None:
        if card.kind == "banner":
            shown = pause_reporting.banner(work, card.subject)
            return banner(shown, self._place()) if shown else None
        if card.kind == "drill":
            return drill.card(work, card.subject, self._place())
        if card.kind == "talk":
            return self._talk(work, card)
        if card.kind in ("pile", "offer", "spike"):
            return self._inbox(work, card)
        if card.current:
            return self._current(work, card)
        if card.ts is None:
            return None
        newer = cards.successor(work.db, card)
        values = reporting.card(work, card.subject)
        if values is None or newer is None:
            return None if values is None else NotYet.NEWER_CARD
        return post_card(replace(values, newer=newer), self._place())

    def line(self, work: Work, line: Line) -> Message | None:
        said = ThreadLine(line.kind, line.created_at, dict(line.values))
        if line.card_kind not in ("talk", "pile"):
            return thread_line(said, self._place())
        message, delivery = line.values.get("message"), line.values.get("delivery")
        return talk_line(
            said,
            inbox_reporting.line_words(work, message) if message else None,
            inbox_reporting.reply_view(work, delivery) if delivery else None,
            line.card_kind == "talk" and _is_private(work, line.subject),
            self._place(),
        )

    def without_pictures(self, card: Card) -> bool:
        had = card.id in self._with_pictures
        self._with_pictures.discard(card.id)
        if had:
            self._plain.add(card.id)
        return had

    def _talk(self, work: Work, card: Card) -> Message | NotYet | None:
        """An old one that never was up is still posted, if lines wait for it: a customer's words are in them."""
        values = inbox_reporting.talk_card(work, card.subject)
        if values is None or card.current:
            return talk_card(values, self._place()) if values else None
        if card.ts is None and not threads.has_unsaid(work.db, card):
            return None
        newer = cards.successor(work.db, card)
        return talk_card(replace(values, newer=newer), self._place()) if newer else NotYet.NEWER_CARD

    def _inbox(self, work: Work, card: Card) -> Message | None:
        match card.kind:
            case "pile":
                pile = inbox_reporting.pile_card(work, card.subject)
                return pile_card(pile, self._place()) if pile else None
            case "offer":
                offer = inbox_reporting.offer_card(work, card.subject)
                return offer_card(offer, self._place()) if offer else None
        spike = inbox_reporting.spike_card(work, card.subject)
        return spike_card(spike, self._place()) if spike else None

    def _current(self, work: Work, card: Card) -> Message | None:
        values = reporting.card(work, card.subject)
        if values is None:
            return None
        if card.id in self._plain:
            values = _without_pictures(values)
        else:
            for image in values.images:
                if image.slack_file is None:
                    self._want(image.sha256, values.post_id)
                else:
                    self._with_pictures.add(card.id)
        return post_card(values, self._place())


def _is_private(work: Work, conversation_id: str) -> bool:
    talk = conversations.load(work.db, conversation_id)
    return talk is None or talk.private


def _without_pictures(values: PostCard) -> PostCard:
    return replace(values, images=tuple(replace(image, slack_file=None) for image in values.images))
