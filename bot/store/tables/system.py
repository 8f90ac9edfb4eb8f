"""The bot's own tables: leases, counters, secrets. Nothing about posts or customers is here."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from bot.store.engine.moment import Moment
from bot.store.tables.core import metadata

leases = Table(  # who draws Slack, who seals
    "leases",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("by", String(80), nullable=False),
    Column("until", Moment, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Integer, nullable=False),
)

secrets = Table(  # encrypted with BYHAND_KEY or the key file
    "secrets",
    metadata,
    Column("owner", String(80), primary_key=True),  # an account's name
    Column("name", String(40), primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
)

generation = Table(  # which state of the database this is: one row, see `engine/generation.py`
    "generation",
    metadata,
    Column("name", String(40), primary_key=True),  # "database"
    Column("id", String(32), nullable=False),
    Column("beat", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("copied_at", Moment),  # in a copy: when it was made
)
