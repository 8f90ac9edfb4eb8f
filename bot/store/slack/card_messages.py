"""What became of a card's or a line's message in Slack, as the reconciler writes it down.

"Asked" is written before a message is posted, since posting has no idempotency key: until the answer is written, nobody
knows whether it is there, and it is looked for before it is posted again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Database
from sqlalchemy import Table, bindparam, case, or_, select, update

from bot.domain.urgency import Urgency
from bot.store.engine.moment import Moment
from bot.store.engine.row_locks import lock_in_order
from bot.store.slack.cards import Card, Line
from bot.store.tables.slack import cards, lines

_MINE = {table.name: table.c.id == bindparam("which") for table in (cards, lines)}
_ASK = {
    table.name: update(table)
    .where(_MINE[table.name], table.c.asked_at.is_(None), table.c.ts.is_(None))
    .values(asked_at=bindparam("moment", type_=Moment), retry_at=None)
    .returning(table.c.id)
    for table in (cards, lines)
}


def _is_nowhere_else(table: Table, ts: Any) -> Any:
    return or_(table.c.ts.is_(None), table.c.ts == ts)


_CALM = case((cards.c.wanted <= bindparam("seen"), Urgency.NOT_URGENT), else_=cards.c.urgency)
_DRAWN = update(cards).where(_MINE["cards"]).values(shown=bindparam("seen"), retry_at=None, urgency=_CALM)
_POSTED = _DRAWN.where(_is_nowhere_else(cards, bindparam("there"))).values(
    ts=bindparam("there"), asked_at=None
)


def mark_asked(db: Database, item: Card | Line, now: datetime) -> bool:
    """A message is about to be posted for it: from here on nobody knows, until the answer is written down.

    False: somebody else asked, or posted it; do not post.
    """
    asked = db.execute(_ASK[_table(item).name], {"which": item.id, "moment": now})
    return asked.first() is not None


def mark_not_posted(db: Database, item: Card | Line, retry_at: datetime | None) -> None:
    """Proven: what was asked at `item.asked_at` is no message. It may be posted (again), not before `retry_at`.

    Nothing changes if somebody else has looked since, and asked again: a process may have been halted in between.
    """
    table = _table(item)
    ours = (table.c.id == item.id) & (table.c.asked_at == item.asked_at)
    db.execute(update(table).where(ours).values(asked_at=None, retry_at=retry_at))


def put_off(db: Database, item: Card | Line, retry_at: datetime) -> None:
    """Look at it again then; whether it was posted stays as open as it is."""
    table = _table(item)
    db.execute(update(table).where(table.c.id == item.id).values(retry_at=retry_at))


def mark_posted(db: Database, item: Card | Line, ts: str, shown: int = 0) -> bool:
    """The message is there. `shown` (cards only): the `wanted` it was drawn from; 0 if nobody knows.

    False: it is another message already, which was posted while a process was halted; this one is the younger.
    """
    if isinstance(item, Line):
        there = update(lines).where(lines.c.id == item.id, _is_nowhere_else(lines, ts))
        return db.execute(there.values(ts=ts, asked_at=None, retry_at=None)).rowcount > 0
    if not db.execute(_POSTED, {"which": item.id, "there": ts, "seen": shown}).rowcount:
        return False
    older = (cards.c.kind == item.kind) & (cards.c.subject == item.subject) & (cards.c.id != item.id)
    links = lock_in_order(db, cards, older, cards.c.current.is_(False), cards.c.gone.is_(False))
    db.execute(update(cards).where(links).values(wanted=cards.c.wanted + 1, retry_at=None))
    return True


def find_ts(db: Database, item: Card | Line) -> str | None:
    """Which message it is now."""
    table = _table(item)
    return db.execute(select(table.c.ts).where(table.c.id == item.id)).scalar_one_or_none()


def mark_drawn(db: Database, item: Card, shown: int) -> None:
    """Slack shows the card as it was wanted at `shown`. What came meanwhile keeps its urgency; and if that was drawn by
    another process while this one was halted, the older picture now stands over it: it is wrong again."""
    db.execute(_DRAWN, {"which": item.id, "seen": shown})


def give_up(db: Database, item: Card | Line) -> None:
    """It will never be in Slack (again); a line given up lets the next ones through."""
    table = _table(item)
    db.execute(update(table).where(table.c.id == item.id).values(gone=True, retry_at=None))
    if isinstance(item, Card):
        unsaid_ones = (lines.c.card_id == item.id) & lines.c.ts.is_(None)
        db.execute(update(lines).where(unsaid_ones).values(gone=True))


def _table(item: Card | Line) -> Table:
    return cards if isinstance(item, Card) else lines


def rename_channel(db: Database, name: str, channel: str) -> None:
    """Cards made for "#name" are for this channel id."""
    named = lock_in_order(db, cards, cards.c.channel == name)
    db.execute(update(cards).where(named).values(channel=channel))
