"""Small blocks and views the tests post."""

from __future__ import annotations

from typing import Any

from slack_sdk import WebClient


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(label: str, action_id: str, **more: Any) -> dict[str, Any]:
    element = {
        "type": "button",
        "text": {"type": "plain_text", "text": label},
        "action_id": action_id,
        **more,
    }
    return {"type": "actions", "elements": [element]}


def option(label: str, value: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": label}, "value": value}


MENU: dict[str, Any] = {
    "type": "actions",
    "elements": [
        {
            "type": "overflow",
            "action_id": "more",
            "options": [option("Hold", "hold:42"), option("Move", "move:42")],
        }
    ],
}
CARD = [section("Decide by 09:00"), button("Approve", "approve", value="42:3"), MENU]
FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "edit",
    "private_metadata": "42:3",
    "title": {"type": "plain_text", "text": "Edit post"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "text",
            "label": {"type": "plain_text", "text": "Text"},
            "element": {"type": "plain_text_input", "action_id": "text", "initial_value": "400 loaves"},
        }
    ],
}


def post_card(client: WebClient) -> str:
    return str(client.chat_postMessage(channel="C0SOCIAL", text="Decide by 09:00", blocks=CARD)["ts"])
