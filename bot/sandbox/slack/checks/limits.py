"""Slack's rate limits: calls a minute per method, and one message a second per channel.

By the clock of whoever calls: on the stage that is one that can be pushed, and the bot, for which an hour has passed
since its last call, would be refused by a Slack that counts seconds. Slack publishes no bursts; the small one here is a
guess on the strict side.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable
from threading import Lock

from bot.sandbox.slack.refusal import Refused

MINUTE = 60.0
TIER_2, TIER_3, TIER_4 = 20, 50, 100  # calls a minute
POSTS_A_MINUTE = 300  # "several hundred" messages a minute for the whole workspace
REPLIES = 1000  # in one thread
BURST = 5  # messages a channel takes at once before one a second holds


class Limits:
    """`elapsed`: seconds, by the caller's clock."""

    def __init__(self, *, on: bool, elapsed: Callable[[], float] = time.monotonic) -> None:
        self.on = on
        self._elapsed = elapsed
        self.posts_a_second = 1.0  # in one channel; for the whole workspace what belongs to it
        self.replies = REPLIES  # holds also where the others are off: it is about how much, not how fast
        self._lock = Lock()
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)
        self._room: dict[str, tuple[float, float]] = {}  # channel -> (messages left, as of)

    def count(self, method: str, per_minute: int) -> None:
        """Count one call, or refuse it with the seconds until the oldest of the last minute drops out."""
        if not self.on:
            return
        if per_minute == POSTS_A_MINUTE:
            per_minute = round(max(per_minute, MINUTE * self.posts_a_second + BURST))
        with self._lock:
            at, calls = self._elapsed(), self._calls[method]
            while calls and at - calls[0] >= MINUTE:
                calls.popleft()
            if len(calls) >= per_minute:
                raise Refused("ratelimited", retry_after=max(1, math.ceil(MINUTE - (at - calls[0]))))
            calls.append(at)

    def count_message(self, channel: str) -> None:
        if not self.on:
            return
        with self._lock:
            at = self._elapsed()
            left, since = self._room.get(channel, (float(BURST), at))
            left = min(float(BURST), left + (at - since) * self.posts_a_second)
            if left < 1:
                raise Refused("ratelimited", retry_after=1)
            self._room[channel] = (left - 1, at)
