"""The public addresses of images that a network fetches: which are open, and how each one ended."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from bot.store.engine.moment import Moment
from bot.store.tables.core import index_some, metadata

public_images = Table(
    "public_images",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of its token: whoever reads this cannot fetch it
    Column("delivery_id", String(32), ForeignKey("deliveries.id"), nullable=False),
    Column("fence", Integer, nullable=False),  # of the claim that opened it: it is open for no other one
    Column("sha256", String(64), nullable=False),  # the image's
    Column("opened_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),  # at the latest
    Column("fetched_at", Moment),  # for the first time
    Column("shut_at", Moment),  # nothing: open as long as its delivery is held by that claim
    Column("why", Text),  # it was shut: a sentence
)
Index("ix_public_images_delivery", public_images.c.delivery_id)
index_some("ix_public_images_open", "shut_at IS NULL", public_images.c.until)
