"""What the networks last said of our sign-in on each account; and who looked last where Byhand reads no comments."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from bot.store.engine.prepared import Prepared
from bot.store.tables.core import accounts

FEW = 4
_SIGN_IN = Prepared(select(accounts).where(accounts.c.name == bindparam("which")))


@dataclass(frozen=True)
class SignIn:
    """One account's; `healthy` None: not asked yet."""

    account: str
    healthy: bool | None
    sentence: str | None
    at: datetime | None = None  # when it was asked


def note_sign_in(db: Connection, account: str, *, healthy: bool, sentence: str, now: datetime) -> None:
    values = {"healthy": healthy, "health": sentence, "checked_at": now}
    db.execute(update(accounts).where(accounts.c.name == account).values(values))


def list_sign_ins(db: Connection, names: Iterable[str]) -> list[SignIn]:
    """By name."""
    wanted = sorted(names)
    if len(wanted) <= FEW:  # a post's, which a click asks for
        rows = [row for name in wanted for row in _SIGN_IN(db, which=name)]
    else:
        rows = list(db.execute(select(accounts).where(accounts.c.name.in_(wanted)).order_by(accounts.c.name)))
    return [SignIn(row.name, row.healthy, row.health, row.checked_at) for row in rows]


@dataclass(frozen=True)
class Looked:
    """Somebody said that they had looked there."""

    by: str
    at: datetime


def note_look(db: Connection, account: str, by: str, now: datetime) -> None:
    db.execute(update(accounts).where(accounts.c.name == account).values(looked_at=now, looked_by=by))


def list_looks(db: Connection, names: Collection[str]) -> dict[str, Looked]:
    """The last look at each account, of those that had one."""
    query = select(accounts.c.name, accounts.c.looked_by, accounts.c.looked_at)
    rows = db.execute(query.where(accounts.c.name.in_(sorted(names)), accounts.c.looked_at.is_not(None)))
    return {row.name: Looked(row.looked_by, row.looked_at) for row in rows}
