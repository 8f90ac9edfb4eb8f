"""Who each account is signed in as. The secrets are kept by `engine/vault.py`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Update, bindparam, select, update

from bot.domain.sign_ins.renewal import Renewal
from bot.store.engine.prepared import Prepared
from bot.store.engine.upsert import insert
from bot.store.tables.sign_ins import sign_ins

FEW = 4
_ONE = Prepared(select(sign_ins).where(sign_ins.c.account == bindparam("which")))


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
    since: datetime | None = None  # it is this identity; None: it was never another one
    refused_at: datetime | None = None  # since then the network refuses it; None: it takes it, as last heard
    renewed_at: datetime | None = None
    renewal: str | None = None
    renewal_at: datetime | None = None
    renewal_why: str | None = None
    renew_after: datetime | None = None
    renewal_tries: int | None = None
    unpaid_at: datetime | None = None  # since then the network wants to be paid first
    try_at: datetime | None = None  # somebody wants it to be asked again
    try_by: str | None = None

    @property
    def stamp(self) -> tuple[datetime, datetime | None]:
        """Which secrets are kept: another one says that there are others."""
        return self.changed_at, self.renewed_at


def load(db: Connection, account: str) -> KeptSignIn | None:
    row = db.execute(_of(account)).one_or_none()
    return _read(row) if row else None


def lock(db: Connection, account: str, now: datetime) -> KeptSignIn | None:
    """The account's, held until the commit, also where there is none yet (None): then an empty one is made, for two
    may sign it in for the first time at once."""
    empty = insert(db, sign_ins).values(account=account, changed_at=now)
    if db.execute(empty.on_conflict_do_nothing().returning(sign_ins.c.account)).first() is not None:
        return None
    return _read(db.execute(_of(account).with_for_update()).one())


def hold(db: Connection, account: str) -> KeptSignIn | None:
    """The account's, which nobody changes until the commit; others may hold it, too. None: nobody said anything yet."""
    row = db.execute(_of(account).with_for_update(read=True)).one_or_none()
    return _read(row) if row else None


def _of(account: str) -> Select[Any]:
    return select(sign_ins).where(sign_ins.c.account == account)


def load_all(db: Connection, accounts: Collection[str]) -> dict[str, KeptSignIn]:
    """Of those that there are."""
    wanted = sorted(accounts)
    if len(wanted) <= FEW:  # a post's, which a click asks for
        rows = [row for name in wanted for row in _ONE(db, which=name)]
    else:
        rows = list(db.execute(select(sign_ins).where(sign_ins.c.account.in_(wanted))))
    return {row.account: _read(row) for row in rows}


def save(db: Connection, kept: KeptSignIn) -> None:
    """In place of what was there."""
    values = asdict(kept) | {"rights": list(kept.rights)}
    account = values.pop("account")
    new = insert(db, sign_ins).values(account=account, **values)
    db.execute(new.on_conflict_do_update(index_elements=["account"], set_=values))


def note_told(db: Connection, account: str, now: datetime) -> None:
    """People were told that it ends."""
    db.execute(_change(account).values(told_at=now))


def note_until(db: Connection, account: str, until: datetime | None) -> None:
    """When it ends, as the network says now."""
    db.execute(_change(account).values(until=until))


def note_refused(db: Connection, account: str, since: datetime | None) -> None:
    """The network refuses it; None: it takes it again."""
    db.execute(_change(account).values(refused_at=since))


def note_unpaid(db: Connection, account: str, since: datetime | None) -> None:
    """The network wants to be paid first; None: it does not any more."""
    db.execute(_change(account).values(unpaid_at=since, try_at=None, try_by=None))


def note_try(db: Connection, account: str, by: str, now: datetime) -> None:
    """Somebody wants it to be asked again."""
    db.execute(_change(account).values(try_at=now, try_by=by))


def end_try(db: Connection, account: str, at: datetime) -> None:
    """It was asked; what somebody wants since then stays."""
    db.execute(_change(account).where(sign_ins.c.try_at == at).values(try_at=None, try_by=None))


@dataclass(frozen=True)
class KeptRenewal:
    """How the next renewal of an account's secrets stands."""

    state: Renewal
    at: datetime
    tries: int
    why: str | None = None
    after: datetime | None = None


def note_renewal(db: Connection, account: str, now: KeptRenewal) -> None:
    db.execute(
        _change(account).values(
            renewal=now.state.value, renewal_at=now.at, renewal_tries=now.tries, renewal_why=now.why,
            renew_after=now.after,
        )
    )  # fmt: skip


def note_renewed(db: Connection, account: str, at: datetime, until: datetime | None) -> None:
    """Other secrets are kept; nothing of the next renewal has begun. What is to be paid is not paid by that."""
    nothing = dict.fromkeys(("renewal", "renewal_at", "renewal_tries", "renewal_why", "renew_after"))
    refused = {"refused_at": sign_ins.c.unpaid_at}
    db.execute(_change(account).values(renewed_at=at, until=until, **nothing, **refused))


def _change(account: str) -> Update:
    return update(sign_ins).where(sign_ins.c.account == account)


def _read(row: Any) -> KeptSignIn:
    """Also of a row that went round SQLAlchemy."""
    found = {name: getattr(row, name) for name in _NAMES}
    return KeptSignIn(**{**found, "rights": tuple(found["rights"] or ())})


_NAMES = tuple(each.name for each in fields(KeptSignIn))
