"""Drills: one row each, and what its people took. At most one runs: the gate's drill row is locked to begin one, to
pause it and to end it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from bot.domain.kinds import CardType
from bot.store.tables import cards, drills, facts


def add(db: Connection, **values: Any) -> None:
    db.execute(insert(drills).values(**values))


def running(db: Connection) -> Row[Any] | None:
    return db.execute(select(drills).where(drills.c.ended_at.is_(None))).one_or_none()


def load(db: Connection, drill_id: str) -> Row[Any] | None:
    return db.execute(select(drills).where(drills.c.id == drill_id)).one_or_none()


def change(db: Connection, drill_id: str, **values: Any) -> None:
    db.execute(update(drills).where(drills.c.id == drill_id).values(**values))


def first_touched(db: Connection, post_ids: Iterable[str]) -> datetime | None:
    """When a person first did something to one of these posts: the record knows."""
    subjects = [f"post:{post_id}" for post_id in post_ids]
    query = select(func.min(facts.c.at)).where(facts.c.subject.in_(subjects), facts.c.who.is_not(None))
    return db.execute(query).scalar()


def all_drawn(db: Connection, post_ids: Iterable[str]) -> bool:
    """Does Slack show every card of these posts as it is now?"""
    behind = select(func.count()).where(
        cards.c.kind == CardType.POST, cards.c.current, cards.c.subject.in_(list(post_ids)),
        cards.c.wanted > cards.c.shown, cards.c.gone.is_(False),
    )  # fmt: skip
    return not db.execute(behind).scalar_one()
