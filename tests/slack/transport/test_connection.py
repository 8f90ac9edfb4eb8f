"""The way in: Slack down at the start, gone in between, silent, and our own going."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.web import SlackResponse
from websockets.frames import Opcode
from websockets.protocol import Protocol

from bot.domain.posts import Status
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.server import SlackServer
from bot.slack.health import Health
from bot.slack.transport import connection
from bot.slack.transport.connection import OUTBOX_TIMEOUT, Access, build_bolt
from bot.slack.transport.socket_mode import Socket
from bot.slack.workspace import Workspace
from bot.store.engine.store import Store
from tests.slack.bench import SOCIAL, PushedClock
from tests.slack.team import Team


def test_slack_down_at_the_start_and_back(
    store: Store, network: MastodonServer, clock: PushedClock, server: SlackServer
) -> None:
    server.faults.take_down()
    team = Team(store, network, clock, server)
    team.slack_app.start()
    seen = team.backend.in_review()
    team.until(team.slack_app.health.sentences)
    assert not team.slack_app.is_connected
    server.faults.bring_up()
    assert server.wait_connected(10)
    team.until(lambda: team.slack_app.is_connected)
    team.press("U0TOM", team.card(seen), "Approve")
    assert team.backend.status(seen) is Status.APPROVED
    team.until(lambda: not team.slack_app.health.sentences())
    team.slack_app.stop(2.0)


def test_the_connection_comes_back(team: Team) -> None:
    card = team.card(team.backend.in_review())
    team.server.faults.disconnect()
    assert team.server.wait_connected()
    team.press("U0GUEST", card, "Approve")
    team.server.faults.cut_socket()
    assert team.server.wait_connected(8)
    team.until(lambda: team.slack_app.is_connected)
    team.press("U0TOM", card, "Approve")


@pytest.fixture
def bolt(server: SlackServer) -> App:
    return build_bolt(Access(server.bot_token, server.app_token, "", server.api_url), lambda app: None)


PING_EVERY = 0.3  # seconds: a peer that answers none is left when two seconds are over


@contextmanager
def connected(server: SlackServer, bolt: App) -> Iterator[Socket]:
    """A connection that pings often."""
    client = Access(server.bot_token, api_url=server.api_url).client(OUTBOX_TIMEOUT)
    socket = Socket(bolt, server.app_token, client, ping_every=PING_EVERY)
    socket.connect()
    yield socket
    socket.close(1.0)
    assert not socket.is_connected


class Deafness:
    """The server's line is there, but nobody answers pings any more: so is a peer that vanished without a word."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_on = False
        answer = Protocol.send_frame
        monkeypatch.setattr(
            Protocol, "send_frame",
            lambda line, frame: None if self.is_on and frame.opcode is Opcode.PONG else answer(line, frame),
        )  # fmt: skip


@pytest.fixture
def deafness(monkeypatch: pytest.MonkeyPatch) -> Deafness:
    return Deafness(monkeypatch)


@pytest.mark.parametrize("answered", [False, True], ids=["never answered", "answers no more"])
def test_a_peer_that_vanished_is_left(
    server: SlackServer, bolt: App, deafness: Deafness, answered: bool
) -> None:
    """One that never answered the SDK called connected for ever, until 3.48."""
    deafness.is_on = not answered
    with connected(server, bolt) as socket:
        if answered:
            assert server.wait_until(lambda: has_answered(socket))
            deafness.is_on = True
        assert server.wait_until(lambda: len(server.calls("apps.connections.open")) > 1)


def has_answered(socket: Socket) -> object:
    session = socket._client.current_session
    return session and session.last_ping_pong_time


def test_a_quiet_connection_is_left_alone(server: SlackServer, bolt: App, deafness: Deafness) -> None:
    """Control: nobody says anything for as long, and that is no reason to leave."""
    with connected(server, bolt) as socket:
        assert not server.wait_until(lambda: not socket.is_connected, timeout=3.2)
        assert len(server.calls("apps.connections.open")) == 1


def test_a_running_listener_is_acknowledged_before_we_go(server: SlackServer, bolt: App) -> None:
    entered, go_on = threading.Event(), threading.Event()

    @bolt.command("/social")
    def slow(ack: Ack) -> None:
        entered.set()
        go_on.wait(5)
        ack("done")

    client = Access(server.bot_token, api_url=server.api_url).client(OUTBOX_TIMEOUT)
    socket = Socket(bolt, server.app_token, client)
    socket.connect()
    assert server.wait_connected()
    answers: list[bool] = []
    asking = threading.Thread(
        target=lambda: answers.append(server.people.command("U0MAYA", SOCIAL, "/social", "x").ok)
    )
    asking.start()
    assert entered.wait(5)
    closing = threading.Thread(target=socket.close, args=(5.0,))
    closing.start()
    assert not server.wait_until(lambda: not server.connected, timeout=0.5), "it stays while a listener runs"
    go_on.set()
    asking.join(5)
    closing.join(5)
    assert answers == [True]


def test_a_connection_made_while_we_go_is_let_go_too(
    server: SlackServer, bolt: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK's `close` lost to it: the connection stayed open, and a monitor nobody stopped renewed it for ever."""
    client = Access(server.bot_token, api_url=server.api_url).client(OUTBOX_TIMEOUT)
    socket = Socket(bolt, server.app_token, client)
    socket.connect()
    inner = socket._client
    asked, answer, real = threading.Event(), threading.Event(), inner.issue_new_wss_url

    def slow() -> str:
        asked.set()
        assert answer.wait(10)
        return real()

    monkeypatch.setattr(inner, "issue_new_wss_url", slow)
    anew = threading.Thread(target=inner.connect_to_new_endpoint, kwargs={"force": True})
    anew.start()
    assert asked.wait(10)
    socket.close(1.0)
    answer.set()
    anew.join(10)
    runners = (inner.current_session_runner, inner.current_app_monitor, inner.message_processor)
    assert server.wait_until(
        lambda: not inner.is_connected() and not any(one.is_alive() for one in runners), 10
    )
    assert not inner.auto_reconnect_enabled


class Impatient:
    """The SDK's lock, which who waits for a limited time does not get; that time is over when `gives_up` is set."""

    def __init__(self) -> None:
        self.waits, self.gives_up, self._lock = threading.Event(), threading.Event(), threading.Lock()

    def acquire(self, blocking: bool, timeout: float) -> bool:
        self.waits.set()
        self.gives_up.wait(10)
        return False

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_a_connection_slack_asks_for_while_we_go_is_let_go_too(
    server: SlackServer, bolt: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK waits for its lock while we close, and then connects without it."""
    client = Access(server.bot_token, api_url=server.api_url).client(OUTBOX_TIMEOUT)
    socket = Socket(bolt, server.app_token, client)
    inner, lock = socket._client, Impatient()
    monkeypatch.setattr(inner, "connect_operation_lock", lock)
    socket.connect()
    inner.enqueue_message('{"type": "disconnect"}')
    assert lock.waits.wait(10)
    before = inner.current_session
    socket.close(1.0)
    assert server.wait_until(lambda: inner.closed and not inner.is_connected(), 10)
    lock.gives_up.set()
    assert server.wait_until(lambda: inner.current_session is not before, 10)
    assert server.wait_until(lambda: not inner.is_connected(), 5)


def test_the_watchdog_does_not_connect_what_is_closed(
    server: SlackServer, bolt: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had seen that Slack hung up, and connected after we had gone."""
    client = Access(server.bot_token, api_url=server.api_url).client(OUTBOX_TIMEOUT)
    socket = Socket(bolt, server.app_token, client)
    seen, go_on, connect = threading.Event(), threading.Event(), socket.connect

    def slow() -> None:
        seen.set()
        go_on.wait(10)
        connect()

    socket.connect()
    monkeypatch.setattr(socket, "connect", slow)
    server.faults.cut_socket()
    assert seen.wait(10)
    socket.close(0.01)
    assert server.wait_until(lambda: not socket._client.message_processor.is_alive(), 10)
    go_on.set()
    socket._watchdog.join(10)
    assert not socket._client.is_connected()
    assert len(server.calls("apps.connections.open")) == 1


def test_a_first_connection_made_while_we_go_is_let_go_too(
    server: SlackServer, bolt: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody closed its socket: it stayed open until the garbage collector found it."""
    client = Access(server.bot_token, api_url=server.api_url).client(OUTBOX_TIMEOUT)
    socket = Socket(bolt, server.app_token, client)
    inner = socket._client
    asked, answer, real = threading.Event(), threading.Event(), inner.issue_new_wss_url

    def slow() -> str:
        asked.set()
        assert answer.wait(10)
        return real()

    monkeypatch.setattr(inner, "issue_new_wss_url", slow)
    first = threading.Thread(target=socket.connect)
    first.start()
    assert asked.wait(10)
    socket.close(1.0)
    answer.set()
    first.join(10)
    assert server.wait_until(lambda: inner.current_session is not None and not inner.is_connected(), 5)
    socket.connect()
    assert not inner.is_connected(), "what is closed stays closed"


def test_a_stop_before_the_first_connection_leaves_none(
    server: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was made afterwards, and nobody closed it any more."""
    asked, answer, met = threading.Event(), threading.Event(), WebClient.auth_test
    made: list[Socket] = []

    def slow(client: WebClient, **given: str) -> SlackResponse:
        asked.set()
        assert answer.wait(10)
        return met(client, **given)

    class Noted(Socket):
        def __init__(self, app: App, app_token: str, client: WebClient) -> None:
            super().__init__(app, app_token, client)
            made.append(self)

    monkeypatch.setattr(WebClient, "auth_test", slow)
    monkeypatch.setattr(connection, "Socket", Noted)
    access = Access(server.bot_token, server.app_token, "", server.api_url)
    ours = connection.Connection(access, Workspace(), Health(), lambda app: None)
    ours.start()
    assert asked.wait(10)
    stopping = threading.Thread(target=ours.stop)
    stopping.start()
    assert server.wait_until(lambda: ours._stopping.is_set(), 5)
    answer.set()
    stopping.join(10)
    assert not any(socket._client.is_connected() for socket in made)
    assert all(socket._client.closed for socket in made)
    assert not ours.is_connected


def test_a_start_warns_of_nothing(
    server: SlackServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", server.bot_token)
    build_bolt(Access(server.bot_token, server.app_token, "", server.api_url), lambda app: None)
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == []
