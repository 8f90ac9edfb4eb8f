"""Which pauses that are over tell of a send or a take-down: what was under way at their begin, and what was asked for
while they were on. Their messages are drawn anew when that ends.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.store.tables.core import attempts, clicks, pauses

_ANY_OVER = select(pauses.c.id).where(pauses.c.ended_at.is_not(None)).limit(1)


def list_of_sends(db: Connection, delivery_ids: Collection[str]) -> list[str]:
    """Ids of pauses that are over and began after one of these deliveries had begun: it was under way then."""
    if db.execute(_ANY_OVER).first() is None:
        return []
    begun = select(func.min(attempts.c.started_at)).where(attempts.c.delivery_id.in_(delivery_ids))
    query = select(pauses.c.id).where(pauses.c.ended_at.is_not(None), pauses.c.at >= begun.scalar_subquery())
    return list(db.execute(query).scalars())


def list_of_take_down(db: Connection, click_id: str) -> list[str]:
    """Ids of pauses that are over and were on when this take-down was asked for."""
    asked = select(clicks.c.at).where(clicks.c.id == click_id).scalar_subquery()
    query = select(pauses.c.id).where(pauses.c.at <= asked, pauses.c.ended_at >= asked)
    return list(db.execute(query).scalars())


def find_asked(db: Connection, click_id: str) -> datetime | None:
    """When a take-down was asked for."""
    return db.execute(select(clicks.c.at).where(clicks.c.id == click_id)).scalar_one_or_none()
