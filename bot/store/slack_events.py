"""Slack's events by their id: one that has had its effect has none a second time.

The row is written in the transaction of the effect. Slack delivers again when an acknowledgement was lost, so
a *delivery* may never be dropped unseen; only a *repetition* may.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection as Database
from sqlalchemy import delete

from bot.store.tables import slack_events
from bot.store.upsert import insert

KEPT = timedelta(days=7)  # Slack stops delivering after minutes; a day's outage on our side is counted in


def first_time(db: Database, event_id: str, now: datetime) -> bool:
    """Whether this event is new; it no longer is once the caller's transaction commits.

    Two workers at once: the second waits for the first one's end, and then knows.
    """
    new = insert(db, slack_events).values(event_id=event_id, at=now).on_conflict_do_nothing()
    return db.execute(new.returning(slack_events.c.event_id)).first() is not None


def forget_old(db: Database, now: datetime) -> None:
    """Drop ids Slack will never use again."""
    db.execute(delete(slack_events).where(slack_events.c.at < now - KEPT))
