"""The log is copied into the database by a thread of its own, not inside somebody's COMMIT."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, insert, text

from bot.store.engine.sqlite import to_database_path
from bot.store.engine.store import Store
from bot.store.tables.system import counters
from tests.stores import NOW

MEGABYTE = 1024 * 1024
PATIENCE = 10.0  # seconds


def test_the_log_is_copied_while_the_writer_goes_on(sqlite_url: str) -> None:
    """The writer itself would do it after 16,000 pages; here are some 600."""
    path = to_database_path(sqlite_url)
    with Store.open(sqlite_url, now=lambda: NOW) as store:
        before = path.stat().st_size
        for number in range(60):
            rows = [{"name": f"{number}-{n}" + "x" * 30, "value": n} for n in range(500)]
            store.write(partial(Connection.execute, statement=insert(counters), parameters=rows))
        assert _grown(path, before + MEGABYTE), "nothing was copied"
        total = store.read(lambda conn: conn.execute(text("SELECT count(*) FROM counters")).scalar_one())
        assert total >= 30_000
        assert store.read(lambda conn: conn.execute(text("PRAGMA integrity_check")).scalar_one()) == "ok"


def _grown(path: Path, size: int) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if path.stat().st_size >= size:
            return True
        time.sleep(0.02)
    return False
