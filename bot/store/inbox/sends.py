"""Sends: a person's Send of exactly this, the authority of a reply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from bot.domain.deliveries import State
from bot.store.engine.row_locks import wait_for_row
from bot.store.tables.core import attempts, deliveries
from bot.store.tables.inbox import conversations, sends

_OF_CONVERSATION = (  # built once: see posts/posts.py
    select(sends, deliveries.c.state)
    .join(deliveries, deliveries.c.id == sends.c.delivery_id)
    .where(sends.c.conversation_id == bindparam("conversation"))
    .order_by(sends.c.id)
)


@dataclass(frozen=True)
class Send:
    """What a person pressed Send on, and what they had seen."""

    id: str
    conversation_id: str
    message_id: str  # the inbound one it answers
    text: str
    digest: str
    seen_seq: int
    seq: int  # the conversation's, once this was pressed
    delivery_id: str
    by_user: str
    at: datetime
    draft_id: str | None = None
    image_sha256: str | None = None
    alt: str | None = None
    in_spite: bool = False  # "Send mine as well"
    corrects: str | None = None  # the delivery whose words it replaces
    channel: str | None = None  # the Slack message it was taken from
    ts: str | None = None


@dataclass(frozen=True)
class SendOnItsWay:
    """A Send, and where its delivery stands."""

    send: Send
    state: State


def add(db: Connection, send: Send) -> None:
    db.execute(insert(sends).values(**asdict(send)))


def wait_for_conversation(db: Connection, conversation_id: str) -> None:
    """To be called before the gate is taken: whoever works on it keeps no pause waiting."""
    wait_for_row(db, conversations, conversation_id)


def find_of_delivery(db: Connection, delivery_id: str) -> Send | None:
    row = db.execute(select(sends).where(sends.c.delivery_id == delivery_id)).one_or_none()
    return _send(row) if row else None


def has_not_arrived(db: Connection, draft_id: str) -> bool:
    """Was this draft sent, and its delivery refused or dropped?"""
    query = select(deliveries.c.state).join(sends, sends.c.delivery_id == deliveries.c.id)
    return db.execute(query.where(sends.c.draft_id == draft_id)).scalar() in ("refused", "dropped")


def may_have_arrived_since(db: Connection, draft_id: str) -> bool:
    """Had it not arrived in a backup that was put back? It may have been tried again since."""
    query = select(deliveries.c.copied_at).join(sends, sends.c.delivery_id == deliveries.c.id)
    return db.execute(query.where(sends.c.draft_id == draft_id)).scalar() is not None


def mark_pressed_again(db: Connection, send_id: str, seq: int) -> None:
    """Somebody tries again what did not arrive. `seq`: the conversation's, by that."""
    db.execute(update(sends).where(sends.c.id == send_id).values(seq=seq))


def find_of_source(db: Connection, channel: str, ts: str) -> Send | None:
    """What was sent from this Slack message; the last one, if it was sent more than once."""
    query = select(sends).where(sends.c.channel == channel, sends.c.ts == ts)
    row = db.execute(query.order_by(sends.c.id.desc()).limit(1)).one_or_none()
    return _send(row) if row else None


def list_of_conversation(db: Connection, conversation_id: str) -> list[SendOnItsWay]:
    """All of it, the oldest first."""
    rows = db.execute(_OF_CONVERSATION, {"conversation": conversation_id})
    return [SendOnItsWay(_send(row), State.of(row.state)) for row in rows]


def find_corrector(db: Connection, send: Send) -> str | None:
    """Who wrote the words that the network has of it now. None: it was never corrected."""
    of_it = list_of_conversation(db, send.conversation_id)
    by = [
        one.send.by_user for one in of_it if one.send.corrects == send.delivery_id and one.state is State.SENT
    ]
    return by[-1] if by else None


def erase(db: Connection, conversation_id: str) -> None:
    """Words go, and with them the bytes that were sent and what the network made of them."""
    its = sends.c.conversation_id == conversation_id
    ids: Iterable[str] = db.execute(select(sends.c.delivery_id).where(its)).scalars().all()
    db.execute(update(attempts).where(attempts.c.delivery_id.in_(ids)).values(bytes=b"", evidence=None))
    db.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(prepared={}, reason=None))
    db.execute(update(sends).where(its).values(text="", alt=None, image_sha256=None))


def _send(row: Row[Any]) -> Send:
    return Send(
        id=row.id, conversation_id=row.conversation_id, message_id=row.message_id, text=row.text,
        digest=row.digest, seen_seq=row.seen_seq, seq=row.seq, delivery_id=row.delivery_id,
        by_user=row.by_user, at=row.at, draft_id=row.draft_id, image_sha256=row.image_sha256, alt=row.alt,
        in_spite=row.in_spite, corrects=row.corrects, channel=row.channel, ts=row.ts,
    )  # fmt: skip
