"""The store's promises to whoever writes through it, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError, StatementError

from bot.store.errors import CommitFailed, CommitUnknown, ReadOnly, StoreClosed, WriteTimeout
from bot.store.store import Store
from bot.store.tables import counters, slack_events
from tests.stores import NOW, PostgresServer

PATIENCE = 10  # seconds


def add(name: str, value: int = 0) -> Callable[[Connection], None]:
    def unit(conn: Connection) -> None:
        conn.execute(insert(counters).values(name=name, value=value))

    return unit


def names(conn: Connection) -> list[str]:
    return list(conn.execute(select(counters.c.name).order_by(counters.c.name)).scalars())


class Plug:
    """A unit of work that stays open until it is pulled, so that others queue up behind it."""

    def __init__(self, store: Store) -> None:
        self.running = threading.Event()
        self.pulled = threading.Event()
        self.future = store.submit(self._wait)
        assert self.running.wait(PATIENCE)

    def _wait(self, _conn: Connection) -> None:
        self.running.set()
        assert self.pulled.wait(PATIENCE)

    def pull(self) -> None:
        self.pulled.set()
        self.future.result(PATIENCE)


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    with Store.open(sqlite_url, now=lambda: NOW) as store:
        yield store


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    with Store.open(postgres_url, now=lambda: NOW) as store:
        yield store


def test_what_was_written_is_read(store: Store) -> None:
    def unit(conn: Connection) -> str:
        add("a")(conn)
        return "its result"

    assert store.write(unit) == "its result"
    assert store.read(names) == ["a"]
    assert store.submit(add("b")).result(PATIENCE) is None
    assert store.read(names) == ["a", "b"]


def test_many_threads_that_check_and_then_write_keep_their_invariant(store: Store) -> None:
    """16 threads withdraw from 40 as long as something is left: never below nothing, and nothing is lost."""
    store.write(add("left", 40))

    def withdraw(conn: Connection) -> bool:
        row = select(counters.c.value).where(counters.c.name == "left").with_for_update()
        left = conn.execute(row).scalar_one()
        if left == 0:
            return False
        conn.execute(update(counters).where(counters.c.name == "left").values(value=left - 1))
        return True

    with ThreadPoolExecutor(16) as pool:
        got = list(pool.map(lambda _: store.write(withdraw), range(60)))
    assert sum(got) == 40
    assert store.read(lambda conn: conn.execute(select(counters.c.value)).scalar_one()) == 0


def test_a_failing_unit_leaves_nothing_and_harms_nobody(store: Store) -> None:
    def fail(conn: Connection) -> None:
        add("half")(conn)
        raise LookupError("changed my mind")

    futures = []
    for number in range(12):
        futures.append(store.submit(fail if number % 3 == 0 else add(f"n{number:02}")))
    for number, future in enumerate(futures):
        if number % 3 == 0:
            with pytest.raises(LookupError, match="changed my mind"):
                future.result(PATIENCE)
        else:
            future.result(PATIENCE)
    assert store.read(names) == [f"n{number:02}" for number in range(12) if number % 3]


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


def test_urgent_finds_a_connection_when_all_are_taken(postgres_store: Store) -> None:
    plugs = [Plug(postgres_store) for _ in range(4)]  # as many as there are submitting threads
    postgres_store.submit(add("paused"), urgent=True).result(PATIENCE)
    for plug in plugs:
        plug.pull()


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


def test_a_constraint_refused_at_commit_is_a_failed_commit(postgres_store: Store) -> None:
    def orphan(conn: Connection) -> None:
        conn.exec_driver_sql("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        conn.exec_driver_sql(
            "CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)"
        )
        conn.exec_driver_sql("INSERT INTO child VALUES (1)")

    with pytest.raises(CommitFailed, match="foreign key"):
        postgres_store.write(orphan)


def test_a_full_disk_loses_nothing_that_was_acknowledged(sqlite_store: Store) -> None:
    def fill(number: int) -> Callable[[Connection], None]:
        def unit(conn: Connection) -> None:
            conn.execute(insert(counters).values(name=f"{number:04}" + "x" * 4000, value=0))

        return unit

    def pages(conn: Connection) -> Any:
        return conn.exec_driver_sql("PRAGMA page_count").scalar()

    sqlite_store.write(lambda conn: conn.exec_driver_sql(f"PRAGMA max_page_count = {pages(conn) + 40}"))
    futures = [sqlite_store.submit(fill(number)) for number in range(100)]
    kept = [number for number, future in enumerate(futures) if future.exception(PATIENCE) is None]
    assert 0 < len(kept) < 100
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


def test_a_swallowed_error_is_not_acknowledged(store: Store) -> None:
    """PostgreSQL answers the COMMIT of such a transaction with a quiet ROLLBACK; a savepoint mends it."""
    store.write(add("a"))

    def careful(conn: Connection) -> None:
        with pytest.raises(IntegrityError), conn.begin_nested():
            add("a")(conn)
        add("b")(conn)

    def careless(conn: Connection) -> None:
        add("c")(conn)
        with pytest.raises(IntegrityError):
            add("a")(conn)

    store.write(careful)
    if store.dialect == "postgresql":
        with pytest.raises(CommitFailed, match="savepoint"):
            store.write(careless)
    assert store.read(names) == ["a", "b"]


def test_callbacks_run_after_the_commit_and_only_then(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[list[str]] = []

    def look() -> None:
        seen.append(store.read(names))

    def explode() -> None:
        raise OSError("not the writer's problem")

    def unit(conn: Connection) -> None:
        add("a")(conn)
        store.after_commit(conn, explode)
        store.after_commit(conn, look)
        store.after_commit(conn, look)

    def fail(conn: Connection) -> None:
        store.after_commit(conn, look)
        raise LookupError

    store.write(unit)
    with pytest.raises(LookupError):
        store.write(fail)
    assert seen == [["a"]]
    assert "not the writer's problem" in caplog.text


def test_callbacks_are_for_writes(store: Store) -> None:
    store.write(add("a"))
    for _ in range(3):  # also on a connection that has written before
        with pytest.raises(RuntimeError, match="connection of a write"):
            store.read(lambda conn: store.after_commit(conn, lambda: None))


def test_readers_neither_block_the_writer_nor_see_half(store: Store) -> None:
    """Two rows always change together; readers that hold a snapshot look twice and see one state."""
    store.write(add("a"))
    store.write(add("b"))
    stop = threading.Event()

    def values(conn: Connection) -> set[int]:
        one = select(counters.c.value)
        first = conn.execute(one.where(counters.c.name == "a")).scalar_one()
        return {first, conn.execute(one.where(counters.c.name == "b")).scalar_one()}

    def read() -> int:
        reads = 0
        while not stop.is_set():
            assert len(store.read(values)) == 1
            reads += 1
        return reads

    def raise_both(conn: Connection) -> None:
        for name in "ab":
            conn.execute(update(counters).where(counters.c.name == name).values(value=counters.c.value + 1))

    held, release = threading.Event(), threading.Event()

    def hold(conn: Connection) -> set[int]:
        before = values(conn)
        held.set()
        assert release.wait(PATIENCE)
        assert values(conn) == before
        return before

    with ThreadPoolExecutor(4) as pool:
        holder = pool.submit(store.read, hold)
        assert held.wait(PATIENCE)
        readers = [pool.submit(read) for _ in range(3)]
        try:
            for _ in range(200):
                store.write(raise_both, timeout=PATIENCE)
        finally:
            stop.set()
            release.set()
        assert holder.result(PATIENCE) == {0}
        assert all(reader.result(PATIENCE) for reader in readers)
    assert store.read(values) == {200}


def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"):
        store.read(add("a"))
    assert store.read(names) == []


def test_a_naive_moment_is_refused(store: Store) -> None:
    naive = datetime(2026, 11, 24, 9, 30)  # noqa: DTZ001 - the point of the test
    with pytest.raises(StatementError, match="aware UTC"):
        store.write(lambda conn: conn.execute(insert(slack_events).values(event_id="e", at=naive)))
    with pytest.raises(StatementError, match="aware UTC"):
        store.read(lambda conn: conn.execute(select(slack_events).where(slack_events.c.at < naive)).all())


def test_a_moment_comes_back_as_it_was(store: Store) -> None:
    store.write(lambda conn: conn.execute(insert(slack_events).values(event_id="e", at=NOW)))
    back = store.read(lambda conn: conn.execute(select(slack_events.c.at)).scalar_one())
    assert (back, back.tzinfo) == (NOW, NOW.tzinfo)


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


def test_a_lock_that_does_not_come_is_a_timeout(postgres_store: Store) -> None:
    postgres_store.write(add("row"))
    locked, release = threading.Event(), threading.Event()
    change = update(counters).values(value=1)

    def hold(conn: Connection) -> None:
        conn.execute(change)
        locked.set()
        assert release.wait(PATIENCE)

    holder = postgres_store.submit(hold)
    assert locked.wait(PATIENCE)
    with pytest.raises(WriteTimeout):
        postgres_store.write(lambda conn: conn.execute(change), timeout=0.02)
    release.set()
    holder.result(PATIENCE)


def test_a_write_inside_a_write_is_refused(store: Store) -> None:
    with pytest.raises(RuntimeError, match="pass the connection on"):
        store.write(lambda _: store.write(add("inner")))
    store.write(add("outer"))
    assert store.read(names) == ["outer"]


def test_closing_finishes_what_was_handed_in(store_url: str) -> None:
    store = Store.open(store_url, now=lambda: NOW)
    futures = [store.submit(add(f"{number:02}")) for number in range(50)]
    store.close()
    assert all(future.done() for future in futures)
    with pytest.raises(StoreClosed):
        store.write(add("late"))
    with pytest.raises(StoreClosed):
        store.submit(add("late"))
    store.close()
    with Store.open(store_url, now=lambda: NOW) as again:
        assert len(again.read(names)) == 50


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


def test_a_deadlock_is_run_again(postgres_store: Store) -> None:
    """Two units lock two rows the other way round; PostgreSQL ends one of them, and it is run again."""
    for name in "ab":
        postgres_store.write(add(name))
    both = threading.Barrier(2)
    runs: list[str] = []

    def crossing(first: str, second: str) -> Callable[[Connection], None]:
        def unit(conn: Connection) -> None:
            runs.append(first)
            for name in (first, second):
                row = counters.c.name == name
                conn.execute(update(counters).where(row).values(value=counters.c.value + 1))
                if name == first and len(runs) <= 2:
                    both.wait(PATIENCE)

        return unit

    with ThreadPoolExecutor(2) as pool:
        units = [pool.submit(postgres_store.write, crossing(*pair)) for pair in ("ab", "ba")]
        for unit in units:
            unit.result(PATIENCE)
    assert len(runs) == 3
    assert postgres_store.read(lambda conn: set(conn.execute(select(counters.c.value)).scalars())) == {2}


def test_a_connection_lost_before_the_commit_is_run_again(
    postgres_store: Store, postgres_server: PostgresServer
) -> None:
    runs = []

    def unit(conn: Connection) -> None:
        runs.append(database := conn.engine.url.database)
        add("once")(conn)
        if len(runs) == 1:
            assert database is not None
            postgres_server.terminate(database)
            conn.execute(select(func.count()).select_from(counters))

    postgres_store.write(unit)
    assert len(runs) == 2
    assert postgres_store.read(names) == ["once"]


def test_a_connection_lost_in_the_commit_is_unknown_and_not_run_again(
    postgres_store: Store, postgres_server: PostgresServer
) -> None:
    runs = []

    def unit(conn: Connection) -> None:
        runs.append(1)
        add("who knows")(conn)
        postgres_server.terminate(str(conn.engine.url.database))

    with pytest.raises(CommitUnknown):
        postgres_store.write(unit)
    assert len(runs) == 1
    postgres_store.write(add("next"))
