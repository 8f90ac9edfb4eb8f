"""What Slack hands out with every click and command: trigger ids and response URLs, both of short life.

A trigger id lives three *real* seconds, because that is what a slow bot must feel; a response URL lives
thirty minutes of the stage's own clock.
"""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from bot.sandbox.slack.refusal import Refused

TRIGGER_SECONDS = 3.0
RESPONSE_USES = 5
RESPONSE_LIFE = timedelta(minutes=30)


@dataclass
class _Trigger:
    user: str
    issued: float  # time.monotonic()
    view: str | None
    used: bool = False


@dataclass
class ResponseUrl:
    channel: str
    user: str
    expires: datetime
    message_ts: str | None = None  # the message whose button was pressed; None after a command
    uses: int = 0


class Tickets:
    def __init__(self, now: Callable[[], datetime], trigger_seconds: float = TRIGGER_SECONDS) -> None:
        self.trigger_seconds = trigger_seconds
        self._now = now
        self._lock = Lock()
        self._numbers = itertools.count(1)
        self._triggers: dict[str, _Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def trigger(self, user: str, view: str | None = None) -> str:
        """`view` is the modal it was issued in, under which `views.push` puts the next one."""
        with self._lock:
            name = f"{next(self._numbers)}.{next(self._numbers)}.{secrets.token_hex(8)}"
            self._triggers[name] = _Trigger(user, time.monotonic(), view)
            return name

    def exchange(self, name: str) -> tuple[str, str | None]:
        """(user, view) of a trigger, once."""
        with self._lock:
            trigger = self._triggers.get(name)
            if trigger is None:
                raise Refused("invalid_trigger_id")
            if trigger.used:
                raise Refused("trigger_exchanged")
            if time.monotonic() - trigger.issued > self.trigger_seconds:
                raise Refused("expired_trigger_id")
            trigger.used = True
            return trigger.user, trigger.view

    def response_path(
        self, kind: str, team: str, channel: str, user: str, message_ts: str | None = None
    ) -> str:
        """`kind` is actions or commands, as in Slack's own addresses."""
        with self._lock:
            path = f"/{kind}/{team}/{next(self._numbers)}/{secrets.token_hex(12)}"
            self._urls[path] = ResponseUrl(channel, user, self._now() + RESPONSE_LIFE, message_ts)
            return path

    def respond(self, path: str) -> ResponseUrl:
        """The place a response URL stands for; counts as one of its five uses."""
        with self._lock:
            url = self._urls.get(path)
            if url is None:
                raise Refused("invalid_url")
            if self._now() > url.expires:
                raise Refused("expired_url")
            if url.uses >= RESPONSE_USES:
                raise Refused("used_url")
            url.uses += 1
            return url
