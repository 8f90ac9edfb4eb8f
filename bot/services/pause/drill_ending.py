"""How a drill ends: its posts are killed, its gate opens, and the team is told what it took.

Apart from `drill.py`, because a real pause ends a drill too, and drilling itself pauses.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.facts import FactKind
from bot.domain.gate import DRILL
from bot.domain.kinds import CardType
from bot.domain.posts import MOVES, Verb
from bot.domain.urgency import Urgency
from bot.services.posts import lifecycle
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.store.pause import drills, gate, pauses
from bot.store.pause.drills import Drill
from bot.store.posts import posts
from bot.store.slack import cards

OVER = "The drill is over."


def end(work: UnitOfWork, why: str, by: str | None, *, changed_at: datetime | None = None) -> bool:
    """End the drill that runs; False if none does. Its posts are killed, so nothing of it is left to decide."""
    if drills.find_running(work.db) is None:
        return False
    row = gate.lock_exclusively(work.db, DRILL)  # guards the drill's row too
    drill = drills.find_running(work.db)
    if drill is None:
        return False
    gate.save(work.db, replace(row, paused=False, stops_replies=False, reason=None, by=by, at=work.now))
    for post_id in sorted(drill.posts):
        _kill(work, post_id)
    seen = _first_seen(work, drill)
    drills.end(work.db, drill.id, work.now, why=why, seen_at=seen, changed_at=changed_at)
    _end_pause(work, by)
    cards.touch(work.db, CardType.DRILL, drill.id, urgency=Urgency.DECISION)
    work.note(
        FactKind.DRILL_ENDED, by, scope=DRILL, why=why, seen=_seconds_to(drill, seen),
        paused=_seconds_to(drill, drill.paused_at), changed=_seconds_to(drill, changed_at),
    )  # fmt: skip
    work.wake(Wake.OUTBOX)
    return True


def _seconds_to(drill: Drill, at: datetime | None) -> float | None:
    return (at - drill.at).total_seconds() if at else None


def _first_seen(work: UnitOfWork, drill: Drill) -> datetime | None:
    """The first thing anybody did about it: to a post, or the pause itself."""
    moments = (drills.find_first_touched(work.db, drill.posts), drill.paused_at)
    return min((at for at in moments if at is not None), default=None)


def _end_pause(work: UnitOfWork, by: str | None) -> None:
    """Its row, then its banner, after the posts: as everywhere."""
    paused = pauses.find_running(work.db, DRILL)
    if paused is not None:
        pauses.end(work.db, paused.id, work.now, by or "Byhand")
        cards.touch(work.db, CardType.BANNER, paused.id, urgency=Urgency.DECISION)


def _kill(work: UnitOfWork, post_id: str) -> None:
    """The drill's row of the gate is held exclusively: the row of everything is not needed, and not waited for."""
    post = posts.load(work.db, post_id, lock=True)
    if post is None or (post.status, Verb.END_DRILL) not in MOVES:
        return
    lifecycle.end_approvals(work, post, None, "the drill is over")
    lifecycle.save(
        work, lifecycle.lead(work, post, Verb.END_DRILL, None, reason=OVER), urgency=Urgency.DECISION
    )
