"""What is PostgreSQL's own: units that are run again, and commits whose answer was lost."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from sqlalchemy import Connection, func, make_url, select, update

from bot.store.engine.errors import BadDatabase, CommitFailed, CommitUnknown, Unreachable, WriteTimeout
from bot.store.engine.migrate import migrate
from bot.store.engine.store import Store
from bot.store.tables.system import counters
from tests.postgres import PostgresServer
from tests.store.engine.units import PATIENCE, Plug, add, names
from tests.stores import NOW


def test_urgent_finds_a_connection_when_all_are_taken(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for setting, value in (("POOL", 1), ("OVERFLOW", 0), ("POOL_SECONDS", 0.1)):
        monkeypatch.setattr(f"bot.store.engine.postgres.{setting}", value)
    with Store.open(postgres_url, now=lambda: NOW) as store:
        plug = Plug(store)
        with pytest.raises(WriteTimeout):
            store.write(add("late"))
        store.write(add("paused"), urgent=True)
        store.submit(add("paused too"), urgent=True).result(PATIENCE)
        plug.pull()
        assert store.read(names) == ["paused", "paused too"]


@pytest.fixture
def limited_url(postgres_url: str) -> Iterator[str]:
    """The database, for somebody whom the server grants four connections."""
    role = f"limited_{os.getpid()}"
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 4".encode())
        admin.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}".encode())
    yield make_url(postgres_url).set(username=role).render_as_string(hide_password=False)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f"DROP OWNED BY {role}".encode())
        admin.execute(f"DROP ROLE {role}".encode())


def test_urgent_has_its_connection_when_the_server_has_none_left(limited_url: str) -> None:
    """The kept one is open before it is needed. Seen: a pause was answered "Something went wrong"."""
    with Store.open(limited_url, now=lambda: NOW) as store, ExitStack() as taken:
        store.write(add("kept"), urgent=True)
        until(lambda: connections(limited_url) == 1)  # not a second one besides
        with pytest.raises(psycopg.OperationalError, match="too many connections"):
            for _ in range(5):
                taken.enter_context(psycopg.connect(libpq(limited_url)))
        with pytest.raises(Unreachable):
            store.write(add("lost"))
        with pytest.raises(Unreachable):
            store.read(names)
        store.write(add("paused"), urgent=True)
        assert store.read(names, urgent=True) == ["kept", "paused"]


def test_what_cannot_be_had_at_all_is_said_quickly(limited_url: str) -> None:
    with ExitStack() as taken:
        for _ in range(4):
            taken.enter_context(psycopg.connect(libpq(limited_url)))
        with Store.open(limited_url, now=lambda: NOW) as store:
            began = time.monotonic()
            with pytest.raises(Unreachable):
                store.write(add("paused"), urgent=True)
            assert time.monotonic() - began < 5  # it took ten for a connection before


def test_the_kept_connection_is_looked_after(
    postgres_url: str, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that a restart of the server cut is made anew before a pause needs it."""
    monkeypatch.setattr("bot.store.engine.postgres.KEEP_SECONDS", 0.05)
    with Store.open(postgres_url, now=lambda: NOW):
        until(lambda: connections(postgres_url) == 1)
        postgres_server.terminate(str(make_url(postgres_url).database))
        until(lambda: connections(postgres_url) == 1)


def libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def connections(url: str) -> int:
    """Byhand's own."""
    with psycopg.connect(libpq(url)) as conn:
        row = conn.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'byhand' AND datname = current_database()"
        ).fetchone()
    return int(row[0]) if row else 0


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_constraint_refused_at_commit_is_a_failed_commit(postgres_store: Store) -> None:
    def orphan(conn: Connection) -> None:
        conn.exec_driver_sql("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        conn.exec_driver_sql(
            "CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)"
        )
        conn.exec_driver_sql("INSERT INTO child VALUES (1)")

    with pytest.raises(CommitFailed, match="foreign key"):
        postgres_store.write(orphan)


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


def server_goes(conn: Connection, server: PostgresServer) -> None:
    server.terminate(str(conn.engine.url.database))


def wire_breaks(conn: Connection, server: PostgresServer) -> None:
    driver = cast("psycopg.Connection[Any]", conn.connection.dbapi_connection)
    with socket.socket(fileno=os.dup(driver.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("lose", [server_goes, wire_breaks])
def test_a_connection_lost_in_the_commit_is_unknown_and_not_run_again(
    postgres_store: Store,
    postgres_server: PostgresServer,
    lose: Callable[[Connection, PostgresServer], None],
) -> None:
    runs = []

    def unit(conn: Connection) -> None:
        runs.append(1)
        add("who knows")(conn)
        lose(conn, postgres_server)

    with pytest.raises(CommitUnknown):
        postgres_store.write(unit)
    assert len(runs) == 1
    postgres_store.write(add("next"))


def test_after_the_server_dropped_every_connection_work_goes_on(
    postgres_store: Store, postgres_server: PostgresServer
) -> None:
    """As after its restart: what lies in the pool is dead, and nobody notices."""
    postgres_store.write(add("before"))
    database = postgres_store.read(lambda conn: str(conn.engine.url.database))
    assert postgres_server.terminate(database) > 0
    assert postgres_store.read(names) == ["before"]
    assert postgres_server.terminate(database) > 0
    postgres_store.write(add("after"))
    assert postgres_store.read(names) == ["after", "before"]


def test_a_server_that_is_not_there_is_named_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql://byhand:hunter2@/byhand?host={tmp_path}"
    with pytest.raises(BadDatabase, match="cannot be used") as refusal:
        migrate(url, now=lambda: NOW)
    assert "hunter2" not in str(refusal.value)
