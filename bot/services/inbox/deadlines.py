"""The clock of conversations: who waits past the answer target, and whose words are to be erased.

What a reader would question: a pile calls once, not for each of its forty. Whoever comes for the one looks after all.
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
    talk = conversations.load(work.db, conversation_id, lock=True)
    if talk is None or talk.due_at is None or talk.due_at > work.now:
        return 0
    moment = lifecycle.find_next_moment(work, talk)
    if moment != talk.due_at and (moment is None or moment > work.now):  # the settings changed
        conversations.set_due(work.db, talk.id, moment)
        return 0
    if talk.stage is not Stage.OPEN:
        erasure.erase(work, None, talk.id, f"erase:{talk.id}")
        return 1
    opening = _closed_until_later(work)
    if opening:
        conversations.set_due(work.db, talk.id, opening)
        return 0
    _call(work, talk)
    return 1


def _closed_until_later(work: UnitOfWork) -> datetime | None:
    """The next opening, if nobody is there now: Byhand was down when it was time, and nobody is called at night."""
    hours = work.policy.hours
    if not hours.spans or hours.open_at(work.now):
        return None
    return hours.next_opening(work.now)


def _call(work: UnitOfWork, talk: Conversation) -> None:
    """Past the answer target: the approvers and its owner are mentioned, once for each wait."""
    lifecycle.note(work, FactKind.ESCALATED, None, talk)
    who = dict.fromkeys([*([talk.owner] if talk.owner else []), *work.policy.approvers])
    since = talk.waiting_since.isoformat() if talk.waiting_since else None
    values = {"since": since, "mention": list(who)}
    if lifecycle.has_card(work, talk):
        lifecycle.say(work, talk, LineType.LATE, **values)
    elif talk.pile_id is not None and not _called_lately(work, talk):
        cards.say_on(work.db, CardType.PILE, talk.pile_id, LineType.LATE, values, work.now)
    lifecycle.save(work, replace(talk, escalated_at=work.now))


def _called_lately(work: UnitOfWork, talk: Conversation) -> bool:
    since = work.now - CALLED_LATELY
    return conversations.has_called_since(work.db, str(talk.pile_id), since)


def adopt_settings(work: UnitOfWork) -> None:
    """At start: hours, the answer target, or the days until erasure may have changed."""
    for talk in conversations.list_with_moment(work.db):
        moment = lifecycle.find_next_moment(work, talk)
        if moment != talk.due_at:
            conversations.set_due(work.db, talk.id, moment)
