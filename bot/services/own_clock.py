"""Whose clock a time is read by: a person's own, where Slack draws it, and the team's, where plans are made."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.people import Person
from bot.services.unit_of_work import UnitOfWork
from bot.store.slack import people


def is_away(work: UnitOfWork, person: Person, slot: datetime | None) -> bool:
    """Whether their own clock says another time than the team's, now or at the slot; also where nobody knows it."""
    known = people.recall(work.db, person.id)
    try:
        own = ZoneInfo((known and known.zone) or "")
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return True
    moments = (work.now, slot or work.now)
    return any(
        at.astimezone(own).utcoffset() != at.astimezone(work.policy.zone).utcoffset() for at in moments
    )
