"""One message an hour for all who are new, wait, and nobody has; none where nobody new waits.

It comes an hour after the first of them at the latest, at once for what presses and rang nobody (`rings.py`), and never
at night. The next one is due by conversations that were opened after the last: nothing else is kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.conversations import Conversation, Stage
from bot.domain.kinds import CardType
from bot.services.inbox import rings
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.store.inbox import conversations
from bot.store.slack import cards
from bot.store.slack.cards import Card

NEW = "new"  # the one subject of its card
HOUR = timedelta(hours=1)  # between two messages


def find_moment(work: UnitOfWork, conversation: Conversation) -> datetime | None:
    """When it is to stand on the message at the latest; None: it stands there, or need not."""
    if conversation.stage is not Stage.OPEN or conversation.owner or conversation.escalated_at:
        return None
    if conversation.waiting_since is None:
        return None
    moment = find_open_moment(work, conversation.opened_at + HOUR)
    if moment > work.now:
        return moment
    last = find_last(work, CardType.NEW, NEW)
    return (
        find_open_moment(work, work.now) if last is None or last.created_at < conversation.opened_at else None
    )


def step(work: UnitOfWork, conversation: Conversation) -> tuple[bool, datetime | None]:
    """Put the message up if it is time. Returns whether it was, and when to come again for this conversation."""
    moment = find_moment(work, conversation)
    if moment is not None and rings.is_collected(work, conversation):
        moment = find_open_moment(work, work.now)
    if moment is None or moment > work.now:
        return False, moment
    last = lock_last(work, CardType.NEW, NEW)
    if last is not None and last.created_at >= conversation.opened_at:  # somebody was faster
        return False, None
    if last is not None and last.created_at + HOUR > work.now:
        redraw(work)
        return False, find_open_moment(work, last.created_at + HOUR)
    cards.add(work.db, CardType.NEW, NEW, work.policy.inbox_channel or work.policy.private_channel, work.now)
    work.wake(Wake.OUTBOX)
    return True, None


def redraw(work: UnitOfWork) -> None:
    """Who is on the message has changed."""
    cards.touch(work.db, CardType.NEW, NEW)


def find_open_moment(work: UnitOfWork, moment: datetime) -> datetime:
    """This moment, or the start of hours where nobody is there then."""
    hours = work.policy.hours
    if not hours.spans or hours.open_at(moment):
        return moment
    return hours.next_opening(moment) or moment


def find_last(work: UnitOfWork, kind: CardType, subject: str) -> Card | None:
    """The last message of such a kind; none of a clock that has been set back since."""
    last = cards.find_current(work.db, kind, subject)
    return last if last is not None and last.created_at <= work.now else None


def lock_last(work: UnitOfWork, kind: CardType, subject: str) -> Card | None:
    """The same for who may put up the next one: of two workers one after the other."""
    conversations.lock_hour(work.db)
    return find_last(work, kind, subject)
