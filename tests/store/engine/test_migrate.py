"""Migrations make exactly the tables of `core.py`, and touch nothing they should not."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, insert, select
from sqlalchemy.pool import NullPool

from bot.store.engine import migrate as migrations
from bot.store.engine.errors import BadDatabase
from bot.store.engine.lock import Locked
from bot.store.engine.migrate import Migrated, backup, find_newest_revision, migrate
from bot.store.engine.store import Store
from bot.store.tables.metadata import metadata
from bot.store.tables.system import counters
from tests.postgres import PostgresServer
from tests.stores import NOW

SQLITE_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE tbl_name <> 'alembic_version'"
POSTGRES_SCHEMA = (
    "SELECT 'index', indexname, indexdef FROM pg_indexes"
    " WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
    "SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'",
    "SELECT 'column', table_name || '.' || column_name,"
    " concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default)"
    " FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'",
)


@contextmanager
def connection(url: str) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as conn:
        yield conn
    engine.dispose()


def sqlite_schema(conn: Connection) -> set[tuple[Any, ...]]:
    """Every definition, with its parts in alphabetical order: their order, spacing and quotes mean nothing."""

    def parts(sql: str | None) -> tuple[str, ...]:
        """A column that was added later stands behind the constraints."""
        text = " ".join((sql or "").replace('"', "").split())
        head, _, inside = text.partition("(")
        found, depth = [""], 0
        for letter in inside:
            depth += (letter == "(") - (letter == ")")
            if letter == "," and depth == 0:
                found.append("")
            else:
                found[-1] += letter
        found[-1] = found[-1].removesuffix(")")
        return head.strip(), *sorted(" ".join(each.replace("( ", "(").split()) for each in found)

    rows = conn.exec_driver_sql(SQLITE_SCHEMA)
    return {(kind, name, table, parts(sql)) for kind, name, table, sql in rows}


def postgres_schema(conn: Connection) -> set[tuple[Any, ...]]:
    return {tuple(row) for query in POSTGRES_SCHEMA for row in conn.exec_driver_sql(query)}


def test_alembic_sees_no_difference_to_the_tables(store_url: str) -> None:
    with connection(store_url) as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


def test_sqlite_sees_no_difference_to_the_tables(sqlite_url: str, tmp_path: Path) -> None:
    """What Alembic does not compare: checks and the conditions of partial indexes."""
    with connection(f"sqlite:///{tmp_path}/made.db") as conn:
        metadata.create_all(conn)
        made = sqlite_schema(conn)
    with connection(sqlite_url) as conn:
        assert sqlite_schema(conn) == made
    assert any("uq_attempts_live" in row for row in made)


def test_postgres_sees_no_difference_to_the_tables(
    postgres_url: str, postgres_server: PostgresServer
) -> None:
    made_url = postgres_server.new_database("made")
    with connection(made_url) as conn:
        metadata.create_all(conn)
        made = postgres_schema(conn)
    postgres_server.drop_database("made")
    with connection(postgres_url) as conn:
        assert postgres_schema(conn) == made
    assert any("uq_attempts_live" in row for row in made)


def test_a_new_file_is_private_and_needs_no_copy(tmp_path: Path) -> None:
    path = tmp_path / "byhand.db"
    url = f"sqlite:///{path}"
    assert migrate(url, now=lambda: NOW) == Migrated(None, find_newest_revision(), None)
    assert migrate(url, now=lambda: NOW) == Migrated(find_newest_revision(), find_newest_revision(), None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.glob("*before*")] == []


def older(monkeypatch: pytest.MonkeyPatch, url: str, sql: str) -> None:
    """Make the database one of a revision before this program's: what is missing to it is `sql`."""
    known = migrations.list_known_revisions()
    with connection(url) as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    monkeypatch.setattr(migrations, "list_known_revisions", lambda: (*known, "0000"))

    def upgrade(conn: Connection) -> None:
        conn.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{known[0]}'")
        conn.exec_driver_sql(sql)

    monkeypatch.setattr(migrations, "upgrade", upgrade)


def test_an_sqlite_file_is_copied_before_it_is_changed(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    older(monkeypatch, sqlite_url, "INSERT INTO counters VALUES ('new', 1)")
    done = migrate(sqlite_url, now=lambda: NOW)
    assert done.copy is not None
    assert done.copy.name == f"byhand.db.before-{find_newest_revision()}-20261124T093000"
    query = select(counters.c.name)
    with connection(sqlite_url) as after, connection(f"sqlite:///{done.copy}") as before:
        assert after.execute(query).scalars().all() == ["new"]
        assert before.execute(query).scalars().all() == []


def test_a_migration_that_fails_changes_nothing(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    older(monkeypatch, store_url, "INSERT INTO no_such_table VALUES (1)")
    with pytest.raises(Exception, match="no_such_table"):
        migrate(store_url, now=lambda: NOW)
    with connection(store_url) as conn:
        assert conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "0000"


def test_a_migration_that_leaves_rows_pointing_nowhere_is_undone(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    older(monkeypatch, sqlite_url, "INSERT INTO seals VALUES (1, 'no such fact', '', 0)")
    with pytest.raises(BadDatabase, match="pointing nowhere"):
        migrate(sqlite_url, now=lambda: NOW)
    with connection(sqlite_url) as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM seals").scalar() == 0


def test_a_newer_database_is_refused(store_url: str) -> None:
    with connection(store_url) as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(
        BadDatabase, match=f"newer Byhand .revision 9999; this one knows up to {find_newest_revision()}"
    ):
        migrate(store_url, now=lambda: NOW)


def test_a_database_of_another_program_is_refused(store_url: str) -> None:
    with connection(store_url) as conn:
        conn.exec_driver_sql("DROP TABLE alembic_version")
    with pytest.raises(BadDatabase, match="not Byhand's"):
        migrate(store_url, now=lambda: NOW)


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "list.db"
    path.write_bytes(b"bread, milk" * 1000)
    with pytest.raises(BadDatabase, match="cannot be used as a database"):
        migrate(f"sqlite:///{path}", now=lambda: NOW)
    assert path.read_bytes() == b"bread, milk" * 1000


def test_migrating_beside_a_running_bot_is_refused(sqlite_url: str) -> None:
    with Store.open(sqlite_url, now=lambda: NOW, purpose="run"), pytest.raises(Locked, match="byhand run"):
        migrate(sqlite_url, now=lambda: NOW)


def test_of_many_postgres_workers_one_migrates(postgres_server: PostgresServer) -> None:
    url = postgres_server.new_database("many")
    done: list[Migrated] = []
    threads = [threading.Thread(target=lambda: done.append(migrate(url, now=lambda: NOW))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    postgres_server.drop_database("many")
    assert sorted(str(one.before) for one in done) == sorted(["None", *[find_newest_revision()] * 3])


def test_a_backup_beside_a_writing_bot_is_one_moment(sqlite_url: str, tmp_path: Path) -> None:
    """Two rows are written together all the time; the copy has both of each pair or none."""
    stop = threading.Event()

    def write_pairs(store: Store) -> None:
        number = 0
        while not stop.is_set():
            pair = [{"name": f"{number}{half}", "value": number} for half in "ab"]
            store.write(partial(Connection.execute, statement=insert(counters), parameters=pair))
            number += 1

    with Store.open(sqlite_url, now=lambda: NOW) as store:
        store.write(lambda conn: conn.execute(insert(counters).values(name="first", value=0)))
        writer = threading.Thread(target=write_pairs, args=(store,))
        writer.start()
        try:
            for number in range(3):
                backup(sqlite_url, tmp_path / f"copy{number}.db", now=NOW)
        finally:
            stop.set()
            writer.join()
    for number in range(3):
        copy = tmp_path / f"copy{number}.db"
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert sorted(path.name for path in tmp_path.glob(f"copy{number}*")) == [copy.name]
        with closing(sqlite3.connect(copy)) as conn:
            found = {name for (name,) in conn.execute("SELECT name FROM counters")}
        assert "first" in found
        assert len(found) % 2 == 1
    with Store.open(f"sqlite:///{copy}", now=lambda: NOW) as restored:
        restored.write(lambda conn: conn.execute(insert(counters).values(name="restored", value=0)))


def test_backups_that_are_refused(sqlite_url: str, postgres_url: str, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    with pytest.raises(BadDatabase, match="never writes over"):
        backup(sqlite_url, taken, now=NOW)
    assert taken.read_text() == "mine"
    with pytest.raises(BadDatabase, match="pg_dump"):
        backup(postgres_url, tmp_path / "copy", now=NOW)
    with pytest.raises(BadDatabase, match="no database at"):
        backup(f"sqlite:///{tmp_path}/none.db", tmp_path / "copy", now=NOW)
    with pytest.raises(BadDatabase, match="could not be written"):
        backup(sqlite_url, tmp_path / "nowhere" / "copy", now=NOW)
