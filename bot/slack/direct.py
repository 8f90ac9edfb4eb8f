"""Direct messages about what no channel can say: the database behind all cards is in trouble, or the channel is closed.

Whom to tell is known: nothing is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from slack_sdk import WebClient

from bot.slack.transport.calls import Answered, Heard, hear


def tell_each(client: WebClient, users: Iterable[str], text: str) -> bool:
    """True: somebody was told."""
    told = [_tell(client, user, text) for user in users]
    return any(told)


def _tell(client: WebClient, user: str, text: str) -> bool:
    return isinstance(send(client, user, {"text": text}), Answered)


def send(client: WebClient, user: str, content: Mapping[str, Any]) -> Heard:
    """One message to one person. `content`: text, and blocks where there are any."""
    opened = hear(lambda: client.conversations_open(users=[user]))
    if not isinstance(opened, Answered):
        return opened
    channel = opened.data["channel"]["id"]
    return hear(lambda: client.chat_postMessage(channel=channel, parse="none", **content))
