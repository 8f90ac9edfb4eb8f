"""The whole schema: one metadata, complete only once every file of tables is imported."""

from __future__ import annotations

from bot.store.tables import core, inbox, slack, system

PAGES = (core, inbox, slack, system)
metadata = core.metadata
