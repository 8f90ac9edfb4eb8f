"""One message of a conversation as screens show it: on cards, in the Reply dialog, above an answer to it."""

from __future__ import annotations

from bot.domain.conversations import Conversation
from bot.domain.kinds import AttachmentType
from bot.domain.shown.inbox_screens import AttachmentView, CustomerView, WordsView
from bot.services.inbox import lifecycle
from bot.services.unit_of_work import UnitOfWork
from bot.store.inbox import conversations, messages
from bot.store.inbox.messages import Message, Words

SHOWN_SINCE = 3  # of what somebody wrote after the message that is answered; the others are counted


def make_words_view(work: UnitOfWork, conversation: Conversation, message: Message) -> WordsView:
    said = messages.load_words(work.db, [message.id]).get(message.id, Words(""))
    return WordsView(
        message_id=message.id, text=said.text, at=message.at, url=message.url,
        attachments=tuple(
            AttachmentView(one.get("url", ""), one.get("alt", ""), AttachmentType.of(one.get("kind", "")))
            for one in said.attachments
        ),
        edited=message.edits > 0, deleted=message.deleted_at is not None, erased=conversation.erased_at is not None,
        withheld=conversation.is_withheld,
    )  # fmt: skip


def load_customer_view(work: UnitOfWork, conversation: Conversation) -> CustomerView:
    if conversation.is_withheld:
        return CustomerView(lifecycle.SOMEBODY, "", None, withheld=True)
    known = conversations.load_customer(work.db, conversation.account, conversation.customer)
    if known is None or conversation.erased_at is not None or not known.name:
        return CustomerView(lifecycle.A_CUSTOMER, "", None)
    return CustomerView(known.name, known.handle or "", known.url, known.followers)


def make_since(
    work: UnitOfWork, conversation: Conversation, answered: Message
) -> tuple[tuple[WordsView, ...], int]:
    """What they wrote after the message that is answered: the newest, in order, and how many besides."""
    since = messages.list_of_customer_after(work.db, answered)
    shown = since[-SHOWN_SINCE:]
    return tuple(make_words_view(work, conversation, each) for each in shown), len(since) - len(shown)
