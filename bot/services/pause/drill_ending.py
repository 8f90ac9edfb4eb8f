"""How a drill ends: its posts are killed, its gate opens, and the team is told what it took.

Apart from `drill.py`, because a real pause ends a drill too, and drilling itself pauses. All of it is one transaction:
a drill is either on or over, with nothing of it left to decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.domain.facts import FactKind
from bot.domain.gate import DRILL
from bot.domain.kinds import CardType
from bot.domain.pause.drill import measure
from bot.domain.posts import MOVES, Verb
from bot.domain.urgency import Urgency
from bot.services.pause import drill_steps
from bot.services.posts import lifecycle
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.store.pause import drills, gate, pauses
from bot.store.pause.drills import Drill
from bot.store.posts import posts
from bot.store.slack import cards

OVER = "The drill is over."
RESUMED = "resumed"
STOPPED = "stopped"
REAL_PAUSE = "a real pause"


def end(work: UnitOfWork, why: str, by: str | None, *, summary: Mapping[str, int] | None = None) -> bool:
    """End the drill that runs; False if none does. `summary`: what a resume did with the posts that had missed their
    time."""
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
    drills.end(work.db, drill.id, work.now, why=why, seen_at=seen)
    _end_pause(work, by, summary)
    cards.touch(work.db, CardType.DRILL, drill.id, urgency=Urgency.DECISION)
    cards.add(work.db, CardType.DRILL_OVER, drill.id, work.policy.review_channel, work.now)
    _note_end(work, drill, why, by, seen)
    work.wake(Wake.OUTBOX)
    return True


def _note_end(work: UnitOfWork, drill: Drill, why: str, by: str | None, seen: datetime | None) -> None:
    """Seconds since it began; of each step, those since the one before."""
    done = drill_steps.list_done(work, replace(drill, ended_at=work.now))
    took = measure(drill.at, done)
    steps = {one.step.value: {"took": took[one.step].total_seconds(), "by": list(one.by)} for one in done}
    work.note(
        FactKind.DRILL_ENDED, by, subject=f"drill:{drill.id}", scope=DRILL, why=why, seen=_seconds_to(drill, seen),
        paused=_seconds_to(drill, drill.paused_at), changed=_seconds_to(drill, drill.changed_at), steps=steps,
    )  # fmt: skip


def _seconds_to(drill: Drill, at: datetime | None) -> float | None:
    return (at - drill.at).total_seconds() if at else None


def _first_seen(work: UnitOfWork, drill: Drill) -> datetime | None:
    """The first thing anybody did about it: to a post, or the pause itself."""
    moments = (drills.find_first_touched(work.db, drill.posts), drill.paused_at)
    return min((at for at in moments if at is not None), default=None)


def _end_pause(work: UnitOfWork, by: str | None, summary: Mapping[str, int] | None) -> None:
    """Its row, then its banner, after the posts: as everywhere."""
    paused = pauses.find_running(work.db, DRILL)
    if paused is not None:
        pauses.end(work.db, paused.id, work.now, by or "Byhand", summary)
        cards.touch(work.db, CardType.BANNER, paused.id, urgency=Urgency.DECISION)


def _kill(work: UnitOfWork, post_id: str) -> None:
    """The drill's row of the gate is held exclusively: the row of everything is not needed, and not waited for. What is
    out stays as it is, but its card has nothing to press any more."""
    post = posts.load(work.db, post_id, lock=True)
    if post is None:
        return
    if (post.status, Verb.END_DRILL) not in MOVES:
        cards.touch_post(work.db, post_id, urgency=Urgency.DECISION)
        return
    lifecycle.end_approvals(work, post, None, "the drill is over")
    lifecycle.save(
        work, lifecycle.lead(work, post, Verb.END_DRILL, None, reason=OVER), urgency=Urgency.DECISION
    )
