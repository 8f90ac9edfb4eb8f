"""Where polling stands, one row for each account and stream.

`lock` takes all rows of the account, because pages of two streams touch the same conversations; taken one after the
other they cannot deadlock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.store.engine import upsert
from bot.store.tables.inbox import cursors


@dataclass(frozen=True)
class Cursor:
    """`version` 0: the first sync of this stream is not complete."""

    stream: str
    cursor: str | None = None
    version: int = 0
    synced_at: datetime | None = None

    @property
    def synced(self) -> bool:
        return self.version > 0


def load_of_account(db: Connection, account: str) -> dict[str, Cursor]:
    """{stream: where it stands}."""
    rows = db.execute(select(cursors).where(cursors.c.account == account))
    return {row.stream: Cursor(row.stream, row.cursor, row.version, row.synced_at) for row in rows}


def lock(db: Connection, account: str, stream: str, now: datetime) -> dict[str, Cursor]:
    """All of the account's, with this stream's row made if there is none, locked until the commit."""
    new = upsert.insert(db, cursors).values(account=account, stream=stream, version=0, synced_at=now)
    db.execute(new.on_conflict_do_nothing())
    mine = select(cursors).where(cursors.c.account == account).order_by(cursors.c.stream)
    rows = db.execute(mine.with_for_update())
    return {row.stream: Cursor(row.stream, row.cursor, row.version, row.synced_at) for row in rows}


def advance(db: Connection, account: str, stream: str, cursor: str | None, version: int) -> bool:
    """Move from `version` to the next; False if somebody else did. Without a cursor it stays where it is."""
    mine = (cursors.c.account == account) & (cursors.c.stream == stream) & (cursors.c.version == version)
    values = {"version": version + 1} if cursor is None else {"version": version + 1, "cursor": cursor}
    return db.execute(update(cursors).where(mine).values(**values)).rowcount == 1
