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
from bot.slack.transport.calls import Answered, SaidNo, TooMany, hear

log = logging.getLogger(__name__)

PINS = "pins"
BACK_OFF = (30, 120, 600, 3600)  # seconds
AS_WANTED = frozenset({"already_pinned", "no_pin", "not_pinned", "message_not_found"})


class Pins:
    """Used by the reconciler's thread. A pin that fails keeps nothing else from being drawn, is tried again after a
    while, and is told once: `tell` writes to an approver. `elapsed` is the process's clock, in seconds."""

    def __init__(
        self, client: WebClient, health: Health, elapsed: Callable[[], float], tell: Callable[[str], None]
    ) -> None:
        self._elapsed = elapsed
        self._tell = tell
        self._failed: dict[tuple[str, str], tuple[int, float]] = {}  # how often, and when it is tried again
        self._client = client
        self._health = health
        self._known: dict[tuple[str, str], bool] = {}

    def keep(self, channel: str, ts: str, wanted: bool | None) -> None:
        """Pin the message, or take its pin away; None: it is not ours to say."""
        if wanted is None or self._known.get((channel, ts)) is wanted:
            return
        tries, again_at = self._failed.get((channel, ts), (0, 0.0))
        if tries and self._elapsed() < again_at:
            return
        call: Callable[..., SlackResponse] = self._client.pins_add if wanted else self._client.pins_remove
        heard = hear(lambda: call(channel=channel, timestamp=ts))
        if isinstance(heard, Answered) or (isinstance(heard, SaidNo) and heard.error in AS_WANTED):
            self._known[channel, ts] = wanted
            self._failed.pop((channel, ts), None)
            self._health.well(PINS)
            return
        seconds = heard.seconds if isinstance(heard, TooMany) else BACK_OFF[min(tries, len(BACK_OFF) - 1)]
        self._failed[channel, ts] = tries + 1, self._elapsed() + seconds
        log.warning("the pin of %s in %s could not be changed: %s", ts, channel, heard)
        if isinstance(heard, SaidNo):
            done = "pin the message of a pause" if wanted else "take the pin off the message of a pause"
            sentence = f"Byhand cannot {done}: {heard.error}. Please do it by hand."
            self._health.trouble(PINS, sentence)
            if not tries:
                self._tell(sentence)
