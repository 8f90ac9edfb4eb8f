"""Messages that ask for the Go of several posts of the same hour."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from bot.store.engine.moment import Moment
from bot.store.tables.core import make_id_column, metadata

go_requests = Table(
    "go_requests",
    metadata,
    make_id_column(),
    Column("at", Moment, nullable=False),
)
go_request_posts = Table(
    "go_request_posts",
    metadata,
    Column("request_id", String(32), ForeignKey("go_requests.id"), primary_key=True),
    # No foreign key to posts: PostgreSQL would lock the row of a post that somebody else may hold, who waits for us.
    Column("post_id", String(32), primary_key=True),
    Column("version_id", String(32), nullable=False),  # as it was asked about
    Column("slot", Moment, nullable=False),
    Column(
        "epochs", Text
    ),  # as in `approvals`: the message mentions people for it; nothing: its own card does
)
Index("ix_go_request_posts_post", go_request_posts.c.post_id)
Index("ix_go_request_posts_slot", go_request_posts.c.slot)
