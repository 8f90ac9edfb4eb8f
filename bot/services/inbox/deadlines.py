"""The clock of conversations: who waits past the answer target, and whose words are to be erased.

All who are late have one message, and at most one an hour: approvers whose phones ring for each comment turn them off.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.conversations import Conversation, Stage
from bot.domain.facts import FactKind
from bot.domain.kinds import CardType
from bot.services.inbox import erasure, hourly, lifecycle
from bot.services.inbox.lifecycle import LATE
from bot.services.unit_of_work import UnitOfWork
from bot.store.inbox import conversations
from bot.store.slack import cards


def step(work: UnitOfWork, conversation_id: str) -> int:
    """Do what is due for one conversation. Returns how many things were done; 0: nothing."""
    conversation = conversations.load(work.db, conversation_id, lock=True)
    if conversation is None or conversation.due_at is None or conversation.due_at > work.now:
        return 0
    told, again = hourly.step(work, conversation)
    end = lifecycle.find_answers_end(work, conversation)
    if end is not None and conversation.due_at <= end <= work.now:  # its card says how it can be answered
        lifecycle.redraw(work, conversation)
    moment = lifecycle.find_next_moment(work, conversation)
    due = min((at for at in (moment, again) if at is not None), default=None)
    if due is None or due > work.now:  # nothing more now; or the settings changed
        conversations.set_due(work.db, conversation.id, due)
        return int(told)
    if conversation.stage is not Stage.OPEN:
        erasure.erase(work, None, conversation.id, f"erase:{conversation.id}")
        return 1
    return int(told) + _escalate(work, conversation, due)


def _escalate(work: UnitOfWork, conversation: Conversation, moment: datetime) -> int:
    """They wait past the answer target, since `moment`."""
    opening = hourly.find_open_moment(work, work.now)
    if opening > work.now:  # Byhand was down when it was time, and nobody is called at night
        conversations.set_due(work.db, conversation.id, opening)
        return 0
    last = hourly.lock_last(work, CardType.LATE, LATE)
    if last is None or last.created_at + hourly.HOUR <= work.now:
        channel = work.policy.inbox_channel or work.policy.private_channel
        cards.add(work.db, CardType.LATE, LATE, channel, work.now)
    elif moment > last.created_at:  # it does not stand on that one
        conversations.set_due(work.db, conversation.id, last.created_at + hourly.HOUR)
        return 0
    lifecycle.note(work, FactKind.ESCALATED, None, conversation)
    lifecycle.save(work, replace(conversation, escalated_at=work.now))
    return 1


def adopt_settings(work: UnitOfWork) -> None:
    """At start: hours, the answer target, or the days until erasure may have changed."""
    for conversation in conversations.list_with_moment(work.db):
        moment = lifecycle.find_next_moment(work, conversation)
        if moment != conversation.due_at:
            conversations.set_due(work.db, conversation.id, moment)
