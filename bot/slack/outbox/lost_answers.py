"""A message was posted and no answer came: is it in Slack? Nothing is posted again before that is known.

A message of ours is known by its metadata. If it is there twice, the younger one is deleted.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Event, Thread

from slack_sdk import WebClient

from bot.services.unit_of_work import Services
from bot.slack.outbox.metadata import search
from bot.slack.outbox.patience import Patience
from bot.slack.transport.calls import Heard, hear
from bot.slack.transport.limits import DELETE, HISTORY, REPLIES, Limits
from bot.slack.transport.repeats import PAUSES, find_pause, hear_again
from bot.store.slack import card_messages
from bot.store.slack.cards import Card, Line

log = logging.getLogger(__name__)


def choose_method(item: Card | Line) -> str:
    """The method of Slack's by which it is looked for."""
    return REPLIES if isinstance(item, Line) else HISTORY


class LostAnswers:
    """Used by the reconciler's thread alone; what Slack does not delete at once has a thread of its own."""

    def __init__(self, services: Services, client: WebClient, limits: Limits, patience: Patience) -> None:
        self._services = services
        self._client = client
        self._limits = limits
        self._patience = patience
        self._stopping = Event()
        self._deleting: list[Thread] = []

    def stop(self, timeout: float = 3.0) -> None:
        """What Slack has not deleted by now stays."""
        self._stopping.set()
        for thread in self._deleting:
            thread.join(timeout)

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
            return found
        return self._keep(item, found) if found else self._miss(item, waited)

    def _keep(self, item: Card | Line, found: Sequence[str]) -> float:
        log.info("%s is in Slack after all", item.id)
        self._services.store.write(lambda db: card_messages.mark_posted(db, item, found[0]))
        self.delete(item.channel, found[1:])
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

    def delete(self, channel: str, younger: Sequence[str]) -> None:
        """A card that is there twice would be answered twice."""
        for ts in younger:
            self._limits.spend(DELETE, channel)
            heard = self._delete(channel, ts)
            log.warning("a card was in %s twice; the younger one is deleted: %s", channel, heard)
            if find_pause(DELETE, heard, 1, 0.0) is not None:  # Slack is busy: nothing else waits for that
                later = Thread(
                    target=self._delete_later, args=(channel, ts), name="outbox-delete", daemon=True
                )
                self._deleting = [*(each for each in self._deleting if each.is_alive()), later]
                later.start()

    def _delete(self, channel: str, ts: str) -> Heard:
        return hear(lambda: self._client.chat_delete(channel=channel, ts=ts))

    def _delete_later(self, channel: str, ts: str) -> None:
        if self._stopping.wait(PAUSES[0]):
            return
        heard = hear_again(DELETE, lambda: self._delete(channel, ts), self._stopping.wait)
        log.warning("the younger of two cards in %s is deleted: %s", channel, heard)
