"""Who stopped answers to customers, and when: often somebody else than whoever paused, and later."""

from __future__ import annotations

from datetime import datetime

from bot.domain.facts import FactKind
from bot.domain.gate import ALL, GateRow
from bot.domain.shown.stopped_replies import RepliesShut
from bot.services.unit_of_work import UnitOfWork
from bot.store import record


def make_replies_shut(work: UnitOfWork, row: GateRow) -> RepliesShut:
    """Of a row whose pause stops replies."""
    by, at = find_who_stopped(work, row)
    return RepliesShut(by, at, None if row.scope == ALL else work.policy.title_of(row.scope))


def find_who_stopped(work: UnitOfWork, row: GateRow) -> tuple[str, datetime]:
    """The first who pressed it during this pause; where the settings have each pause stop replies, whoever paused."""
    begun = row.at or work.now
    for fact in record.list_of_kind_since(work.db, FactKind.REPLIES_STOPPED.value, begun):
        if (fact.data or {}).get("scope") == row.scope:
            return fact.who or "", fact.at
    return row.by or "", begun
