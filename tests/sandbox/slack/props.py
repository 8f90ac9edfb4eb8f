"""What the tests of the stand-in put around it: a clock to push, a client, a way out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Thread

from slack_sdk import WebClient

from bot.sandbox.slack.server import SlackStand


class PushedClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 7, 58, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def push(self, **step: float) -> None:
        self.at += timedelta(**step)


class Closing:
    """What is on its way out: a server or a client takes its time to close, which no test need wait for."""

    def __init__(self) -> None:
        self._threads: list[Thread] = []

    def add(self, close: Callable[[], object]) -> None:
        self._threads.append(Thread(target=close))
        self._threads[-1].start()

    def wait(self) -> None:
        for thread in self._threads:
            thread.join(10)


def client_for(stand: SlackStand, token: str | None = None) -> WebClient:
    return WebClient(token=token or stand.bot_token, base_url=stand.api_url, retry_handlers=[], timeout=5)
