"""What each send cost, where its network takes money for it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from bot.store.engine.moment import Moment
from bot.store.tables.core import metadata

send_costs = Table(
    "send_costs",
    metadata,
    Column("attempt_id", String(32), ForeignKey("attempts.id"), primary_key=True),
    Column("account", String(80), nullable=False),
    Column("at", Moment, nullable=False),  # it began
    Column(
        "mills", Integer, nullable=False
    ),  # thousandths of a dollar, if the network takes it or refuses it
)
Index("ix_send_costs_account_at", send_costs.c.account, send_costs.c.at)
