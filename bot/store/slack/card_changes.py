"""Cards and lines are changed at the end of a transaction, all at once, after their rows were locked in one order.

A verb touches a customer's card and then its post's, another many of both: each locks what it comes to first. So what
they change is gathered, the cards are locked by id, banners last, and then it is done in the order it was asked for.
SQLite has one writer and locks nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Select, case, func, or_, select, union_all, update

from bot.domain.kinds import CardType
from bot.domain.urgency import Urgency
from bot.store.engine.hooks import find_last
from bot.store.engine.indexes import is_one_of
from bot.store.tables.slack import cards

Change = Callable[[Connection], object]
BANNERS = (CardType.BANNER, CardType.DRILL)  # nothing is locked after them


class CardChanges:
    """What one transaction will change."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.subjects: dict[CardType, set[str]] = {}
        self.many: list[Any] = []  # queries of cards' ids

    def __call__(self, db: Connection) -> None:
        if db.dialect.name == "postgresql" and len(self.changes) > 1:  # one alone locks as it changes
            self._lock(db)
        for change in self.changes:
            change(db)

    def _lock(self, db: Connection) -> None:
        queries = list(self.many)
        if self.subjects:
            named = [
                (cards.c.kind == kind) & cards.c.subject.in_(sorted(its))
                for kind, its in sorted(self.subjects.items())
            ]
            queries.append(select(cards.c.id).where(or_(*named), cards.c.current))
        its = is_one_of(db, cards.c.id, union_all(*queries) if len(queries) > 1 else queries[0])
        db.execute(select(func.count()).select_from(_lock_in_order(its).subquery("in_order"))).all()


def _lock_in_order(its: Any) -> Select[str]:
    """The ids of these cards, each locked."""
    in_order = select(cards.c.id).where(its).order_by(cards.c.kind.in_(BANNERS), cards.c.id)
    return in_order.with_for_update()


def change_last(db: Connection, kind: CardType, subject: str, change: Change) -> None:
    """`change` the current card of this subject, or its lines, at the end of the transaction."""
    gathered = find_last(db, CardChanges)
    if gathered is None:
        change(db)
        return
    gathered.subjects.setdefault(kind, set()).add(subject)
    gathered.changes.append(change)


def redraw_last(db: Connection, which: Any, *, urgency: Urgency = Urgency.NOT_URGENT) -> None:
    """Redraw all cards whose ids this query finds, at the end of the transaction."""
    sooner = case((cards.c.urgency > urgency, urgency), else_=cards.c.urgency)
    values = {"wanted": cards.c.wanted + 1, "retry_at": None, "urgency": sooner}
    its = is_one_of(db, cards.c.id, which)
    if db.dialect.name == "postgresql":
        its = is_one_of(db, cards.c.id, _lock_in_order(its))
    redraw = update(cards).where(its).values(values)
    gathered = find_last(db, CardChanges)
    if gathered is None:
        db.execute(redraw)
        return
    gathered.many.append(which)
    gathered.changes.append(lambda db: db.execute(redraw))
