"""Erase personal data: on a person's word, or the set days after a conversation's end. The record still verifies.

It waits for an answer that is on its way: without the bytes that were sent, nobody could find out whether they arrived,
and the customer might get them twice (promise P4).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.conversations import Conversation, Stage
from bot.domain.deliveries import State
from bot.domain.facts import FactKind
from bot.domain.inbox_refusals import BeingSent
from bot.domain.kinds import CardType, LineType
from bot.domain.people import Person
from bot.services import clicks
from bot.services.deliveries.outcomes import drop
from bot.services.inbox import lifecycle
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.inbox import conversations, erasure, sends
from bot.store.slack import cards

LATER = timedelta(hours=1)  # the clock tries again
ERASED_BEFORE = "its words were erased"


def erase(work: UnitOfWork, person: Person | None, conversation_id: str, key: str) -> None:
    """Words and names go; ids and digests stay. `person` None: the clock; it comes again if an answer is on its way."""
    if person is not None:
        lifecycle.check_team(person)
        clicks.count_once(work, key)
    conversation = lifecycle.lock(work, conversation_id)
    if person is not None:
        lifecycle.check_access(person, conversation)
    if conversation.erased_at is not None:
        return
    if not _settled(work, conversation):
        if person is not None:
            raise BeingSent
        conversations.set_due(work.db, conversation.id, work.now + LATER)
        return
    _erase(work, person.id if person else None, conversation)


def erase_again(work: UnitOfWork, who: str, conversation_ids: Sequence[str]) -> tuple[int, int]:
    """What was erased since a backup that was put back. Returns how many were, and of how many the words stay, because
    an answer was on its way there when the backup was made."""
    erased, kept = 0, 0
    for conversation_id in conversation_ids:
        conversation = conversations.load(work.db, conversation_id, lock=True)
        if (
            conversation is None or conversation.erased_at is not None
        ):  # it began later, or the backup has it so
            continue
        if _settled(work, conversation):
            _erase(work, who, conversation)
            erased += 1
        else:
            kept += 1
    return erased, kept


def _settled(work: UnitOfWork, conversation: Conversation) -> bool:
    """Nothing is being sent or looked for; what has not begun never will. An unknown answer a person is asked about
    holds nothing up: nobody looks for it any more."""
    for one in sends.list_of_conversation(work.db, conversation.id):
        delivery = deliveries.load(work.db, one.send.delivery_id, lock=True)
        if delivery is None or delivery.state.final or delivery.asks_a_person:
            continue
        if delivery.state in (State.SENDING, State.UNKNOWN):
            return False
        drop(work, delivery, ERASED_BEFORE)
    return True


def _closed(work: UnitOfWork, who: str | None, conversation: Conversation) -> Conversation:
    """Nobody can answer it any more, so it does not stay open."""
    if conversation.stage not in (Stage.OPEN, Stage.OFFERED):
        return conversation
    return replace(conversation, stage=Stage.DONE, closed_at=work.now, closed_by=who, escalated_at=None)


def _erase(work: UnitOfWork, who: str | None, conversation: Conversation) -> None:
    salted = hashlib.sha256(f"{secrets.token_hex(16)}:{conversation.customer}".encode()).hexdigest()
    erasure.erase_words(work.db, conversation.id)
    lifecycle.note(work, FactKind.ERASED, who, conversation)
    lifecycle.say(work, conversation, LineType.ERASED, by=who)
    erased = replace(conversation, customer=salted, erased_at=work.now, reasons=(), waiting_since=None)
    lifecycle.save(work, _closed(work, who, erased))
    erasure.forget_customer(work.db, conversation)
    cards.redraw_all(work.db, CardType.CONVERSATION, conversation.id)
    if conversation.pile_id is not None:
        cards.redraw_all(work.db, CardType.PILE, conversation.pile_id)
