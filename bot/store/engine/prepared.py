"""Statements compiled once and run on SQLite's driver: those a person's click waits for, and those of a begin.

They bypass SQLAlchemy's execution, because it costs several times what SQLite takes for such a statement, on the one
thread that writes. Everything else is plain SQLAlchemy; `tests/store/engine/test_prepared.py` says which are not, and
why. The statements stay SQLAlchemy's, and so do their types, on the way in and out, and their errors; PostgreSQL, where
the network costs more, runs them as any other.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError

Change = Callable[[Any], Any]  # from Python's value to the database's, or back


@dataclass(frozen=True)
class _Compiled:
    sql: str
    given: tuple[tuple[str, Change | None], ...]  # the values to bind, in their order
    constants: Mapping[str, Any]  # values that stand in the statement itself
    row: Callable[[list[Any]], Any]  # makes a row of the columns' values
    changes: tuple[tuple[int, Change], ...]  # the columns that need one, by their place


class Prepared:
    """`statement` names its values with `bindparam`, or is an INSERT or UPDATE of the columns it is called with.

    Rows are named tuples. Lists of unknown length (an IN that expands) and columns with a default are not for it.
    """

    def __init__(self, statement: Select[Any] | Insert | Update) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, ...], _Compiled] = {}  # by the names of the values

    def __call__(self, db: Connection, **values: Any) -> list[Any]:
        """The rows it returns; none for a statement that returns nothing. Raises DBAPIError."""
        if db.dialect.name != "sqlite":
            result = db.execute(self._statement, values)
            return list(result) if result.returns_rows else []
        if not db.in_transaction():
            db.begin()  # as SQLAlchemy would: what is read next belongs to the same snapshot
        names = tuple(values)
        known = self._compiled.get(names)
        if known is None:
            known = self._compiled[names] = _compile(self._statement, names, db.dialect)
        return _run(known, db, {**known.constants, **values})


def _run(known: _Compiled, db: Connection, values: Mapping[str, Any]) -> list[Any]:
    bound = [values[name] if change is None else change(values[name]) for name, change in known.given]
    driver = cast("sqlite3.Connection", db.connection.dbapi_connection)
    try:
        found = driver.execute(known.sql, bound).fetchall()
    except sqlite3.Error as error:
        raise DBAPIError.instance(known.sql, bound, error, sqlite3.Error, dialect=db.dialect) from error
    return [_row(known, list(row)) for row in found]


def _row(known: _Compiled, columns: list[Any]) -> Any:
    for place, change in known.changes:
        columns[place] = change(columns[place])
    return known.row(columns)


def _compile(statement: Select[Any] | Insert | Update, names: tuple[str, ...], dialect: Dialect) -> _Compiled:
    keys = None if isinstance(statement, Select) else list(names)
    compiled = statement.compile(dialect=dialect, column_keys=keys)
    order = [str(name) for name in compiled.positiontup or ()]
    if compiled.insert_prefetch:
        raise ValueError("a column's default would be forgotten")
    if not set(names) <= set(order):
        raise ValueError("a value the statement does not take")
    columns = list(statement.exported_columns)
    row: Any = namedtuple("Row", [str(column.key) for column in columns])  # type: ignore[misc]  # its fields are known only here
    back = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    return _Compiled(
        sql=str(compiled),
        given=tuple(
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in order
        ),
        constants={name: compiled.binds[name].value for name in order if name not in names},
        row=row._make,
        changes=tuple((place, change) for place, change in enumerate(back) if change is not None),
    )
