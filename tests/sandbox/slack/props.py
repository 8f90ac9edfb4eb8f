"""What the tests of the pretend Slack need around it: a clock to push, a client, a way to stop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin import SocketModeClient

from bot.sandbox.slack.server import SlackServer
from bot.slack.transport.socket_mode import close_for_good


class PushedClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 7, 58, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def push(self, **step: float) -> None:
        self.at += timedelta(**step)


def hang_up(server: SlackServer, client: SocketModeClient) -> None:
    """Close an app's connection without delay, and the one it may just be making: we know of that one before the client
    does. The client by itself reads for three seconds more."""
    client.auto_reconnect_enabled = False
    server.faults.cut_socket()
    close_for_good(client)


def client_for(server: SlackServer, token: str | None = None) -> WebClient:
    return WebClient(token=token or server.bot_token, base_url=server.api_url, retry_handlers=[], timeout=5)
