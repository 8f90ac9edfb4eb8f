"""What each statement of a pause reads grows with what it stops: not with what there ever was, and not with the square
of what it stops, whatever the server's figures of its tables say.

They are always from before: a pause makes posts wait again and asks for them in the same transaction; and where they
are of a moment ago, they say nothing of an account's name in a list. Rows are PostgreSQL's own count of what its plan
went through, statement by statement; on SQLite it is the steps of its machine.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Connection, event

from bot.domain.gate import ALL
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.services.queries import pause as pause_queries
from bot.services.unit_of_work import Services, UnitOfWork
from bot.store.engine.hooks import do_last
from bot.store.engine.store import Store
from bot.store.pause import gate, pauses
from bot.store.tables.metadata import metadata
from tests.backend import MORNING, TOM, ManualClock, key, team
from tests.postgres import TEMPLATE, PostgresServer
from tests.store import long_history

Read = list[tuple[str, int]]  # each statement, and how much it read

FEW, MANY = 400, 8000  # old posts; both hold the whole week that a pause looks back on
WEEK = 7 * 24 * 2  # of them, in it
AHEAD = 200
ROWS = 12 * (WEEK + AHEAD)  # what one statement may read; each for each other would be more
STEPS = 10 * ROWS  # of SQLite's machine
STEP = 10  # between two counts
MORE = 1.2  # times what it reads beside few old posts, beside many
PAUSES = MANY // 100  # that are over: a row each, gone through now and then
BAKERY = long_history.ACCOUNTS[0]

# What the server says of its tables: its own figures, taken whenever its autovacuum comes by.
ANALYZE = "ANALYZE"
NO_ROWS = """UPDATE pg_class SET relpages = 3, reltuples = 0
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""
FIGURES = {  # before the posts ahead came, and after
    "never": (None, None),
    "before they came": (ANALYZE, None),
    "just now": (None, ANALYZE),
    "as emptied": (None, NO_ROWS),
}

# Beside `long_history`: what a pause comes by.
OLD = (
    """INSERT INTO deliveries (id, post_id, kind, account, state, fence, tries, idem_key, handle, prepared, changed_at)
    SELECT 'x' || id, id, 'post', 'bakery', CASE WHEN status = 'failed' THEN 'refused' ELSE 'ready' END, 1, 1,
    'x' || id, 'h', '{}', status_at FROM posts WHERE status IN ('missed', 'killed', 'failed')""",
    "INSERT INTO requests (id, by_user, at) SELECT 'r' || id, 'U0MAYA', status_at FROM posts",
    "INSERT INTO request_posts (request_id, place, post_id) SELECT 'r' || id, 0, id FROM posts",
    "INSERT INTO go_requests (id, at) SELECT 'r' || id, status_at FROM posts",
    """INSERT INTO go_request_posts (request_id, post_id, version_id, slot)
    SELECT 'r' || id, id, version_id, status_at FROM posts""",
)
AHEAD_OF_THEM = (
    "UPDATE posts SET status = 'approved' WHERE status = 'scheduled'",
    """INSERT INTO approvals (id, post_id, version_id, sha256, kind, epochs, by_user, action_key, at)
    SELECT 'y' || id, id, version_id, 'x', 'approve', '{}', 'U0TOM', 'y' || id, status_at
    FROM posts WHERE status = 'approved'""",
    """INSERT INTO deliveries (id, post_id, kind, account, state, due_at, fence, tries, idem_key, handle, prepared,
    changed_at) SELECT 'y' || posts.id, posts.id, 'post', substr(accounts_text, 3, length(accounts_text) - 4),
    CASE WHEN number % 5 = 0 THEN 'claimed' WHEN number % 50 = 1 THEN 'sending' ELSE 'ready' END, status_at, 1, 1,
    'y' || posts.id, 'h', '{}', status_at FROM posts
    JOIN (SELECT id, CAST(accounts AS TEXT) AS accounts_text FROM versions) v ON v.id = version_id
    WHERE status = 'approved'""",
    """INSERT INTO request_posts (request_id, place, post_id)
    SELECT 'rp1', number, id FROM posts WHERE status = 'review'""",
    """INSERT INTO go_request_posts (request_id, post_id, version_id, slot)
    SELECT 'rp1', id, version_id, status_at FROM posts WHERE status = 'approved'""",
)  # fmt: skip


def _do_all(db: Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        db.exec_driver_sql(statement.replace("%", "%%") if db.dialect.name == "postgresql" else statement)


def _fill_behind(db: Connection, old: int) -> None:
    gate.make_rows(db, long_history.ACCOUNTS)
    long_history.fill_behind(db, old, MORNING)
    _do_all(db, OLD)


def _fill_ahead(db: Connection) -> None:
    old = int(db.exec_driver_sql("SELECT max(number) FROM posts").scalar_one())
    long_history.fill_ahead(db, old, MORNING, AHEAD)
    _do_all(db, AHEAD_OF_THEM)


# --- what is asked ---------------------------------------------------------------------------------------


def _open(work: UnitOfWork) -> None:
    """As if nothing were paused."""
    gate.save(work.db, replace(gate.lock_exclusively(work.db, ALL), paused=False))
    pauses.end(work.db, "now", work.now, TOM.id)


def _pause(work: UnitOfWork, *scopes: str) -> None:
    """With its banner, and again; with the cards, which come last."""
    for _ in range(2):
        for one in pausing.pause_each(work, TOM, scopes, "", key()):
            do_last(work.db)
            assert pause_queries.load_banner(work, one.pause_id) is not None


def _pause_anew(work: UnitOfWork, *scopes: str) -> None:
    _open(work)
    _pause(work, *scopes)


def _stop_replies(work: UnitOfWork) -> None:
    pausing.stop_replies(work, TOM, "now", key())
    do_last(work.db)


def _resume(work: UnitOfWork, scope: str) -> None:
    """Replies were stopped too."""
    gate.save(work.db, replace(gate.lock_exclusively(work.db, scope), stops_replies=True))
    form = pause_queries.load_resume_form(work, scope)
    assert form is not None
    resuming.resume(work, TOM, scope, form.epoch, {}, key())
    do_last(work.db)


def _resume_account(work: UnitOfWork) -> None:
    _open(work)
    pausing.pause(work, TOM, BAKERY, "", key())
    _resume(work, BAKERY)


VERBS: dict[str, Callable[[UnitOfWork], None]] = {
    "of everything": lambda work: _pause_anew(work, ALL),
    "of an account": lambda work: _pause_anew(work, BAKERY),
    "of two accounts": lambda work: _pause_anew(work, *long_history.ACCOUNTS),
    "of an account beside everything": lambda work: _pause(work, BAKERY),
    "of replies too": _stop_replies,
    "that ends": lambda work: _resume(work, ALL),
    "of an account, that ends": _resume_account,
}


class Undone(Exception):
    """Nothing of it is kept."""


def _services(store: Store) -> Services:
    return Services(store, ManualClock(), team(), {}, lambda what: None)


def _opened(urls: list[str]) -> Iterator[list[Store]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Store.open(url, now=lambda: MORNING)) for url in urls]


def too_much(read: Read, most: int) -> Read:
    return [(sql, count) for sql, count in read if count > most]


def grown(few: Read, many: Read, each_pause: int) -> list[tuple[str, int, int]]:
    """Each statement that reads more because there is more behind: as much as for few, and for many."""
    both = [(sql, one, other) for (_, one), (sql, other) in zip(few, many, strict=True)]
    return [each for each in both if each[2] > MORE * each[1] + each_pause * PAUSES]


# --- PostgreSQL ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filled(postgres_server: PostgresServer) -> Iterator[tuple[str, ...]]:
    """Databases of their own, where no autovacuum comes by: with few old posts, and with many."""
    names = {f"reads{old}": old for old in (FEW, MANY)}
    for name, old in names.items():
        url = postgres_server.new_database(name, template=TEMPLATE)
        with Store.open(url, now=lambda: MORNING) as store:
            store.write(_leave_figures)
            store.write(partial(_fill_behind, old=old))
    yield tuple(names)
    for name in names:
        postgres_server.drop_database(name)


def _leave_figures(db: Connection) -> None:
    for table in metadata.sorted_tables:
        db.exec_driver_sql(f'ALTER TABLE "{table.name}" SET (autovacuum_enabled = false)')


@pytest.fixture
def on_postgres(postgres_server: PostgresServer, filled: tuple[str, ...]) -> Iterator[list[Store]]:
    """A copy for each test: ANALYZE writes a table's size in place, and rows that were undone stay in its pages, so
    that one test's figures would be the next one's."""
    names = [f"{name}_copy" for name in filled]
    urls = [postgres_server.copy_database(f"{name}_copy", of=name) for name in filled]
    yield from _opened(urls)
    for name in names:
        postgres_server.drop_database(name)


@contextmanager
def explained(db: Connection, read: Read) -> Iterator[None]:
    """Each statement is run twice: to see what its plan goes through, which is undone, and as ever."""

    def explain(_conn: Any, _cursor: Any, sql: str, given: Any, _context: Any, many: bool) -> None:
        if sql.split(None, 1)[0] not in ("SELECT", "UPDATE", "INSERT", "DELETE", "WITH"):
            return
        driver = cast("Any", db.connection.dbapi_connection)
        with closing(driver.cursor()) as cursor:
            cursor.execute("SAVEPOINT explained")
            cursor.execute("SET LOCAL statement_timeout = '10s'")
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", given[0] if many else given)
            found = cursor.fetchone()[0]
            cursor.execute("ROLLBACK TO SAVEPOINT explained")
        plan = found if isinstance(found, list) else json.loads(found)
        read.append((sql, round(_count_rows(plan[0]["Plan"]))))

    event.listen(db, "before_cursor_execute", explain)
    try:
        yield
    finally:
        event.remove(db, "before_cursor_execute", explain)


def _count_rows(node: dict[str, Any]) -> float:
    """What all steps of a plan read of tables, and what they put together and had to throw away."""
    found = sum(count for name, count in node.items() if name.startswith("Rows Removed by"))
    if "Relation Name" in node and node["Node Type"] != "ModifyTable":
        found += node["Actual Rows"]
    return float(found * node["Actual Loops"]) + sum(map(_count_rows, node.get("Plans", ())))


def read_on_postgres(store: Store, verb: Callable[[UnitOfWork], None], figures: str) -> Read:
    read: Read = []

    def run(work: UnitOfWork) -> None:
        before, after = FIGURES[figures]
        if before is not None:
            work.db.exec_driver_sql(before)
        _fill_ahead(work.db)
        if after is not None:
            work.db.exec_driver_sql(after)
        work.db.exec_driver_sql("SET LOCAL enable_seqscan = off")  # as where the tables are large
        with explained(work.db, read):
            verb(work)
        raise Undone

    with pytest.raises(Undone):
        _services(store).do(run)
    return read


@pytest.mark.parametrize("figures", ["never", "before they came", "just now"])
@pytest.mark.parametrize("verb", VERBS)
def test_a_pause_reads_what_it_stops_on_postgresql(on_postgres: list[Store], verb: str, figures: str) -> None:
    few, many = (read_on_postgres(store, VERBS[verb], figures) for store in on_postgres)
    assert len(few) > 8
    assert too_much(few, ROWS) == []
    assert grown(few, many, 1) == []


@pytest.mark.parametrize("verb", [name for name in VERBS if not name.endswith("ends")])
def test_so_it_does_when_the_figures_are_those_of_an_empty_table(on_postgres: list[Store], verb: str) -> None:
    """Then any index seems as good as another, so what is behind is gone through; but not again and again."""
    assert too_much(read_on_postgres(on_postgres[0], VERBS[verb], "as emptied"), ROWS) == []


# --- SQLite ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sqlite_urls(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("reads")
    urls = []
    for old in (FEW, MANY):
        shutil.copyfile(sqlite_template, folder / f"{old}.db")
        urls.append(f"sqlite:///{folder / f'{old}.db'}")
        with Store.open(urls[-1], now=lambda: MORNING) as store:
            store.write(partial(_fill_behind, old=old))
    return urls


@pytest.fixture
def on_sqlite(sqlite_urls: list[str]) -> Iterator[list[Store]]:
    yield from _opened(sqlite_urls)


def read_on_sqlite(store: Store, verb: Callable[[UnitOfWork], None]) -> Read:
    read: Read = []

    def tick() -> int:
        if read:
            sql, steps = read[-1]
            read[-1] = (sql, steps + STEP)
        return 0

    def run(work: UnitOfWork) -> None:
        _fill_ahead(work.db)
        driver = cast("sqlite3.Connection", work.db.connection.dbapi_connection)
        driver.set_trace_callback(lambda sql: read.append((sql, 0)))
        driver.set_progress_handler(tick, STEP)
        try:
            verb(work)
        finally:
            driver.set_trace_callback(None)
            driver.set_progress_handler(None, 0)
        raise Undone

    with pytest.raises(Undone):
        _services(store).do(run)
    return read


@pytest.mark.parametrize("verb", VERBS)
def test_a_pause_reads_what_it_stops_on_sqlite(on_sqlite: list[Store], verb: str) -> None:
    few, many = (read_on_sqlite(store, VERBS[verb]) for store in on_sqlite)
    assert len(few) > 8
    assert too_much(few, STEPS) == []
    assert grown(few, many, STEP) == []


# --- the measure -----------------------------------------------------------------------------------------

ALL_THERE_ARE = "SELECT max(text) FROM versions"
EACH_FOR_EACH = """SELECT count(*) FROM posts a, posts b WHERE a.status = 'approved' AND b.status = 'approved'
    AND a.number + 1 < b.number"""


def ask(sql: str, work: UnitOfWork) -> None:
    work.db.exec_driver_sql(sql).all()


def test_what_goes_through_all_there_are_is_found(on_postgres: list[Store], on_sqlite: list[Store]) -> None:
    """Else nothing above says anything; nor here below."""
    verb = partial(ask, ALL_THERE_ARE)
    few, many = (read_on_postgres(store, verb, "just now") for store in on_postgres)
    assert grown(few, many, 1)
    few, many = (read_on_sqlite(store, verb) for store in on_sqlite)
    assert grown(few, many, STEP)


def test_what_goes_through_each_for_each_other_is_found(
    on_postgres: list[Store], on_sqlite: list[Store]
) -> None:
    verb = partial(ask, EACH_FOR_EACH)
    assert too_much(read_on_postgres(on_postgres[0], verb, "just now"), ROWS)
    assert too_much(read_on_sqlite(on_sqlite[0], verb), STEPS)
