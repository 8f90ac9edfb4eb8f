"""A stand-in and a real Bolt app in front of it, both on loopback."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.sandbox.slack.server import SlackStand
from tests.sandbox.slack.props import PushedClock, client_for, hang_up


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SLACK_"):
            monkeypatch.delenv(name)


@pytest.fixture
def clock() -> PushedClock:
    return PushedClock()


@pytest.fixture
def make_stand(clock: PushedClock) -> Iterator[Callable[..., SlackStand]]:
    stands: list[SlackStand] = []

    def make(**choices: Any) -> SlackStand:
        stand = SlackStand(now=clock, **({"limits": False} | choices))
        stands.append(stand)
        stand.start()
        return stand

    yield make
    for stand in stands:
        stand.stop()


@pytest.fixture
def stand(make_stand: Callable[..., SlackStand]) -> SlackStand:
    return make_stand()


@pytest.fixture
def client(stand: SlackStand) -> WebClient:
    return client_for(stand)


@pytest.fixture
def connect() -> Iterator[Callable[..., App]]:
    """Make a Bolt app, give it its listeners, and put it before a stand over Socket Mode."""
    handlers: list[tuple[SlackStand, SocketModeHandler]] = []

    def make(stand: SlackStand, listeners: Callable[[App], None]) -> App:
        app = App(client=client_for(stand), process_before_response=True)
        listeners(app)
        handler = SocketModeHandler(
            app, stand.app_token, web_client=client_for(stand, stand.app_token), ping_interval=0.3
        )
        handlers.append((stand, handler))
        handler.connect()
        assert stand.wait_connected()
        return app

    yield make
    for stand, handler in handlers:
        hang_up(stand, handler.client)
