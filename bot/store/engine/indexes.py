"""Which index SQLite must not take.

Without figures of its tables (nobody runs ANALYZE, and a fresh database has nothing to count) SQLite takes an index
whose first column is compared with a value before one that holds only the few rows that matter: a list of what is to
be drawn would read every post there ever was. It takes no index for an expression, and an empty text added to a column
is one. PostgreSQL counts by itself and is not misled. `tests/store/test_query_plans.py` watches.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement


def hide_from_index(column: Column[Any]) -> ColumnElement[Any]:
    """The column, for a comparison that no index on it is to answer. For text only."""
    return column + ""
