"""Whose phones ring because of a customer: the first few that press, each by itself; all others with the hour's message
(`hourly.py`).

One spammer must not ring every approver a hundred times, or they turn Slack off. Each conversation has its card all the
same.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.conversations import Conversation
from bot.domain.facts import FactKind, Source
from bot.services import duty
from bot.services.unit_of_work import UnitOfWork
from bot.store import record
from bot.store.inbox import conversations

RINGS = 3  # by themselves, within an hour
WITHIN = timedelta(hours=1)
AHEAD = timedelta(minutes=1)  # a worker that was done first may have begun later, by a clock of its own


class Rings:
    """How many more conversations ring by themselves now: asked of the record once in a transaction, when the first one
    presses.

    Two that count at once would ring three times each, so one counts after the other's commit: `reserve`."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self._reserved = False
        self._left: int | None = None

    def reserve(self) -> None:
        """Nobody else counts until the commit. Before conversations are locked, as in `row_locks.py`."""
        if not self._reserved:
            conversations.lock_rings(self.work.db)
            self._reserved = True

    def take(self, conversation: Conversation) -> bool:
        """Whether somebody is rung for this one; who is, is put on record."""
        work = self.work
        if self._left is None:
            self.reserve()
            since, until = work.now - WITHIN, work.now + AHEAD
            self._left = RINGS - record.count_between(work.db, FactKind.RANG.value, since, until, RINGS)
        if self._left <= 0:
            return False
        self._left -= 1
        data = {
            "account": conversation.account,
            "who": list(duty.list_to_ring(work, private=conversation.private)),
        }
        what, subject = FactKind.RANG.value, _subject(conversation)
        fact = record.Fact(work.make_id(), work.now, what, Source.NETWORK, subject=subject, data=data)
        record.append(work.db, fact)
        return True


def was_rung(work: UnitOfWork, conversation: Conversation) -> bool:
    """Whether somebody was rung for it since it was opened."""
    return _find_ring(work, conversation) is not None


def list_rung(work: UnitOfWork, conversation: Conversation) -> tuple[str, ...]:
    """Whom it rang since it was opened, as on record."""
    found = _find_ring(work, conversation)
    return tuple(map(str, (found.data or {}).get("who", ()))) if found else ()


def is_collected(work: UnitOfWork, conversation: Conversation) -> bool:
    """It presses, and rang nobody: the hour's message tells of it."""
    return conversation.is_pressing and not was_rung(work, conversation)


def _find_ring(work: UnitOfWork, conversation: Conversation) -> record.Fact | None:
    found = record.find_newest_of(work.db, _subject(conversation), FactKind.RANG.value)
    return found if found is not None and found.at >= conversation.opened_at else None


def _subject(conversation: Conversation) -> str:
    return f"conversation:{conversation.id}"
