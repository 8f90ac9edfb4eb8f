"""Leases: who draws Slack, who seals the record. One at a time, and another when the first stops renewing.

A lease proves only that nobody else took it before `until`. It does not say whether its holder is alive, so it may hand
over work that can be repeated, but never a send. One that ends later than any could was taken by a clock that was
wrong, and keeps nobody out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, bindparam, delete, or_, update

from bot.store.engine.upsert import insert
from bot.store.tables.system import leases

LONGEST = 40  # characters of a name
AHEAD = timedelta(minutes=10)  # by which two processes' clocks may differ

_MINE = (
    update(leases)
    .where(
        leases.c.name == bindparam("which"),
        or_(
            leases.c.by == bindparam("me"),
            leases.c.until <= bindparam("now"),
            leases.c.until > bindparam("latest"),
        ),
    )
    .returning(leases.c.name)
)


def make_name(what: str, account: str) -> str:
    """Of one account's lease, as short as the column is."""
    name = f"{what}:{account}"
    return name if len(name) <= LONGEST else f"{what}:{sha256(account.encode()).hexdigest()[:32]}"


def take_lease(conn: Connection, name: str, by: str, now: datetime, until: datetime) -> bool:
    """Take or renew the lease `name` for `by`; False: another has it. From the moment `until` it is free. Whoever asks
    for one lease asks for it as long as the others do."""
    mine = {"which": name, "me": by, "now": now, "latest": until + AHEAD, "by": by, "until": until}
    if conn.execute(_MINE, mine).first() is not None:
        return True
    new = insert(conn, leases).values(name=name, by=by, until=until).on_conflict_do_nothing()
    return conn.execute(new.returning(leases.c.name)).first() is not None


def drop_lease(conn: Connection, name: str, by: str) -> None:
    """Let go of it, so that the next does not wait."""
    conn.execute(delete(leases).where(leases.c.name == name, leases.c.by == by))
