"""What becomes of a conversation when an answer of ours has arrived, was corrected, or was deleted again.

An answer settles nothing that came after its Send was pressed: a customer who wrote while it was on its way still
waits, and is shown as waiting (promise P7).
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain.conversations import Conversation, Stage, Via
from bot.domain.deliveries import Delivery
from bot.domain.facts import FactKind
from bot.domain.kinds import LineType
from bot.networks.receiving import OWN
from bot.services.inbox import lifecycle
from bot.services.unit_of_work import UnitOfWork
from bot.store.inbox import messages
from bot.store.inbox.messages import Message, Words
from bot.store.inbox.sends import Send


def mark_answered(work: UnitOfWork, conversation: Conversation, delivery: Delivery, sent: Send) -> None:
    """The reply is there: the customer has what a colleague pressed Send on."""
    conversation = lifecycle.raise_seq(conversation)
    _keep(work, conversation, delivery, sent)
    said = messages.list_of_conversation(work.db, conversation.id)
    since = [one for one in _theirs(said) if one.seq > sent.seq and one.received_at >= sent.at]
    conversation = replace(
        conversation, answered_at=work.now, answered_by=sent.by_user, owner=conversation.owner or sent.by_user,
        owner_since=conversation.owner_since or work.now,
    )  # fmt: skip
    if conversation.escalated_at is not None:
        lifecycle.redraw_late(work)
    if conversation.stage is not Stage.DONE:  # a colleague closed it meanwhile: it stays closed
        conversation = choose_stage(conversation, since, Stage.ANSWERED)
    lifecycle.say(work, conversation, LineType.REPLIED, delivery=delivery.id)
    lifecycle.save(work, conversation)
    lifecycle.redraw_answer(work, conversation, delivery.id)


def _keep(work: UnitOfWork, conversation: Conversation, delivery: Delivery, sent: Send) -> None:
    """Our answer among the conversation's messages. Where a person said that it is there, nobody knows its id."""
    remote_id = delivery.remote_id or f"{messages.NAMELESS}{delivery.id}"
    known = messages.find_known(work.db, conversation.account, [remote_id]).get(remote_id)
    if known is not None:  # it was read back before its outcome was known, as if written in the network's app
        messages.take_as_sent(
            work.db, known.id, by=sent.by_user, delivery_id=delivery.id, seq=conversation.seq
        )
        return
    about = messages.load(work.db, sent.message_id)
    if about is None:
        raise LookupError(sent.message_id)
    ours = Message(
        id=work.make_id(),
        account=conversation.account,
        remote_id=remote_id,
        conversation_id=conversation.id,
        seq=conversation.seq,
        via=Via.BYHAND,
        kind=about.kind,
        at=work.now,
        received_at=work.now,
        stream=OWN,
        visibility=about.visibility,
        parent_id=about.remote_id,
        url=delivery.remote_url,
        delivery_id=delivery.id,
        by=sent.by_user,
    )
    messages.add(work.db, ours, Words(sent.text))


def mark_corrected(work: UnitOfWork, conversation: Conversation, delivery: Delivery, sent: Send) -> None:
    """The answer that was there says something else now."""
    if sent.corrects is None:
        raise AssertionError(f"Send {sent.id} corrects nothing")
    conversation = lifecycle.raise_seq(conversation)
    ours = lifecycle.find_our_answer(work, conversation, sent.corrects)
    if ours is not None:
        said = messages.load_words(work.db, [ours.id])[ours.id]
        now = replace(said, text=sent.text)
        messages.rewrite(work.db, ours.id, now, seq=conversation.seq, edited_at=work.now)
    lifecycle.note(
        work,
        FactKind.CORRECTED,
        sent.by_user,
        conversation,
        delivery=sent.corrects,
        send=sent.id,
        by=delivery.id,
    )
    lifecycle.say(work, conversation, LineType.REPLY_CORRECTED, delivery=sent.corrects, by=sent.by_user)
    lifecycle.save(work, conversation)
    lifecycle.redraw_answer(work, conversation, sent.corrects)


def mark_deleted(work: UnitOfWork, conversation: Conversation, reply_id: str, by: str | None) -> None:
    """The network has deleted our answer. Whoever had no other answer waits again."""
    conversation = lifecycle.raise_seq(conversation)
    ours = lifecycle.find_our_answer(work, conversation, reply_id)
    if ours is not None:
        messages.mark_deleted(work.db, ours.id, seq=conversation.seq, now=work.now)
    if conversation.stage is Stage.ANSWERED:
        conversation = choose_stage(
            conversation,
            list_unanswered(messages.list_of_conversation(work.db, conversation.id)),
            Stage.ANSWERED,
        )
    lifecycle.say(work, conversation, LineType.REPLY_DELETED, delivery=reply_id, by=by)
    lifecycle.save(work, conversation)
    lifecycle.redraw_answer(work, conversation, reply_id)


def list_unanswered(said: list[Message]) -> list[Message]:
    """The customer's messages since our last answer that is still there."""
    ours = [one.place for one in said if one.via is not Via.CUSTOMER and one.deleted_at is None]
    return [one for one in _theirs(said) if one.place > max(ours, default=0)]


def _theirs(said: list[Message]) -> list[Message]:
    return [one for one in said if one.via is Via.CUSTOMER and one.deleted_at is None]


def choose_stage(conversation: Conversation, since: list[Message], otherwise: Stage) -> Conversation:
    """Open, if the customer waits for an answer to any of these; else at the stage given."""
    if not since:
        return replace(conversation, stage=otherwise, waiting_since=None)
    first = min(one.at for one in since)
    return replace(conversation, stage=Stage.OPEN, waiting_since=first, escalated_at=None)
