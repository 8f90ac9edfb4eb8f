"""Messages of ours that are in Slack twice: the younger of two is owed a deletion until Slack has done it, whatever
restarts meanwhile. A row of `slack_events` for each, which goes after a week as all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection as Database
from sqlalchemy import delete, select

from bot.store.slack import card_messages, slack_events
from bot.store.slack.cards import Card, Line
from bot.store.tables.slack import slack_events as table

OWED = "twice:"


def keep_one(
    db: Database, item: Card | Line, found: Sequence[str], now: datetime, shown: int = 0
) -> list[str]:
    """Messages (ts) that are this card or line, the oldest first: one is kept, the others are owed a deletion.

    Returns those. `shown`: as of `card_messages.mark_posted`."""
    card_messages.mark_posted(db, item, found[0], shown)
    kept = card_messages.find_ts(db, item)
    others = [ts for ts in found if ts != kept]
    for ts in others:
        slack_events.mark_seen(db, f"{OWED}{item.channel}:{ts}", now)
    return others


def list_owed(db: Database) -> list[tuple[str, str]]:
    """(channel, ts), the oldest first."""
    query = select(table.c.event_id).where(table.c.event_id.startswith(OWED, autoescape=True))
    rows = db.execute(query.order_by(table.c.at, table.c.event_id)).scalars()
    parts = [event_id.removeprefix(OWED).partition(":") for event_id in rows]
    return [(channel, ts) for channel, _, ts in parts]


def settle(db: Database, channel: str, ts: str) -> None:
    """Slack has deleted it, or never will."""
    db.execute(delete(table).where(table.c.event_id == f"{OWED}{channel}:{ts}"))
