"""How what happens reaches a real Bolt app: acknowledged, late, again, over a connection that breaks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.socket_mode.builtin.connection import Connection
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect as websocket

from bot.sandbox.slack.server import SlackServer
from tests.sandbox.slack.cards import CARD, post_card
from tests.sandbox.slack.props import client_for, hang_up

Connect = Callable[[SlackServer, Callable[[App], None]], App]


def test_an_event_whose_listener_raises_comes_again_with_the_same_id(
    make_server: Callable[..., SlackServer], connect: Connect
) -> None:
    server = make_server(ack_seconds=0.3, retry_after=(0.0, 0.05, 0.05))
    ids: list[str] = []

    def listeners(app: App) -> None:
        @app.event("message")
        def heard(body: dict[str, Any]) -> None:
            ids.append(body["event_id"])
            if len(ids) < 3:
                raise RuntimeError("not yet")

    connect(server, listeners)
    server.people.say("U0MAYA", "C0SOCIAL", "hello")
    assert server.wait_until(lambda: any(each.ok for each in server.tries))
    assert len(ids) == 3
    assert len(set(ids)) == 1
    assert [(each.attempt, each.status) for each in server.tries] == [
        (0, "no answer"),
        (1, "no answer"),
        (2, "200"),
    ]


def test_a_click_is_never_sent_again_and_its_person_is_warned(
    make_server: Callable[..., SlackServer], connect: Connect
) -> None:
    server = make_server(ack_seconds=0.3, retry_after=(0.0,))
    runs: list[int] = []

    def listeners(app: App) -> None:
        @app.action("approve")
        def approve() -> None:
            runs.append(1)
            raise RuntimeError("no ack")

    ts = post_card(connect(server, listeners).client)
    act = server.people.click("U0TOM", "C0SOCIAL", ts, text="Approve")
    assert not act.ok
    assert act.error
    assert [each.status for each in server.tries if each.kind == "interactive"] == ["no answer"]
    assert runs == [1]


def test_a_slow_acknowledgement_is_shown_as_slow(
    make_server: Callable[..., SlackServer], connect: Connect
) -> None:
    server = make_server(ack_seconds=0.2)
    go_on = threading.Event()

    def listeners(app: App) -> None:
        @app.action("approve")
        def approve(ack: Ack) -> None:
            go_on.wait(5)
            ack()

    ts = post_card(connect(server, listeners).client)
    act = server.people.click("U0TOM", "C0SOCIAL", ts, text="Approve")
    assert not act.ok
    assert _line(server, "block_actions approve").status == "no answer"
    go_on.set()
    assert server.wait_until(lambda: _line(server, "block_actions approve").status == "200, too late")
    assert _line(server, "block_actions approve").ms >= 200


def _line(server: SlackServer, what: str) -> Any:
    return next(line for line in server.traffic.latest() if line.what == what)


def test_the_app_hears_people_edits_and_its_own_messages(server: SlackServer, connect: Connect) -> None:
    events: list[dict[str, Any]] = []

    def listeners(app: App) -> None:
        @app.event("message")
        def heard(event: dict[str, Any]) -> None:
            events.append(event)

    app = connect(server, listeners)
    parent = app.client.chat_postMessage(channel="C0CUSTOMERS", text="New message")["ts"]
    said = server.people.say(
        "U0TOM", "C0CUSTOMERS", "@Byhand Sorry & thanks :bread: https://a.example", thread_ts=parent
    )
    assert said.ts is not None
    server.people.edit("U0TOM", "C0CUSTOMERS", said.ts, "Sorry!")
    server.people.delete("U0TOM", "C0CUSTOMERS", said.ts)

    assert server.wait_until(lambda: len(events) == 3 and len(server.tries) == 4)  # Bolt drops the app's own
    by_kind = {event.get("subtype", "plain"): event for event in events}
    plain = by_kind["plain"]
    assert plain["text"] == "<@U0BOT> Sorry &amp; thanks :bread: <https://a.example>"
    assert (plain["thread_ts"], plain["parent_user_id"], plain["channel_type"]) == (
        parent,
        "U0BOT",
        "channel",
    )
    kinds = [element["type"] for element in plain["blocks"][0]["elements"][0]["elements"]]
    assert kinds == ["user", "text", "emoji", "text", "link"]
    assert by_kind["message_changed"]["message"]["edited"]["user"] == "U0TOM"
    assert by_kind["message_changed"]["previous_message"]["text"] == plain["text"]
    assert by_kind["message_deleted"]["deleted_ts"] == said.ts


def _opened_again(server: SlackServer, opened: int) -> bool:
    return len(server.calls("apps.connections.open")) > opened and server.connected


def test_an_app_asked_to_leave_comes_back_and_hears_again(server: SlackServer, connect: Connect) -> None:
    heard: list[str] = []
    connect(server, lambda app: _hearing(app, heard))
    for break_it in (server.faults.disconnect, server.faults.cut_socket):
        opened = len(server.calls("apps.connections.open"))
        break_it()
        assert server.wait_until(partial(_opened_again, server, opened), 10)
        server.people.say("U0MAYA", "C0SOCIAL", "again")
    assert server.wait_until(lambda: heard == ["again", "again"])


def test_a_refused_websocket_leaves_clicks_without_the_app(server: SlackServer, connect: Connect) -> None:
    connect(server, lambda app: _hearing(app, []))
    server.faults.refuse_socket(0.8)
    server.faults.cut_socket()
    assert server.wait_until(lambda: not server.connected)
    assert not server.people.command("U0MAYA", "C0SOCIAL", "/social").ok
    assert server.wait_until(lambda: server.connected, 10)


def test_an_app_hung_up_on_while_it_comes_back_leaves_no_socket(
    server: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server knows of the new connection before its client does, whose `close` closed the one before."""
    app = App(name="test", client=client_for(server))
    handler = SocketModeHandler(app, server.app_token, web_client=client_for(server, server.app_token))
    client = handler.client
    client.connect()
    assert server.wait_until(lambda: server.connected)
    go_on, connect = threading.Event(), Connection.connect

    def slow(self: Connection) -> None:
        connect(self)
        go_on.wait(10)

    monkeypatch.setattr(Connection, "connect", slow)
    server.faults.cut_socket()
    coming = threading.Thread(target=client.connect_to_new_endpoint, kwargs={"force": True})
    coming.start()
    assert server.wait_until(lambda: server.connected)
    before = client.current_session
    hanging_up = threading.Thread(target=hang_up, args=(server, client))
    hanging_up.start()
    assert server.wait_until(lambda: client.closed)
    go_on.set()
    coming.join(10)
    hanging_up.join(10)
    assert client.current_session is not before
    assert not client.is_connected()


def _hearing(app: App, heard: list[str]) -> None:
    @app.event("message")
    def listen(event: dict[str, Any]) -> None:
        heard.append(event["text"])


def test_events_said_while_nobody_is_connected_come_later(
    make_server: Callable[..., SlackServer], connect: Connect
) -> None:
    server = make_server(retry_after=(0.5, 0.5, 0.5))
    heard: list[str] = []
    server.people.say("U0MAYA", "C0SOCIAL", "before you came")
    assert server.tries[0].status == "not connected"
    connect(server, lambda app: _hearing(app, heard))
    assert server.wait_until(lambda: heard == ["before you came"])


def test_a_socket_address_is_good_for_one_connection(server: SlackServer) -> None:
    app = client_for(server, server.app_token)
    url = str(app.apps_connections_open(app_token=server.app_token)["url"])
    with websocket(url) as first:
        assert json.loads(first.recv())["type"] == "hello"
        with pytest.raises(InvalidStatus), websocket(url):
            pass


def test_the_log_and_the_traffic_show_every_call(make_server: Callable[..., SlackServer]) -> None:
    server = make_server(retry_after=())
    client = client_for(server)
    before = time.monotonic()
    ts = client.chat_postMessage(channel="C0SOCIAL", text="hello", blocks=CARD)["ts"]
    (call,) = server.calls("chat.postMessage")
    assert (call.ok, call.error, call.status, call.args["text"]) == (True, None, "200", "hello")
    assert 0 <= call.ms <= (time.monotonic() - before) * 1000
    assert call.body["ts"] == ts
    assert [(line.way, line.what, line.status) for line in server.traffic.latest()] == [
        ("bot→slack", "chat.postMessage", "200"),
        ("slack→bot", "event message", "not connected"),
    ]
