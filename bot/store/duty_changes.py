"""What people said of shifts: that they are on, or away, for a time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.domain.duty import Change, DutyChange, Turn
from bot.store.tables.slack import duty


def add(db: Connection, change_id: str, change: Change, by: str, now: datetime) -> None:
    turn = change.turn
    row = {
        "id": change_id, "kind": change.kind.value, "person": turn.person, "starts_at": turn.start,
        "ends_at": turn.end, "made_by": by, "made_at": now,
    }  # fmt: skip
    db.execute(insert(duty), row)


def list_between(db: Connection, start: datetime, end: datetime) -> list[Change]:
    """Those that say something of this time, the oldest first."""
    query = select(duty).where(duty.c.ends_at > start, duty.c.starts_at < end)
    rows = db.execute(query.order_by(duty.c.made_at, duty.c.id))
    return [Change(DutyChange(row.kind), Turn(row.starts_at, row.ends_at, row.person)) for row in rows]


def forget_ended(db: Connection, before: datetime) -> None:
    """The record keeps them; nobody asks for a shift of last month."""
    db.execute(delete(duty).where(duty.c.ends_at < before))
