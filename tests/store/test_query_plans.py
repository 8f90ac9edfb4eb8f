"""What SQLite reads for the questions that are asked for each message and each turn, however much there is by then.

Without figures of its tables it takes the first index that fits, and that may be the one of all there ever was: a flood
became slower with every message, and nothing else showed it.
"""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from bot.store import cards, messages, threads
from bot.store.prepared import Prepared
from bot.store.store import Store


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (messages._WRITERS, "ix_words_likeness"),
        (cards._PLACES, "ix_cards_dirty"),
        (cards._DIRTY_POSTS, "ix_cards_dirty"),
        (cards._DIRTY_OTHERS, "ix_cards_dirty"),
        (cards._UNSAID, "ix_lines_unsaid"),
        (threads._FADED, "ix_lines_redraw"),
    ],
)
def test_it_begins_with_the_few_that_matter(sqlite_store: Store, asked: Prepared, index: str) -> None:
    def plan(db: Connection) -> list[str]:
        sql = str(asked._statement.compile(dialect=db.dialect))
        rows = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", tuple([None] * sql.count("?")))
        return [str(row[3]) for row in rows]

    steps = sqlite_store.read(plan)
    first = next(step for step in steps if step.startswith(("SEARCH", "SCAN")))
    assert f"USING INDEX {index}" in first or f"USING COVERING INDEX {index}" in first, steps
