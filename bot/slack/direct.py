"""Direct messages about what no channel can say, because the database behind all cards is in trouble.

Whom to tell is known from the settings and from memory: nothing is read.
"""

from __future__ import annotations

from collections.abc import Iterable

from slack_sdk import WebClient

from bot.slack.transport.calls import Answered, hear


def tell_each(client: WebClient, users: Iterable[str], text: str) -> bool:
    """True: somebody was told."""
    told = [_tell(client, user, text) for user in users]
    return any(told)


def _tell(client: WebClient, user: str, text: str) -> bool:
    opened = hear(lambda: client.conversations_open(users=[user]))
    if not isinstance(opened, Answered):
        return False
    channel = opened.data["channel"]["id"]
    said = hear(lambda: client.chat_postMessage(channel=channel, text=text, parse="none"))
    return isinstance(said, Answered)
