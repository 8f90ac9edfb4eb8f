"""What lies behind costs nothing: a screen and a command ask as often, and read as much, after years as after a week.

Steps are those of SQLite's machine, counted, so that no busy computer decides.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Connection

from bot.domain.gate import ALL
from bot.domain.shown.post_screens import Ahead
from bot.services import settings_changes
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.services.posts import review, rights
from bot.services.queries import home as home_queries
from bot.services.queries import inbox as inbox_queries
from bot.services.queries import pause as pause_queries
from bot.services.queries import posts as post_queries
from bot.services.queries import status as status_queries
from bot.services.unit_of_work import Services, UnitOfWork
from bot.store import deliveries
from bot.store.engine.store import Store
from bot.store.inbox import messages
from bot.store.pause import drills, gate, pauses
from bot.store.slack import cards
from bot.workers import due
from tests.backend import MORNING, TOM, Backend, ManualClock, key, team
from tests.store import long_history

FEW, MANY = 1600, 4800  # both hold the whole of the last month
MORE = 1.1  # times; an index of more rows may be a level deeper
STEPS = 10  # of SQLite's machine, between two counts

WEEK = timedelta(days=7)


def _pause_anew(work: UnitOfWork, scope: str) -> None:
    """As if nothing were paused."""
    row = gate.lock_exclusively(work.db, ALL)
    gate.save(work.db, replace(row, paused=False))
    pauses.end(work.db, "now", work.now, TOM.id)
    pausing.pause(work, TOM, scope, "", key())
    shut = pauses.find_running(work.db, scope)
    assert shut is not None
    pause_queries.load_banner(work, shut.id)


QUESTIONS: dict[str, Callable[[UnitOfWork], Any]] = {
    "App Home": lambda work: home_queries.load_home(work, TOM),
    "App Home's inbox": lambda work: inbox_queries.load_home_inbox(work, TOM),
    "the inbox": lambda work: inbox_queries.load_inbox(work, TOM),
    "upcoming, the week": lambda work: post_queries.list_upcoming(work, Ahead.WEEK, TOM),
    "upcoming, all": lambda work: post_queries.list_upcoming(work, Ahead.ALL, TOM),
    "status": status_queries.load_status,
    "the card of a post ahead": lambda work: post_queries.load_card(work, "q1"),
    "the card of an old post": lambda work: post_queries.load_card(work, "p43"),
    "the banner": lambda work: pause_queries.load_banner(work, "now"),
    "the Resume dialog": lambda work: pause_queries.load_resume_form(work, ALL),
    "resume": lambda work: resuming.resume(work, TOM, ALL, 1, {}, key()),
    "a pause of everything": lambda work: _pause_anew(work, ALL),
    "a pause of an account": lambda work: _pause_anew(work, "bakery"),
    "the settings, at start": settings_changes.adopt_settings,
    "approvals whose person lost the right": rights._list_affected,
    "what is due": due.collect_due,
    "the newest roots": lambda work: messages.list_recent_roots(work.db, "bakery", work.now - WEEK, 20),
    "messages to look at": lambda work: messages.list_to_look_at(
        work.db, "bakery", after="", since=work.now - timedelta(days=1), limit=50
    ),
    "whose thread it is": lambda work: cards.find_shown_at(work.db, "C0SOCIAL", "ts43"),
    "what is drawn next": lambda work: cards.list_dirty(work.db, work.now),
    "how many cards are behind": lambda work: cards.count_behind(work.db),
    "a send that stopped": lambda work: deliveries.find_lapsed_send(work.db, work.now),
    "claims that ended": lambda work: deliveries.free_claims(work.db, work.now),
    "a drill that runs": lambda work: drills.find_running(work.db),
}


@dataclass(frozen=True)
class Cost:
    statements: int
    steps: int


class Undone(Exception):
    """Nothing of it is kept."""


def measure(services: Services, ask: Callable[[UnitOfWork], Any]) -> Cost:
    """What it costs, in a transaction that is undone."""
    said: list[str] = []
    ticks = 0

    def tick() -> int:
        nonlocal ticks
        ticks += 1
        return 0

    def run(work: UnitOfWork) -> None:
        driver = cast("sqlite3.Connection", work.db.connection.dbapi_connection)
        driver.set_trace_callback(said.append)
        driver.set_progress_handler(tick, STEPS)
        try:
            ask(work)
        finally:
            driver.set_trace_callback(None)
            driver.set_progress_handler(None, 0)
        raise Undone

    with pytest.raises(Undone):
        services.do(run)
    return Cost(len(said), ticks * STEPS)


@pytest.fixture(scope="module")
def histories(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """The same days behind a few posts, and behind many."""
    folder = tmp_path_factory.mktemp("histories")
    made = []
    for old in (FEW, MANY):
        path = folder / f"{old}.db"
        shutil.copyfile(sqlite_template, path)
        with Store.open(f"sqlite:///{path}", now=lambda: MORNING) as store:
            store.write(partial(_fill, old=old))
        made.append(path)
    return tuple(made)


def _fill(db: Connection, old: int) -> None:
    gate.make_rows(db, long_history.ACCOUNTS)
    long_history.fill(db, old, MORNING)


@pytest.fixture
def both(histories: tuple[Path, ...]) -> Iterator[list[Services]]:
    with ExitStack() as stack:
        stores = [
            stack.enter_context(Store.open(f"sqlite:///{path}", now=lambda: MORNING)) for path in histories
        ]
        yield [Services(store, ManualClock(), team(), {}, lambda what: None) for store in stores]


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_lies_behind_costs_nothing(both: list[Services], name: str) -> None:
    few, many = (measure(services, QUESTIONS[name]) for services in both)
    assert many.statements == few.statements
    assert many.steps <= MORE * few.steps + 10 * STEPS


def test_steps_are_counted(both: list[Services]) -> None:
    """Else nothing above says anything."""
    few, many = (
        measure(services, lambda work: work.db.exec_driver_sql("SELECT max(text) FROM versions").all())
        for services in both
    )
    assert many.steps > 2 * few.steps > 1000


def test_many_to_come_are_asked_for_together(sqlite_backend: Backend) -> None:
    """A list asks as often for six posts as for one."""
    counted = []
    for more in (1, 5):
        for number in range(more):
            sqlite_backend.services.do(
                review.approve, TOM, sqlite_backend.plan(f"No. {number}", minutes=20), key()
            )
        counted.append(measure(sqlite_backend.services, QUESTIONS["upcoming, all"]).statements)
    assert counted[0] == counted[1]
