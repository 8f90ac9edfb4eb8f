"""Pauses: one row each, what it found and what people did about it. One may run for each scope of the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Update, insert, null, or_, select, update

from bot.domain.facts import FactKind
from bot.store.tables.core import facts, pauses

_STOPPED = FactKind.REPLIES_STOPPED.value

ANSWERS = "answers"  # in a summary: how many answers to customers it kept that could be sent once it was over
APPROVED = "approved"  # and how many posts ahead that had been approved needed a new approval then
DoneBy = Mapping[str, str]  # {"by": a person, "at": ISO 8601}
Mark = Mapping[str, str]  # a DoneBy; or {"not_by": whoever took one back, "at": ISO 8601}


@dataclass(frozen=True)
class Pause:
    """One pause of one scope of the gate."""

    id: str
    scope: str
    by_user: str
    reason: str | None
    at: datetime
    stopped: int  # posts whose approval or review it stopped
    next_slot: datetime | None  # the soonest of them
    under_way: tuple[str, ...]  # ids of deliveries that were already being sent
    marks: Mapping[str, Mark | None]  # {"Meta ads": the last that somebody said of it; None: nobody did}
    deleted: Mapping[str, DoneBy]  # {delivery id: who deleted it by hand}
    reminders: int
    remind_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    summary: Mapping[str, int] | None  # {"moved": 1, "kept": 1, "killed": 1}, once resumed; and ANSWERS

    @property
    def elsewhere(self) -> Mapping[str, DoneBy | None]:
        """{"Meta ads": who stopped it there; None: nobody, or it was taken back}."""
        return {what: mark if mark and "by" in mark else None for what, mark in self.marks.items()}


def add(
    db: Connection, pause_id: str, *, scope: str, by: str, reason: str | None, at: datetime, stopped: int,
    next_slot: datetime | None, under_way: list[str], elsewhere: list[str], remind_at: datetime,
) -> None:  # fmt: skip
    """`elsewhere`: what people have to stop where Byhand cannot."""
    db.execute(
        insert(pauses).values(
            id=pause_id, scope=scope, by_user=by, reason=reason, at=at, stopped=stopped, next_slot=next_slot,
            under_way=under_way, elsewhere=dict.fromkeys(elsewhere), deleted={}, reminders=0,
            remind_at=remind_at,
        )
    )  # fmt: skip


def load(db: Connection, pause_id: str, *, lock: bool = False) -> Pause | None:
    query = select(pauses).where(pauses.c.id == pause_id)
    row = db.execute(query.with_for_update() if lock else query).one_or_none()
    return _pause(row) if row else None


def find_running(db: Connection, scope: str) -> Pause | None:
    """The pause that keeps this scope shut, if one does."""
    query = select(pauses).where(pauses.c.scope == scope, pauses.c.ended_at.is_(None))
    row = db.execute(query).one_or_none()
    return _pause(row) if row else None


def list_on_at(db: Connection, at: datetime) -> list[Pause]:
    """Pauses that were on then, and still after that moment, by scope."""
    after = or_(pauses.c.ended_at.is_(None), pauses.c.ended_at > at)
    rows = db.execute(select(pauses).where(pauses.c.at <= at, after).order_by(pauses.c.scope))
    return [_pause(row) for row in rows]


def find_begun_at(db: Connection, scope: str, at: datetime) -> Pause | None:
    """The pause of this scope that began then, running or over."""
    query = select(pauses).where(pauses.c.scope == scope, pauses.c.at == at)
    row = db.execute(query.order_by(pauses.c.id.desc()).limit(1)).one_or_none()
    return _pause(row) if row else None


def list_running(db: Connection) -> dict[str, str]:
    """{scope: the pause that keeps it shut}."""
    query = select(pauses.c.scope, pauses.c.id).where(pauses.c.ended_at.is_(None))
    return {row.scope: row.id for row in db.execute(query)}


def find_first_beside(db: Connection, at: datetime) -> datetime:
    """When the first pause began that was on at that moment, or later: one that ended since may be on cards still."""
    on = or_(pauses.c.ended_at.is_(None), pauses.c.ended_at >= at)
    first = db.execute(select(pauses.c.at).where(on).order_by(pauses.c.at).limit(1)).scalar()
    return min(first, at) if first else at


def find_replies_stopped(db: Connection, scope: str, since: datetime) -> datetime | None:
    """When somebody stopped replies too, in the pause of this scope that began at `since`; None: nobody did."""
    told = select(facts.c.at, facts.c.data).where(facts.c.at >= since, facts.c.what == _STOPPED)
    rows = db.execute(told.order_by(facts.c.at)).all()
    return next((row.at for row in rows if row.data.get("scope") == scope), None)


def name_mark(mark: Mark | None) -> str:
    """What a button carries of the mark it was drawn from, without white space: another mark, another name."""
    return ":".join((*sorted(mark), *(mark[each] for each in sorted(mark)))) if mark else ""


def mark_elsewhere(db: Connection, pause: Pause, what: str, mark: Mark) -> None:
    """Of a pause whose row is locked."""
    db.execute(_one(pause.id).values(elsewhere={**pause.marks, what: mark}))


def mark_deleted_by_hand(db: Connection, pause: Pause, delivery_id: str, done: DoneBy) -> None:
    """Of a pause whose row is locked."""
    db.execute(_one(pause.id).values(deleted={**pause.deleted, delivery_id: done}))


def give_reason(db: Connection, pause_id: str, reason: str) -> None:
    """Of a pause that goes on for another reason."""
    db.execute(_one(pause_id).values(reason=reason))


def mark_reminded(db: Connection, pause: Pause, next_at: datetime) -> None:
    """Of a pause whose row is locked."""
    db.execute(_one(pause.id).values(reminders=pause.reminders + 1, remind_at=next_at))


def end(
    db: Connection, pause_id: str, at: datetime, by: str, summary: Mapping[str, int] | None = None
) -> None:
    """`summary`: what became of the posts that had missed their slot."""
    kept = null() if summary is None else dict(summary)
    db.execute(_one(pause_id).values(ended_at=at, ended_by=by, remind_at=None, summary=kept))


def _one(pause_id: str) -> Update:
    return update(pauses).where(pauses.c.id == pause_id)


def list_to_remind(db: Connection, now: datetime) -> list[str]:
    """Pauses whose reminder is due."""
    query = select(pauses.c.id).where(pauses.c.ended_at.is_(None), pauses.c.remind_at <= now)
    return list(db.execute(query).scalars())


_NEXT_REMINDER = (  # built once: see posts/posts.py
    select(pauses.c.remind_at)
    .where(pauses.c.ended_at.is_(None), pauses.c.remind_at.is_not(None))
    .order_by(pauses.c.remind_at)
    .limit(1)
)


def find_next_reminder(db: Connection) -> datetime | None:
    return db.execute(_NEXT_REMINDER).scalar()


def _pause(row: Row[Any]) -> Pause:
    return Pause(
        id=row.id, scope=row.scope, by_user=row.by_user, reason=row.reason, at=row.at, stopped=row.stopped,
        next_slot=row.next_slot, under_way=tuple(row.under_way), marks=row.elsewhere, deleted=row.deleted,
        reminders=row.reminders, remind_at=row.remind_at, ended_at=row.ended_at, ended_by=row.ended_by,
        summary=row.summary,
    )  # fmt: skip
