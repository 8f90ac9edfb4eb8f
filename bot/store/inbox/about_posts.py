"""Which post of ours conversations, piles and spikes are about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, or_, select, update

from bot.domain.deliveries import State
from bot.domain.kinds import CardType, DeliveryType
from bot.store.engine.row_locks import lock_in_order
from bot.store.slack.card_changes import redraw_last
from bot.store.tables.core import deliveries
from bot.store.tables.inbox import conversations, piles, spikes
from bot.store.tables.slack import cards


def find_nameless(db: Connection, account: str, since: datetime) -> list[tuple[str, str]]:
    """(the root, the id of our post that it is), of what was written to since then while nobody knew that."""
    query = (
        select(conversations.c.thread, deliveries.c.post_id)
        .join(
            deliveries,
            and_(deliveries.c.account == account, deliveries.c.remote_id == conversations.c.thread),
        )
        .where(
            conversations.c.account == account, conversations.c.last_at >= since,
            conversations.c.post_id.is_(None), conversations.c.private.is_(False),
            deliveries.c.kind == DeliveryType.POST, deliveries.c.state == State.SENT.key,
        )
        .distinct()
        .order_by(deliveries.c.post_id)
    )  # fmt: skip
    return [(row.thread, row.post_id) for row in db.execute(query)]


def list_nameless_roots(db: Connection, account: str, since: datetime) -> set[str]:
    """Of what was written to since then, and is about no post as far as anybody knows."""
    query = select(conversations.c.thread).where(
        conversations.c.account == account, conversations.c.last_at >= since,
        conversations.c.post_id.is_(None), conversations.c.private.is_(False),
    )  # fmt: skip
    return set(db.execute(query).scalars())


def list_prepared_since(db: Connection, account: str, since: datetime) -> list[tuple[str, Mapping[str, Any]]]:
    """(the post's id, what its delivery keeps) of the account's posts of which something was written since then."""
    query = select(deliveries.c.post_id, deliveries.c.prepared).where(
        deliveries.c.account == account, deliveries.c.kind == DeliveryType.POST,
        deliveries.c.state == State.SENT.key, deliveries.c.changed_at >= since,
    )  # fmt: skip
    return [(row.post_id, row.prepared) for row in db.execute(query)]


def adopt(db: Connection, account: str, thread: str, post_id: str) -> bool:
    """What stands below this root is about this post, whose row is locked. False: somebody else is at one of its
    conversations, and nothing was changed; nobody waits for them with a post in hand: whoever stores one more below it
    waits for the post, to which its row refers."""
    below_it = and_(conversations.c.thread == thread, conversations.c.post_id.is_(None))
    its = conversations.c.account == account, or_(below_it, conversations.c.post_id == post_id)
    every = select(conversations.c.id).where(*its).order_by(conversations.c.id)
    free = db.execute(every.with_for_update(skip_locked=True)).scalars().all()
    if len(free) < len(db.execute(every).scalars().all()):
        return False
    for table, root in ((conversations, "thread"), (piles, "key"), (spikes, "thread")):
        below = lock_in_order(
            db, table, table.c.account == account, table.c[root] == thread, table.c.post_id.is_(None)
        )
        db.execute(update(table).where(below).values(post_id=post_id))
    return True


def lock(db: Connection, post_id: str, account: str) -> None:
    """Its conversations, by id."""
    own = conversations.c.post_id == post_id, conversations.c.account == account
    db.execute(select(conversations.c.id).where(*own).order_by(conversations.c.id).with_for_update()).all()


def redraw(db: Connection, post_id: str, account: str) -> None:
    """Every card that says what customers wrote about."""
    lock(db, post_id, account)
    shown = or_(*(_of(kind, table, post_id, account) for kind, table in _CARDS))
    redraw_last(db, select(cards.c.id).where(cards.c.current, shown))


_CARDS = ((CardType.CONVERSATION, conversations), (CardType.PILE, piles), (CardType.SPIKE, spikes))


def _of(kind: CardType, table: Table, post_id: str, account: str) -> Any:
    its = select(table.c.id).where(table.c.post_id == post_id, table.c.account == account)
    return (cards.c.kind == kind) & cards.c.subject.in_(its)
