"""The clock of conversations: who waits past the answer target, and whose words are to be erased.

A pile raises one alarm, not one for each of its conversations, because whoever comes for one of them looks after all.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.conversations import Conversation, Stage
from bot.domain.facts import FactKind
from bot.domain.kinds import CardType, LineType
from bot.services.inbox import erasure, lifecycle
from bot.services.unit_of_work import UnitOfWork
from bot.store.inbox import conversations
from bot.store.slack import cards

CALLED_LATELY = timedelta(hours=1)  # a pile is not called for again


def step(work: UnitOfWork, conversation_id: str) -> int:
    """Do what is due for one conversation. Returns how many things were done; 0: nothing."""
    conversation = conversations.load(work.db, conversation_id, lock=True)
    if conversation is None or conversation.due_at is None or conversation.due_at > work.now:
        return 0
    moment = lifecycle.find_next_moment(work, conversation)
    if moment != conversation.due_at and (moment is None or moment > work.now):  # the settings changed
        conversations.set_due(work.db, conversation.id, moment)
        return 0
    if conversation.stage is not Stage.OPEN:
        erasure.erase(work, None, conversation.id, f"erase:{conversation.id}")
        return 1
    opening = _closed_until_later(work)
    if opening:
        conversations.set_due(work.db, conversation.id, opening)
        return 0
    _call(work, conversation)
    return 1


def _closed_until_later(work: UnitOfWork) -> datetime | None:
    """The next opening, if nobody is there now: Byhand was down when it was time, and nobody is called at night."""
    hours = work.policy.hours
    if not hours.spans or hours.open_at(work.now):
        return None
    return hours.next_opening(work.now)


def _call(work: UnitOfWork, conversation: Conversation) -> None:
    """Past the answer target: the approvers and its owner are mentioned, once for each wait."""
    lifecycle.note(work, FactKind.ESCALATED, None, conversation)
    who = dict.fromkeys([*([conversation.owner] if conversation.owner else []), *work.policy.approvers])
    since = conversation.waiting_since.isoformat() if conversation.waiting_since else None
    values = {"since": since, "mention": list(who)}
    if lifecycle.has_card(work, conversation):
        lifecycle.say(work, conversation, LineType.LATE, **values)
    elif conversation.pile_id is not None and not _called_lately(work, conversation):
        cards.say_on(work.db, CardType.PILE, conversation.pile_id, LineType.LATE, values, work.now)
    lifecycle.save(work, replace(conversation, escalated_at=work.now))


def _called_lately(work: UnitOfWork, conversation: Conversation) -> bool:
    since = work.now - CALLED_LATELY
    return conversations.has_called_since(work.db, str(conversation.pile_id), since)


def adopt_settings(work: UnitOfWork) -> None:
    """At start: hours, the answer target, or the days until erasure may have changed."""
    for conversation in conversations.list_with_moment(work.db):
        moment = lifecycle.find_next_moment(work, conversation)
        if moment != conversation.due_at:
            conversations.set_due(work.db, conversation.id, moment)
