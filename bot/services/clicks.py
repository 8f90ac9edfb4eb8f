"""A click counts once, whatever it is a click on."""

from __future__ import annotations

from bot.domain.refusals import Repeated
from bot.services.unit_of_work import UnitOfWork
from bot.store.slack import slack_events


def count_once(work: UnitOfWork, key: str) -> None:
    """A click counts once, however often it is delivered: raises Repeated from the second time on."""
    if not slack_events.mark_seen(work.db, key, work.now):
        raise Repeated
