"""The daily digest: one message in the review channel on each day on which something is to go out.

It comes an hour before the day's first slot, or when hours begin, whichever is earlier; so for a post at a quarter past
midnight on the evening before. It mentions nobody.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.domain.hours import Hours
from bot.domain.kinds import CardType
from bot.services.queries.posts import OPEN
from bot.services.queries.week import start_of
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.store.inbox import conversations
from bot.store.posts import posts
from bot.store.slack import cards

BEFORE = timedelta(hours=1)  # before the first slot
LATEST = timedelta(hours=1)  # after its moment; later it is no news, and a post planned for today brings none


def find_moment(day: date, first: datetime, hours: Hours) -> datetime:
    """When the digest of this day is due. `first`: its first slot."""
    moment = first - BEFORE
    opening = hours.next_opening(start_of(day, hours.zone))
    if opening is not None and opening.astimezone(hours.zone).date() == day:
        moment = min(moment, opening)
    return moment


def find_due(work: UnitOfWork) -> date | None:
    """The day whose digest is due and not up; None: there is none."""
    if not work.policy.digest:
        return None
    today = work.now.astimezone(work.policy.zone).date()
    end = start_of(today + timedelta(days=2), work.policy.zone)
    firsts: dict[date, datetime] = {}
    for _, slot, _ in posts.list_accounts_between(work.db, work.now, end, OPEN):
        day = slot.astimezone(work.policy.zone).date()
        firsts[day] = min(slot, firsts.get(day, slot))
    for day, first in sorted(firsts.items()):
        moment = find_moment(day, first, work.policy.hours)
        if moment <= work.now < moment + LATEST and not _is_up(work, day):
            return day
    return None


def step(work: UnitOfWork) -> bool:
    """Put up the digest that is due, if there is one. Of two workers one does."""
    if find_due(work) is None:
        return False
    conversations.lock_hour(work.db)
    day = find_due(work)
    if day is None:  # the other one was faster
        return False
    cards.add(work.db, CardType.DIGEST, day.isoformat(), work.policy.review_channel, work.now)
    work.wake(Wake.OUTBOX)
    return True


def _is_up(work: UnitOfWork, day: date) -> bool:
    return cards.find_current(work.db, CardType.DIGEST, day.isoformat()) is not None
