"""What people do in threads: files, shortcuts, edits, and what Slack does there by itself."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack.server import SlackServer

Connect = Callable[[SlackServer, Callable[[App], None]], App]
CUSTOMERS = "C0CUSTOMERS"


@pytest.fixture
def told(server: SlackServer, connect: Connect) -> list[dict[str, Any]]:
    """Every message event the app gets, and every shortcut."""
    heard: list[dict[str, Any]] = []

    def listeners(app: App) -> None:
        app.event("message")(lambda event: heard.append(event))

        @app.shortcut("send_to_customer")
        def shortcut(ack: Ack, body: dict[str, Any]) -> None:
            heard.append(body)
            ack()

    connect(server, listeners)
    return heard


def parent(client: WebClient) -> str:
    return str(client.chat_postMessage(channel=CUSTOMERS, text="a card")["ts"])


def test_a_shortcut_carries_the_whole_message(
    server: SlackServer, client: WebClient, told: list[dict[str, Any]]
) -> None:
    ts = parent(client)
    said = server.people.say("U0TOM", CUSTOMERS, "Sorry!", ts).ts or ""
    assert server.people.shortcut("U0TOM", CUSTOMERS, said, "send_to_customer").ok
    body = told[-1]
    assert (body["type"], body["callback_id"]) == ("message_action", "send_to_customer")
    assert (body["message_ts"], body["message"]["thread_ts"]) == (said, ts)
    assert body["message"]["blocks"][0]["type"] == "rich_text"
    assert body["user"]["id"] == "U0TOM"
    assert body["trigger_id"]


def test_a_file_is_to_be_had_with_the_token_only(
    server: SlackServer, client: WebClient, told: list[dict[str, Any]]
) -> None:
    ts = parent(client)
    server.people.say("U0TOM", CUSTOMERS, "", ts, files=[("loaf.png", b"not really")])
    server.wait_until(lambda: [each for each in told if each.get("files")])
    event = told[-1]
    (file,) = event["files"]
    assert (event["subtype"], event["text"], file["mimetype"]) == ("file_share", "", "image/png")
    assert (event["user"], file["user"]) == ("U0TOM", "U0TOM")
    asked = urllib.request.Request(
        file["url_private"], headers={"Authorization": f"Bearer {server.bot_token}"}
    )
    with urllib.request.urlopen(asked) as answer:
        assert answer.read() == b"not really"
    with urllib.request.urlopen(file["url_private"]) as answer:
        assert (answer.status, answer.headers.get_content_type()) == (200, "text/html")


def test_an_edit_is_told_with_its_time_and_an_unfurl_without(
    server: SlackServer, client: WebClient, told: list[dict[str, Any]]
) -> None:
    ts = parent(client)
    said = server.people.say("U0TOM", CUSTOMERS, "Sory! https://example.com", ts).ts or ""
    server.unfurl(CUSTOMERS, said)
    server.people.edit("U0TOM", CUSTOMERS, said, "Sorry!")
    server.wait_until(lambda: len([1 for each in told if each.get("subtype") == "message_changed"]) == 2)
    unfurl, edit = (each for each in told if each.get("subtype") == "message_changed")
    assert "edited" not in unfurl["message"]
    assert (edit["message"]["edited"]["user"], edit["message"]["user"]) == ("U0TOM", "U0TOM")
    assert edit["message"]["thread_ts"] == ts
    assert edit["hidden"]


def test_a_thread_takes_a_thousand_replies(server: SlackServer, client: WebClient) -> None:
    ts = parent(client)
    for number in range(1000):
        server.people.say("U0TOM", CUSTOMERS, str(number), ts)
    with pytest.raises(SlackApiError, match="restricted_action_thread_locked"):
        client.chat_postMessage(channel=CUSTOMERS, text="one more", thread_ts=ts)


def test_an_outsider_of_a_shared_channel_is_of_another_team(
    server: SlackServer, client: WebClient, told: list[dict[str, Any]]
) -> None:
    from bot.sandbox.slack.state import User

    server.workspace.add_user(User("U0OUT", "Olga", role="outsider", team_id="T0OTHER"), CUSTOMERS)
    server.people.say("U0OUT", CUSTOMERS, "Hello", parent(client))
    server.wait_until(lambda: told and told[-1]["user"] == "U0OUT")
    assert told[-1]["team"] == "T0OTHER"
