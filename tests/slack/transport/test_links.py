"""Connections that Slack renews all the time, while people click: nothing they press goes unanswered."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient

from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.server import SlackServer
from bot.slack.transport import links
from bot.slack.transport.connection import OUTBOX_TIMEOUT, Access, build_bolt
from bot.slack.transport.socket_mode import Socket
from tests.slack.bench import SOCIAL
from tests.slack.team import Team

CLICKS = 240


@pytest.fixture
def slow_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine so busy that frames wait to be read."""
    hear = SocketModeClient._on_message

    def slowly(client: SocketModeClient, message: str) -> None:
        time.sleep(0.02)
        hear(client, message)

    monkeypatch.setattr(SocketModeClient, "_on_message", slowly)


@pytest.mark.usefixtures("slow_reader")
def test_no_click_is_lost_while_connections_are_renewed(team: Team) -> None:
    over = threading.Event()

    def renew() -> None:
        slack = team.server._socket
        while not over.wait(0.2):
            leaving = slack.warn()  # Slack announces it ahead, and uses the connection meanwhile
            for _ in range(100):
                if slack.connections > len(leaving) or over.wait(0.01):
                    break
            slack.retire(leaving)

    def ask(_number: int) -> str | None:
        team.server.wait_connected()
        return team.people.command("U0MAYA", SOCIAL, "/social", "help").error

    renewing = threading.Thread(target=renew)
    renewing.start()
    with ThreadPoolExecutor(8) as people:
        answered = list(people.map(ask, range(CLICKS)))
    over.set()
    renewing.join()
    assert [error for error in answered if error] == []
    assert len(team.server.calls("apps.connections.open")) > 5


def test_the_old_one_is_left_once_the_new_one_lives(
    server: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "GRACE_SECONDS", 0.2)
    bolt = build_bolt(Access(server.bot_token, server.app_token, "", server.api_url), lambda app: None)
    socket = Socket(
        bolt, server.app_token, Access(server.bot_token, api_url=server.api_url).client(OUTBOX_TIMEOUT)
    )
    socket.connect()
    first = socket._links._link
    assert server.wait_until(lambda: first is not None and first.hello.is_set())
    assert first is not None
    assert (session := first.session) is not None
    server.faults.disconnect()
    assert server.wait_until(lambda: socket._links._link is not first and not session.is_active())
    assert socket.is_connected
    socket.close(1.0)


@pytest.mark.parametrize("kind", [Kind.TOO_MANY, Kind.SERVER_ERROR])
def test_a_renewal_slack_was_too_busy_for_is_asked_for_again_while_the_old_one_lives(
    server: SlackServer, kind: Kind
) -> None:
    """Seen: asked for once, then only after Slack had closed the old one; until then clicks went nowhere."""
    bolt = build_bolt(Access(server.bot_token, server.app_token, "", server.api_url), lambda app: None)
    socket = Socket(
        bolt, server.app_token, Access(server.bot_token, api_url=server.api_url).client(OUTBOX_TIMEOUT)
    )
    socket.connect()
    first = socket._links._link
    assert first is not None
    assert server.wait_until(first.hello.is_set)
    server.faults.order("apps.connections.open", kind)
    assert server._socket.warn()
    assert server.wait_until(lambda: socket._links._link is not first, 15.0)
    socket.close(1.0)


def test_slack_is_asked_for_an_address_less_and_less_often(
    server: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)
    asked, backoff = list[float](), links.Backoff()
    while now < 1120:
        if backoff.left() <= 0:
            backoff.count()
            asked.append(now - 1000)
        now += 0.5
    assert asked == [0, 1, 3, 7, 15, 31, 61, 91]
    backoff.reset()
    assert backoff.left() <= 0


def test_between_two_questions_it_fails_at_once(server: SlackServer) -> None:
    bolt = build_bolt(Access(server.bot_token, server.app_token, "", server.api_url), lambda app: None)
    socket = Socket(
        bolt, server.app_token, Access(server.bot_token, api_url=server.api_url).client(OUTBOX_TIMEOUT)
    )
    socket._client.issue_new_wss_url()
    with pytest.raises(SlackClientError, match="again in"):
        socket._client.issue_new_wss_url()
    assert len(server.calls("apps.connections.open")) == 1
    socket.close(0.1)
