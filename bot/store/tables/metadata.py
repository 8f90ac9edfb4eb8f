"""The whole schema: one metadata, complete only once every file of tables is imported."""

from __future__ import annotations

from bot.store.tables import core, go_requests, inbox, slack, system

PAGES = (core, go_requests, inbox, slack, system)
metadata = core.metadata
