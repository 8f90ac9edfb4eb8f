"""A pretend Slack and a real Bolt app in front of it, both on loopback."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.sandbox.slack.server import SlackServer
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
def make_server(clock: PushedClock) -> Iterator[Callable[..., SlackServer]]:
    stands: list[SlackServer] = []

    def make(**choices: Any) -> SlackServer:
        server = SlackServer(now=clock, **({"limits": False} | choices))
        stands.append(server)
        server.start()
        return server

    yield make
    for server in stands:
        server.stop()


@pytest.fixture
def server(make_server: Callable[..., SlackServer]) -> SlackServer:
    return make_server()


@pytest.fixture
def client(server: SlackServer) -> WebClient:
    return client_for(server)


@pytest.fixture
def connect() -> Iterator[Callable[..., App]]:
    """Make a Bolt app, give it its listeners, and connect it to the pretend Slack over Socket Mode."""
    handlers: list[tuple[SlackServer, SocketModeHandler]] = []

    def make(server: SlackServer, listeners: Callable[[App], None]) -> App:
        app = App(name="test", client=client_for(server), process_before_response=True)
        listeners(app)
        handler = SocketModeHandler(
            app, server.app_token, web_client=client_for(server, server.app_token), ping_interval=0.3
        )
        handlers.append((server, handler))
        handler.client.connect()
        assert server.wait_connected()
        return app

    yield make
    for server, handler in handlers:
        hang_up(server, handler.client)
