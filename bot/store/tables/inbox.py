"""The inbox's tables, by the same rules as `core.py`.

Customers' words and names are kept apart from everything else, in `words` and `customers`, so that they can be erased;
the record, and every other row, holds ids and salted digests only.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from bot.domain.kinds import PileType
from bot.store.engine.member import Member
from bot.store.engine.moment import Moment
from bot.store.tables.core import index_some, make_id_column, metadata

# --- who and what -------------------------------------------------------------------------------------

customers = Table(
    "customers",
    metadata,
    Column("account", String(80), primary_key=True),
    Column("remote_id", String(300), primary_key=True),
    Column("name", Text),  # nothing: erased
    Column("handle", Text),
    Column("url", Text),
    Column("followers", Integer),
    Column("seen_at", Moment, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    make_id_column(),
    Column("number", Integer, nullable=False, unique=True),  # what people call it
    Column("account", String(80), nullable=False),
    Column("customer", String(300), nullable=False),  # customers.remote_id; a digest of it, once erased
    Column("thread", String(300), nullable=False),  # remote id of the root post; "private", or its own id
    Column("private", Boolean, nullable=False),
    Column("stage", String(10), nullable=False),
    Column("seq", Integer, nullable=False, default=0),  # raised by every change: the collision check
    Column("opened_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("waiting_since", Moment),
    Column("owner", String(120)),
    Column("owner_since", Moment),
    Column("reasons", JSON, nullable=False),  # why to look here first
    Column("post_id", String(32), ForeignKey("posts.id")),
    Column("pile_id", String(32)),
    Column("escalated_at", Moment),
    Column("due_at", Moment),  # its earliest next moment; nothing: the clock ignores it
    Column("closed_at", Moment),
    Column("closed_by", String(120)),
    Column("closing", String(24)),
    Column("answered_at", Moment),
    Column("answered_by", String(120)),
    Column("erased_at", Moment),
    UniqueConstraint("account", "customer", "thread"),
    CheckConstraint("stage IN ('offered', 'open', 'answered', 'done', 'left')", name="stage"),
)
Index(
    "ix_conversations_due_at",
    conversations.c.due_at,
    sqlite_where=conversations.c.due_at.is_not(None),
    postgresql_where=conversations.c.due_at.is_not(None),
)
Index("ix_conversations_stage", conversations.c.stage, conversations.c.waiting_since)
_answered = conversations.c.answered_at.is_not(None)
Index("ix_conversations_answered", conversations.c.answered_at,
      sqlite_where=_answered, postgresql_where=_answered)  # fmt: skip
Index("ix_conversations_last", conversations.c.account, conversations.c.last_at)
Index("ix_conversations_thread", conversations.c.account, conversations.c.thread)
Index("ix_conversations_post", conversations.c.post_id)
Index("ix_conversations_pile", conversations.c.pile_id)

messages = Table(  # inbound, and our own answers; each once
    "messages",
    metadata,
    make_id_column(),
    Column("account", String(80), nullable=False),
    Column("remote_id", String(300), nullable=False),
    Column("conversation_id", String(32), ForeignKey("conversations.id"), nullable=False),
    Column("place", Integer, nullable=False),  # 1, 2, 3 … in its conversation: 1 stands on the card
    Column("seq", Integer, nullable=False),  # the conversation's, at this message's last change
    Column("via", String(10), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("at", Moment, nullable=False),  # the network's time
    Column("received_at", Moment, nullable=False),
    Column("stream", String(20), nullable=False),  # where it is looked at again
    Column("visibility", String(20)),
    Column("parent_id", String(300)),
    Column("url", Text),
    Column("reference", JSON, nullable=False),  # what an answer to it needs; {} once erased
    Column("complaint", Boolean, nullable=False, default=False),  # it held one of the words to look at first
    Column("edited_at", Moment),
    Column("edits", Integer, nullable=False, default=0),
    Column("deleted_at", Moment),
    Column("delivery_id", String(32)),  # of our own: the reply that sent it
    Column("by_user", String(120)),  # of our own: who pressed Send; nothing: in the network's app
    UniqueConstraint("account", "remote_id"),
    UniqueConstraint("conversation_id", "place"),
    CheckConstraint("via IN ('customer', 'byhand', 'app')", name="via"),
)
Index("ix_messages_conversation", messages.c.conversation_id, messages.c.seq)

words = Table(  # what can be erased
    "words",
    metadata,
    Column("message_id", String(32), ForeignKey("messages.id"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("attachments", JSON, nullable=False),  # [{"url": …, "alt": …, "kind": …}]
    Column("language", String(20)),
    Column(
        "salt", String(32), nullable=False
    ),  # the record's digest is of salt and text: it cannot be guessed
    Column("likeness", String(64), nullable=False),  # equal for near-identical texts; "" for too short ones
)
Index("ix_words_likeness", words.c.likeness)

# --- where polling stands -----------------------------------------------------------------------------

cursors = Table(
    "cursors",
    metadata,
    Column("account", String(80), primary_key=True),
    Column("stream", String(20), primary_key=True),
    Column("cursor", Text),  # the network's, opaque
    Column("version", Integer, nullable=False, default=0),  # two pollers: the second one's page is not stored
    Column("synced_at", Moment, nullable=False),  # of the first sync
)

# --- piles, spikes ------------------------------------------------------------------------------------

piles = Table(  # one card for many conversations
    "piles",
    metadata,
    make_id_column(),
    Column("account", String(80), nullable=False),
    Column("kind", Member(PileType, 8), nullable=False),
    Column("key", String(300), nullable=False),  # the root's remote id, or the likeness
    Column("post_id", String(32)),
    Column("opened_at", Moment, nullable=False),
    UniqueConstraint("account", "kind", "key"),
)

spikes = Table(  # many complaints on one post: when a pause was suggested last
    "spikes",
    metadata,
    make_id_column(),
    Column("account", String(80), nullable=False),
    Column("thread", String(300), nullable=False),
    Column("post_id", String(32)),
    Column("complaints", Integer, nullable=False),
    Column("suggested_at", Moment, nullable=False),
    Column("expected_until", Moment),
    Column("expected_by", String(120)),
    UniqueConstraint("account", "thread"),
)

# --- answers ------------------------------------------------------------------------------------------

drafts = Table(  # what somebody was shown before Send; nothing leaves from here without their click
    "drafts",
    metadata,
    make_id_column(),
    Column("conversation_id", String(32), ForeignKey("conversations.id"), nullable=False),
    Column("message_id", String(32), nullable=False),  # the inbound one it answers
    Column("by_user", String(120), nullable=False),
    Column("text", Text, nullable=False),  # as the network takes it
    Column("image_sha256", String(64)),
    Column("alt", Text),
    Column("seen_seq", Integer, nullable=False),
    Column("shown_seq", Integer),  # a collision was shown, up to here: "Send mine as well" is judged from it
    Column(
        "digest", String(64), nullable=False
    ),  # of text, image, alt, whom it answers, and from which account
    Column("channel", String(40)),  # the Slack message it was taken from; nothing: a dialog
    Column("ts", String(32)),
    Column("state", String(10), nullable=False),  # "offered", "sent", "kept", "replaced"
    Column("corrects", String(32)),  # the delivery whose words it is to replace
    Column("at", Moment, nullable=False),
    Column("lost", JSON(none_as_null=True)),  # sentences: what was struck out, say; null: nothing
    Column("held_at", Moment),  # a pause kept it from being sent: to be shown again, once, after that
    CheckConstraint("state IN ('offered', 'sent', 'kept', 'replaced')", name="state"),
)
Index("ix_drafts_source", drafts.c.channel, drafts.c.ts)
index_some("ix_drafts_held", "held_at IS NOT NULL", drafts.c.held_at)

sends = Table(  # a person's Send of exactly this: the authority of a reply
    "sends",
    metadata,
    make_id_column(),
    Column("conversation_id", String(32), ForeignKey("conversations.id"), nullable=False),
    Column("message_id", String(32), nullable=False),  # the inbound one it answers
    Column("draft_id", String(32), ForeignKey("drafts.id"), unique=True),  # a draft is sent once
    Column("text", Text, nullable=False),
    Column("image_sha256", String(64)),
    Column("alt", Text),
    Column("digest", String(64), nullable=False),
    Column("seen_seq", Integer, nullable=False),
    Column("seq", Integer, nullable=False),  # the conversation's, once this was pressed
    Column("in_spite", Boolean, nullable=False, default=False),  # "Send mine as well"
    Column("corrects", String(32)),
    Column("delivery_id", String(32), nullable=False, unique=True),
    Column("channel", String(40)),  # the Slack message it was taken from
    Column("ts", String(32)),
    Column("by_user", String(120), nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("id", "delivery_id"),  # so that an attempt can name a Send of its delivery
)
Index("ix_sends_conversation", sends.c.conversation_id)
Index("ix_sends_source", sends.c.channel, sends.c.ts)
