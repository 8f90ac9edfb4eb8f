"""Erasure: customers' words and names leave every table; ids and digests stay.

A customer's whole row goes, because its key is the network's id of them, but only with the last of their conversations;
until then it is needed to answer the others.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select, update

from bot.domain.conversations import Conversation
from bot.store.inbox import drafts, sends
from bot.store.slack import begun
from bot.store.tables.inbox import conversations, customers, messages, words


def erase_words(db: Connection, conversation_id: str) -> None:
    """All that was said in it, what answers need to find it, and what was sent."""
    its = messages.c.conversation_id == conversation_id
    ids = select(messages.c.id).where(its)
    gone: dict[str, Any] = {"text": "", "attachments": [], "language": None, "salt": "", "likeness": ""}
    db.execute(update(words).where(words.c.message_id.in_(ids)).values(gone))
    db.execute(update(messages).where(its).values(reference={}, url=None))
    drafts.erase(db, conversation_id)
    begun.erase(db, conversation_id)
    sends.erase(db, conversation_id)


def forget_customer(db: Connection, conversation: Conversation) -> None:
    """Name, handle and address of whoever wrote it, if no other conversation needs them. Its row names a digest now."""
    theirs = (conversations.c.account == conversation.account) & (
        conversations.c.customer == conversation.customer
    )
    if db.execute(select(conversations.c.id).where(theirs).limit(1)).first() is None:
        who = (customers.c.account == conversation.account) & (customers.c.remote_id == conversation.customer)
        db.execute(delete(customers).where(who))
