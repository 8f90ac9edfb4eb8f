"""INSERT … ON CONFLICT, the one statement SQLAlchemy spells per database though both take the same words."""

from __future__ import annotations

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert(conn: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`, for the database of `conn`."""
    return sqlite.insert(table) if conn.dialect.name == "sqlite" else postgresql.insert(table)
