"""Slack's limits, kept on our side: one token bucket per method, one per channel that is posted to.

A reserve is kept for decisions, because without it thirty redraws nobody waits for would use up the burst, and the
redraw after a click would wait behind them for half a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

POST, UPDATE, DELETE = "chat.postMessage", "chat.update", "chat.delete"
HISTORY, REPLIES = "conversations.history", "conversations.replies"


LIFT_EVERY = 2.0  # seconds


@dataclass(frozen=True)
class Rate:
    """`per_second` in the long run, `burst` at once, of which `reserve` only for what is urgent."""

    per_second: float
    burst: int = 1
    reserve: int = 0
    by_channel: bool = False


# Posting: one a second and channel. The rest is Tier 3: 50 in any minute, and the burst counts.
SLACKS: dict[str, Rate] = {
    POST: Rate(1.0, by_channel=True),
    UPDATE: Rate(40 / 60, burst=10, reserve=5),
    DELETE: Rate(40 / 60, burst=5),
    HISTORY: Rate(40 / 60, burst=5),
    REPLIES: Rate(40 / 60, burst=5),
}


@dataclass
class _Bucket:
    tokens: float
    at: float


class Limits:
    """Used by one thread, but for `lift`. `elapsed` is the process's clock, in seconds."""

    def __init__(self, elapsed: Callable[[], float], rates: Mapping[str, Rate] = SLACKS) -> None:
        self._elapsed = elapsed
        self._rates = rates
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._held: dict[tuple[str, str], float] = {}
        self._lifted = False
        self._lifted_at = float("-inf")

    def wait(self, method: str, channel: str, *, urgent: bool = True) -> float:
        """Seconds until this call may be made; 0.0: now."""
        now, rate = self._elapsed(), self._rates[method]
        self._take_lift(now)
        needed = 1.0 if urgent else 1.0 + rate.reserve
        missing = max(0.0, needed - self._filled(method, channel, now).tokens)
        held = (self._held.get(key, 0.0) for key in ((method, ""), ("", channel), ("", "")))
        return max(missing / rate.per_second, max(held) - now, 0.0)

    def spend(self, method: str, channel: str) -> None:
        """The call is made."""
        self._filled(method, channel, self._elapsed()).tokens -= 1

    def hold(self, seconds: float, *, method: str = "", channel: str = "") -> None:
        """Make no call of this method, to this channel, or (neither given) none at all for so long."""
        self._held[(method, channel)] = self._elapsed() + seconds

    def lift(self) -> None:
        """Slack was heard, so it is there: nothing waits for that any longer. From any thread. What one method or one
        channel waits for, it still does."""
        if self._held.get(("", ""), 0.0) > self._elapsed():
            self._lifted = True

    def _take_lift(self, now: float) -> None:
        """Not more often than now and then: Slack may answer one call and not another."""
        if self._lifted and now - self._lifted_at >= LIFT_EVERY:
            self._lifted, self._lifted_at = False, now
            self._held.pop(("", ""), None)

    def _filled(self, method: str, channel: str, now: float) -> _Bucket:
        rate = self._rates[method]
        key = (method, channel if rate.by_channel else "")
        bucket = self._buckets.setdefault(key, _Bucket(float(rate.burst), now))
        bucket.tokens = min(float(rate.burst), bucket.tokens + (now - bucket.at) * rate.per_second)
        bucket.at = now
        return bucket
