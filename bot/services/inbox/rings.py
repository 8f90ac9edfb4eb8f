"""Whose phones ring because of a customer: the first few that press, each by itself; all others with the hour's message
(`hourly.py`).

One spammer must not ring every approver a hundred times, or they turn Slack off. Each conversation has its card all the
same.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.conversations import Conversation
from bot.domain.facts import FactKind, Source
from bot.services.unit_of_work import UnitOfWork
from bot.store import record

RINGS = 3  # by themselves, within an hour
WITHIN = timedelta(hours=1)


class Rings:
    """How many more conversations ring by themselves now: asked of the record once in a transaction, when the first one
    presses."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self._left: int | None = None

    def take(self, conversation: Conversation) -> bool:
        """Whether the approvers are rung for this one; that they are is put on record."""
        work = self.work
        if self._left is None:
            since = work.now - WITHIN
            self._left = RINGS - record.count_between(work.db, FactKind.RANG.value, since, work.now, RINGS)
        if self._left <= 0:
            return False
        self._left -= 1
        data = {"account": conversation.account, "who": list(work.policy.approvers)}
        what, subject = FactKind.RANG.value, _subject(conversation)
        fact = record.Fact(work.make_id(), work.now, what, Source.NETWORK, subject=subject, data=data)
        record.append(work.db, fact)
        return True


def was_rung(work: UnitOfWork, conversation: Conversation) -> bool:
    """Whether the approvers were rung for it since it was opened."""
    found = record.find_newest_of(work.db, _subject(conversation), FactKind.RANG.value)
    return found is not None and found.at >= conversation.opened_at


def is_collected(work: UnitOfWork, conversation: Conversation) -> bool:
    """It presses, and rang nobody: the hour's message tells of it."""
    return conversation.is_pressing and not was_rung(work, conversation)


def _subject(conversation: Conversation) -> str:
    return f"conversation:{conversation.id}"
