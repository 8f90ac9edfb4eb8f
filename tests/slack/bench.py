"""A reconciler between a database and a pretend Slack that speaks the real Web API, for tests to give work to."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient

from bot.domain.kinds import CardType, LineType
from bot.domain.urgency import Urgency
from bot.sandbox.slack.server import SlackServer
from bot.services.unit_of_work import Services, UnitOfWork
from bot.slack.health import Health
from bot.slack.outbox.patience import Patience
from bot.slack.outbox.reconciler import Reconciler
from bot.slack.transport.limits import POST, SLACKS, Limits, Rate
from bot.slack.views.blocks import Message
from bot.store.slack import cards
from bot.store.slack.cards import Card, Line
from tests.backend import MORNING

SOCIAL = "C0SOCIAL"
UNPACED = {
    method: Rate(1000.0, burst=1000, by_channel=rate.by_channel) for method, rate in SLACKS.items()
}  # where Slack's limits are not the point
PATIENT = 20.0  # seconds for an acknowledgement; Slack's three are too few on a busy machine


class PushedClock:
    """Runs and can be pushed, like the demo's. It begins on a Tuesday morning: at night "in 20 minutes" is tomorrow."""

    def __init__(self, begins: datetime = MORNING) -> None:
        self._begins = begins
        self._began = time.monotonic()
        self.ahead = timedelta()

    def now(self) -> datetime:
        return self._begins + timedelta(seconds=time.monotonic() - self._began) + self.ahead

    def elapsed(self) -> float:
        return time.monotonic() + self.ahead.total_seconds()

    def push(self, by: timedelta | float) -> None:
        """A bare number is seconds."""
        self.ahead += by if isinstance(by, timedelta) else timedelta(seconds=by)

    def set(self, to: datetime) -> None:
        self.push(to - self.now())


class Sketches:
    """An artist whose cards say what the test says. `values`: by the card's subject."""

    def __init__(self, before: str = "") -> None:
        self.before = before
        self.values: dict[str, str] = {}
        self.lines: dict[str, str] = {}  # by the line's kind
        self.whole: Message | None = None  # instead of all that
        self.broken = False  # Slack refuses the blocks

    def card(self, work: UnitOfWork, card: Card) -> Message | None:
        return self.message(self.before + self.values.get(card.subject, f"card of {card.subject}"))

    def line(self, work: UnitOfWork, line: Line) -> Message:
        return self.message(self.lines.get(line.kind, f"line {line.kind}"))

    def without_pictures(self, card: Card) -> bool:
        return False

    def message(self, text: str) -> Message:
        if self.whole:
            return self.whole
        shown = text * 3000 if self.broken else text
        block: dict[str, Any] = {"type": "section", "text": {"type": "plain_text", "text": shown}}
        return Message(text, [block])


class Bench:
    """A reconciler and what it works on."""

    def __init__(
        self, server: SlackServer, services: Services, client: WebClient, running: ExitStack
    ) -> None:
        self.server = server
        self.services = services
        self.client = client
        self.sketches = Sketches()
        self.health = Health()
        self.patience = Patience(look_after=0.2, post_again_after=0.6, idle=0.05)
        self.rates = SLACKS | {POST: Rate(20.0, by_channel=True)}  # a test need not wait a second per message
        server.limits.on = False
        self._running = running

    def reconciler(
        self, name: str = "desk-1", sketches: Sketches | None = None, limits: Limits | None = None
    ) -> Reconciler:
        desk = Reconciler(
            self.services, self.client, sketches or self.sketches, self.health,
            name=name, alone=False, approvers=lambda: ("U0TOM",), patience=self.patience,
            limits=limits or Limits(self.services.clock.elapsed, self.rates),
        )  # fmt: skip
        desk.start()
        self._running.callback(desk.stop)
        return desk

    def new_card(self, post: str = "p1", channel: str = SOCIAL) -> str:
        now = self.services.clock.now()
        return self.services.store.write(lambda db: cards.add(db, CardType.POST, post, channel, now))

    def touch(self, post: str, text: str, urgency: Urgency = Urgency.NOT_URGENT) -> None:
        self.sketches.values[post] = text
        self.services.store.write(lambda db: cards.touch_post(db, post, urgency=urgency))

    def say(self, post: str, kind: LineType) -> None:
        now = self.services.clock.now()
        self.services.store.write(lambda db: cards.say(db, post, kind, {}, now))

    def card(self, card_id: str) -> Card:
        found = self.services.store.read(lambda db: cards.load(db, card_id))
        assert found is not None
        return found

    def texts(self, channel: str = SOCIAL) -> list[str]:
        return [each.text for each in self.server.workspace.messages(channel) if not each.deleted]

    def until(self, predicate: Callable[[], object], timeout: float = 20.0) -> None:
        assert self.server.wait_until(predicate, timeout), self.texts()
