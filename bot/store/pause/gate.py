"""The gate's rows. Begin takes them shared, a pause exclusively: so a pause waits for begins under way, then sees every
live attempt. That lock is promise P3; on SQLite the single writer has the same effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from bot.domain.gate import ALL, DRILL, Gate, GateRow
from bot.store.engine.prepared import Prepared
from bot.store.engine.upsert import insert
from bot.store.tables.core import accounts, gate

_ALL_ROWS = select(gate)  # built once: see posts/posts.py
_TURNSTILE = 0x6761_7465  # the advisory lock's number: "gate"


@cache  # built once for each number of scopes, see posts/posts.py: an IN that expands is written anew each time
def _shared(count: int) -> Prepared:
    scopes: list[Any] = [bindparam(f"scope{number}") for number in range(count)]
    rows = select(gate).where(gate.c.scope.in_(scopes)).order_by(gate.c.scope)
    return Prepared(rows.with_for_update(read=True))


def make_rows(db: Connection, account_names: Iterable[str]) -> None:
    """Make the rows of every scope beforehand, at start: a row that is missing could not be locked. Two processes may
    start at once, so in one order, and a row that is there already is good."""
    names = set(account_names)
    for scope in sorted({ALL, DRILL} | names):
        row = insert(db, gate).values(scope=scope, paused=False, stops_replies=False, epoch=0)
        db.execute(row.on_conflict_do_nothing())
    for name in sorted(names):
        db.execute(insert(db, accounts).values(name=name).on_conflict_do_nothing())


def lock_shared(db: Connection, account_names: Iterable[str]) -> Gate:
    """The rows that concern these accounts, share-locked in one order until the commit."""
    _turnstile(db, "pg_advisory_xact_lock_shared")
    scopes = {f"scope{number}": scope for number, scope in enumerate(sorted({ALL, *account_names}))}
    return Gate.of(_row(row) for row in _shared(len(scopes))(db, **scopes))


def read(db: Connection) -> Gate:
    """All rows, without a lock: for screens only."""
    return Gate.of(_row(row) for row in db.execute(_ALL_ROWS))


def lock_exclusively(db: Connection, scope: str) -> GateRow:
    """One row, locked against every begin."""
    _turnstile(db, "pg_advisory_xact_lock")
    return _row(db.execute(select(gate).where(gate.c.scope == scope).with_for_update()).one())


def _turnstile(db: Connection, lock: str) -> None:
    """Who asks for the gate waits behind a pause that waits already. PostgreSQL's row locks alone let one begin after
    the other share the row past it: measured, a pause waited most of a second under full load."""
    if db.dialect.name == "postgresql":
        db.exec_driver_sql(f"SELECT {lock}({_TURNSTILE})")


def raise_epochs(db: Connection, by: int) -> None:
    """Of every scope, each row locked as by a pause."""
    for scope in sorted(read(db).rows):
        row = lock_exclusively(db, scope)
        save(db, replace(row, epoch=row.epoch + by))


def save(db: Connection, row: GateRow) -> None:
    db.execute(
        update(gate)
        .where(gate.c.scope == row.scope)
        .values(
            paused=row.paused, epoch=row.epoch, stops_replies=row.stops_replies,
            by_user=row.by, reason=row.reason, at=row.at,
        )
    )  # fmt: skip


def _row(row: Row[Any]) -> GateRow:
    return GateRow(
        scope=row.scope,
        paused=row.paused,
        epoch=row.epoch,
        stops_replies=row.stops_replies,
        by=row.by_user,
        reason=row.reason,
        at=row.at,
    )
