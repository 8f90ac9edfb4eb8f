"""Drafts: what somebody was shown before Send. Nothing leaves from here; a Send copies one (`sends.py`)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from bot.store.inbox_tables import drafts

OFFERED, SENT, KEPT, REPLACED = "offered", "sent", "kept", "replaced"  # states


def add(db: Connection, **values: Any) -> None:
    """`values`: the columns of `drafts`."""
    db.execute(insert(drafts).values(state=OFFERED, **values))


def load(db: Connection, draft_id: str, *, lock: bool = False) -> Row[Any] | None:
    query = select(drafts).where(drafts.c.id == draft_id)
    return db.execute(query.with_for_update() if lock else query).one_or_none()


def of_source(db: Connection, channel: str, ts: str) -> list[Row[Any]]:
    """All that were made from one Slack message, the newest last."""
    query = select(drafts).where(drafts.c.channel == channel, drafts.c.ts == ts)
    return list(db.execute(query.order_by(drafts.c.id)))


def change(db: Connection, draft_id: str, **values: Any) -> None:
    db.execute(update(drafts).where(drafts.c.id == draft_id).values(**values))


def replace_open(db: Connection, channel: str, ts: str, *, but: str | None = None) -> int:
    """The Slack message says something else now: what it was shown as before cannot be sent. Returns how many."""
    older = (drafts.c.channel == channel) & (drafts.c.ts == ts) & drafts.c.state.in_([OFFERED, KEPT])
    if but is not None:
        older &= drafts.c.id != but
    return db.execute(update(drafts).where(older).values(state=REPLACED)).rowcount


def erase(db: Connection, conversation_id: str) -> None:
    """Words go, and what was only offered can never be sent."""
    its = drafts.c.conversation_id == conversation_id
    db.execute(update(drafts).where(its, drafts.c.state == OFFERED).values(state=REPLACED))
    db.execute(update(drafts).where(its).values(text="", alt=None, image_sha256=None))
