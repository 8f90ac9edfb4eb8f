"""The whole schema: one metadata, complete only once every page of tables was imported."""

from __future__ import annotations

from bot.store.tables import core, inbox, system

PAGES = (core, inbox, system)
metadata = core.metadata
