"""A real Bolt app over Socket Mode: clicks, forms, commands, events, and what becomes of them."""

from __future__ import annotations

import gc
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_sdk import WebClient
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect as websocket

from bot.sandbox.slack.find import CannotDo, labels, the_control
from bot.sandbox.slack.stand import SlackStand
from bot.sandbox.slack.state import User
from tests.sandbox.slack.cards import CARD, FORM, button, post_card, section
from tests.sandbox.slack.props import client_for

Connect = Callable[[SlackStand, Callable[[App], None]], App]


def test_a_click_is_acknowledged_and_redraws_its_message(stand: SlackStand, connect: Connect) -> None:
    seen: list[dict[str, Any]] = []

    def listeners(app: App) -> None:
        @app.action("approve")
        def approve(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            seen.append(body)
            client.chat_update(
                channel=body["channel"]["id"],
                ts=body["message"]["ts"],
                text="Approved",
                blocks=[section("Approved")],
            )
            ack()

    ts = post_card(connect(stand, listeners).client)
    act = stand.people.click("U0TOM", "C0SOCIAL", ts, text="Approve")

    assert act.ok
    assert act.ack_ms < 3000
    message = stand.workspace.message("C0SOCIAL", ts)
    assert message.text == "Approved"
    assert labels(message) == []
    assert seen[0]["actions"][0]["value"] == "42:3"
    assert seen[0]["user"]["id"] == "U0TOM"
    assert seen[0]["container"]["message_ts"] == ts


def test_a_click_on_an_old_screen_still_reaches_the_app(stand: SlackStand, connect: Connect) -> None:
    values: list[str] = []

    def listeners(app: App) -> None:
        @app.action("approve")
        def approve(ack: Ack, action: dict[str, Any]) -> None:
            values.append(action["value"])
            ack()

    client = connect(stand, listeners).client
    ts = post_card(client)
    old = the_control(stand.workspace.message("C0SOCIAL", ts).blocks, text="Approve")
    client.chat_update(channel="C0SOCIAL", ts=ts, text="Killed")

    assert stand.people.press("U0TOM", "C0SOCIAL", ts, old).ok
    assert values == ["42:3"]


def test_an_option_of_a_menu_is_pressed_by_its_words(stand: SlackStand, connect: Connect) -> None:
    chosen: list[str] = []

    def listeners(app: App) -> None:
        @app.action("more")
        def more(ack: Ack, action: dict[str, Any]) -> None:
            chosen.append(action["selected_option"]["value"])
            ack()

    ts = post_card(connect(stand, listeners).client)
    assert stand.people.click("U0TOM", "C0SOCIAL", ts, text="Hold").ok
    assert chosen == ["hold:42"]


def test_a_modal_from_click_to_errors_to_closed(stand: SlackStand, connect: Connect) -> None:
    texts: list[str | None] = []

    def listeners(app: App) -> None:
        @app.action("approve")
        def edit(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            client.views_open(trigger_id=body["trigger_id"], view=FORM)
            ack()

        @app.view("edit")
        def save(ack: Ack, view: dict[str, Any]) -> None:
            text = view["state"]["values"]["text"]["text"]["value"]
            texts.append(text)
            if text == "late":
                ack(response_action="errors", errors={"text": "That time has passed."})
            else:
                ack()

    ts = post_card(connect(stand, listeners).client)
    stand.people.click("U0MAYA", "C0SOCIAL", ts, text="Approve")
    assert stand.modal("U0MAYA").spec["private_metadata"] == "42:3"

    refused = stand.people.fill("U0MAYA", {"Text": "late"})
    assert (refused.ok, refused.errors) == (True, {"text": "That time has passed."})
    assert stand.modal("U0MAYA").errors == {"text": "That time has passed."}

    empty = stand.people.fill("U0MAYA", {"Text": None})
    assert not empty.ok  # Slack itself does not submit a required field left empty

    assert stand.people.fill("U0MAYA", {"Text": "420 loaves"}).ok
    assert stand.workspace.modals["U0MAYA"] == ()
    assert texts == ["late", "420 loaves"]


def test_a_submit_answered_with_update_and_push_changes_the_stack(
    stand: SlackStand, connect: Connect
) -> None:
    answers = iter(
        [
            {"response_action": "push", "view": {**FORM, "title": {"type": "plain_text", "text": "Second"}}},
            {
                "response_action": "update",
                "view": {**FORM, "title": {"type": "plain_text", "text": "Changed"}},
            },
            {"response_action": "clear"},
        ]
    )

    def listeners(app: App) -> None:
        @app.command("/social")
        def new(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            client.views_open(trigger_id=body["trigger_id"], view=FORM)
            ack()

        @app.view("edit")
        def save(ack: Ack) -> None:
            ack(**next(answers))

    connect(stand, listeners)
    stand.people.command("U0MAYA", "C0SOCIAL", "/social", "new")
    for wanted in (["Edit post", "Second"], ["Edit post", "Changed"], []):
        assert stand.people.fill("U0MAYA", {"Text": "words"}).ok
        assert [view.spec["title"]["text"] for view in stand.workspace.modals["U0MAYA"]] == wanted


def test_closing_a_modal_is_told_only_where_asked(stand: SlackStand, connect: Connect) -> None:
    closed: list[str] = []

    def listeners(app: App) -> None:
        @app.command("/social")
        def new(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            client.views_open(
                trigger_id=body["trigger_id"], view={**FORM, "notify_on_close": body["text"] == "tell"}
            )
            ack()

        @app.view_closed("edit")
        def close(ack: Ack, view: dict[str, Any]) -> None:
            closed.append(view["id"])
            ack()

    connect(stand, listeners)
    for text in ("quietly", "tell"):
        stand.people.command("U0MAYA", "C0SOCIAL", "/social", text)
        view = stand.modal("U0MAYA")
        assert stand.people.close("U0MAYA", view.id).ok
    assert closed == [view.id]


def test_a_command_is_answered_privately(stand: SlackStand, connect: Connect) -> None:
    texts: list[str] = []

    def listeners(app: App) -> None:
        @app.command("/social")
        def social(ack: Ack, command: dict[str, Any]) -> None:
            texts.append(command["text"])
            ack("Paused. I told #social.")

    connect(stand, listeners)
    assert stand.people.command("U0MAYA", "C0SOCIAL", "/social", "pause ask @Tom <now>").ok
    assert texts == ["pause ask <@U0TOM> &lt;now&gt;"]
    assert stand.find("C0SOCIAL", "Paused. I told", user="U0MAYA") is not None
    assert stand.find("C0SOCIAL", "Paused. I told", user="U0TOM") is None


def test_an_unknown_command_fails_for_the_person(
    stand: SlackStand, make_stand: Callable[..., SlackStand]
) -> None:
    act = stand.people.command("U0MAYA", "C0SOCIAL", "/social", "help")
    assert not act.ok
    assert "dispatch_failed" in (act.error or "")


def test_app_home_is_opened_and_clicked(stand: SlackStand, connect: Connect) -> None:
    pressed = threading.Event()
    home = {"type": "home", "blocks": [section("Byhand is working"), button("New post", "new")]}

    def listeners(app: App) -> None:
        @app.event("app_home_opened")
        def opened(event: dict[str, Any], client: WebClient) -> None:
            client.views_publish(user_id=event["user"], view=home)

        @app.action("new")
        def new(ack: Ack, body: dict[str, Any]) -> None:
            assert body["container"]["type"] == "view"
            assert "response_url" not in body
            pressed.set()
            ack()

    connect(stand, listeners)
    stand.people.open_home("U0MAYA")
    assert stand.wait_until(lambda: "U0MAYA" in stand.workspace.homes)
    assert stand.people.click_home("U0MAYA", text="New post").ok
    assert pressed.is_set()


def test_an_event_whose_listener_raises_comes_again_with_the_same_id(
    make_stand: Callable[..., SlackStand], connect: Connect
) -> None:
    stand = make_stand(ack_seconds=0.3, retry_after=(0.0, 0.05, 0.05))
    ids: list[str] = []

    def listeners(app: App) -> None:
        @app.event("message")
        def heard(body: dict[str, Any]) -> None:
            ids.append(body["event_id"])
            if len(ids) < 3:
                raise RuntimeError("not yet")

    connect(stand, listeners)
    stand.people.say("U0MAYA", "C0SOCIAL", "hello")
    assert stand.wait_until(lambda: any(each.ok for each in stand.tries))
    assert len(ids) == 3
    assert len(set(ids)) == 1
    assert [(each.attempt, each.status) for each in stand.tries] == [
        (0, "no answer"),
        (1, "no answer"),
        (2, "200"),
    ]


def test_a_click_is_never_sent_again_and_its_person_is_warned(
    make_stand: Callable[..., SlackStand], connect: Connect
) -> None:
    stand = make_stand(ack_seconds=0.3, retry_after=(0.0,))
    runs: list[int] = []

    def listeners(app: App) -> None:
        @app.action("approve")
        def approve() -> None:
            runs.append(1)
            raise RuntimeError("no ack")

    ts = post_card(connect(stand, listeners).client)
    act = stand.people.click("U0TOM", "C0SOCIAL", ts, text="Approve")
    assert not act.ok
    assert act.error
    assert [each.status for each in stand.tries if each.kind == "interactive"] == ["no answer"]
    assert runs == [1]


def test_a_slow_acknowledgement_is_shown_as_slow(
    make_stand: Callable[..., SlackStand], connect: Connect
) -> None:
    stand = make_stand(ack_seconds=0.2)
    go_on = threading.Event()

    def listeners(app: App) -> None:
        @app.action("approve")
        def approve(ack: Ack) -> None:
            go_on.wait(5)
            ack()

    ts = post_card(connect(stand, listeners).client)
    act = stand.people.click("U0TOM", "C0SOCIAL", ts, text="Approve")
    assert not act.ok
    assert _line(stand, "block_actions approve").status == "no answer"
    go_on.set()
    assert stand.wait_until(lambda: _line(stand, "block_actions approve").status == "200, too late")
    assert _line(stand, "block_actions approve").ms >= 200


def _line(stand: SlackStand, what: str) -> Any:
    return next(line for line in stand.traffic.latest() if line.what == what)


def test_the_app_hears_people_edits_and_its_own_messages(stand: SlackStand, connect: Connect) -> None:
    events: list[dict[str, Any]] = []

    def listeners(app: App) -> None:
        @app.event("message")
        def heard(event: dict[str, Any]) -> None:
            events.append(event)

    app = connect(stand, listeners)
    parent = app.client.chat_postMessage(channel="C0CUSTOMERS", text="New message")["ts"]
    said = stand.people.say(
        "U0TOM", "C0CUSTOMERS", "@Byhand Sorry & thanks :bread: https://a.example", thread_ts=parent
    )
    assert said.ts is not None
    stand.people.edit("U0TOM", "C0CUSTOMERS", said.ts, "Sorry!")
    stand.people.delete("U0TOM", "C0CUSTOMERS", said.ts)

    assert stand.wait_until(lambda: len(events) == 3 and len(stand.tries) == 4)  # Bolt drops the app's own
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


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_an_app_asked_to_leave_comes_back_and_hears_again(stand: SlackStand, connect: Connect) -> None:
    heard: list[str] = []
    connect(stand, lambda app: _hearing(app, heard))
    for break_it in (stand.faults.disconnect, stand.faults.cut_socket):
        opened = len(stand.calls("apps.connections.open"))
        break_it()
        assert stand.wait_until(
            lambda opened=opened: len(stand.calls("apps.connections.open")) > opened and stand.connected, 10
        )
        stand.people.say("U0MAYA", "C0SOCIAL", "again")
    assert stand.wait_until(lambda: heard == ["again", "again"])
    gc.collect()  # the built-in client forgets to close a socket whose handshake was refused


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_a_refused_websocket_leaves_clicks_without_the_app(stand: SlackStand, connect: Connect) -> None:
    connect(stand, lambda app: _hearing(app, []))
    stand.faults.refuse_socket(0.8)
    stand.faults.cut_socket()
    assert stand.wait_until(lambda: not stand.connected)
    assert not stand.people.command("U0MAYA", "C0SOCIAL", "/social").ok
    assert stand.wait_until(lambda: stand.connected, 10)
    gc.collect()


def _hearing(app: App, heard: list[str]) -> None:
    @app.event("message")
    def listen(event: dict[str, Any]) -> None:
        heard.append(event["text"])


def test_events_said_while_nobody_is_connected_come_later(
    make_stand: Callable[..., SlackStand], connect: Connect
) -> None:
    stand = make_stand(retry_after=(0.5, 0.5, 0.5))
    heard: list[str] = []
    stand.people.say("U0MAYA", "C0SOCIAL", "before you came")
    assert stand.tries[0].status == "not connected"
    connect(stand, lambda app: _hearing(app, heard))
    assert stand.wait_until(lambda: heard == ["before you came"])


def test_an_ephemeral_message_is_replaced_through_its_response_url(
    stand: SlackStand, connect: Connect
) -> None:
    def listeners(app: App) -> None:
        @app.action("send")
        def send(ack: Ack, body: dict[str, Any], respond: Any) -> None:
            assert "message" not in body
            assert body["container"]["is_ephemeral"]
            assert respond("Sent.", replace_original=True).status_code == 200
            ack()

    client = connect(stand, listeners).client
    client.chat_postEphemeral(channel="C0SOCIAL", user="U0TOM", text="Send?", blocks=[button("Send", "send")])
    asked = stand.find("C0SOCIAL", "Send?", user="U0TOM")
    assert asked is not None
    assert stand.people.click("U0TOM", "C0SOCIAL", asked.ts, text="Send").ok
    answered = stand.workspace.find("C0SOCIAL", asked.ts)
    assert answered is not None
    assert (answered.text, answered.blocks, answered.seen_by) == ("Sent.", (), "U0TOM")
    assert not [each for each in stand.tries if each.kind == "events_api"]  # nobody hears of a private answer


def test_nobody_else_sees_a_private_answer(stand: SlackStand, client: WebClient) -> None:
    ts = client.chat_postEphemeral(
        channel="C0SOCIAL", user="U0TOM", text="Send?", blocks=[button("Send", "send")]
    )["message_ts"]
    with pytest.raises(CannotDo, match="gone"):
        stand.people.click("U0MAYA", "C0SOCIAL", ts, text="Send")


def test_what_is_not_on_the_screen_cannot_be_pressed(stand: SlackStand, client: WebClient) -> None:
    ts = post_card(client)
    with pytest.raises(CannotDo, match="there is Approve, Hold, Move"):
        stand.people.click("U0TOM", "C0SOCIAL", ts, text="Publish")


def test_errors_for_no_input_block_are_trouble(stand: SlackStand, connect: Connect) -> None:
    def listeners(app: App) -> None:
        @app.command("/social")
        def new(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            client.views_open(trigger_id=body["trigger_id"], view=FORM)
            ack()

        @app.view("edit")
        def save(ack: Ack) -> None:
            ack(response_action="errors", errors={"elsewhere": "No."})

    connect(stand, listeners)
    stand.people.command("U0MAYA", "C0SOCIAL", "/social", "new")
    act = stand.people.fill("U0MAYA", {"Text": "x"})
    assert (act.ok, "trouble connecting" in (act.error or "")) == (False, True)
    assert stand.modal("U0MAYA").errors == {}


def test_a_socket_address_is_good_for_one_connection(stand: SlackStand) -> None:
    app = client_for(stand, stand.app_token)
    url = str(app.apps_connections_open(app_token=stand.app_token)["url"])
    with websocket(url) as first:
        assert json.loads(first.recv())["type"] == "hello"
        with pytest.raises(InvalidStatus), websocket(url):
            pass


def test_an_outsider_of_a_shared_channel_shows_in_the_payload(stand: SlackStand, connect: Connect) -> None:
    teams: list[str] = []

    def listeners(app: App) -> None:
        @app.action("approve")
        def approve(ack: Ack, body: dict[str, Any]) -> None:
            teams.append(body["user"]["team_id"])
            ack()

    ts = post_card(connect(stand, listeners).client)
    stand.workspace.add_user(User("U9OTHER", "Ola", role="outsider", team_id="T9OTHER"), "C0SOCIAL")
    assert stand.people.click("U9OTHER", "C0SOCIAL", ts, text="Approve").ok
    assert teams == ["T9OTHER"]


def test_the_log_and_the_traffic_show_every_call(make_stand: Callable[..., SlackStand]) -> None:
    stand = make_stand(retry_after=())
    client = client_for(stand)
    before = time.monotonic()
    ts = client.chat_postMessage(channel="C0SOCIAL", text="hello", blocks=CARD)["ts"]
    (call,) = stand.calls("chat.postMessage")
    assert (call.ok, call.error, call.status, call.args["text"]) == (True, None, "200", "hello")
    assert 0 <= call.ms <= (time.monotonic() - before) * 1000
    assert call.body["ts"] == ts
    assert [(line.way, line.what, line.status) for line in stand.traffic.latest()] == [
        ("bot→slack", "chat.postMessage", "200"),
        ("slack→bot", "event message", "not connected"),
    ]
