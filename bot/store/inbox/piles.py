"""Piles (one card for many conversations) and spikes (many complaints on one post)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Update, insert, select, update

from bot.domain.kinds import PileType
from bot.store.tables.inbox import piles, spikes


@dataclass(frozen=True)
class Pile:
    id: str
    account: str
    kind: PileType
    key: str  # of POST: the root's remote id; of SAME: the likeness
    post_id: str | None
    opened_at: datetime


@dataclass(frozen=True)
class Spike:
    id: str
    account: str
    thread: str
    post_id: str | None
    complaints: int
    suggested_at: datetime
    expected_until: datetime | None
    expected_by: str | None


def add(db: Connection, pile: Pile) -> None:
    db.execute(insert(piles).values(**vars(pile)))


def load(db: Connection, pile_id: str) -> Pile | None:
    row = db.execute(select(piles).where(piles.c.id == pile_id)).one_or_none()
    return _pile(row) if row else None


def find(db: Connection, account: str, kind: PileType, key: str) -> Pile | None:
    query = select(piles).where(piles.c.account == account, piles.c.kind == kind, piles.c.key == key)
    row = db.execute(query).one_or_none()
    return _pile(row) if row else None


def mark_opened_anew(db: Connection, pile_id: str, now: datetime) -> None:
    db.execute(update(piles).where(piles.c.id == pile_id).values(opened_at=now))


def _pile(row: Row[Any]) -> Pile:
    return Pile(row.id, row.account, row.kind, row.key, row.post_id, row.opened_at)


# --- spikes ------------------------------------------------------------------------------------------


def add_spike(db: Connection, spike: Spike) -> None:
    db.execute(insert(spikes).values(**vars(spike)))


def load_spike(db: Connection, spike_id: str, *, lock: bool = False) -> Spike | None:
    query = select(spikes).where(spikes.c.id == spike_id)
    row = db.execute(query.with_for_update() if lock else query).one_or_none()
    return _spike(row) if row else None


def list_suggested_since(db: Connection, accounts: Sequence[str], since: datetime) -> list[Spike]:
    """Of these accounts, the newest suggestion first."""
    query = select(spikes).where(spikes.c.account.in_(accounts), spikes.c.suggested_at >= since)
    return [_spike(row) for row in db.execute(query.order_by(spikes.c.suggested_at.desc(), spikes.c.id))]


def lock_spike_below(db: Connection, account: str, thread: str) -> Spike | None:
    """Of one root post; locked."""
    query = select(spikes).where(spikes.c.account == account, spikes.c.thread == thread)
    row = db.execute(query.with_for_update()).one_or_none()
    return _spike(row) if row else None


def count_complaints(db: Connection, spike_id: str, count: int) -> None:
    db.execute(_one_spike(spike_id).values(complaints=count))


def mark_suggested_again(db: Connection, spike_id: str, count: int, now: datetime) -> None:
    db.execute(_one_spike(spike_id).values(complaints=count, suggested_at=now))


def expect(db: Connection, spike_id: str, *, until: datetime, by: str) -> None:
    """Somebody knows why there are complaints, and wants no suggestion until then."""
    db.execute(_one_spike(spike_id).values(expected_until=until, expected_by=by))


def _one_spike(spike_id: str) -> Update:
    return update(spikes).where(spikes.c.id == spike_id)


def _spike(row: Row[Any]) -> Spike:
    return Spike(
        row.id, row.account, row.thread, row.post_id, row.complaints, row.suggested_at, row.expected_until,
        row.expected_by,
    )  # fmt: skip
