"""The page's server as a browser meets it: state, stream, acts, and who is turned away."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_sdk import WebClient

from bot.sandbox.customers import Customers, Network
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.page.server import PageServer
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.server import SlackServer
from bot.slack.views.blocks import Message as Drawn
from bot.slack.views.inbox.card import draw_conversation_card
from bot.slack.views.inbox.cards_of_many import draw_new_card, draw_pile_card
from tests.slack.views import conversation_samples

NOW = datetime(2026, 11, 24, 7, 58, 10, tzinfo=UTC)
SHORTCUTS = [{"name": "Send to the customer", "callback_id": "send_to_customer"}]
CARD = [
    {
        "type": "actions",
        "block_id": "b",
        "elements": [
            {"type": "button", "action_id": "approve", "text": {"type": "plain_text", "text": "Approve"}}
        ],
    }
]


class Backstage:
    """Notes what the page asked for."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.visits = 0
        self.slot: datetime | None = NOW
        self.network = {"network_fails": False}
        self.mastodon = MastodonServer(lambda: NOW)
        self.customers = Customers(
            {"Mastodon": Network(self.mastodon, mentions=True, private=True, edits=True)}, lambda: NOW
        )

    def welcome(self) -> None:
        self.visits += 1

    def push(self, minutes: float) -> None:
        self.asked.append(minutes)

    def next_slot(self) -> None:
        self.asked.append("next_slot")

    def restart_bot(self) -> None:
        self.asked.append("restart_bot")

    def set_network_fault(self, name: str, on: bool) -> None:
        self.network[name] = on

    def network_faults(self) -> Mapping[str, bool]:
        return self.network

    def bot_running(self) -> bool:
        return True

    def next_slot_at(self) -> datetime | None:
        return self.slot

    def plan_to_import(self) -> str:
        return "Text,Image URL,Tags,Posting Time\n"

    def busy(self) -> str | None:
        return None

    def shortcuts(self) -> list[dict[str, str]]:
        return SHORTCUTS


class Browser:
    def __init__(self, address: str) -> None:
        self.host = urlsplit(address).netloc

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.host, timeout=5)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, named)
        answer = connection.getresponse()
        result = (answer.status, answer.read())
        connection.close()
        return result

    def state(self, user: str = "U0MAYA") -> Any:
        return json.loads(self.send("GET", f"/api/state?user={user}")[1])

    def act(self, **asked: Any) -> Any:
        body = json.dumps(asked).encode()
        status, answer = self.send("POST", "/api/act", body, Content_Type="application/json")
        assert status == 200
        return json.loads(answer)


@pytest.fixture
def server(make_server: Callable[..., SlackServer]) -> SlackServer:
    return make_server(ack_seconds=0.2)


@pytest.fixture
def backstage() -> Backstage:
    return Backstage()


@pytest.fixture
def browser(server: SlackServer, backstage: Backstage, tmp_path: Path) -> Iterator[Browser]:
    (tmp_path / "index.html").write_text("<title>Byhand</title>")
    (tmp_path / "page.js").write_text("1")
    page = PageServer(server, backstage, static=tmp_path)
    page.start()
    yield Browser(page.address)
    page.stop()


def test_the_page_and_its_files_are_served(browser: Browser) -> None:
    assert browser.send("GET", "/") == (200, b"<title>Byhand</title>")
    assert browser.send("GET", "/static/page.js") == (200, b"1")
    assert browser.send("GET", "/static/../test_page.py")[0] == 404


def test_the_state_shows_one_person_their_workspace(
    server: SlackServer, client: WebClient, browser: Browser
) -> None:
    card = client.chat_postMessage(channel="C0SOCIAL", text="Decide", blocks=CARD)["ts"]
    client.pins_add(channel="C0SOCIAL", timestamp=card)
    server.people.say("U0TOM", "C0SOCIAL", "why?", thread_ts=card)
    client.chat_postEphemeral(channel="C0SOCIAL", user="U0MAYA", text="only you")
    client.chat_postEphemeral(channel="C0SOCIAL", user="U0MAYA", text="no reply", thread_ts=card)
    client.views_publish(user_id="U0MAYA", view={"type": "home", "blocks": []})

    state = browser.state()
    parent, reply, private, aside = state["messages"]["C0SOCIAL"]
    assert (parent["name"], parent["is_bot"], parent["pinned"], parent["reply_count"]) == (
        "Byhand",
        True,
        True,
        1,
    )
    assert (reply["name"], reply["thread_ts"], reply["is_bot"]) == ("Tom", card, False)
    assert (private["text"], private["ephemeral"]) == ("only you", True)
    assert (aside["thread_ts"], aside["ephemeral"]) == (card, True)
    assert state["home"]["type"] == "home"
    assert [each["id"] for each in state["channels"]] == ["C0SOCIAL", "C0CUSTOMERS"]
    assert [each["role"] for each in state["users"]] == ["member", "member", "guest"]
    assert state["workspace"]["bot"] == {
        "user_id": "U0BOT",
        "name": "Byhand",
        "connected": False,
        "running": True,
    }
    assert (state["now"], state["next_slot"], state["zone"]) == (
        NOW.isoformat(),
        NOW.isoformat(),
        "Europe/Berlin",
    )
    assert state["timeline"] == []
    assert state["shortcuts"] == SHORTCUTS
    assert state["traffic"][0]["what"] == "views.publish"
    assert len(browser.state("U0TOM")["messages"]["C0SOCIAL"]) == 2
    status, told = browser.send("GET", "/api/state?user=U0NO")
    assert status == 404
    assert {one["id"] for one in json.loads(told)["users"]} == {one["id"] for one in browser.state()["users"]}


@pytest.mark.parametrize(
    ("drawn", "whom"),
    [
        (draw_conversation_card(conversation_samples.OPEN), "one"),
        (draw_conversation_card(conversation_samples.CONVERSATIONS["replies stopped"]), "one"),
        (
            draw_conversation_card(conversation_samples.CONVERSATIONS["told only that somebody commented"]),
            None,
        ),
        (draw_conversation_card(conversation_samples.CONVERSATIONS["private, too late"]), None),
        (draw_pile_card(conversation_samples.PILE), "many"),
        (draw_pile_card(replace(conversation_samples.PILE, owned=(("U0TOM", 21),))), None),
        (draw_new_card(conversation_samples.NEW), None),
    ],
)
def test_the_page_knows_where_a_thread_is_answered(
    client: WebClient, browser: Browser, drawn: Drawn, whom: str | None
) -> None:
    """Seen: below a pile it said "Begin with @Byhand", which answers nobody there."""
    client.chat_postMessage(channel="C0CUSTOMERS", text=drawn.text, blocks=drawn.blocks)
    assert browser.state()["messages"]["C0CUSTOMERS"][-1]["stands_for"] == whom


def test_the_stream_says_when_something_changed(server: SlackServer, browser: Browser) -> None:
    connection = http.client.HTTPConnection(browser.host, timeout=5)
    connection.request("GET", "/api/events")
    answer = connection.getresponse()
    assert answer.getheader("content-type", "").startswith("text/event-stream")
    first = _revision(answer)
    server.people.say("U0TOM", "C0SOCIAL", "hello")
    assert _revision(answer) > first
    connection.close()


def _revision(answer: http.client.HTTPResponse) -> int:
    while not (line := answer.readline().decode()).startswith("data: "):
        assert line
    return int(json.loads(line.removeprefix("data: "))["rev"])


def test_a_server_with_an_open_stream_still_stops(server: SlackServer, backstage: Backstage) -> None:
    page = PageServer(server, backstage)
    page.start()
    connection = http.client.HTTPConnection(urlsplit(page.address).netloc, timeout=5)
    connection.request("GET", "/api/events")
    answer = connection.getresponse()
    _revision(answer)
    page.stop()
    assert answer.read() is not None
    connection.close()


def test_people_speak_and_press_through_the_page(
    server: SlackServer, client: WebClient, browser: Browser
) -> None:
    assert browser.act(user="U0TOM", type="say", channel="C0SOCIAL", text="hi")["ok"]
    assert server.find("C0SOCIAL", "hi") is not None
    ts = client.chat_postMessage(channel="C0SOCIAL", text="Decide", blocks=CARD)["ts"]
    action = {"block_id": "b", "action_id": "approve", "type": "button"}
    where = {"channel": "C0SOCIAL", "ts": ts}
    pressed = browser.act(user="U0TOM", type="click", where=where, action=action)
    assert (pressed["ok"], "did not answer" in pressed["error"]) == (False, True)  # no app is connected
    assert (
        browser.act(user="U0TOM", type="command", channel="C0SOCIAL", command="/social", text="x")["ok"]
        is False
    )
    assert browser.act(user="U0TOM", type="open_home")["ok"]


def test_people_change_and_delete_what_they_said_and_drop_pictures(
    server: SlackServer, browser: Browser
) -> None:
    picture = base64.b64encode(b"\x89PNG....").decode()
    said = {"user": "U0TOM", "channel": "C0SOCIAL"}
    assert browser.act(**said, type="say", text="", files=[{"name": "loaf.png", "data": picture}])["ok"]
    (shown,) = browser.state()["messages"]["C0SOCIAL"]
    status, content = browser.send("GET", browser.state()["files"][shown["files"][0]])
    assert (status, content) == (200, b"\x89PNG....")
    assert browser.act(**said, type="edit", ts=shown["ts"], text="look")["ok"]
    assert browser.state()["messages"]["C0SOCIAL"][0]["text"] == "look"
    theirs = browser.act(user="U0MAYA", channel="C0SOCIAL", type="delete", ts=shown["ts"])
    assert "somebody else's" in theirs["error"]
    assert browser.act(**said, type="delete", ts=shown["ts"])["ok"]
    assert browser.state()["messages"]["C0SOCIAL"][0]["deleted"]


def test_a_shortcut_reaches_the_app(server: SlackServer, browser: Browser) -> None:
    ts = server.people.say("U0TOM", "C0SOCIAL", "hi").ts
    where = {"channel": "C0SOCIAL", "ts": ts}
    done = browser.act(user="U0TOM", type="shortcut", callback_id="send_to_customer", **where)
    assert "did not answer" in done["error"]  # no app is connected
    assert any("send_to_customer" in one["what"] for one in browser.state()["traffic"])


def test_a_customer_writes_edits_and_deletes_through_the_page(browser: Browser) -> None:
    wrote = {"type": "customer", "network": "Mastodon", "name": "Lena K.", "text": "Hello?"}
    assert browser.act(**wrote) == {"ok": True}
    (thread,) = browser.state()["timeline"]
    assert (thread["by"], thread["private"], thread["thread"]) == ("Lena K.", False, [])
    there = {"network": "Mastodon", "id": thread["id"]}
    assert browser.act(type="customer_edit", **there, text="Anybody?")["ok"]
    assert "Anybody?" in browser.state()["timeline"][0]["text"]
    assert browser.act(type="customer_delete", **there)["ok"]
    assert browser.state()["timeline"][0]["deleted"]
    assert "gone" in browser.act(type="customer_delete", **there)["error"]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"type": "edit", "user": "U0TOM", "channel": "C0SOCIAL", "ts": "1", "text": " "}, "Delete it"),
        (
            {"type": "say", "user": "U0TOM", "channel": "C0SOCIAL", "text": "", "files": [{}]},
            "not understood",
        ),
        ({"type": "customer", "network": "Friendster", "name": "L", "text": "x"}, "no such network"),
        ({"type": "customer", "network": "Mastodon", "name": " ", "text": "x"}, "a name"),
        ({"type": "customer", "network": "Mastodon", "name": "L", "text": " "}, "nothing to say"),
        ({"type": "customer", "network": "Mastodon", "name": "L", "text": "x" * 2001}, "too long"),
        ({"type": "customer", "network": "Mastodon", "name": "L", "text": "x", "reply_to": "7"}, "gone"),
        ({"type": "dance"}, "not something to do"),
        ({"type": "say", "user": "U0TOM"}, "not understood"),
        ({"type": "say", "user": "U0TOM", "channel": "C0SOCIAL", "text": " "}, "nothing to say"),
        ({"type": "say", "user": "U0NO", "channel": "C0SOCIAL", "text": "x"}, "no such person"),
        ({"type": "say", "user": "U0TOM", "channel": "C0NO", "text": "x"}, "not in this channel"),
        (
            {"type": "click", "user": "U0TOM", "where": {"channel": "C0SOCIAL", "ts": "1"}, "action": {}},
            "is gone",
        ),
        ({"type": "click", "user": "U0TOM", "where": {"home": True}, "action": {}}, "not shown you anything"),
        ({"type": "submit", "user": "U0TOM", "view": "V1"}, "no such window"),
        ({"type": "push", "minutes": -5}, "moves forward"),
        ({"type": "fault", "name": "earthquake", "on": True}, "not understood"),
    ],
)
def test_what_cannot_be_done_is_said(browser: Browser, asked: dict[str, Any], error: str) -> None:
    answer = browser.act(**asked)
    assert answer["ok"] is False
    assert error in answer["error"]


def test_every_look_at_the_page_is_a_visit(backstage: Backstage, browser: Browser) -> None:
    assert backstage.visits == 0
    browser.send("GET", "/")
    assert backstage.visits == 0, "whatever asks whether it is up is nobody who looks"
    browser.state()
    browser.state("U0TOM")
    assert backstage.visits == 2


def test_backstage_acts_reach_the_stage(backstage: Backstage, browser: Browser) -> None:
    for asked in ({"type": "push", "minutes": 5}, {"type": "next_slot"}, {"type": "restart_bot"}):
        assert browser.act(**asked) == {"ok": True}
    assert backstage.asked == [5, "next_slot", "restart_bot"]
    backstage.slot = None
    assert "No post is due" in browser.act(type="next_slot")["error"]


def test_faults_are_switched_on_and_off(server: SlackServer, backstage: Backstage, browser: Browser) -> None:
    names = ["slack_429", "slack_lost_answer", "slack_down", "network_fails"]
    for name in names:
        assert browser.act(type="fault", name=name, on=True)["ok"]
        assert browser.act(type="fault", name=name, on=True)["ok"]  # twice is once
    faults = browser.state()["faults"]
    assert all(faults[name] for name in names)
    assert faults["network_times_out"] is False
    for name in names:
        browser.act(type="fault", name=name, on=False)
    assert not any(browser.state()["faults"].values())
    assert not server.faults.standing(Kind.TOO_MANY)


def test_a_slack_file_is_shown(client: WebClient, browser: Browser) -> None:
    file = client.files_upload_v2(filename="a.png", content=b"\x89PNG loaf")["file"]
    address = browser.state()["files"][file["id"]]
    assert browser.send("GET", address) == (200, b"\x89PNG loaf")
    assert browser.send("GET", "/files/F0NO")[0] == 404


def test_a_plan_can_be_saved(browser: Browser) -> None:
    assert browser.send("GET", "/buffer.csv") == (200, b"Text,Image URL,Tags,Posting Time\n")


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"Host": "evil.example"}),
        ("POST", {"Origin": "http://evil.example", "Content_Type": "application/json"}),
        ("POST", {"Origin": "null", "Content_Type": "application/json"}),
        ("POST", {"Content_Type": "text/plain"}),
    ],
)
def test_a_foreign_site_is_turned_away(browser: Browser, method: str, headers: dict[str, str]) -> None:
    path = "/api/act" if method == "POST" else "/api/state?user=U0MAYA"
    body = b'{"type":"restart_bot"}' if method == "POST" else b""
    assert browser.send(method, path, body, **headers)[0] == 403


def test_its_own_page_is_not(browser: Browser) -> None:
    own = {"Origin": f"http://{browser.host}", "Content_Type": "application/json"}
    assert browser.send("POST", "/api/act", b'{"type":"restart_bot"}', **own)[0] == 200
    assert browser.send("POST", "/api/act", b"[", **own)[0] == 400
