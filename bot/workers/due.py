"""What is due now, and when next: one question over posts, deliveries and conversations.

Pure reading; the worker acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.deliveries import CLAIM_AHEAD, has_come
from bot.domain.pause.statements import WINDOW
from bot.services.pause.releases import list_over
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.inbox import conversations
from bot.store.pause import pauses, releases
from bot.store.posts import posts

STEPS = 50  # posts, and conversations, a turn; the next turn follows at once


@dataclass(frozen=True)
class DueWork:
    """What one turn of the worker has to do."""

    posts: tuple[str, ...]
    conversations: tuple[str, ...]  # conversations: somebody waits too long, or words are to be erased
    pauses: tuple[str, ...]  # that are to be reminded of
    statements: tuple[str, ...]  # posts that nobody else released in time, or that were paused again
    claim: bool  # deliveries may be taken
    recover: bool  # a lease ran out
    look: bool  # an unknown outcome is to be looked at
    next_at: datetime | None  # the earliest moment after this one; None: only a change can make one


def collect_due(work: UnitOfWork) -> DueWork:
    """Everything due at `work.now`."""
    ready, held, look = deliveries.find_next_moments(work.db)
    step, conversation = posts.find_next_due(work.db), conversations.find_next_due(work.db)
    claim_at = ready - CLAIM_AHEAD if ready else None
    reminder = pauses.find_next_reminder(work.db)
    released = releases.find_oldest(work.db)
    lapse = released + WINDOW if released else None
    moments = [
        at
        for at in (step, conversation, claim_at, held, look, reminder, lapse)
        if at is not None and at > work.now
    ]
    return DueWork(
        posts=tuple(posts.list_due(work.db, work.now, STEPS)) if step and step <= work.now else (),
        conversations=tuple(conversations.list_due(work.db, work.now, STEPS))
        if conversation and conversation <= work.now
        else (),
        pauses=tuple(pauses.list_to_remind(work.db, work.now)) if reminder and reminder <= work.now else (),
        statements=_list_over(work, released) if released else (),
        claim=claim_at is not None and claim_at <= work.now,
        recover=held is not None and has_come(held, work.now),
        look=look is not None and has_come(look, work.now),
        next_at=min(moments, default=None),
    )


def _list_over(work: UnitOfWork, released: datetime) -> tuple[str, ...]:
    """`released`: when the oldest release was given that stands."""
    lapsed = releases.list_begun_before(work.db, work.now - WINDOW) if released + WINDOW <= work.now else []
    return tuple(dict.fromkeys((*lapsed, *list_over(work))))
