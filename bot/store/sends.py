"""Sends: a person's Send of exactly this, the authority of a reply."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from bot.store.inbox_tables import sends
from bot.store.prepared import Prepared
from bot.store.tables import attempts, deliveries

_OF_DELIVERY = Prepared(select(sends).where(sends.c.delivery_id == bindparam("delivery")))
_OF_CONVERSATION = Prepared(
    select(sends, deliveries.c.kind, deliveries.c.state)
    .join(deliveries, deliveries.c.id == sends.c.delivery_id)
    .where(sends.c.conversation_id == bindparam("talk"))
    .order_by(sends.c.id)
)


def add(db: Connection, **values: Any) -> None:
    """`values`: the columns of `sends`."""
    db.execute(insert(sends).values(**values))


def load(db: Connection, send_id: str) -> Row[Any] | None:
    return db.execute(select(sends).where(sends.c.id == send_id)).one_or_none()


def of_delivery(db: Connection, delivery_id: str) -> Row[Any] | None:
    return next(iter(_OF_DELIVERY(db, delivery=delivery_id)), None)


def did_not_arrive(db: Connection, draft_id: str) -> bool:
    """Was this draft sent, and its delivery refused or dropped?"""
    query = select(deliveries.c.state).join(sends, sends.c.delivery_id == deliveries.c.id)
    return db.execute(query.where(sends.c.draft_id == draft_id)).scalar() in ("refused", "dropped")


def pressed_again(db: Connection, send_id: str, seq: int) -> None:
    """Somebody tries again what did not arrive. `seq`: the conversation's, by that."""
    db.execute(update(sends).where(sends.c.id == send_id).values(seq=seq))


def of_source(db: Connection, channel: str, ts: str) -> Row[Any] | None:
    """What was sent from this Slack message; the last one, if it was sent more than once."""
    query = select(sends).where(sends.c.channel == channel, sends.c.ts == ts)
    return db.execute(query.order_by(sends.c.id.desc()).limit(1)).one_or_none()


def of_conversation(db: Connection, conversation_id: str) -> list[Row[Any]]:
    """All of it, the oldest first, each with its delivery's `kind` and `state`."""
    return _OF_CONVERSATION(db, talk=conversation_id)


def erase(db: Connection, conversation_id: str) -> None:
    """Words go, and with them the bytes that were sent and what the network made of them."""
    its = sends.c.conversation_id == conversation_id
    ids: Iterable[str] = db.execute(select(sends.c.delivery_id).where(its)).scalars().all()
    db.execute(update(attempts).where(attempts.c.delivery_id.in_(ids)).values(bytes=b"", evidence=None))
    db.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(prepared={}, reason=None))
    db.execute(update(sends).where(its).values(text="", alt=None, image_sha256=None))
