"""Sends: a person's Send of exactly this, the authority of a reply."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select

from bot.store.inbox_tables import sends


def add(db: Connection, **values: Any) -> None:
    """`values`: the columns of `sends`."""
    db.execute(insert(sends).values(**values))


def load(db: Connection, send_id: str) -> Row[Any] | None:
    return db.execute(select(sends).where(sends.c.id == send_id)).one_or_none()


def of_delivery(db: Connection, delivery_id: str) -> Row[Any] | None:
    return db.execute(select(sends).where(sends.c.delivery_id == delivery_id)).one_or_none()
