"""What Alembic runs for every command. The connection is handed in by `migrate.py`."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from bot.store.engine.moment import Moment
from bot.store.tables.metadata import metadata


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """A migration keeps what a column was on its day, so it never names a type of the program's."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render_item,
    render_as_batch=True,  # SQLite changes a table by making it anew
)
context.run_migrations()
