"""The metadata that messages of ours carry, and finding a message again by it.

It holds an id and nothing else, because every app in the workspace can read metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
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


def make_plan_metadata(plan_id: str) -> dict[str, Any]:
    """Metadata of the direct message that shows this plan."""
    return {"event_type": "byhand_plan", "event_payload": {"plan_id": plan_id}}


def make_posting(item: Card | Line) -> dict[str, Any]:
    """Where it goes, and the mark by which it is found again."""
    place = {"channel": item.channel, "metadata": make_metadata(item)}
    return place | ({"thread_ts": item.thread_ts} if isinstance(item, Line) else {})


def search(
    client: WebClient, item: Card | Line, since: float, spend: Callable[[], None]
) -> list[str] | Heard:
    """The `ts` of every message since `since` (seconds) that carries the item's mark, oldest first.

    `spend` is called before each page. What Slack says else comes back as it is.
    """
    if isinstance(item, Line):
        replies = partial(client.conversations_replies, ts=item.thread_ts)
        return _search(replies, item.channel, make_metadata(item), since, spend)
    return _search(client.conversations_history, item.channel, make_metadata(item), since, spend)


def search_direct(
    client: WebClient, channel: str, metadata: Mapping[str, Any], since: float
) -> list[str] | Heard:
    """The same among the direct messages of a person, by this mark."""
    return _search(client.conversations_history, channel, metadata, since, lambda: None)


def _search(
    call: Callable[..., Any],
    channel: str,
    metadata: Mapping[str, Any],
    since: float,
    spend: Callable[[], None],
) -> list[str] | Heard:
    asked: dict[str, Any] = {"channel": channel, "oldest": f"{since:.6f}", "limit": 200}
    asked["include_all_metadata"] = True  # without it the payload is missing
    found: list[str] = []
    for _ in range(PAGES):
        spend()
        heard = hear(lambda: call(**asked))
        if not isinstance(heard, Answered):
            return heard
        found += [each["ts"] for each in heard.data["messages"] if _carries(each, metadata)]
        asked["cursor"] = (heard.data.get("response_metadata") or {}).get("next_cursor")
        if not asked["cursor"]:
            break
    return sorted(found, key=float)


def _carries(message: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    carried = message.get("metadata") or {}
    return bool(carried.get("event_payload") == metadata["event_payload"])
