"""INSERT … ON CONFLICT, the one statement SQLAlchemy spells per database though both take the same words."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Upsert = sqlite.Insert | postgresql.Insert
BY_NAME: dict[str, Callable[[Table], Upsert]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert(conn: Connection, table: Table) -> Upsert:
    """An INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`, for the database of `conn`."""
    return BY_NAME[conn.dialect.name](table)
