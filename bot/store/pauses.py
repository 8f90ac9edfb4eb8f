"""Pauses: one row each, what it found and what people did about it. One may run for each scope of the gate."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from bot.store.tables import pauses


def add(db: Connection, **values: Any) -> None:
    db.execute(
        insert(pauses).values(elsewhere=values.pop("elsewhere", {}), deleted={}, reminders=0, **values)
    )


def load(db: Connection, pause_id: str, *, lock: bool = False) -> Row[Any] | None:
    query = select(pauses).where(pauses.c.id == pause_id)
    return db.execute(query.with_for_update() if lock else query).one_or_none()


def running(db: Connection, scope: str) -> Row[Any] | None:
    """The pause that keeps this scope shut, if one does."""
    query = select(pauses).where(pauses.c.scope == scope, pauses.c.ended_at.is_(None))
    return db.execute(query).one_or_none()


def change(db: Connection, pause_id: str, **values: Any) -> None:
    db.execute(update(pauses).where(pauses.c.id == pause_id).values(**values))


def to_remind(db: Connection, now: datetime) -> list[str]:
    """Pauses whose reminder is due."""
    query = select(pauses.c.id).where(pauses.c.ended_at.is_(None), pauses.c.remind_at <= now)
    return list(db.execute(query).scalars())


_NEXT_REMINDER = (  # built once: see posts.py
    select(pauses.c.remind_at)
    .where(pauses.c.ended_at.is_(None), pauses.c.remind_at.is_not(None))
    .order_by(pauses.c.remind_at)
    .limit(1)
)


def next_reminder(db: Connection) -> datetime | None:
    return db.execute(_NEXT_REMINDER).scalar()
