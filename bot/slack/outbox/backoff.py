"""When Slack, or one channel, does not take what the reconciler sends: how long to wait, and who is told.

A person is told by direct message, at most once an hour, because the channel where such news would be expected is the
one that is closed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from slack_sdk import WebClient

from bot.services.unit_of_work import Services
from bot.slack.direct import News
from bot.slack.health import SLACK, Health
from bot.slack.transport.limits import Limits
from bot.store.slack.cards import Card, Line

log = logging.getLogger(__name__)

BACK_OFF = (1, 2, 5, 15, 60, 300)  # seconds, by tries: one card, or a channel that is closed to us
SLACK_BACK_OFF = (0, 1, 2, 5, 10, 30)  # Slack as a whole; one lost answer holds nobody up
TELL_EVERY = 3600.0  # seconds between two direct messages about trouble


class Backoff:
    """Used only by the reconciler's thread. `approvers`: whom to tell, by user id."""

    def __init__(
        self,
        services: Services,
        client: WebClient,
        health: Health,
        limits: Limits,
        approvers: Callable[[], Sequence[str]],
    ) -> None:
        self._services = services
        self._health = health
        self._limits = limits
        self._approvers = approvers
        self._told_at = float("-inf")
        self._tries: dict[str, int] = {}  # by item, by channel, and SLACK
        self._news = News(client, services.clock.elapsed)
        self._told: set[str] = set()  # of what every approver has heard, as far as they can be reached

    def tries(self, key: str) -> int:
        return self._tries.get(key, 0)

    def next_try(self, key: str) -> float:
        """Seconds to wait; more each time."""
        tries = self.tries(key)
        self._tries[key] = tries + 1
        steps = SLACK_BACK_OFF if key == SLACK else BACK_OFF
        return float(steps[min(tries, len(steps) - 1)])

    def forget(self, key: str) -> None:
        self._tries.pop(key, None)

    def trouble(self, key: str, sentence: str) -> float:
        """With Slack as a whole or with one channel: hold all calls there, say so, and tell a person."""
        if key != SLACK or self.tries(key):  # one lost answer is no trouble yet
            self._health.trouble(key, sentence)
        seconds = self.next_try(key)
        log.warning("%s Trying again in %s s.", sentence, seconds)
        self._limits.hold(seconds, channel="" if key == SLACK else key)
        if key != SLACK:
            self.tell(sentence.replace(key, f"<#{key}>"))
        return seconds

    def closed(self, channel: str, error: str) -> float:
        """This channel is closed to us."""
        because = {
            "not_in_channel": "it is not a member there; invite it",
            "channel_not_found": "there is no such channel, or Byhand is not in it",
            "is_archived": "the channel is archived",
        }
        return self.trouble(channel, f"Byhand cannot write in {channel}: {because.get(error, error)}.")

    def well(self, item: Card | Line) -> None:
        """It went through: what was wrong with Slack, its channel or itself is over."""
        for key in (SLACK, item.channel, item.id):
            if self._tries.pop(key, None):
                self._health.well(key)

    def tell_all(self, key: str, text: str) -> None:
        """Every approver, by direct message; each once, however often this is called with the key."""
        if key not in self._told and self._news.tell_each(key, self._approvers(), text):
            self._told.add(key)

    def tell(self, sentence: str) -> bool:
        """Tell the first approver who can be reached by direct message, at most once an hour. False: nobody was."""
        elapsed = self._services.clock.elapsed()
        if elapsed - self._told_at < TELL_EVERY:
            return True
        text = f"{sentence} Work goes on, and the cards appear once this is fixed."
        if not self._news.tell_first(self._approvers(), text):
            return False
        self._told_at = elapsed
        return True
