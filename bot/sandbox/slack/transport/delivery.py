"""What Slack sends to the app, and what it makes of the app's silence.

Events are tried again (at once, after a minute, after five) under the same event id; clicks, submits and
commands never are: their person sees a warning. An acknowledgement after three seconds is no acknowledgement,
but it is shown in the traffic, because that is what a developer wants to see.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock, Timer
from typing import Protocol

from bot.sandbox.slack.slack import Json
from bot.sandbox.traffic import FROM_SLACK, Traffic

ACK_SECONDS = 3.0
RETRY_AFTER = (0.0, 60.0, 300.0)  # seconds after the failure of try 0, 1 and 2
NO_ANSWER = "no answer"
NOT_CONNECTED = "not connected"
EVENTS, INTERACTIVE, COMMANDS = "events_api", "interactive", "slash_commands"


@dataclass(frozen=True)
class Envelope:
    id: str
    kind: str
    payload: Json
    attempt: int = 0
    reason: str = ""  # why it is sent again

    @property
    def body(self) -> Json:
        body: Json = {
            "envelope_id": self.id,
            "type": self.kind,
            "accepts_response_payload": self.kind != EVENTS,
            "payload": self.payload,
        }
        if self.kind == EVENTS:
            body |= {"retry_attempt": self.attempt, "retry_reason": self.reason}
        return body


class Wire(Protocol):
    """One way to the app. Its answers go to `Delivery.answered`."""

    def send(self, envelope: Envelope) -> bool:
        """Whether there was anybody to send it to."""


@dataclass(frozen=True)
class Try:
    """One envelope and what became of it; a judge's view of delivery."""

    what: str
    kind: str
    event_id: str
    attempt: int
    status: str
    ms: int

    @property
    def ok(self) -> bool:
        return self.status == "200"


@dataclass
class _Pending:
    envelope: Envelope
    what: str
    failed: Callable[[str], None]  # called once, with the reason
    sent: float = field(default_factory=time.monotonic)
    over: Event = field(default_factory=Event)
    result: Try | None = None
    response: Json = field(default_factory=dict)
    line: int = 0
    watch: Timer | None = None  # gives up on an event nobody waits for

    @property
    def ms(self) -> int:
        return round((time.monotonic() - self.sent) * 1000)


class Delivery:
    def __init__(
        self,
        traffic: Traffic,
        touch: Callable[[], None],
        *,
        ack_seconds: float = ACK_SECONDS,
        retry_after: Sequence[float] = RETRY_AFTER,
    ) -> None:
        self.wire: Wire | None = None
        self.tries: list[Try] = []
        self._traffic = traffic
        self._touch = touch
        self._ack_seconds = ack_seconds
        self._retry_after = tuple(retry_after)
        self._lock = Lock()
        self._pending: dict[str, _Pending] = {}
        self._timers: set[Timer] = set()
        self._stopped = False

    def ask(self, kind: str, payload: Json, what: str) -> tuple[Try, Json]:
        """A click, submit or command: waits for the acknowledgement, and never asks twice."""
        pending = self._send(Envelope(secrets.token_hex(8), kind, payload), what, lambda _: None)
        pending.over.wait(self._ack_seconds)
        self._give_up(pending)
        if pending.result is None:
            raise RuntimeError(f"{what} has no outcome")
        return pending.result, pending.response

    def tell(self, payload: Json, what: str, attempt: int = 0, reason: str = "") -> None:
        """An event: returns at once and is tried again as long as Slack would."""

        def failed(why: str) -> None:
            if attempt < len(self._retry_after):
                self._later(self._retry_after[attempt], lambda: self.tell(payload, what, attempt + 1, why))

        envelope = Envelope(secrets.token_hex(8), EVENTS, payload, attempt, reason)
        pending = self._send(envelope, what, failed)
        if not pending.over.is_set():
            pending.watch = self._later(self._ack_seconds, lambda: self._give_up(pending))

    def answered(self, envelope_id: str, status: str, response: Json) -> None:
        """The app's answer, from whichever connection it came; late ones only correct the traffic."""
        with self._lock:
            pending = self._pending.pop(envelope_id, None)
        if pending is None:
            return
        if pending.over.is_set():
            self._traffic.amend(pending.line, pending.ms, f"{status}, too late")
            self._touch()
            return
        pending.response = response
        self._finish(pending, status, pending.ms)
        if pending.watch is not None:
            self._drop(pending.watch)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            timers = tuple(self._timers)
        for timer in timers:
            timer.cancel()
        for timer in timers:
            timer.join(5)

    def _send(self, envelope: Envelope, what: str, failed: Callable[[str], None]) -> _Pending:
        pending = _Pending(envelope, what, failed)
        with self._lock:
            self._pending[envelope.id] = pending
        if self.wire is None or not self.wire.send(envelope):
            self._finish(pending, NOT_CONNECTED, 0)
        return pending

    def _give_up(self, pending: _Pending) -> None:
        if not pending.over.is_set():
            self._finish(pending, NO_ANSWER, pending.ms)

    def _finish(self, pending: _Pending, status: str, ms: int) -> None:
        with self._lock:
            if pending.over.is_set():
                return
            event_id = str(pending.envelope.payload.get("event_id", ""))
            result = Try(pending.what, pending.envelope.kind, event_id, pending.envelope.attempt, status, ms)
            pending.result = result
            self.tries.append(result)
            pending.line = self._traffic.record(FROM_SLACK, pending.what, ms, status)
            pending.over.set()
        self._touch()
        if not result.ok:
            pending.failed(
                {NO_ANSWER: "timeout", NOT_CONNECTED: "connection_failed"}.get(status, "http_error")
            )

    def _drop(self, timer: Timer) -> None:
        timer.cancel()
        with self._lock:
            self._timers.discard(timer)

    def _later(self, seconds: float, act: Callable[[], None]) -> Timer | None:
        def run() -> None:
            with self._lock:
                self._timers.discard(timer)
                if self._stopped:
                    return
            act()

        timer = Timer(seconds, run)
        timer.daemon = True
        with self._lock:
            if self._stopped:
                return None
            self._timers.add(timer)
            timer.start()
        return timer
