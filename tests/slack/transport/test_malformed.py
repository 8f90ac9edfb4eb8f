"""Payloads of another shape than Slack's, signed and unsigned, at each door: refused in a line, no traceback."""

from __future__ import annotations

import copy
import http.client
import json
import logging
import random
import time
from collections.abc import Callable, Iterator
from queue import Queue, SimpleQueue
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_bolt import App
from slack_sdk.signature import SignatureVerifier

from bot.observability import Metrics
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.server import SlackServer
from bot.slack.ids import Act, Dialog
from bot.slack.transport import socket_mode
from bot.slack.transport.shapes import clean, find_fault, read_envelope
from bot.slack.transport.web import Report, WebServer, build_web
from bot.store.engine.store import Store
from tests.slack.bench import PushedClock
from tests.slack.team import Team

Json = dict[str, Any]
USER = {"id": "U0TOM", "team_id": "T0BAKERY"}
MESSAGE = {
    "type": "message", "text": "Hi", "user": "U0TOM", "ts": "161.5", "thread_ts": "161.2", "team": "T0BAKERY",
    "blocks": [{"type": "rich_text", "elements": []}], "files": [{"id": "F1"}], "edited": {"ts": "162.0", "user": "U"},
}  # fmt: skip
OUTER = {
    "type": "event_callback",
    "event_id": "Ev1",
    "team_id": "T0BAKERY",
    "authorizations": [{"team_id": "T0BAKERY"}],
}
VIEW = {
    "id": "V1", "type": "modal", "callback_id": "edit", "hash": "1.x", "private_metadata": "p:3",
    "state": {"values": {"text": {"input": {"type": "plain_text_input", "value": "x"}}}},
}  # fmt: skip
VALID: list[Json] = [
    OUTER | {"event": MESSAGE | {"channel": "C0SOCIAL"}},
    OUTER | {"event": {"type": "message", "subtype": "message_changed", "channel": "C0SOCIAL", "ts": "163.0",
                       "message": MESSAGE, "previous_message": MESSAGE}},
    OUTER | {"event": {"type": "message", "subtype": "message_deleted", "channel": "C0SOCIAL", "ts": "163.0",
                       "deleted_ts": "161.5", "previous_message": MESSAGE}},
    OUTER | {"event": {"type": "app_home_opened", "user": "U0TOM", "tab": "home", "channel": "D1"}},
    OUTER | {"event": {"type": "user_change", "user": USER}},
    OUTER | {"event": {"type": "subteam_updated", "subteam": {"id": "S1"}}},
    {"type": "block_actions", "user": USER, "team": {"id": "T0BAKERY"}, "trigger_id": "1.2.3",
     "container": {"type": "message", "message_ts": "1.2", "channel_id": "C0SOCIAL", "thread_ts": "1.1"},
     "channel": {"id": "C0SOCIAL"}, "message": {"ts": "1.2", "blocks": []}, "state": {"values": {}},
     "response_url": "", "actions": [{"action_id": "approve", "block_id": "b", "type": "button",
     "value": "42:3", "action_ts": "15.19"}]},
    {"type": "block_actions", "user": USER, "trigger_id": "1.2.3", "view": {"id": "V1"}, "container": {"type": "view"},
     "actions": [{"action_id": "more", "type": "overflow", "action_ts": "15.2",
                  "selected_option": {"value": "hold:42:3"}}]},
    {"type": "view_submission", "user": USER, "team": {"id": "T0BAKERY"}, "trigger_id": "1.2.3", "view": VIEW},
    {"type": "view_closed", "user": USER, "view": VIEW},
    {"type": "message_action", "user": USER, "callback_id": "send_to_customer", "trigger_id": "1.2.3",
     "channel": {"id": "C0SOCIAL"}, "message": MESSAGE, "message_ts": "161.5", "action_ts": "164.0"},
    {"command": "/social", "text": "status", "user_id": "U0TOM", "team_id": "T0BAKERY", "channel_id": "C0SOCIAL",
     "trigger_id": "1.2.3", "response_url": "https://hooks.slack.com/commands/1"},
]  # fmt: skip
LEAVES: list[Any] = [
    None, True, 0, -1, 1.5, 10**400, "", "x", "\x00", "\ud800", "é" * 300, [], {}, [None], [[]], [3], ["x"],
    {"id": None}, {"id": 3}, {"id": []}, [{}], {"x": {"x": {}}},
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Each path to a value inside."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*path, key)
        yield from places(each, (*path, key))


def bent(seed: int) -> Any:
    """A payload of Slack's, with something else in one or two places."""
    dice = random.Random(seed)
    body = copy.deepcopy(dice.choice(VALID))
    for _ in range(dice.choice((1, 1, 2))):
        *path, last = dice.choice(list(places(body)))
        try:
            inside: Any = body
            for key in path:
                inside = inside[key]
            if dice.random() < 0.2:
                del inside[last]
            else:
                inside[last] = copy.deepcopy(dice.choice(LEAVES))
        except (KeyError, IndexError, TypeError):
            continue  # the first change took this place away
    return body


PAYLOADS = st.integers(0, 10**9).map(bent) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "event", "user", "command", "view", "actions", "id"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
MANY = settings(
    max_examples=250, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


class Door:
    """What a request to the running bot is answered."""

    def __init__(self, team: Team, port: int) -> None:
        self.team = team
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self._verifier = SignatureVerifier(team.server.signing_secret)

    def ask(self, body: bytes, kind: str, **headers: str) -> int:
        stamp = str(int(time.time()))
        signed = {
            "X-Slack-Request-Timestamp": stamp, "Content-Type": kind,
            "X-Slack-Signature": str(self._verifier.generate_signature(timestamp=stamp, body=body)),
        }  # fmt: skip
        self._line.request("POST", "/slack/events", body, signed | headers)
        answer = self._line.getresponse()
        answer.read()
        return answer.status


@pytest.fixture
def door(store: Store, network: MastodonServer, clock: PushedClock, server: SlackServer) -> Iterator[Door]:
    team = Team(store, network, clock, server, over_http=True)
    web = build_web(
        bolt_app=lambda: team.slack_app.bolt, signing_secret=server.signing_secret, health=Report, ready=Report,
        metrics=Metrics(),
    )  # fmt: skip
    web_server = WebServer(web, "127.0.0.1", 0)
    web_server.start()
    server.deliver_over_http(f"http://127.0.0.1:{web_server.port}/slack/events")
    with team:
        team.until(lambda: team.slack_app.is_connected)
        made = Door(team, web_server.port)
        yield made
        made._line.close()
    web_server.stop()


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record.exc_text or record.getMessage() for record in caplog.records if record.exc_info]
    caplog.clear()
    return found


@pytest.mark.parametrize("body", VALID, ids=lambda body: str(body.get("type", "command")))
def test_what_slack_sends_is_taken(body: Json) -> None:
    assert find_fault(body) is None


@pytest.mark.parametrize("chosen", [None, {}, {"text": "Hold"}, {"value": ""}], ids=str)
def test_a_menu_in_which_nothing_was_chosen_is_refused(chosen: Json | None) -> None:
    body = next(one for one in VALID if "overflow" in str(one))
    action = {**body["actions"][0], "selected_option": chosen}
    assert find_fault({**body, "actions": [action]}) is not None


def test_what_cannot_be_pressed_or_sent_is_refused_in_words(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    click = next(one for one in VALID if "overflow" in str(one))
    action = {**click["actions"][0], "type": "button", "action_id": Act.MORE.value}
    submit = next(one for one in VALID if one.get("type") == "view_submission")
    view = {**submit["view"], "callback_id": Dialog.NOTICE.value}
    for body in ({**click, "actions": [action]}, {**submit, "view": view}):
        assert door.ask(json.dumps(body).encode(), "application/json") < 500
        assert tracebacks(caplog) == [], body


def test_over_http(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    @MANY
    @given(PAYLOADS, st.booleans())
    def asked(body: Any, as_form: bool) -> None:
        if as_form and isinstance(body, dict) and "command" in body:
            kind, sent = (
                "application/x-www-form-urlencoded",
                urlencode({key: str(body[key]).encode("utf-8", "replace") for key in body}),
            )
        elif as_form:
            kind, sent = "application/x-www-form-urlencoded", urlencode({"payload": json.dumps(body)})
        else:
            kind, sent = "application/json", json.dumps(body)
        assert door.ask(sent.encode(), kind) < 500, sent
        assert tracebacks(caplog) == [], sent

    asked()


@pytest.mark.parametrize("stamp", ["9" * 400, "-" + "9" * 400, "1e400", "٣", "0x10", "9" * 5000])
def test_a_stamp_that_is_none_is_a_401(door: Door, stamp: str, caplog: pytest.LogCaptureFixture) -> None:
    stamp = stamp.encode().decode("latin-1")
    assert door.ask(b"{}", "application/json", **{"X-Slack-Request-Timestamp": stamp}) == 401
    assert tracebacks(caplog) == []


def test_a_type_nobody_knows_is_a_400_and_one_line(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert door.ask(b'{"type":"telepathy"}', "application/json") == 400
    assert len(caplog.records) == 1
    assert "its type is none that Byhand knows" in caplog.text


def test_over_socket_mode(caplog: pytest.LogCaptureFixture) -> None:
    """The handler itself, with a Bolt app that would stumble over most of it."""
    taken: list[Any] = []

    def dispatch(request: Any) -> Any:
        assert find_fault(request.body) is None
        taken.append(request.body)
        return SimpleNamespace(status=404, body="", headers={})

    app = SimpleNamespace(
        dispatch=dispatch, logger=logging.getLogger("x"), client=SimpleNamespace(proxy=None)
    )
    web_client = SimpleNamespace(base_url="http://127.0.0.1:9/", token="x", proxy=None)
    sock = socket_mode.Socket(cast(App, app), "xapp-1", cast(Any, web_client))
    client = sock._client
    client.closed = True  # its own reader of the queue ends; what it would do is done here
    client.message_processor.event.set()
    frames: SimpleQueue[str] = SimpleQueue()
    client.message_queue = cast(Any, frames)

    def receive(frame: str) -> None:
        client._on_message(frame)
        while not frames.empty():
            client.run_message_listeners(json.loads(frames.get_nowait()), frame)
        assert tracebacks(caplog) == [], frame

    @MANY
    @given(PAYLOADS)
    def received(body: Any) -> None:
        receive(json.dumps({"envelope_id": "e", "type": "interactive", "payload": body}))
        receive(json.dumps(body))

    received()
    for odd in (
        "x",
        "{",
        "[]",
        "null",
        '{"type":3}',
        "[" * 100_000,
        '{"type":"x","payload":{}}',
        "disconnect",
        '["disconnect"]',
    ):
        receive(odd)
    receive(json.dumps({"envelope_id": "e", "type": "interactive", "payload": VALID[6]}))
    assert taken[-1] == VALID[6]
    client.message_queue = Queue()
    sock.close(0.1)


@pytest.mark.parametrize("judge", [find_fault, lambda body: read_envelope(json.dumps(body))])
def test_nothing_stumbles(judge: Callable[[Any], str | None]) -> None:
    @MANY
    @given(PAYLOADS)
    def judged(body: Any) -> None:
        judge(body)

    judged()


def test_what_no_database_keeps_is_taken_out() -> None:
    assert clean({"a\0": ["x\ud800y", 3, None]}) == {"a": ["x\ufffdy", 3, None]}
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    with pytest.raises(ValueError, match="deep"):
        clean(deep)


def test_a_type_that_is_no_word_is_a_fault_or_nothing() -> None:
    action = {"type": "button", "action_id": "x"}
    assert (
        find_fault(
            {"type": "block_actions", "user": {"id": "U1"}, "actions": [action], "event": {"type": []}}
        )
        is None
    )
