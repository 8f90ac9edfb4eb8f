"""Slack's deliveries to the bot, in this thread and at a chosen moment: lost, late, out of order and more than once.

It is the pretend Slack's `Wire`. Clicks, submits and commands are handed over at once, as their person waits; events
wait in a bag until `deliver`, and stay in it until they were acknowledged.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse

from bot.sandbox.slack.transport.delivery import EVENTS, Delivery, Envelope
from tests.promises.crashes import Crash

AGAIN = (0.0, 60.0, 300.0)  # seconds after a try that was not acknowledged; then Slack gives up


@dataclass
class Letter:
    payload: dict[str, Any]
    due: float = 0.0  # elapsed
    tries: int = 0


@dataclass
class Mail:
    delivery: Delivery
    chance: random.Random
    elapsed: Callable[[], float]
    app: App | None = None
    calm: bool = False  # nothing is lost, swapped or repeated any more
    bag: list[Letter] = field(default_factory=list)
    clicked: list[dict[str, Any]] = field(default_factory=list)  # payloads, for Slack to send again

    # --- the wire -------------------------------------------------------------------------------------

    def send(self, envelope: Envelope) -> bool:
        if envelope.kind == EVENTS:
            self.bag.append(Letter(envelope.payload))
            self.delivery.answered(envelope.id, "200", {})
            return True
        self.clicked.append(envelope.payload)
        response = self._hand_over(envelope.payload)
        if response is not None:
            self.delivery.answered(envelope.id, str(response.status), _body(response))
        return True

    def _hand_over(self, payload: dict[str, Any]) -> BoltResponse | None:
        """None: the bot died of it, or is not there."""
        if self.app is None:
            return None
        try:
            return self.app.dispatch(BoltRequest(mode="socket_mode", body=payload))
        except Crash:
            return None

    # --- events ---------------------------------------------------------------------------------------

    def deliver(self) -> bool:
        """What is due, each once; whether there was anything."""
        now = self.elapsed()
        letters = [letter for letter in self.bag if letter.due <= now]
        self.bag = [letter for letter in self.bag if letter.due > now]
        if len(letters) > 1 and self._happens(0.1):
            self.chance.shuffle(letters)
        for letter in letters:
            self._deliver(letter)
        return bool(letters)

    def _deliver(self, letter: Letter) -> None:
        response = self._hand_over(letter.payload)
        heard = response is not None and response.status == 200
        if heard and not self._happens(0.04):  # else the acknowledgement is lost
            return
        if letter.tries < len(AGAIN):
            letter.due = self.elapsed() + AGAIN[letter.tries]
            letter.tries += 1
            self.bag.append(letter)

    def click_again(self) -> bool:
        """One of the last presses reaches the bot once more."""
        if not self.clicked:
            return False
        self._hand_over(self.chance.choice(self.clicked[-12:]))
        return True

    def _happens(self, likelihood: float) -> bool:
        return not self.calm and self.chance.random() < likelihood


def _body(response: BoltResponse) -> dict[str, Any]:
    if not response.body:
        return {}
    kind = response.headers.get("content-type", [""])[0]
    body = json.loads(response.body) if kind.startswith("application/json") else {"text": response.body}
    return body if isinstance(body, dict) else {}
