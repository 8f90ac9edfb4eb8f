"""What people open every day with a thousand posts ahead: beside a hundred old ones, and a hundred thousand; on both
databases.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection

from bot.domain.gate import ALL
from bot.domain.shown.post_screens import Ahead
from bot.services import digest
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.services.queries import home as home_queries
from bot.services.queries import inbox as inbox_queries
from bot.services.queries import pause as pause_queries
from bot.services.queries import posts as post_queries
from bot.services.queries import status as status_queries
from bot.services.queries import upcoming
from bot.services.queries.digest import load_digest
from bot.services.unit_of_work import Services, UnitOfWork
from bot.store.engine.migrate import migrate
from bot.store.engine.store import Store
from bot.store.pause import gate
from tests.backend import MORNING, TOM, key, team
from tests.bench.figures import Figure, at_most, cannot_run
from tests.postgres import PostgresServer
from tests.store import long_history

FEW, MANY = 100, 100_000
AHEAD = 1_000
TIMES = 2
TURNS = 15


class StoppedClock:
    def now(self) -> datetime:
        return MORNING

    def elapsed(self) -> float:
        return time.monotonic()


class Undone(Exception):
    """Nothing of it is kept."""


def _home(work: UnitOfWork) -> None:
    home_queries.load_home(work, TOM)
    inbox_queries.load_home_inbox(work, TOM)


def _upcoming(work: UnitOfWork) -> None:
    """With the table of its days."""
    post_queries.list_upcoming(work, Ahead.WEEK, TOM)
    upcoming.judge_week(work, upcoming.Wanted(Ahead.WEEK))


def _digest(work: UnitOfWork) -> None:
    """Whether one is due, which is asked all day; and what it says."""
    digest.find_due(work)
    load_digest(work, MORNING.date())


def _pause(work: UnitOfWork) -> None:
    """Of one account, beside the pause that is on; with its banner."""
    done = pausing.pause(work, TOM, long_history.ACCOUNTS[0], "", key())
    pause_queries.load_banner(work, done.pause_id)


def _resume(work: UnitOfWork) -> None:
    form = pause_queries.load_resume_form(work, ALL)
    assert form is not None
    assert len(form.rows) == resuming.LISTED
    resuming.resume(work, TOM, ALL, form.epoch, {}, key())


ASKED: Mapping[str, Callable[[UnitOfWork], Any]] = {
    "App Home": _home,
    "/social upcoming": _upcoming,
    "/social status": status_queries.load_status,
    "the digest": _digest,
    "/social pause": _pause,
    "/social resume": _resume,
}


def measure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    many, turns = (MANY // 100, 2) if quick else (MANY, TURNS)
    yield from _figures(
        "SQLite", *(f"sqlite:///{folder / name}.db" for name in ("few", "many")), many=many, turns=turns
    )
    place = Path(tempfile.mkdtemp(prefix="pg-"))  # its socket's path must be short
    try:
        server = PostgresServer(place)
    except (ImportError, OSError, RuntimeError) as error:
        yield cannot_run("history on PostgreSQL", str(error))
        return
    try:
        yield from _figures("PostgreSQL", *map(server.new_database, ("few", "many")), many=many, turns=turns)
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


def _figures(name: str, few_url: str, many_url: str, *, many: int, turns: int) -> Iterator[Figure]:
    """Turn and turn about, each in a transaction that is undone."""
    few, full = _filled(few_url, FEW), _filled(many_url, many)
    with few.store, full.store:
        for what, ask in ASKED.items():
            took: tuple[list[float], list[float]] = ([], [])
            for _ in range(turns):
                for services, times in zip((few, full), took, strict=True):
                    times.append(_take(services, ask))
            label = f"{what}, {name}: {many:,} old posts against {FEW:,}"
            yield at_most(label, median(took[1]) * 1000, median(took[0]) * 1000, TIMES, "ms")


def _filled(url: str, old: int) -> Services:
    clock = StoppedClock()
    migrate(url, now=clock.now)
    store = Store.open(url, now=clock.now)

    def fill(db: Connection) -> None:
        gate.make_rows(db, long_history.ACCOUNTS)
        long_history.fill(db, old, MORNING, AHEAD)

    store.write(fill, timeout=timedelta(minutes=5).total_seconds())
    if url.startswith("postgresql"):
        store.write(lambda db: db.exec_driver_sql("ANALYZE"))  # as it does by itself, a minute later
    return Services(store, clock, team(), {}, lambda _what: None)


def _take(services: Services, ask: Callable[[UnitOfWork], Any]) -> float:
    """Seconds, without the wait for the commit."""
    took = 0.0

    def run(work: UnitOfWork) -> None:
        nonlocal took
        began = time.perf_counter()
        ask(work)
        took = time.perf_counter() - began
        raise Undone

    with suppress(Undone):
        services.do(run)
    return took
