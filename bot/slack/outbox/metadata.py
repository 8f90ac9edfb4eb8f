"""The metadata every message of ours carries, and finding a message again by it.

It holds an id and nothing else, because every app in the workspace can read metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk import WebClient

from bot.slack.transport.calls import Answered, Heard, hear
from bot.store.slack.cards import Card, Line

PAGES = 10  # of history, 200 messages each


def make_metadata(item: Card | Line) -> dict[str, Any]:
    """Metadata of the message that shows this card or line."""
    if isinstance(item, Line):
        return {"event_type": "byhand_line", "event_payload": {"line_id": item.id}}
    return {"event_type": "byhand_card", "event_payload": {"card_id": item.id}}


def search(
    client: WebClient, item: Card | Line, since: float, spend: Callable[[], None]
) -> list[str] | Heard:
    """The `ts` of every message since `since` (seconds) that carries the item's mark, oldest first.

    `spend` is called before each page. What Slack says else comes back as it is.
    """
    asked: dict[str, Any] = {"channel": item.channel, "oldest": f"{since:.6f}", "limit": 200}
    asked["include_all_metadata"] = True  # without it the payload is missing
    call: Callable[..., Any] = client.conversations_history
    if isinstance(item, Line):
        call, asked["ts"] = client.conversations_replies, item.thread_ts
    found: list[str] = []
    for _ in range(PAGES):
        spend()
        heard = hear(lambda: call(**asked))
        if not isinstance(heard, Answered):
            return heard
        found += [each["ts"] for each in heard.data["messages"] if _carries(each, item)]
        asked["cursor"] = (heard.data.get("response_metadata") or {}).get("next_cursor")
        if not asked["cursor"]:
            break
    return sorted(found, key=float)


def _carries(message: Mapping[str, Any], item: Card | Line) -> bool:
    metadata = message.get("metadata") or {}
    return bool(metadata.get("event_payload") == make_metadata(item)["event_payload"])
