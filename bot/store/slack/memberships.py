"""Who is in a user group, or in the private channel, as Slack last said: one truth for every process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Database
from sqlalchemy import Row, select, update

from bot.store.engine.upsert import insert
from bot.store.tables.slack import memberships


@dataclass(frozen=True)
class Membership:
    """`heard_at` None: Slack said that it changed, and has not been heard since. Not `known`: it never said who is in
    it, which is not the same as nobody."""

    id: str
    members: frozenset[str]
    heard_at: datetime | None
    changes: int
    known: bool = True


def load(db: Database, ids: Iterable[str]) -> dict[str, Membership]:
    """{id: who is in it}; what was never heard of is missing."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = db.execute(select(memberships).where(memberships.c.id.in_(wanted)))
    return {row.id: _membership(row) for row in rows}


def keep(db: Database, which: str, members: Iterable[str], now: datetime, *, changes: int) -> bool:
    """Slack's answer. False: it said since it was asked (`changes` of that time) that this changed."""
    known = _lock(db, which)
    if known.changes != changes:
        return False
    _write(db, replace(known, members=frozenset(members), heard_at=now, known=True))
    return True


def note_change(
    db: Database, which: str, *, members: Iterable[str] | None = None, gone: Iterable[str] = ()
) -> None:
    """Slack said that it changed: to these members, or without those. Who is in it has to be asked."""
    known = _lock(db, which)
    left = frozenset(members) if members is not None else known.members - frozenset(gone)
    _write(db, Membership(which, left, None, known.changes + 1, known.known or members is not None))


def _lock(db: Database, which: str) -> Membership:
    new = insert(db, memberships).values(id=which, members=None, heard_at=None, changes=0)
    db.execute(new.on_conflict_do_nothing())
    row = db.execute(select(memberships).where(memberships.c.id == which).with_for_update()).one()
    return _membership(row)


def _membership(row: Row[Any]) -> Membership:
    return Membership(
        row.id, frozenset(row.members or ()), row.heard_at, row.changes, row.members is not None
    )


def _write(db: Database, now: Membership) -> None:
    values = {
        "members": sorted(now.members) if now.known else None,
        "heard_at": now.heard_at,
        "changes": now.changes,
    }
    db.execute(update(memberships).where(memberships.c.id == now.id).values(values))
