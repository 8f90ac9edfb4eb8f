"""A message was posted and no answer came: is it in Slack? Nothing is posted again before that is known.

A message of ours is known by its metadata. If it is there twice, the younger one is deleted, after a restart too.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from slack_sdk import WebClient

from bot.domain.kinds import DIRECT
from bot.services.unit_of_work import Services
from bot.slack.outbox.metadata import search
from bot.slack.outbox.patience import Patience
from bot.slack.transport.calls import Heard, SaidNo, hear
from bot.slack.transport.limits import DELETE, HISTORY, REPLIES, Limits
from bot.slack.transport.repeats import Repeats
from bot.store.slack import card_messages, twice
from bot.store.slack.cards import Card, Line

log = logging.getLogger(__name__)

READ_EVERY = 5.0  # seconds: what another process owes


def choose_method(item: Card | Line) -> str:
    """The method of Slack's by which it is looked for."""
    return REPLIES if isinstance(item, Line) else HISTORY


class LostAnswers:
    """Used by the reconciler's thread alone."""

    def __init__(self, services: Services, client: WebClient, limits: Limits, patience: Patience) -> None:
        self._services = services
        self._client = client
        self._limits = limits
        self._patience = patience
        self._repeats = Repeats(services.clock.elapsed)
        self._owed: list[tuple[str, str]] = []  # (channel, ts) of messages that are to be deleted
        self._read_at = -math.inf  # elapsed

    def settle(self, item: Card | Line, asked_at: datetime) -> float | Heard:
        """Found: keep it. Absent for long enough: it may be posted again.

        0.0 if it is settled, else the seconds until it may be, or what Slack said instead of its messages.
        """
        waited = (self._services.clock.now() - asked_at).total_seconds()
        if waited < self._patience.look_after:
            return self._patience.look_after - waited
        method = choose_method(item)
        if pause := self._limits.wait(method, item.channel):
            return pause
        since = asked_at.timestamp() - self._patience.skew
        found = search(self._client, item, since, lambda: self._limits.spend(method, item.channel))
        if not isinstance(found, list):
            return self._miss(item, waited) if _may_not_look(item, found) else found
        return self._keep(item, found) if found else self._miss(item, waited)

    def _keep(self, item: Card | Line, found: Sequence[str]) -> float:
        log.info("%s is in Slack after all", item.id)
        self.keep(item, found)
        return 0.0

    def _miss(self, item: Card | Line, waited: float) -> float:
        """It is not there, or not yet."""
        if waited >= self._patience.post_again_after:
            log.warning("%s is not in Slack: posting it again", item.id)
            self._services.store.write(lambda db: card_messages.mark_not_posted(db, item, None))
            return 0.0
        again = self._services.clock.now() + timedelta(seconds=self._patience.look_after)
        self._services.store.write(lambda db: card_messages.put_off(db, item, again))
        return self._patience.idle

    def keep(self, item: Card | Line, found: Sequence[str], shown: int = 0) -> bool:
        """Write down which message it is; False: it is another one already. A card that is there twice would be
        answered twice: the younger is deleted."""
        now = self._services.clock.now()
        others = self._services.store.write(lambda db: twice.keep_one(db, item, found, now, shown))
        for ts in others:
            log.warning("%s was in %s twice; the younger one is deleted", item.id, item.channel)
            self._delete(item.channel, ts)
        return found[0] not in others

    def delete_owed(self) -> None:
        """What an earlier process, or another, could not delete any more, and what Slack was too busy for."""
        elapsed = self._services.clock.elapsed()
        if elapsed - self._read_at >= READ_EVERY:
            self._owed, self._read_at = self._services.store.read(twice.list_owed), elapsed
        for channel, ts in self._owed:
            if self._repeats.is_due((channel, ts)) and not self._limits.wait(DELETE, channel):
                self._delete(channel, ts)

    def _delete(self, channel: str, ts: str) -> None:
        self._limits.spend(DELETE, channel)
        heard = hear(lambda: self._client.chat_delete(channel=channel, ts=ts))
        if self._repeats.note(DELETE, (channel, ts), heard):
            self._services.store.write(lambda db: twice.settle(db, channel, ts))
            self._owed = [each for each in self._owed if each != (channel, ts)]
        else:
            log.warning("the younger of two messages in %s is not deleted yet: %s", channel, heard)
            self._owed = [*(each for each in self._owed if each != (channel, ts)), (channel, ts)]


def _may_not_look(item: Card | Line, heard: Heard) -> bool:
    """The app was installed before it asked to read its own direct messages: there, twice is better than never."""
    direct = isinstance(item, Card) and item.kind in DIRECT
    return direct and isinstance(heard, SaidNo) and heard.error == "missing_scope"
