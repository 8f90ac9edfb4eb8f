"""How far a drill has come: read from what was done, so that nothing is lost where a process ends between two steps."""

from __future__ import annotations

from datetime import datetime

from bot.domain.deliveries import State
from bot.domain.gate import DRILL
from bot.domain.pause.drill import DoneStep, Step
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.pause import pauses
from bot.store.pause.drills import Drill
from bot.store.pause.pauses import Pause


def find_pause(work: UnitOfWork, drill: Drill) -> Pause | None:
    """The drill's own."""
    if drill.paused_at is None:
        return None
    return pauses.find_begun_at(work.db, DRILL, drill.paused_at)


def list_done(work: UnitOfWork, drill: Drill) -> tuple[DoneStep, ...]:
    """Those that are done; of a drill that is over, those that were when it ended. By when they were done."""
    pause = find_pause(work, drill)
    found = [_taken_down(work, drill)]
    if pause is not None:
        found += [
            DoneStep(Step.PAUSE, pause.at, (pause.by_user,)),
            _stopped_elsewhere(pause),
            _resumed(pause),
        ]
    until = drill.ended_at
    done = [one for one in found if one is not None and (until is None or one.at <= until)]
    order = list(Step)
    return tuple(sorted(done, key=lambda one: (one.at, order.index(one.step))))


def _taken_down(work: UnitOfWork, drill: Drill) -> DoneStep | None:
    """Once nothing of it is out any more."""
    out = [
        one
        for post_id in drill.posts
        for one in deliveries.list_of_post(work.db, post_id)
        if one.state is State.SENT
    ]
    gone = [_find_take_down(work, one.post_id or "") for one in out]
    done = [one for one in gone if one is not None]
    if not done or len(done) < len(out):
        return None
    return DoneStep(
        Step.TAKE_DOWN, max(at for at, _ in done), tuple(dict.fromkeys(by for _, by in done if by))
    )


def _find_take_down(work: UnitOfWork, post_id: str) -> tuple[datetime, str | None] | None:
    for asked in deliveries.list_take_downs(work.db, post_id, DRILL):
        last = deliveries.find_last_attempt(work.db, asked.id)
        if asked.state is State.SENT and last is not None and last.ended_at is not None:
            return last.ended_at, asked.resolved_by
    return None


def _stopped_elsewhere(pause: Pause) -> DoneStep | None:
    marks = [mark for mark in pause.elsewhere.values() if mark is not None]
    if not marks or len(marks) < len(pause.elsewhere):
        return None
    marks.sort(key=lambda mark: datetime.fromisoformat(mark["at"]))
    at = datetime.fromisoformat(marks[-1]["at"])
    return DoneStep(Step.ELSEWHERE, at, tuple(dict.fromkeys(mark["by"] for mark in marks)))


def _resumed(pause: Pause) -> DoneStep | None:
    """Not where the drill's end ended it: then nobody chose what becomes of anything."""
    if pause.ended_at is None or pause.summary is None:
        return None
    return DoneStep(Step.RESUME, pause.ended_at, (pause.ended_by,) if pause.ended_by else ())
