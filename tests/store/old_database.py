"""The stored database of an older Byhand, put up on each engine for a test. How it came about: `stored/README.md`."""

from __future__ import annotations

import gzip
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from tests.postgres import PostgresServer

STORED_AT = datetime(2026, 11, 24, 14, 24, 48, tzinfo=UTC)  # where its clock stood
KEY = urlsafe_b64encode(b"the stored database's test key!!").decode()
INBOX, PRIVATE = "C0CUSTOMERS", "G0PRIVATE"
LOOK_FIRST = ("broken", "refund")
_FOLDER = Path(__file__).with_name("stored")

Rows = dict[str, list[dict[str, Any]]]


def _script(engine: str) -> str:
    return gzip.decompress((_FOLDER / f"{engine}.sql.gz").read_bytes()).decode()


def put_up_sqlite(path: Path) -> str:
    """Returns its address."""
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript(_script("sqlite"))
    return f"sqlite:///{path}"


@contextmanager
def put_up_postgres(server: PostgresServer, name: str) -> Iterator[str]:
    url = server.new_database(name)
    with psycopg.connect(url) as conn:
        conn.execute(_script("postgresql").encode())
    yield url
    server.drop_database(name)


@contextmanager
def connection(url: str) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as conn:
        yield conn
    engine.dispose()


def read_rows(url: str) -> Rows:
    """Every row of every table, as the engine itself gives it: no table of the program's is asked."""
    with connection(url) as conn:
        return {
            table: [dict(row._mapping) for row in conn.execute(text(f'SELECT * FROM "{table}"'))]
            for table in inspect(conn).get_table_names()
        }


def list_values(url: str, query: str) -> set[Any]:
    """The first column of an SQL query."""
    with connection(url) as conn:
        return set(conn.execute(text(query)).scalars())
