"""Which post of ours conversations, piles and spikes are about."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, or_, select, update

from bot.domain.kinds import CardType
from bot.store.engine.row_locks import lock_in_order
from bot.store.tables.inbox import conversations, piles, spikes
from bot.store.tables.slack import cards


def find_nameless(db: Connection, account: str, thread: str) -> list[str]:
    """Ids of conversations below this root, of which nobody knew that it is a post of ours; locked."""
    its = (
        conversations.c.account == account,
        conversations.c.thread == thread,
        conversations.c.post_id.is_(None),
    )
    query = select(conversations.c.id).where(*its).order_by(conversations.c.id)
    return list(db.execute(query.with_for_update()).scalars())


def adopt(db: Connection, account: str, thread: str, post_id: str) -> None:
    """What stands below this root is about this post. Its conversations are locked."""
    for table, root in ((conversations, "thread"), (piles, "key"), (spikes, "thread")):
        below = lock_in_order(
            db, table, table.c.account == account, table.c[root] == thread, table.c.post_id.is_(None)
        )
        db.execute(update(table).where(below).values(post_id=post_id))


def redraw(db: Connection, post_id: str, account: str) -> None:
    """Every card that says what customers wrote about: before the post's own card, as everywhere."""
    own = conversations.c.post_id == post_id, conversations.c.account == account
    db.execute(select(conversations.c.id).where(*own).order_by(conversations.c.id).with_for_update()).all()
    shown = or_(*(_of(kind, table, post_id, account) for kind, table in _CARDS))
    current = lock_in_order(db, cards, cards.c.current, shown)
    db.execute(update(cards).where(current).values(wanted=cards.c.wanted + 1, retry_at=None))


_CARDS = ((CardType.CONVERSATION, conversations), (CardType.PILE, piles), (CardType.SPIKE, spikes))


def _of(kind: CardType, table: Table, post_id: str, account: str) -> Any:
    its = select(table.c.id).where(table.c.post_id == post_id, table.c.account == account)
    return (cards.c.kind == kind) & cards.c.subject.in_(its)
