"""The judge of promise P3: what the network saw, against what people were told. It never asks the bot's tables
what was allowed; of them it reads only which delivery a key belongs to.

Times are one process's monotonic seconds: when an answer was in a person's hands, when a request arrived.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from bot.domain.gate import ALL
from bot.sandbox.networks.mastodon.server import MastodonServer


@dataclass(frozen=True)
class Arrival:
    """A request that publishes, whatever became of it."""

    t: float
    at: datetime
    key: str
    account: str
    text: str


class WatchedStand(MastodonServer):
    """The pretend network, with a log of its own of every request that publishes, in order of arrival."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(now, accounts=())
        self.slow_seconds = 0.03
        self.honours_keys = (
            False  # a network that forgives a second request would hide nothing here, but might
        )
        self.arrivals: list[Arrival] = []

    async def publishing(
        self, request: Request, publish: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        t, at = time.monotonic(), self._now()
        body, known = await request.json(), self._who(request)
        account = known.username if known else "?"
        self.arrivals.append(Arrival(t, at, request.headers["idempotency-key"], account, body["status"]))
        return await super().publishing(request, publish)


@dataclass
class Period:
    """A pause as people know it. `named`: {delivery id: when its try began}, as the answer said."""

    scope: str
    called: float
    answered: float
    named: Mapping[str, datetime]
    ended: float = float("inf")  # when somebody asked for the resume that worked


@dataclass(frozen=True)
class Begin:
    """Somebody pressed "I'm posting it", and it was taken."""

    called: float
    answered: float
    delivery: str
    text: str
    accounts: tuple[str, ...]
    by: str
    approver: bool


@dataclass
class Told:
    """What people were told, written down by those who were told."""

    periods: list[Period] = field(default_factory=list)
    approved: dict[str, list[float]] = field(default_factory=dict)  # {text: when a yes to it was taken}
    words: dict[str, list[float]] = field(default_factory=dict)  # the same of a yes to the words alone
    accounts: dict[str, tuple[str, ...]] = field(default_factory=dict)  # {text: where it is to go}
    begins: list[Begin] = field(default_factory=list)
    ends: dict[str, list[float]] = field(
        default_factory=dict
    )  # {delivery: when somebody went to say how it went}
    # {text: who released it as a statement, and when that was taken}
    released: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def a_yes(self, text: str) -> None:
        with self.lock:
            self.approved.setdefault(text, []).append(time.monotonic())

    def a_yes_to_words(self, text: str) -> None:
        """To which anybody may say Go, by beginning it themselves as well."""
        with self.lock:
            self.words.setdefault(text, []).append(time.monotonic())

    def an_end(self, delivery: str) -> None:
        """Before it is said: what comes after may be another begin."""
        with self.lock:
            self.ends.setdefault(delivery, []).append(time.monotonic())

    def judge_begins(self) -> list[str]:
        """The same of what people begin themselves: not into a pause, named by it, on a yes since, one at a time."""
        with self.lock:
            periods, begins = list(self.periods), sorted(self.begins, key=lambda one: one.answered)
            ends = {delivery: list(times) for delivery, times in self.ends.items()}
            texts = {*self.approved, *self.words}
            approved = {text: [*self.approved.get(text, ()), *self.words.get(text, ())] for text in texts}
        wrong: list[str] = []
        last: dict[str, Begin] = {}
        for begin in begins:
            before = last.get(begin.delivery)
            if before and not any(before.called < t < begin.answered for t in ends.get(begin.delivery, ())):
                wrong.append(f"two begins: {before}, {begin}")
            last[begin.delivery] = begin
            for period in periods:
                if period.scope in (ALL, *begin.accounts):
                    said = approved.get(begin.text, ())
                    wrong += _judge_begin(begin, period, ends.get(begin.delivery, ()), said)
        return wrong

    def a_release(self, text: str, by: str) -> None:
        with self.lock:
            self.released.setdefault(text, []).append((by, time.monotonic()))

    def judge(self, arrivals: list[Arrival], delivery_of: Callable[[str], str]) -> list[str]:
        """Every broken promise, a sentence each. `delivery_of`: a request's key → the delivery's id."""
        with self.lock:
            periods = list(self.periods)
            approved = {text: list(times) for text, times in self.approved.items()}
            for begin in self.begins:  # each says Go, and is judged itself
                approved.setdefault(begin.text, []).append(begin.answered)
        wrong = []
        for number, arrival in enumerate(arrivals):
            if arrival.text not in self.accounts:
                wrong.append(f"words nobody wrote: {arrival}")
                continue
            delivery = delivery_of(arrival.key)
            for period in periods:
                if not self._concerns(period, arrival) or self._was_named(
                    period, arrival, delivery, arrivals[:number]
                ):
                    continue
                if self._was_released(period, arrival.text):
                    continue
                if arrival.t < period.ended:
                    wrong.append(
                        f"arrived {arrival.t - period.answered:.4f} s into a pause: {arrival}, {period}"
                    )
                elif not any(t >= period.called for t in approved.get(arrival.text, ())):
                    wrong.append(f"an approval from before a pause was used: {arrival}, {period}")
        return wrong

    def _concerns(self, period: Period, arrival: Arrival) -> bool:
        """A post to two accounts, one of them paused, goes to neither."""
        in_scope = period.scope == ALL or period.scope in self.accounts[arrival.text]
        return in_scope and arrival.t > period.answered

    def _was_released(self, period: Period, text: str) -> bool:
        """As a statement, by two people who did so after this pause had begun to be: a pause after them stops it."""
        with self.lock:
            return len({by for by, t in self.released.get(text, ()) if t >= period.called}) > 1

    @staticmethod
    def _was_named(period: Period, arrival: Arrival, delivery: str, before: list[Arrival]) -> bool:
        """The one request of the try that was named; a second one of the same delivery was not."""
        began = period.named.get(delivery)
        if began is None or arrival.at < began:
            return False
        return not any(earlier.key == arrival.key and earlier.at >= began for earlier in before)


def _judge_begin(begin: Begin, period: Period, ends: Iterable[float], approved: Iterable[float]) -> list[str]:
    if begin.answered < period.called:
        over = any(begin.answered < t < period.answered for t in ends)
        named = over or begin.delivery in period.named
        return [] if named else [f"in hand, and not named: {begin}, {period}"]
    if begin.called <= period.answered:
        return []  # nobody can tell which was first
    if begin.answered < period.ended:
        return [f"begun {begin.called - period.answered:.4f} s into a pause: {begin}, {period}"]
    if begin.approver or any(t >= period.called for t in approved):
        return []
    return [f"begun on a yes from before a pause: {begin}, {period}"]
