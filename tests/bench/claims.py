"""Claiming what is due beside a thousand and beside a million finished deliveries, on both databases."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text, update

from bot.domain.hours import parse_hours
from bot.domain.policy import Policy
from bot.services.deliveries import machine
from bot.services.unit_of_work import UnitOfWork
from bot.store.engine.migrate import migrate
from bot.store.engine.store import Store, parse_dialect
from bot.store.tables.core import deliveries
from tests.bench.byhand import RealClock
from tests.bench.figures import Figure, at_most, cannot_run
from tests.postgres import PostgresServer

FEW, MANY = 1_000, 1_000_000
READY = 200
BATCH = 20

POST = """INSERT INTO posts (id, number, status, version_id, created_at, status_at, reminded, drill)
VALUES ('post', 1, 'publishing', 'version', 0, 0, 0, :no)"""
VERSION = """INSERT INTO versions (id, post_id, seq, sha256, accounts, text, variants, images, visibility, language,
label, note, immediate, words_by, saved_at)
VALUES ('version', 'post', 1, 'x', '[]', 'Fresh bread', '{}', '[]', '{}', '{}', '', '', :no, '[]', 0)"""
ROWS = """INSERT INTO deliveries (id, post_id, kind, account, state, due_at, fence, tries, idem_key, handle, prepared,
changed_at) SELECT :state || n, 'post', 'post', :state || n, :state, n, 1, 1, :state || n, 'h', '{}', 0 FROM """
NUMBERS = {
    "sqlite": "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :count) SELECT n FROM c) s",
    "postgresql": "generate_series(1, :count) AS s(n)",
}


def measure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    many = MANY // 50 if quick else MANY
    yield _figure("SQLite", *(f"sqlite:///{folder / name}.db" for name in ("few", "many")), many=many)
    place = Path(tempfile.mkdtemp(prefix="pg-"))  # its socket's path must be short
    try:
        server = PostgresServer(place)
    except (ImportError, OSError, RuntimeError) as error:
        yield cannot_run("claim on PostgreSQL", str(error))
        return
    try:
        yield _figure("PostgreSQL", *(server.new_database(name) for name in ("few", "many")), many=many)
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


def _figure(name: str, few_url: str, many_url: str, *, many: int) -> Figure:
    few, full = _filled(few_url, FEW), _filled(many_url, many)
    took: tuple[list[float], list[float]] = ([], [])
    with few, full:
        for _ in range(60):
            for store, times in zip((few, full), took, strict=True):
                times.append(_one_claim(store))
    label = f"claim of {BATCH}, {name}: {many:,} finished against {FEW:,}"
    return at_most(label, median(took[1]) * 1000, median(took[0]) * 1000, 1.5, "ms")


def _filled(url: str, finished: int) -> Store:
    clock = RealClock()
    migrate(url, now=clock.now)
    store = Store.open(url, now=clock.now)
    dialect = parse_dialect(url)

    def fill(db: Connection) -> None:
        db.execute(text(POST), {"no": False})
        db.execute(text(VERSION), {"no": False})
        for state, count in (("sent", finished), ("ready", READY)):
            db.execute(text(ROWS + NUMBERS[dialect]), {"state": state, "count": count})

    store.write(fill)
    store.write(lambda db: db.execute(text("ANALYZE")))
    return store


def _one_claim(store: Store) -> float:
    """Seconds of one claim inside its transaction; afterwards its rows are as they were."""

    def claim(db: Connection) -> float:
        work = UnitOfWork(
            db, datetime.now(UTC), Policy(ZoneInfo("UTC"), parse_hours("", UTC)), {}, lambda _what: None
        )
        began = time.perf_counter()
        claimed = machine.claim(work, "bench", BATCH)
        took = time.perf_counter() - began
        assert len(claimed) == BATCH
        ids = [one.delivery_id for one in claimed]
        db.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(state="ready"))
        return took

    return store.write(claim)
