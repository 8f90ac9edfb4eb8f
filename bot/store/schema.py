"""The whole schema: one metadata, complete only once every page of tables was imported."""

from __future__ import annotations

from bot.store import house_tables, inbox_tables, tables

PAGES = (tables, inbox_tables, house_tables)
metadata = tables.metadata
