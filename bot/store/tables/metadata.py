"""The whole schema: one metadata, complete only once every file of tables is imported."""

from __future__ import annotations

from bot.store.tables import core, go_requests, inbox, public_images, send_costs, sign_ins, slack, system

PAGES = (core, go_requests, inbox, public_images, send_costs, sign_ins, slack, system)
metadata = core.metadata
