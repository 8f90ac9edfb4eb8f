"""What is pinned in a channel: the banner of a pause, while it is on.

What is pinned is remembered only in memory: after a restart the first drawing pins again, and Slack's "already_pinned"
counts as success.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from bot.slack.health import Health
from bot.slack.transport.calls import Answered, SaidNo, hear
from bot.slack.transport.repeats import Repeats

log = logging.getLogger(__name__)

PINS = "pins"
AS_WANTED = frozenset({"already_pinned", "no_pin", "not_pinned", "message_not_found"})


class Pins:
    """Used by the reconciler's thread. A pin that fails keeps nothing else from being drawn, is tried again after a
    while, and is told once: `tell` writes to an approver; False: nobody was reached. `elapsed` is the process's clock,
    in seconds."""

    def __init__(
        self,
        client: WebClient,
        health: Health,
        elapsed: Callable[[], float],
        tell: Callable[[str], bool | None],
    ) -> None:
        self._repeats = Repeats(elapsed)
        self._tell = tell
        self._told: set[tuple[str, str, bool]] = set()
        self._client = client
        self._health = health
        self._known: dict[tuple[str, str], bool] = {}

    def keep(self, channel: str, ts: str, wanted: bool | None) -> None:
        """Pin the message, or take its pin away; None: it is not ours to say."""
        if wanted is None or self._known.get((channel, ts)) is wanted:
            return
        key = channel, ts, wanted
        if not self._repeats.is_due(key):
            return
        call: Callable[..., SlackResponse] = self._client.pins_add if wanted else self._client.pins_remove
        heard = hear(lambda: call(channel=channel, timestamp=ts))
        if isinstance(heard, SaidNo) and heard.error in AS_WANTED:
            heard = Answered({})
        self._repeats.note(PINS, key, heard)
        if isinstance(heard, Answered):
            self._known[channel, ts] = wanted
            self._health.well(PINS)
            return
        log.warning("the pin of %s in %s could not be changed: %s", ts, channel, heard)
        if isinstance(heard, SaidNo):
            self._say_refused(key, heard.error)

    def _say_refused(self, key: tuple[str, str, bool], error: str) -> None:
        done = "pin the message of a pause" if key[2] else "take the pin off the message of a pause"
        sentence = f"Byhand cannot {done}: {error}. Please do it by hand."
        self._health.trouble(PINS, sentence)
        if key not in self._told and self._tell(sentence) is not False:
            self._told.add(key)
