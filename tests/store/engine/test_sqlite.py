"""What is SQLite's own: the queue, the shared COMMIT, the readers beside it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert
from sqlalchemy.exc import IntegrityError

from bot.store.engine.errors import CommitFailed, CommitUnknown, ReadOnly, WriteTimeout
from bot.store.engine.sqlite import to_database_path
from bot.store.engine.store import Store
from bot.store.tables.system import counters
from tests.store.engine.units import PATIENCE, Plug, add, names
from tests.stores import NOW


def test_units_that_share_a_commit_are_apart(sqlite_store: Store) -> None:
    """With the plug in, the rest is one group for certain; a broken one between two good ones is alone."""
    plug = Plug(sqlite_store)
    before, twice, after = (sqlite_store.submit(add(name)) for name in ("a", "a", "b"))
    plug.pull()
    before.result(PATIENCE)
    after.result(PATIENCE)
    with pytest.raises(IntegrityError):
        twice.result(PATIENCE)
    assert sqlite_store.read(names) == ["a", "b"]


def test_urgent_overtakes_a_full_queue(sqlite_store: Store) -> None:
    order: list[str] = []
    plug = Plug(sqlite_store)
    waiting = [sqlite_store.submit(lambda _: order.append("other")) for _ in range(100)]
    urgent = sqlite_store.submit(lambda _: order.append("urgent"), urgent=True)
    assert sqlite_store.waiting() == 101
    plug.pull()
    urgent.result(PATIENCE)
    for future in waiting:
        future.result(PATIENCE)
    assert order == ["urgent"] + ["other"] * 100


def test_an_urgent_unit_waits_for_no_one_else_s_commit(sqlite_store: Store) -> None:
    """It ends its group: a unit behind it cannot hold its answer back."""
    plug = Plug(sqlite_store)
    gate = threading.Event()
    behind = sqlite_store.submit(lambda _: gate.wait(PATIENCE))
    urgent = sqlite_store.submit(add("paused"), urgent=True)
    plug.pull()
    urgent.result(PATIENCE)
    assert not behind.done()
    gate.set()
    assert behind.result(PATIENCE)


def test_a_failed_commit_fails_every_unit_in_it(sqlite_store: Store) -> None:
    """A constraint that is only looked at by COMMIT: one unit breaks it, no unit is in the database."""

    def tables(conn: Connection) -> None:
        conn.exec_driver_sql("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        conn.exec_driver_sql(
            "CREATE TABLE child (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)"
        )

    def orphan(conn: Connection) -> None:
        conn.exec_driver_sql("INSERT INTO child VALUES (1)")

    sqlite_store.write(tables)
    plug = Plug(sqlite_store)
    told: list[str] = []

    def with_hook(conn: Connection) -> None:
        add("a")(conn)
        Store.after_commit(conn, lambda: told.append("a"))

    futures = [sqlite_store.submit(unit) for unit in (with_hook, orphan, add("b"))]
    plug.pulled.set()
    for future in [plug.future, *futures]:
        with pytest.raises(CommitFailed, match="FOREIGN KEY"):
            future.result(PATIENCE)
    assert told == []
    sqlite_store.write(add("c"))
    assert sqlite_store.read(names) == ["c"]


def test_a_full_disk_loses_nothing_that_was_acknowledged(sqlite_store: Store) -> None:
    def fill(number: int) -> Callable[[Connection], None]:
        def unit(conn: Connection) -> None:
            conn.execute(insert(counters).values(name=f"{number:04}" + "x" * 4000, value=0))

        return unit

    def pages(conn: Connection) -> Any:
        return conn.exec_driver_sql("PRAGMA page_count").scalar()

    sqlite_store.write(lambda conn: conn.exec_driver_sql(f"PRAGMA max_page_count = {pages(conn) + 40}"))
    futures = [sqlite_store.submit(fill(number)) for number in range(90)]
    kept = [number for number, future in enumerate(futures) if future.exception(PATIENCE) is None]
    assert 0 < len(kept) < 90  # a group that fails loses all of its own: the last one is smaller
    assert sqlite_store.read(lambda conn: [int(name[:4]) for name in names(conn)]) == kept
    sqlite_store.write(lambda conn: conn.exec_driver_sql("PRAGMA max_page_count = 100000"))
    sqlite_store.write(add("room again"))


@pytest.mark.parametrize("ending", [Connection.commit, Connection.rollback])
def test_a_unit_that_ends_the_shared_transaction_acknowledges_nothing(
    sqlite_store: Store, ending: Callable[[Connection], None]
) -> None:
    plug = Plug(sqlite_store)
    futures = [sqlite_store.submit(unit) for unit in (add("a"), ending)]
    plug.pulled.set()
    for future in futures:
        with pytest.raises(CommitFailed):
            future.result(PATIENCE)
    sqlite_store.write(add("b"))


def test_a_turn_that_does_not_come_is_a_timeout_and_nothing_is_written(sqlite_store: Store) -> None:
    plug = Plug(sqlite_store)
    with pytest.raises(WriteTimeout):
        sqlite_store.write(add("late"), timeout=0.02)
    plug.pull()
    assert sqlite_store.read(names) == []


def test_a_unit_that_runs_when_its_time_is_over_is_unknown(sqlite_store: Store) -> None:
    go = threading.Event()

    def slow(conn: Connection) -> None:
        add("slow")(conn)
        assert go.wait(PATIENCE)

    with pytest.raises(CommitUnknown):
        sqlite_store.write(slow, timeout=0.02)
    go.set()
    sqlite_store.write(add("then"))
    assert sqlite_store.read(names) == ["slow", "then"]


def test_who_is_no_owner_reads_beside_the_owner_and_cannot_write(
    sqlite_store: Store, sqlite_url: str
) -> None:
    sqlite_store.write(add("a"))
    with Store.open(sqlite_url, now=lambda: NOW, owner=False) as reader:
        assert reader.read(names) == ["a"]
        sqlite_store.write(add("b"))
        assert reader.read(names) == ["a", "b"]
        with pytest.raises(ReadOnly):
            reader.write(add("c"))


def test_who_is_no_owner_reads_when_nobody_is_there(sqlite_url: str) -> None:
    with Store.open(sqlite_url, now=lambda: NOW, owner=False) as reader:
        assert reader.read(names) == []


def test_an_error_of_the_disk_in_a_commit_leaves_it_unknown(sqlite_store: Store) -> None:
    """The last page may have reached it. Any other error of a commit is a plain no."""

    def fail(_conn: Connection) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        raise error

    def unlucky(conn: Connection) -> None:
        add("a")(conn)
        event.listen(conn.engine, "commit", fail, once=True)

    with pytest.raises(CommitUnknown, match="disk I/O error"):
        sqlite_store.write(unlucky)
    sqlite_store.write(add("b"))
    assert sqlite_store.read(names) == ["b"]


def test_check_then_write_holds_against_a_program_that_ignores_our_lock(
    sqlite_store: Store, sqlite_url: str
) -> None:
    """BEGIN IMMEDIATE: what a unit has read stays so until it commits, even if it has not written yet."""
    other = sqlite3.connect(
        to_database_path(sqlite_url), timeout=0, isolation_level=None, check_same_thread=False
    )

    def unit(conn: Connection) -> None:
        assert names(conn) == []
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("INSERT INTO counters VALUES ('theirs', 0)")
        add("ours")(conn)

    with closing(other):
        sqlite_store.write(unit)
    assert sqlite_store.read(names) == ["ours"]
