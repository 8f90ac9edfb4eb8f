"""Piles (one card for many conversations) and spikes (many complaints on one post)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Update, insert, select, update

from bot.domain.kinds import PileType
from bot.store.tables.inbox import conversations, messages, piles, spikes, words


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


def join(db: Connection, pile: Pile, likeness: str, *, private: bool, since: datetime) -> None:
    """The pile stands for those too who wrote nearly these words to its account after `since`, before it was there: who
    still wait, whom nobody has, and who wrote nothing else. They keep their cards. What somebody else holds just now is
    left out: nobody waits for it."""
    alike = (
        select(messages.c.conversation_id)
        .join(words, words.c.message_id == messages.c.id)
        .where(
            words.c.likeness == likeness, messages.c.account == pile.account, messages.c.received_at > since
        )
    )
    alone = select(conversations.c.id).where(
        conversations.c.id.in_(alike),
        conversations.c.stage == "open",
        conversations.c.private == private,
        conversations.c.seq == 1,
        conversations.c.owner.is_(None),
        conversations.c.pile_id.is_(None),
        conversations.c.erased_at.is_(None),
    )
    ids = db.execute(alone.order_by(conversations.c.id).with_for_update(skip_locked=True)).scalars().all()
    if ids:
        db.execute(update(conversations).where(conversations.c.id.in_(ids)).values(pile_id=pile.id))


def list_same(db: Connection, ids: Collection[str]) -> set[str]:
    """Those of these piles whose customers all wrote nearly the same."""
    query = select(piles.c.id).where(piles.c.id.in_(ids), piles.c.kind == PileType.SAME)
    return set(db.execute(query).scalars()) if ids else set()


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
