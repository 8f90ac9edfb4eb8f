"""What a card or a line looks like now: reads the values with `services/queries`, hands them to the views.

An old card shrinks to a link to the newer one, and so waits until that one is posted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Protocol

from bot.domain.kinds import CardType
from bot.domain.shown.post_screens import PostCard, ThreadLine
from bot.services.accounts import endings
from bot.services.pause import drill_over
from bot.services.queries import pause as pause_queries
from bot.services.queries import posts as post_queries
from bot.services.queries import thread_lines
from bot.services.queries.approval_requests import is_called_together, load_go_request, load_request
from bot.services.queries.by_hand import load_stop
from bot.services.queries.digest import load_digest
from bot.services.unit_of_work import UnitOfWork
from bot.slack.outbox import render_inbox
from bot.slack.pause import drill as drill_handlers
from bot.slack.views.blocks import Message
from bot.slack.views.home.digest import draw_digest
from bot.slack.views.home.sign_ins import draw_notice
from bot.slack.views.pause.banner import draw_banner, draw_resumed
from bot.slack.views.pause.hands import draw_stop
from bot.slack.views.posts.about import about_out
from bot.slack.views.posts.card import draw_post_card
from bot.slack.views.posts.go_request import draw_go_request
from bot.slack.views.posts.lines import draw_thread_line
from bot.slack.views.posts.read_through import draw_request
from bot.slack.views.quotes import About
from bot.slack.views.ringing import list_called, list_mentioned, ring_only
from bot.slack.views.text import Place
from bot.store.slack import cards, people
from bot.store.slack.cards import Card, Line

FOR_NAMES = timedelta(minutes=1)  # so long the digest waits for them


class NotYet(Enum):
    """Why there is nothing to draw at the moment."""

    NEWER_CARD = "the newer card it will link to is not up yet"
    NAMES = "Slack has not said yet what whoever is on shift is called"


class Renderer(Protocol):
    """Draws for the reconciler."""

    def card(self, work: UnitOfWork, card: Card) -> Message | NotYet | None:
        """None: there is nothing to show any more."""

    def line(self, work: UnitOfWork, line: Line) -> Message | None:
        """None: there is nothing to say any more."""

    def without_pictures(self, card: Card) -> bool:
        """Slack refused the card: draw it without pictures from now on. False: there are none in it."""


class CardRenderer:
    """`want(sha256, post_id)` is told of images Slack has no copy of."""

    def __init__(self, place: Callable[[], Place], want: Callable[[str, str], None]) -> None:
        self._place = place
        self._want = want
        self._plain: set[str] = set()  # cards whose pictures Slack refused
        self._with_pictures: set[str] = set()
        self._nameless: dict[str, datetime] = {}  # digests that wait for names, since when

    def card(self, work: UnitOfWork, card: Card) -> Message | NotYet | None:
        """Nothing of a drill comes after its summary: what is not up by then never is."""
        if card.ts is None and drill_over.is_dead(work, card.kind, card.subject):
            return None
        if card.kind is CardType.BANNER:
            shown = pause_queries.load_banner(work, card.subject)
            return draw_banner(shown, self._place()) if shown else None
        if card.kind is CardType.STOP:
            return self._stop(work, card)
        if card.kind is CardType.RESUMED:
            shown = pause_queries.load_banner(work, card.subject)
            above = cards.find_place(work.db, CardType.BANNER, card.subject)
            return draw_resumed(shown, above, self._place()) if shown else None
        if card.kind is CardType.DRILL:
            if drill_handlers.must_wait(work, card.subject):
                return NotYet.NEWER_CARD
            return drill_handlers.draw_card(work, card.subject, self._place())
        if card.kind is CardType.DRILL_OVER:
            return drill_handlers.draw_summary(work, card.subject, self._place())
        if card.kind is CardType.DIGEST:
            return self._digest(work, card)
        if card.kind is CardType.REQUEST:
            request = load_request(work, card.subject)
            drawn = draw_request(request, self._place()) if request else None
            return _spare(work, drawn, request.approvers) if request and drawn and card.ts is None else drawn
        if card.kind is CardType.GO_REQUEST:
            asked = load_go_request(work, card.subject)
            drawn = draw_go_request(asked, self._place()) if asked else None
            return _spare(work, drawn, asked.called) if asked and drawn and card.ts is None else drawn
        if card.kind in (CardType.SIGN_IN, CardType.SIGN_IN_DIRECT):
            return self._sign_in(work, card)
        if card.kind in render_inbox.CARDS:
            return self._inbox(work, card)
        if card.current:
            return self._current(work, card)
        if card.ts is None:
            return None
        return self._old(work, card)

    def _digest(self, work: UnitOfWork, card: Card) -> Message | NotYet | None:
        """It is drawn once: right after a start it waits for people's names, or it would say "U0MAYA" for good."""
        digest = load_digest(work, date.fromisoformat(card.subject))
        if digest and digest.nameless and card.ts is None:
            asked_at = self._nameless.setdefault(card.id, work.now)
            if work.now < asked_at + FOR_NAMES:
                return NotYet.NAMES
        return draw_digest(digest, self._place()) if digest else None

    def _old(self, work: UnitOfWork, card: Card) -> Message | NotYet | None:
        newer = cards.find_place(work.db, card.kind, card.subject)
        values = post_queries.load_card(work, card.subject)
        if values is None or newer is None:
            return None if values is None else NotYet.NEWER_CARD
        return draw_post_card(replace(values, newer=newer), self._place())

    def _stop(self, work: UnitOfWork, card: Card) -> Message | None:
        """Not sent where there is nothing to stop any more."""
        shown = load_stop(work, card.subject)
        if shown is None or (card.ts is None and (shown.over or not shown.left)):
            return None
        return _spare(work, draw_stop(shown, self._place()), ())

    def _sign_in(self, work: UnitOfWork, card: Card) -> Message | None:
        """Not sent where somebody was faster."""
        notice = endings.load_notice(work, card.subject)
        if notice is None or (card.ts is None and notice.over):
            return None
        groups = notice.groups if card.kind is CardType.SIGN_IN else ()
        return draw_notice(replace(notice, groups=groups), self._place())

    def line(self, work: UnitOfWork, line: Line) -> Message | None:
        """It rings whom its values call, and nobody else whom it names."""
        message = self._line(work, line)
        if message is None:
            return None
        return _spare(work, message, list_called(line.values))

    def _line(self, work: UnitOfWork, line: Line) -> Message | None:
        if line.ts is None and drill_over.is_dead(work, line.card_kind, line.subject):
            return None
        if line.card_kind not in render_inbox.CARDS:
            asks = thread_lines.find_what_it_asks(work, line.kind, line.values)
            said = ThreadLine(line.kind, _find_said_at(work, line), dict(line.values), asks)
            return draw_thread_line(said, self._place(), _find_twice(work, line))
        return render_inbox.draw_line(work, line, self._place())

    def without_pictures(self, card: Card) -> bool:
        had = card.id in self._with_pictures
        self._with_pictures.discard(card.id)
        if had:
            self._plain.add(card.id)
        return had

    def _inbox(self, work: UnitOfWork, card: Card) -> Message | NotYet | None:
        if render_inbox.is_idle(work, card):
            return None
        if render_inbox.must_wait(work, card):
            return NotYet.NEWER_CARD
        return render_inbox.CARDS[card.kind](work, card, self._place())

    def _current(self, work: UnitOfWork, card: Card) -> Message | None:
        values = post_queries.load_card(work, card.subject)
        if values is None:
            return None
        if card.id in self._plain:
            values = _without_pictures(values)
        else:
            for image in values.images:
                if image.slack_file is None:
                    self._want(image.sha256, values.seen.post_id)
                else:
                    self._with_pictures.add(card.id)
        if card.ts is None and is_called_together(work, values):
            values = replace(values, approvers=())
        drawn = draw_post_card(values, self._place())
        return _spare(work, drawn, values.approvers) if card.ts is None else drawn


def _spare(work: UnitOfWork, message: Message, called: Collection[str]) -> Message:
    """A new message rings those it asks; whoever only did something is named. A change rings nobody."""
    spared = list_mentioned(message) - set(called)
    return ring_only(message, called, people.load_names(work.db, spared)) if spared else message


def _find_said_at(work: UnitOfWork, line: Line) -> datetime:
    """When its message is posted, perhaps long after it was due: what it says is left is counted from then."""
    return datetime.fromtimestamp(float(line.ts), UTC) if line.ts else work.now


def _find_twice(work: UnitOfWork, line: Line) -> About | None:
    """What an incident says is there two times."""
    asked = line.values.get("take_down")
    out = pause_queries.load_out(work, str(asked[0])) if isinstance(asked, list) and asked else None
    return about_out(out) if out else None


def _without_pictures(values: PostCard) -> PostCard:
    return replace(values, images=tuple(replace(image, slack_file=None) for image in values.images))
