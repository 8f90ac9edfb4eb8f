"""Who each account is signed in as, and by whose hand. The secrets themselves: `secrets` in `system.py`."""

from __future__ import annotations

from sqlalchemy import JSON, Column, String, Table, Text

from bot.store.engine.moment import Moment
from bot.store.tables.core import metadata

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("account", String(80), primary_key=True),
    Column("identity", Text),  # the network's own id of it, which no renaming changes; null: never heard
    Column("name", Text),  # as people know it: "@dockbakery@mastodon.example"
    Column("rights", JSON),  # as the network names them; null: it does not say
    Column("until", Moment),  # then a person has to sign it in anew
    Column("told_at", Moment),  # that this end comes
    Column(
        "by_user", String(120)
    ),  # who signed it in or out last; null: its secret stands in the environment
    Column("changed_at", Moment, nullable=False),  # then
    Column("ended_at", Moment),  # signed out since
    Column("since", Moment),  # it is this identity; null: it was never another one
)
