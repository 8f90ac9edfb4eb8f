"""Slack's events by their id: one that has had its effect has none a second time.

The row is written in the transaction of the effect. Slack delivers again when an acknowledgement was lost, so
a *delivery* may never be dropped unseen; only a *repetition* may.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection as Database
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.engine.prepared import Prepared
from bot.store.tables.slack import slack_events

KEPT = timedelta(days=7)  # Slack stops delivering after minutes; a day's outage on our side is counted in


_ID = slack_events.c.event_id
_NOTE = {  # built once: see posts/posts.py
    "sqlite": Prepared(sqlite.insert(slack_events).on_conflict_do_nothing().returning(_ID)),
    "postgresql": Prepared(postgresql.insert(slack_events).on_conflict_do_nothing().returning(_ID)),
}


def mark_seen(db: Database, event_id: str, now: datetime) -> bool:
    """Whether this event is new; it no longer is once the caller's transaction commits.

    Two workers at once: the second waits for the first one's end, and then knows. (Asked by RETURNING: the row count
    of an INSERT is -1 on PostgreSQL.)
    """
    return bool(_NOTE[db.dialect.name](db, event_id=event_id, at=now))


def keep_if_newest(db: Database, channel: str, ts: str, version: datetime) -> bool:
    """Whether no later version of this Slack message was seen; `version`, the moment it became so, is kept.

    Slack tells edits and deletions in any order, also before the message itself.
    """
    row = {"event_id": f"message:{channel}:{ts}", "at": version}
    table = slack_events.c
    if _NOTE[db.dialect.name](db, **row):
        return True
    same = table.event_id == row["event_id"]
    known: datetime = db.execute(select(table.at).where(same).with_for_update()).scalar_one()
    if known < version:
        db.execute(update(slack_events).where(same).values(at=version))
    return known <= version


def forget_old(db: Database, now: datetime) -> None:
    """Drop ids Slack will never use again."""
    db.execute(delete(slack_events).where(slack_events.c.at < now - KEPT))
