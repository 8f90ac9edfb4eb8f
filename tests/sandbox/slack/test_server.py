"""A real Bolt app on the pretend Slack: clicks, forms, commands, and what people see of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.sandbox.slack.find import CannotDo, labels, the_control
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import User
from tests.sandbox.slack.cards import FORM, button, post_card, section

Connect = Callable[[SlackServer, Callable[[App], None]], App]


def test_a_click_is_acknowledged_and_redraws_its_message(server: SlackServer, connect: Connect) -> None:
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

    ts = post_card(connect(server, listeners).client)
    act = server.people.click("U0TOM", "C0SOCIAL", ts, text="Approve")

    assert act.ok
    assert act.ack_ms < 3000
    message = server.workspace.message("C0SOCIAL", ts)
    assert message.text == "Approved"
    assert labels(message) == []
    assert seen[0]["actions"][0]["value"] == "42:3"
    assert seen[0]["user"]["id"] == "U0TOM"
    assert seen[0]["container"]["message_ts"] == ts


def test_a_click_on_an_old_screen_still_reaches_the_app(server: SlackServer, connect: Connect) -> None:
    values: list[str] = []

    def listeners(app: App) -> None:
        @app.action("approve")
        def approve(ack: Ack, action: dict[str, Any]) -> None:
            values.append(action["value"])
            ack()

    client = connect(server, listeners).client
    ts = post_card(client)
    old = the_control(server.workspace.message("C0SOCIAL", ts).blocks, text="Approve")
    client.chat_update(channel="C0SOCIAL", ts=ts, text="Killed")

    assert server.people.press("U0TOM", "C0SOCIAL", ts, old).ok
    assert values == ["42:3"]


def test_an_option_of_a_menu_is_pressed_by_its_words(server: SlackServer, connect: Connect) -> None:
    chosen: list[str] = []

    def listeners(app: App) -> None:
        @app.action("more")
        def more(ack: Ack, action: dict[str, Any]) -> None:
            chosen.append(action["selected_option"]["value"])
            ack()

    ts = post_card(connect(server, listeners).client)
    assert server.people.click("U0TOM", "C0SOCIAL", ts, text="Hold").ok
    assert chosen == ["hold:42"]


def test_a_modal_from_click_to_errors_to_closed(server: SlackServer, connect: Connect) -> None:
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

    ts = post_card(connect(server, listeners).client)
    server.people.click("U0MAYA", "C0SOCIAL", ts, text="Approve")
    assert server.modal("U0MAYA").spec["private_metadata"] == "42:3"

    refused = server.people.fill("U0MAYA", {"Text": "late"})
    assert (refused.ok, refused.errors) == (True, {"text": "That time has passed."})
    assert server.modal("U0MAYA").errors == {"text": "That time has passed."}

    empty = server.people.fill("U0MAYA", {"Text": None})
    assert not empty.ok  # Slack itself does not submit a required field left empty

    assert server.people.fill("U0MAYA", {"Text": "420 loaves"}).ok
    assert server.workspace.modals["U0MAYA"] == ()
    assert texts == ["late", "420 loaves"]


def test_a_submit_answered_with_update_and_push_changes_the_stack(
    server: SlackServer, connect: Connect
) -> None:
    answers: Iterator[dict[str, Any]] = iter(
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

    connect(server, listeners)
    server.people.command("U0MAYA", "C0SOCIAL", "/social", "new")
    for wanted in (["Edit post", "Second"], ["Edit post", "Changed"], []):
        assert server.people.fill("U0MAYA", {"Text": "words"}).ok
        assert [view.spec["title"]["text"] for view in server.workspace.modals["U0MAYA"]] == wanted


def test_an_answer_may_not_name_a_view_as_another_is_named(server: SlackServer, connect: Connect) -> None:
    named = {**FORM, "external_id": "mine"}
    actions = iter(["push", "update", "push"])

    def listeners(app: App) -> None:
        @app.command("/social")
        def new(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            client.views_open(trigger_id=body["trigger_id"], view=FORM)
            ack()

        @app.view("edit")
        def save(ack: Ack) -> None:
            ack(response_action=next(actions), view=named)

    connect(server, listeners)
    server.people.command("U0MAYA", "C0SOCIAL", "/social", "new")
    for wanted in (True, True, False):
        act = server.people.fill("U0MAYA", {"Text": "words"})
        assert (act.ok, "duplicate_external_id" in str(act.error)) == (wanted, not wanted)


def test_closing_a_modal_is_told_only_where_asked(server: SlackServer, connect: Connect) -> None:
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
            assert view["state"] == {"values": {}}, "it carries no words"
            ack()

    connect(server, listeners)
    for text in ("quietly", "tell"):
        server.people.command("U0MAYA", "C0SOCIAL", "/social", text)
        view = server.modal("U0MAYA")
        assert server.people.close("U0MAYA", view.id).ok
    assert closed == [view.id]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, []),
        ({"dispatch_action": True}, []),
        ({"dispatch_action": True, "on": ["on_enter_pressed"]}, []),
        ({"dispatch_action": True, "on": ["on_character_entered"]}, ["420 loaves"]),
        ({"on": ["on_character_entered"]}, []),
    ],
)
def test_typing_is_told_only_where_asked(
    server: SlackServer, connect: Connect, asked: dict[str, Any], told: list[str]
) -> None:
    """With everything the form holds, though nothing was sent off."""
    heard: list[str] = []
    (block,) = FORM["blocks"]
    config = {"dispatch_action_config": {"trigger_actions_on": asked["on"]}} if "on" in asked else {}
    block = {
        **block,
        "element": {**block["element"], **config},
        **{k: v for k, v in asked.items() if k != "on"},
    }

    def listeners(app: App) -> None:
        @app.command("/social")
        def new(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            client.views_open(trigger_id=body["trigger_id"], view={**FORM, "blocks": [block]})
            ack()

        @app.action("text")
        def typed(ack: Ack, body: dict[str, Any]) -> None:
            heard.append(body["actions"][0]["value"])
            assert body["view"]["state"]["values"]["text"]["text"]["value"] == "420 loaves"
            assert body["view"]["private_metadata"] == "42:3"
            ack()

    connect(server, listeners)
    server.people.command("U0MAYA", "C0SOCIAL", "/social", "new")
    assert server.people.type("U0MAYA", {"Text": "420 loaves"}).ok
    assert heard == told


def test_a_command_is_answered_privately(server: SlackServer, connect: Connect) -> None:
    texts: list[str] = []

    def listeners(app: App) -> None:
        @app.command("/social")
        def social(ack: Ack, command: dict[str, Any]) -> None:
            texts.append(command["text"])
            ack("Paused. I told #social.")

    connect(server, listeners)
    assert server.people.command("U0MAYA", "C0SOCIAL", "/social", "pause ask @Tom <now>").ok
    assert texts == ["pause ask <@U0TOM> &lt;now&gt;"]
    assert server.find("C0SOCIAL", "Paused. I told", user="U0MAYA") is not None
    assert server.find("C0SOCIAL", "Paused. I told", user="U0TOM") is None


def test_an_unknown_command_fails_for_the_person(
    server: SlackServer, make_server: Callable[..., SlackServer]
) -> None:
    act = server.people.command("U0MAYA", "C0SOCIAL", "/social", "help")
    assert not act.ok
    assert "dispatch_failed" in (act.error or "")


def test_app_home_is_opened_and_clicked(server: SlackServer, connect: Connect) -> None:
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

    connect(server, listeners)
    server.people.open_home("U0MAYA")
    assert server.wait_until(lambda: "U0MAYA" in server.workspace.homes)
    assert server.people.click_home("U0MAYA", text="New post").ok
    assert pressed.is_set()


def test_an_ephemeral_message_is_replaced_through_its_response_url(
    server: SlackServer, connect: Connect
) -> None:
    def listeners(app: App) -> None:
        @app.action("send")
        def send(ack: Ack, body: dict[str, Any], respond: Any) -> None:
            assert "message" not in body
            assert body["container"]["is_ephemeral"]
            assert respond("Sent.", replace_original=True).status_code == 200
            ack()

    client = connect(server, listeners).client
    client.chat_postEphemeral(channel="C0SOCIAL", user="U0TOM", text="Send?", blocks=[button("Send", "send")])
    asked = server.find("C0SOCIAL", "Send?", user="U0TOM")
    assert asked is not None
    assert server.people.click("U0TOM", "C0SOCIAL", asked.ts, text="Send").ok
    answered = server.workspace.find("C0SOCIAL", asked.ts)
    assert answered is not None
    assert (answered.text, answered.blocks, answered.seen_by) == ("Sent.", (), "U0TOM")
    assert not [
        each for each in server.tries if each.kind == "events_api"
    ]  # nobody hears of a private answer


def test_nobody_else_sees_a_private_answer(server: SlackServer, client: WebClient) -> None:
    ts = client.chat_postEphemeral(
        channel="C0SOCIAL", user="U0TOM", text="Send?", blocks=[button("Send", "send")]
    )["message_ts"]
    with pytest.raises(CannotDo, match="gone"):
        server.people.click("U0MAYA", "C0SOCIAL", ts, text="Send")


def test_what_is_not_on_the_screen_cannot_be_pressed(server: SlackServer, client: WebClient) -> None:
    ts = post_card(client)
    with pytest.raises(CannotDo, match="there is Approve, Hold, Move"):
        server.people.click("U0TOM", "C0SOCIAL", ts, text="Publish")


def test_errors_for_no_input_block_are_trouble(server: SlackServer, connect: Connect) -> None:
    def listeners(app: App) -> None:
        @app.command("/social")
        def new(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            client.views_open(trigger_id=body["trigger_id"], view=FORM)
            ack()

        @app.view("edit")
        def save(ack: Ack) -> None:
            ack(response_action="errors", errors={"elsewhere": "No."})

    connect(server, listeners)
    server.people.command("U0MAYA", "C0SOCIAL", "/social", "new")
    act = server.people.fill("U0MAYA", {"Text": "x"})
    assert (act.ok, "trouble connecting" in (act.error or "")) == (False, True)
    assert server.modal("U0MAYA").errors == {}


def test_an_outsider_of_a_shared_channel_shows_in_the_payload(server: SlackServer, connect: Connect) -> None:
    teams: list[str] = []

    def listeners(app: App) -> None:
        @app.action("approve")
        def approve(ack: Ack, body: dict[str, Any]) -> None:
            teams.append(body["user"]["team_id"])
            ack()

    ts = post_card(connect(server, listeners).client)
    server.workspace.add_user(User("U9OTHER", "Ola", role="outsider", team_id="T9OTHER"), "C0SOCIAL")
    assert server.people.click("U9OTHER", "C0SOCIAL", ts, text="Approve").ok
    assert teams == ["T9OTHER"]
