"""What Slack shows and says: cards and their thread lines, people, user groups, events that were taken in."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.domain.kinds import CardType, LineType
from bot.domain.urgency import Urgency
from bot.store.engine.member import Member
from bot.store.engine.moment import Moment
from bot.store.tables.core import index_some, make_id_column, metadata

cards = Table(
    "cards",
    metadata,
    make_id_column(),
    Column("kind", Member(CardType.of, 16), nullable=False),
    Column("subject", String(80), nullable=False),  # the post's id, …; of an offer the account
    Column("current", Boolean, nullable=False, default=True),  # an older card of a post shrinks to a link
    Column("channel", String(40), nullable=False),
    Column("ts", String(32)),  # nothing: not posted yet
    Column("wanted", Integer, nullable=False, default=1),
    Column("shown", Integer, nullable=False, default=0),
    Column("urgency", Integer, nullable=False, default=Urgency.NOT_URGENT),  # 0 first
    Column("asked_at", Moment),  # when a post was sent whose answer is missing
    Column("retry_at", Moment),
    Column("gone", Boolean, nullable=False, default=False),
    Column("created_at", Moment, nullable=False),
)
index_some("ix_cards_dirty", "wanted > shown", cards.c.urgency, cards.c.created_at)
Index("ix_cards_subject", cards.c.kind, cards.c.subject)
Index("ix_cards_place", cards.c.channel, cards.c.ts)  # whose thread somebody writes in
_current = text("current AND kind IN ('post', 'talk')")
Index("uq_cards_current", cards.c.subject, unique=True,
      sqlite_where=text("current = 1 AND kind IN ('post', 'talk')"), postgresql_where=_current)  # fmt: skip

lines = Table(  # thread lines, in order
    "lines",
    metadata,
    make_id_column(),
    Column("card_id", String(32), ForeignKey("cards.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Member(LineType.of, 24), nullable=False),
    Column("values", JSON, nullable=False),  # what the view needs
    Column("ts", String(32)),
    Column(
        "redraw", Boolean, nullable=False, default=False
    ),  # it is up, and what it says has changed (erasure)
    Column("asked_at", Moment),
    Column("retry_at", Moment),
    Column("gone", Boolean, nullable=False, default=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("card_id", "seq"),
)
index_some("ix_lines_unsaid", "ts IS NULL", lines.c.card_id, lines.c.seq)
_changed = text("redraw")
Index("ix_lines_redraw", lines.c.id, sqlite_where=text("redraw = 1"), postgresql_where=_changed)

slack_events = Table(
    "slack_events",
    metadata,
    Column("event_id", String(80), primary_key=True),
    Column("at", Moment, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(10), nullable=False),  # "member", "guest", "outsider"
    Column("zone", String(60)),
    Column("seen_at", Moment, nullable=False),
    Column(
        "doubted_at", Moment
    ),  # Slack said then that they changed, not how: an answer asked for before is old
)

duty = Table(  # what people said of shifts, on top of the rota in the settings
    "duty",
    metadata,
    make_id_column(),
    Column("kind", String(8), nullable=False),  # "on", "away"
    Column("person", String(40), nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("made_by", String(120), nullable=False),
    Column("made_at", Moment, nullable=False),
)
Index("ix_duty_ends_at", duty.c.ends_at)

memberships = Table(  # who is in a user group that may approve, and in the private channel
    "memberships",
    metadata,
    Column("id", String(40), primary_key=True),  # the group's, or "private:…"
    Column("members", JSON, nullable=False),  # as last known
    Column("heard_at", Moment),  # when Slack said so; nothing: it said since that this changed
    Column(
        "changes", Integer, nullable=False
    ),  # how often it said that: an answer asked for before does not count
)

begun = Table(  # what somebody has typed into a dialog and not sent off yet
    "begun",
    metadata,
    Column("person", String(120), primary_key=True),
    Column("about", String(200), primary_key=True),  # "reply:<conversation>", "edit:<post>"
    Column("view_id", String(255), nullable=False),  # the dialog that was typed into last
    Column("open", Boolean, nullable=False),  # not sent off yet
    Column("seen", Text, nullable=False),  # its private_metadata: what the person saw when they began
    Column("typed", JSON, nullable=False),  # its state, by block
    Column("typed_at", Moment),  # Slack's time of the last key: an older one that comes later does not count
    Column("conversation_id", String(32)),  # whose words it may hold
    Column("at", Moment, nullable=False),
)
Index("ix_begun_at", begun.c.at)
