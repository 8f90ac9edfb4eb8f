"""What somebody alone on shift approved of their own: on record, and told to the approvers when hours begin.

Whether they may: `find_alone` in `bot/services/posts/standing.py`. One line for each such post, in its card's thread;
each approver is mentioned in the first line that concerns them.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.facts import FactKind
from bot.domain.kinds import LineType
from bot.domain.people import Person
from bot.domain.posts import Post
from bot.services.posts import standing
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.store import record
from bot.store.inbox import conversations
from bot.store.posts import posts
from bot.store.record import Fact
from bot.store.slack import cards

SUBJECT = "alone"  # of these facts
EVER = datetime(2000, 1, 1, tzinfo=UTC)


def note(work: UnitOfWork, person: Person, post: Post) -> None:
    """This person approved their own change, and nobody else was there."""
    work.note(FactKind.ALONE, person.id, subject=SUBJECT, of=post.id, seq=post.version.seq)


def is_due(work: UnitOfWork) -> bool:
    """Whether hours have begun, and something of the time before was not told yet."""
    hours = work.policy.hours
    return (not hours.spans or hours.open_at(work.now)) and bool(_list_untold(work))


def tell(work: UnitOfWork) -> None:
    """Of two workers one does."""
    conversations.lock_hour(work.db)
    rung: set[str] = set()
    for fact in _list_untold(work) if is_due(work) else []:
        post = posts.load(work.db, str((fact.data or {}).get("of")))
        if post is None:
            continue
        approvers = [each for each in standing.list_named(work, post.version) if each != fact.who]
        called = [each for each in approvers if each not in rung]
        rung.update(called)
        values = {"by": fact.who, "at": fact.at.isoformat(), "mention": called}
        cards.say(work.db, post.id, LineType.ALONE, values, work.now)
        work.note(FactKind.ALONE_TOLD, None, subject=SUBJECT, of=post.id, whom=approvers)
        work.wake(Wake.OUTBOX)


def _list_untold(work: UnitOfWork) -> list[Fact]:
    """The oldest first."""
    told = record.find_newest_of(work.db, SUBJECT, FactKind.ALONE_TOLD.value)
    return record.list_since(work.db, SUBJECT, FactKind.ALONE.value, told.at if told else EVER)
