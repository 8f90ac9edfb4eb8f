"""Drills: one row each, and what its people took. At most one runs: the gate's drill row is locked to begin one, to
pause it and to end it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from bot.domain.kinds import CardType
from bot.store.tables.core import drills, facts
from bot.store.tables.slack import cards


@dataclass(frozen=True)
class Drill:
    """A rehearsal, and how far its people have come."""

    id: str
    by_user: str
    at: datetime
    posts: tuple[str, ...]  # their ids
    seen_at: datetime | None = None  # the first thing anybody did about it
    paused_at: datetime | None = None
    changed_at: datetime | None = None  # every card in Slack showed it
    ended_at: datetime | None = None
    why: str | None = None


def add(db: Connection, drill: Drill) -> None:
    db.execute(insert(drills).values(**{**vars(drill), "posts": list(drill.posts)}))


def find_running(db: Connection) -> Drill | None:
    row = db.execute(select(drills).where(drills.c.ended_at.is_(None))).one_or_none()
    return _drill(row) if row else None


def load(db: Connection, drill_id: str) -> Drill | None:
    row = db.execute(select(drills).where(drills.c.id == drill_id)).one_or_none()
    return _drill(row) if row else None


def find_newest(db: Connection) -> Drill | None:
    """The one that runs, or the last one."""
    row = db.execute(select(drills).order_by(drills.c.at.desc(), drills.c.id.desc()).limit(1)).one_or_none()
    return _drill(row) if row else None


def find_of_pause(db: Connection, paused_at: datetime) -> Drill | None:
    """The drill whose pause began then."""
    query = select(drills).where(drills.c.paused_at == paused_at).order_by(drills.c.id.desc()).limit(1)
    row = db.execute(query).one_or_none()
    return _drill(row) if row else None


def note_changed(db: Connection, drill_id: str, at: datetime) -> None:
    db.execute(update(drills).where(drills.c.id == drill_id).values(changed_at=at))


def note_paused(db: Connection, drill_id: str, at: datetime) -> None:
    db.execute(update(drills).where(drills.c.id == drill_id).values(paused_at=at))


def end(db: Connection, drill_id: str, at: datetime, *, why: str, seen_at: datetime | None) -> None:
    ended = update(drills).where(drills.c.id == drill_id)
    db.execute(ended.values(ended_at=at, why=why, seen_at=seen_at))


def find_first_touched(db: Connection, post_ids: Iterable[str]) -> datetime | None:
    """When a person first did something to one of these posts: the record knows."""
    subjects = [f"post:{post_id}" for post_id in post_ids]
    query = select(func.min(facts.c.at)).where(facts.c.subject.in_(subjects), facts.c.who.is_not(None))
    return db.execute(query).scalar()


def is_all_drawn(db: Connection, post_ids: Iterable[str]) -> bool:
    """Does Slack show every card of these posts as it is now?"""
    behind = select(func.count()).where(
        cards.c.kind == CardType.POST, cards.c.current, cards.c.subject.in_(list(post_ids)),
        cards.c.wanted > cards.c.shown, cards.c.gone.is_(False),
    )  # fmt: skip
    return not db.execute(behind).scalar_one()


def _drill(row: Row[Any]) -> Drill:
    return Drill(
        id=row.id, by_user=row.by_user, at=row.at, posts=tuple(row.posts), seen_at=row.seen_at,
        paused_at=row.paused_at, changed_at=row.changed_at, ended_at=row.ended_at, why=row.why,
    )  # fmt: skip
