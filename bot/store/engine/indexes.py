"""Which index SQLite must not take, and which PostgreSQL must.

Without figures of its tables (nobody runs ANALYZE, and a fresh database has nothing to count) SQLite takes an index
whose first column is compared with a value before one that holds only the few rows that matter: a list of what is to
be drawn would read every post there ever was. It takes no index for an expression, and an empty text added to a column
is one. `tests/store/test_query_plans.py` watches.

PostgreSQL has figures, of a while ago. Told to look for rows that are in another query's answer, or beside which there
is such a row, it makes a join of the two and believes that there are hardly any: it then goes through the one for each
row of the other, and a pause of some hundred posts took more than a minute. A list that is a value, and one value asked
of each row, leave it no choice. `tests/services/pause/test_pause_reads.py` watches.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, CompoundSelect, Connection, Select, any_, func


def hide_from_index(column: Column[Any]) -> ColumnElement[Any]:
    """The column, for a comparison that no index on it is to answer. For text only."""
    return column + ""


def is_one_of(
    db: Connection, column: Column[Any], found: Select[Any] | CompoundSelect[Any]
) -> ColumnElement[bool]:
    """`column IN (found)`, found once and then looked up in the column's index. `found` names no row outside it."""
    if db.dialect.name != "postgresql":
        return column.in_(found)
    return column == any_(func.array(found.scalar_subquery()))


def there_is(found: Select[Any]) -> ColumnElement[bool]:
    """`EXISTS (found)`, asked of each row by itself: counted, and few. Where the first is enough, PostgreSQL without
    figures goes through an index that knows nothing of the row, for it believes that it finds one soon."""
    return found.with_only_columns(func.count()).scalar_subquery() > 0
