"""The one order in which rows are locked. Read this before a verb locks, or changes, one row more.

On PostgreSQL transactions run side by side, and two that lock the same rows in different orders wait for each other
in a circle until the server gives one of them up. SQLite has one writer: there nothing here waits.

1. **The gate** (`gate.lock_shared`, `gate.lock_exclusively`), before any row that somebody else may want. Who waits
   for it holds nothing. A pause, a resume and the end of a drill hold it exclusively: no other transaction that takes
   the gate runs beside them, so they may go through one post after the other.
   Then, **who an account is signed in as** (`sign_ins.lock`): where it is replaced by another one, posts come after it.
   Whoever stores what came in, or a session, only keeps others from changing it (`sign_ins.hold`), before all else.
2. **Posts**, by id. A post's row stands for all of it: who holds it may take its approvals, its deliveries, their
   attempts and its card in any order.
   **Conversations**, by id, stand for theirs in the same way (`services/inbox/lifecycle.py`); nobody locks a
   post after one. A reply's begin waits for its own before it takes the gate, and lets it go again
   (`wait_for_row`): a pause waits for who holds the gate.
   Before them, whoever takes messages in: the **rings** (`conversations.lock_rings`).
3. **Deliveries**, by id, where no post is held: a take-down has only its own. Who takes deliveries as they come
   (claims, leases) leaves out what is locked, and takes nothing after them.
   After them the public addresses of their images, by id.
4. **Accounts**: the minute between two begins.
5. **The hour** (`conversations.lock_hour`): who may put up a message that comes once an hour, or asks about several
   posts.
6. **Pauses and drills**: the row that tells of one. (A real pause ends a drill first, whole: nobody else takes what is
   a drill's but with the gate.)
7. **Cards** of every kind, by id, then the banners, by id, and the lines under them: all at once, at the end of the
   transaction. Verbs say what changes in whatever order; `store/slack/card_changes.py` gathers it and locks once.
   Nothing is locked after them.

**Memberships**, and what people have **begun** to type, are locked in transactions of their own, with nothing else
(erasing a conversation takes what was begun about it last; so does an import the row of its plan).

Rows are locked by a SELECT before the UPDATE that would lock them anyway: an UPDATE of many rows takes them as it
finds them; only a SELECT … ORDER BY … FOR UPDATE has an order. `tests/store/engine/test_row_locks.py` watches.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, and_, select

from bot.store.engine.indexes import is_one_of


def lock_in_order(db: Connection, table: Table, *which: Any) -> Any:
    """The condition of an UPDATE of several rows of `table`, which locks them by id first."""
    if db.dialect.name != "postgresql":
        return and_(*which)
    locked = select(table.c.id).where(*which).order_by(table.c.id).with_for_update()
    return is_one_of(db, table.c.id, locked)


def wait_for_row(db: Connection, table: Table, row_id: str) -> None:
    """Wait until nobody else holds this row, and hold it no longer than that: for whoever is about to take the gate,
    and would keep a pause waiting with it. On SQLite nobody else writes."""
    if db.dialect.name == "postgresql":
        with db.begin_nested() as savepoint:
            db.execute(select(table.c.id).where(table.c.id == row_id).with_for_update()).all()
            savepoint.rollback()  # which lets go of the row
