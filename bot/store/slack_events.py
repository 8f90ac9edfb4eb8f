"""Slack's events by their id: one that has had its effect has none a second time.

The row is written in the transaction of the effect. Slack delivers again when an acknowledgement was lost, so
a *delivery* may never be dropped unseen; only a *repetition* may.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection as Database
from sqlalchemy import delete, select

from bot.store.tables import slack_events

KEPT = timedelta(days=7)  # Slack stops delivering after minutes; a day's outage on our side is counted in


def first_time(db: Database, event_id: str, now: datetime) -> bool:
    """Whether this event is new; it no longer is once the caller's transaction commits.

    Two workers at once: the second one's insert fails with its transaction, and Slack delivers again.
    """
    known = db.execute(select(slack_events.c.event_id).where(slack_events.c.event_id == event_id)).first()
    if known is None:
        db.execute(slack_events.insert().values(event_id=event_id, at=now))
    return known is None


def forget_old(db: Database, now: datetime) -> None:
    """Drop ids Slack will never use again."""
    db.execute(delete(slack_events).where(slack_events.c.at < now - KEPT))
