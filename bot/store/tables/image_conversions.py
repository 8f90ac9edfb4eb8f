"""Which image was made of which: both are kept."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table

from bot.store.engine.moment import Moment
from bot.store.tables.core import metadata

image_conversions = Table(
    "image_conversions",
    metadata,
    Column("source", String(64), ForeignKey("images.sha256"), primary_key=True),
    Column("result", String(64), ForeignKey("images.sha256"), primary_key=True),
    Column("changes", String(40), nullable=False),  # "border jpeg": members of `Change`
    Column("made_at", Moment, nullable=False),  # for the first time
)
