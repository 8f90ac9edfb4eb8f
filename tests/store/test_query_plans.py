"""What SQLite reads for the questions that are asked for each message and each turn, however much there is by then.

Without figures of its tables it takes the first index that fits, and that may be the one of all there ever was: a flood
became slower with every message, and nothing else showed it. With figures, once somebody runs ANALYZE, it must not do
worse.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, insert

from bot.domain.kinds import CardType, LineType
from bot.store.engine.store import Store
from bot.store.inbox import messages as message_store
from bot.store.slack import card_lines
from bot.store.slack import cards as card_store
from bot.store.tables.inbox import conversations, messages, words
from bot.store.tables.slack import cards, lines
from tests.stores import NOW

THERE = 400  # rows of each table; a handful of them matter now


def fill(db: Connection) -> None:
    """As a database looks after a while: nearly everything in it is over."""
    for number in range(THERE):
        over = number < THERE - 3
        row = {"id": str(number), "created_at": NOW}
        db.execute(insert(cards).values(
            **row, kind=CardType.POST, subject=f"p{number}", channel="C1", ts="1.0", wanted=1 if over else 2, shown=1,
        ))  # fmt: skip
        db.execute(insert(lines).values(
            **row, card_id=str(number), seq=1, kind=LineType.MISSED, values={}, ts="1.1" if over else None,
        ))  # fmt: skip
        db.execute(insert(lines).values(
            **{**row, "id": f"r{number}"}, card_id=str(number), seq=2, kind=LineType.ERASED, values={}, ts="1.2",
            redraw=not over,
        ))  # fmt: skip
        db.execute(insert(conversations).values(
            id=str(number), number=number, account="bakery", customer=f"c{number}", thread="t", private=False,
            stage="done", opened_at=NOW, last_at=NOW, reasons=[],
        ))  # fmt: skip
        db.execute(insert(messages).values(
            id=str(number), account="bakery", remote_id=str(number), conversation_id=str(number), place=1, seq=1,
            via="customer", kind="comment", at=NOW, received_at=NOW, stream="notices", reference={},
        ))  # fmt: skip
        db.execute(insert(words).values(
            message_id=str(number), text="Hello", attachments=[], salt="s", likeness=f"l{number}"
        ))  # fmt: skip


INDEXES = {
    "writers of like words": (message_store._WRITERS, "ix_words_likeness"),
    "places with something to draw": (card_store._PLACES, "ix_cards_dirty"),
    "posts to be drawn": (card_store._DIRTY_POSTS, "ix_cards_dirty"),
    "others to be drawn": (card_store._DIRTY_OTHERS, "ix_cards_dirty"),
    "unsaid lines": (card_store._UNSAID, "ix_lines_unsaid"),
    "lines to be drawn again": (card_lines._FADED, "ix_lines_redraw"),
}


def first_step(db: Connection, asked: Select[Any]) -> str:
    sql = str(asked.compile(dialect=db.dialect))
    rows = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", tuple([None] * sql.count("?")))
    return next(str(row[3]) for row in rows if str(row[3]).startswith(("SEARCH", "SCAN")))


def begins_with(step: str, index: str) -> bool:
    return f"USING INDEX {index}" in step or f"USING COVERING INDEX {index}" in step


def wrong(db: Connection) -> dict[str, str]:
    """{question: what it reads first}, where that is not what matters now."""
    steps = {name: first_step(db, asked) for name, (asked, _) in INDEXES.items()}
    return {name: step for name, step in steps.items() if not begins_with(step, INDEXES[name][1])}


def test_it_begins_with_the_few_that_matter(sqlite_store: Store) -> None:
    assert sqlite_store.read(wrong) == {}


def test_it_does_so_in_a_full_database_with_figures(sqlite_store: Store) -> None:
    def analyze(db: Connection) -> None:
        fill(db)
        db.exec_driver_sql("ANALYZE")

    sqlite_store.write(analyze)
    assert (
        sqlite_store.read(lambda db: db.exec_driver_sql("SELECT count(*) FROM sqlite_stat1").scalar_one()) > 5
    )
    assert sqlite_store.read(wrong) == {}
