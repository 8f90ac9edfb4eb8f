"""Who each account is signed in as. The secrets are kept by `engine/vault.py`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, select, update

from bot.store.engine.upsert import insert
from bot.store.tables.sign_ins import sign_ins


@dataclass(frozen=True)
class KeptSignIn:
    """An account's, as it is in the database. `identity` None: nobody has said yet whose account it is."""

    account: str
    changed_at: datetime
    identity: str | None = None
    name: str | None = None
    rights: tuple[str, ...] = ()
    until: datetime | None = None
    told_at: datetime | None = None
    by_user: str | None = None
    ended_at: datetime | None = None


def load(db: Connection, account: str, *, lock: bool = False) -> KeptSignIn | None:
    query = select(sign_ins).where(sign_ins.c.account == account)
    row = db.execute(query.with_for_update() if lock else query).one_or_none()
    return _read(row) if row else None


def load_all(db: Connection, accounts: Collection[str]) -> dict[str, KeptSignIn]:
    """Of those that there are."""
    rows = db.execute(select(sign_ins).where(sign_ins.c.account.in_(sorted(accounts))))
    return {row.account: _read(row) for row in rows}


def save(db: Connection, kept: KeptSignIn) -> None:
    """In place of what was there."""
    values = asdict(kept) | {"rights": list(kept.rights)}
    account = values.pop("account")
    new = insert(db, sign_ins).values(account=account, **values)
    db.execute(new.on_conflict_do_update(index_elements=["account"], set_=values))


def note_told(db: Connection, account: str, now: datetime) -> None:
    """People were told that it ends."""
    db.execute(update(sign_ins).where(sign_ins.c.account == account).values(told_at=now))


def _read(row: Row[tuple[object, ...]]) -> KeptSignIn:
    found = row._mapping
    return KeptSignIn(**{**found, "rights": tuple(found["rights"] or ())})
