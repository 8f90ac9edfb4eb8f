"""After a copy of the database was put back: what it says is not in Slack yet may be there by now."""

from __future__ import annotations

from sqlalchemy import Connection, update

from bot.store.tables.slack import cards, lines


def doubt_all(db: Connection) -> None:
    """As if each had been asked for and its answer lost: it is looked for, from its making on, before it is posted."""
    for table in (cards, lines):
        unposted = update(table).where(
            table.c.ts.is_(None), table.c.asked_at.is_(None), table.c.gone.is_(False)
        )
        db.execute(unposted.values(asked_at=table.c.created_at, retry_at=None))
