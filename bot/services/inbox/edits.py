"""What a customer did with a message afterwards: edits and deletions, shown and on record, never as a new message.

A message that the network delivers again after its deletion stays deleted, because pages come repeated and late; only a
look-up of that very message (`again`) says that it is there after all.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain import ranking
from bot.domain.conversations import Conversation, Stage, Via
from bot.domain.facts import FactKind
from bot.domain.kinds import LineType
from bot.domain.urgency import Urgency
from bot.networks.receiving import Inbound, is_another_version
from bot.services.inbox import lifecycle, relay
from bot.services.inbox.relay import Intake
from bot.services.unit_of_work import UnitOfWork
from bot.store.inbox import conversations, messages
from bot.store.inbox.messages import Message, Words


def compare(intake: Intake, known: Message, inbound: Inbound, *, looked: bool = False) -> None:
    """A message we have came again: has its author changed it? `looked`: it was asked for, and so is there now."""
    work = intake.work
    if known.via is not Via.CUSTOMER or (known.deleted_at is not None and not looked):
        return
    if known.deleted_at is None and not _is_newer(known, inbound, looked=looked):
        return
    conversation = conversations.load(work.db, known.conversation_id, lock=True)
    before = messages.load_words(work.db, [known.id]).get(known.id)
    if conversation is None or conversation.erased_at is not None or before is None:
        return
    said = replace(relay.to_words(inbound), salt=before.salt)
    if (said.text, said.attachments) != (before.text, before.attachments):
        _rewrite(work, conversation, known, said, inbound)


def take_look(work: UnitOfWork, message_id: str, inbound: Inbound) -> None:
    """One message was asked for right before it is answered."""
    known = messages.load(work.db, message_id)
    if known is not None:
        intake = Intake(work, known.account, known.stream, work.now)
        compare(intake, known, inbound, looked=True)


def _is_newer(known: Message, inbound: Inbound, *, looked: bool) -> bool:
    """A page may hold any of its versions, a look holds the one there is now, whatever the network's clock says."""
    if inbound.edited_at is None:
        return looked and is_another_version(known.reference, inbound.reference)
    return looked or known.edited_at is None or inbound.edited_at > known.edited_at


def _rewrite(
    work: UnitOfWork, conversation: Conversation, known: Message, said: Words, inbound: Inbound
) -> None:
    conversation = lifecycle.raise_seq(conversation)
    up = messages.is_up(work.db, known)
    messages.rewrite(
        work.db, known.id, said, seq=conversation.seq, edited_at=inbound.edited_at,
        reference=inbound.reference or known.reference,
    )  # fmt: skip
    found = ranking.find_words(said.text, work.policy.look_first)
    if found:
        messages.mark_complaint(work.db, known.id)
        quoted = ranking.list_reasons(found, count=1, followers=None, private=False, many_followers=0)
        conversation = replace(
            conversation, reasons=ranking.join_reasons([*quoted, *conversation.reasons], conversation.reasons)
        )
    relay.note(
        work, FactKind.RECEIVED_EDIT, conversation, message=known.id, sha256=relay.compute_digest(said)
    )
    conversation = lifecycle.save(work, _waits_for(work, conversation), urgency=Urgency.CUSTOMER)
    if up:
        lifecycle.say(work, conversation, LineType.EDITED, message=known.id)
    else:  # it was not relayed: then it is, as it is now
        messages.redraw_lines(work.db, known, conversation.pile_id)


def mark_gone(work: UnitOfWork, known: Message) -> None:
    """Its author, or the network, took it away: its words go, and it cannot be answered. The conversation stays as
    it is until a person closes it."""
    conversation = conversations.load(work.db, known.conversation_id, lock=True)
    fresh = messages.load(work.db, known.id)
    if (
        conversation is None
        or conversation.erased_at is not None
        or fresh is None
        or fresh.deleted_at is not None
    ):
        return
    conversation = lifecycle.raise_seq(conversation)
    up = messages.is_up(work.db, known)
    messages.mark_deleted(work.db, known.id, seq=conversation.seq, now=work.now)
    relay.note(work, FactKind.RECEIVED_DELETION, conversation, message=known.id)
    conversation = lifecycle.save(work, _waits_for(work, conversation), urgency=Urgency.CUSTOMER)
    messages.redraw_lines(work.db, known, conversation.pile_id)
    if up:
        lifecycle.say(work, conversation, LineType.DELETED, message=known.id)


def _waits_for(work: UnitOfWork, conversation: Conversation) -> Conversation:
    """A customer who deleted every unanswered message waits for nothing, so nobody is alerted for them."""
    if conversation.stage is not Stage.OPEN:
        return conversation
    last = messages.find_last_of_ours(work.db, conversation.id)
    return replace(conversation, waiting_since=messages.find_first_waiting(work.db, conversation.id, last))
