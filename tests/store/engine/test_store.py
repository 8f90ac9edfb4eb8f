"""The store's promises to whoever writes through it, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError, StatementError

from bot.store.engine.errors import CommitFailed, StoreClosed
from bot.store.engine.store import Store
from bot.store.tables.slack import slack_events
from bot.store.tables.system import counters
from tests.store.engine.units import PATIENCE, add, names
from tests.stores import NOW


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
        assert release.wait(100 * PATIENCE)  # all of the writes below
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
