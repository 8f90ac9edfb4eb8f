"""Sends: a person's Send of exactly this text, the authority of a reply."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from bot.store.tables import sends


def add(db: Connection, *, id: str, conversation_id: str, text: str, by: str, at: datetime) -> None:  # noqa: A002
    values = {"id": id, "conversation_id": conversation_id, "text": text, "by_user": by, "at": at}
    db.execute(insert(sends).values(values))


def load(db: Connection, send_id: str) -> Row[Any] | None:
    return db.execute(select(sends).where(sends.c.id == send_id)).one_or_none()
