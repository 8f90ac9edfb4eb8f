"""Stores for tests: an SQLite file and a real PostgreSQL (`postgres.py`), each test on both, each with fresh tables.

`store` and `store_url` are what tests ask for; `--only-sqlite` leaves PostgreSQL out while one works.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Dialect, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from bot.store.engine import postgres, sqlite
from bot.store.engine.migrate import migrate
from bot.store.engine.store import Store

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class OneCompiler:
    """In place of `create_engine`: what was compiled for one engine serves the next of its kind.

    Each test opens stores of its own, and compiling the same statements anew would be a third of its time. And SQLite
    does not wait for the disk: nobody pulls this plug.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[Dialect, Any]] = {}

    def __call__(self, url: Any, **how: Any) -> Engine:
        if "creator" in how:
            how["creator"] = _without_sync(how["creator"])
        engine = create_engine(url, query_cache_size=5000, **how)
        kind = f"{engine.dialect.name} {engine.dialect.driver} {type(engine.dialect).__name__}"
        if kind in self._known:
            engine.dialect, engine._compiled_cache = self._known[kind]
            return engine
        with suppress(DBAPIError):  # there is no such database
            engine.connect().close()  # its dialect asks what the server can do
            self._known[kind] = engine.dialect, engine._compiled_cache
        return engine


def _without_sync(connect: Callable[[], sqlite3.Connection]) -> Callable[[], sqlite3.Connection]:
    def connect_without() -> sqlite3.Connection:
        conn = connect()
        conn.execute("PRAGMA synchronous=OFF").close()
        return conn

    return connect_without


@pytest.fixture(scope="session", autouse=True)
def one_compiler() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        compiler = OneCompiler()
        for module in (sqlite, postgres):
            patch.setattr(module, "create_engine", compiler)
        yield


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
