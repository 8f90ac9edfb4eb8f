"""Pause: the gate, shut first and answered after; what was stopped, what was not, what to do about it.

A pause is one short transaction at the head of the writer's queue. It takes the gate's row exclusively, so it waits
for begins under way (milliseconds) and then sees every live attempt: that list *is* "what was already on its way".
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from bot.domain.facts import FactKind
from bot.domain.gate import DRILL, GateRow
from bot.domain.kinds import CardType, LineType
from bot.domain.people import Person, Right
from bot.domain.refusals import (
    MaybePaused,
    MaybeRepliesStopped,
    NotPaused,
    NotPausedAtAll,
    OnlyMembersPause,
    OnlyMembersStopReplies,
    Outdated,
    RepliesNotStopped,
)
from bot.domain.shown.state_words import describe_elsewhere, name_publishing
from bot.domain.urgency import Urgency
from bot.services import clicks, in_time
from bot.services.deliveries import public_images
from bot.services.pause import drill_ending, drill_over, hands
from bot.services.pause.replies_stop import find_who_stopped
from bot.services.unit_of_work import Services, UnitOfWork, Wake
from bot.services.wording import format_moment, list_names, name_approvers, refuse_guest, refuse_over
from bot.store.engine.errors import CommitUnknown, StoreError
from bot.store.engine.hooks import do_last
from bot.store.pause import gate, pause_effects, pauses
from bot.store.slack import cards, slack_events

QUICK_SECONDS = 0.2  # then a pause that could not be written is tried once more
PATIENCE_SECONDS = (
    1.3  # then whoever asked is told that it does not hold: within two seconds, with who they are
)
AT_COMMIT_SECONDS = 0.2  # more, where it waits for nothing but the commit
REMIND_FIRST = timedelta(hours=1)
REMIND_WITHOUT_HOURS = timedelta(days=1)
NATIVE = "Posts scheduled in the networks themselves"  # what Byhand can never stop, whatever the settings say
OFFERED = timedelta(days=7)  # so long ago cards of what did not go out are drawn again: they offer to send it

Scope = str | Callable[[UnitOfWork], str]  # what is paused, or what reads it once the gate can be shut
T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PauseResult:
    """What a pause did. `first` False: it was paused already, by `by`."""

    pause_id: str
    scope: str
    first: bool
    by: str
    at: datetime
    reason: str | None
    ended_drill: bool = False  # one was running, and this pause is real


Results = tuple[PauseResult, ...]


class _Awaited:
    """A pause that somebody waits for. Once they were told that it does not hold, it does not come later: it gives up
    before its commit. Only with the commit itself under way nobody knows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given_up = self._at_commit = False

    def hold(self) -> None:
        """The last thing before the commit. Raises NotPausedAtAll where nobody waits any more."""
        with self._lock:
            if self._given_up:
                raise NotPausedAtAll
            self._at_commit = True

    def give_up(self) -> bool:
        """Whether it is sure that it does not come later."""
        with self._lock:
            self._given_up = True
            return not self._at_commit


def pause_at_once(services: Services, person: Person, scope: Scope, reason: str, key: str) -> PauseResult:
    """`pause_each_at_once` of one scope."""
    return pause_each_at_once(services, person, (scope,), reason, key)[0]


def pause_each_at_once(
    services: Services, person: Person, scopes: Sequence[Scope], reason: str, key: str
) -> Results:
    """The pauses, committed together before anything else is asked of the database; tried again once, quickly. Raises
    NotPausedAtAll, loudly: who asked for it must not think that it holds; also where the database answers nothing.
    Raises MaybePaused where only the database knows."""

    def shut(work: UnitOfWork, action: str) -> Results:
        named = [scope if isinstance(scope, str) else scope(work) for scope in scopes]
        return pause_each(work, person, named, reason, action)

    return _do_at_once(services, shut, key)


def stop_replies_at_once(services: Services, person: Person, pause_id: str, key: str) -> None:
    """`stop_replies` in the same way. Raises RepliesNotStopped, and MaybeRepliesStopped."""
    try:
        _do_at_once(services, lambda work, action: stop_replies(work, person, pause_id, action, key), key)
    except NotPausedAtAll:
        raise RepliesNotStopped from None
    except MaybePaused:
        raise MaybeRepliesStopped from None


def _do_at_once(services: Services, verb: Callable[[UnitOfWork, str], T], key: str) -> T:
    """`verb(work, action)`: `action` names the try."""
    awaited = _Awaited()
    asked = in_time.start(partial(_try_twice, services, awaited, verb, key), "pause")
    try:
        return asked.result(PATIENCE_SECONDS)
    except TimeoutError:
        log.error("a pause could not be written: no answer for %s s", PATIENCE_SECONDS)
    if awaited.give_up():
        raise NotPausedAtAll
    try:
        return asked.result(AT_COMMIT_SECONDS)
    except TimeoutError:
        raise MaybePaused from None


def _try_twice(services: Services, awaited: _Awaited, verb: Callable[[UnitOfWork, str], T], key: str) -> T:
    """An answer lost at the commit is no trouble: the second try is an action of its own, and finds the gate shut.
    Only if that fails too, nobody knows."""
    lost = False
    for action in (key, "again:" + hashlib.sha256(key.encode()).hexdigest()):
        try:
            return services.do_first(_do_awaited, awaited, verb, action)
        except (StoreError, DBAPIError) as error:
            log.error("a pause could not be written: %s", error)
            lost = lost or isinstance(error, CommitUnknown)
        time.sleep(QUICK_SECONDS)
    raise MaybePaused if lost else NotPausedAtAll


def _do_awaited(work: UnitOfWork, awaited: _Awaited, verb: Callable[[UnitOfWork, str], T], action: str) -> T:
    done = verb(work, action)
    do_last(work.db)
    awaited.hold()
    return done


def pause(work: UnitOfWork, person: Person, scope: str, reason: str, key: str) -> PauseResult:
    """`pause_each` of one scope."""
    return pause_each(work, person, (scope,), reason, key)[0]


def pause_each(work: UnitOfWork, person: Person, scopes: Sequence[str], reason: str, key: str) -> Results:
    """Shut the gate of each of them, in one transaction. Any full member; also somebody Slack cannot tell us about:
    stopping is everyone's."""
    if not person.may(Right.STOP):
        raise OnlyMembersPause(approvers=name_approvers(work))
    rows = [gate.lock_exclusively(work.db, scope) for scope in sorted(scopes)]
    clicks.count_once(work, key)
    ended = DRILL not in scopes and drill_ending.end(work, drill_ending.REAL_PAUSE, person.id)
    done = tuple(replace(_shut(work, person, row, reason), ended_drill=ended) for row in rows)
    if began := [row for row, one in zip(rows, done, strict=True) if one.first]:
        _stop_posts(work, person, began)
        redraw_beside(work, [row.scope for row in began])
    public_images.shut_paused(
        work, person.id, [replace(row, stops_replies=_stops_replies(work, row)) for row in rows]
    )
    return done


def _shut(work: UnitOfWork, person: Person, row: GateRow, reason: str) -> PauseResult:
    """One scope, whose row is locked."""
    scope = row.scope
    before = pauses.find_running(work.db, scope)
    raised = replace(row, paused=True, epoch=row.epoch + 1)
    if before is not None:
        gate.save(work.db, raised)
        work.note(
            FactKind.PAUSED, person.id, subject=f"gate:{scope}", scope=scope, again=True, reason=reason or None,
            epoch=raised.epoch,
        )  # fmt: skip
        redraw_banner(work, before.id)
        work.wake(Wake.CLOCK)  # what was released as a statement before has ended
        return PauseResult(before.id, scope, False, before.by_user, before.at, before.reason)
    shut = replace(
        raised, by=person.id, reason=reason or None, at=work.now, stops_replies=_stops_replies(work, row)
    )
    gate.save(work.db, shut)
    pause_id, asked = _open_banner(work, person, scope, reason)
    told: dict[str, Any] = {"asked_to_stop": asked} if asked else {}
    work.note(
        FactKind.PAUSED, person.id, subject=f"gate:{scope}", scope=scope, reason=reason or None, epoch=shut.epoch,
        **told,
    )  # fmt: skip
    return PauseResult(pause_id, scope, True, person.id, work.now, reason or None)


def _stop_posts(work: UnitOfWork, person: Person, began: Sequence[GateRow]) -> None:
    """What was approved waits again. Of all scopes the posts first, then deliveries, then cards: as rows are locked
    everywhere."""
    why = f"{list_names(work, (person.id,))} paused publishing at {format_moment(work, work.now)}"
    for row in began:
        pause_effects.unapprove(
            work.db, row.scope, work.now, int(work.policy.lateness_limit.total_seconds()), why
        )
    for row in began:
        pause_effects.disarm(work.db, row.scope, work.now)
    for row in began:
        pause_effects.redraw(work.db, row.scope, since=work.now - OFFERED)
        if _stops_replies(work, row):
            pause_effects.redraw_conversations(work.db, row.scope, since=work.now - OFFERED)
    work.wake(Wake.OUTBOX)
    work.wake(Wake.CLOCK)


def _stops_replies(work: UnitOfWork, row: GateRow) -> bool:
    return row.stops_replies or work.policy.pause_stops_replies


def _open_banner(work: UnitOfWork, person: Person, scope: str, reason: str) -> tuple[str, list[str]]:
    """The row of this pause, and the cards that show it: its banner, and the messages to who posts by hand. Returns its
    id, and to whom those are."""
    pause_id = work.make_id()
    count, slot = pause_effects.count_stopped(work.db, scope, work.now)
    under_way = pause_effects.list_under_way(work.db, scope)
    pauses.add(
        work.db, pause_id, scope=scope, by=person.id, reason=reason or None, at=work.now, stopped=count,
        next_slot=slot, under_way=under_way,
        elsewhere=[*work.policy.pause_elsewhere, NATIVE], remind_at=work.now + REMIND_FIRST,
    )  # fmt: skip
    cards.add(work.db, CardType.BANNER, pause_id, work.policy.review_channel, work.now)
    return pause_id, hands.ask_to_stop(work, pause_id, scope, under_way)


def stop_replies(
    work: UnitOfWork, person: Person, pause_id: str, key: str, first_try: str | None = None
) -> None:
    """Shut the same gate for replies too. Raises Outdated where they are stopped already, but not by this very press,
    whose `first_try` may have been committed though its answer was lost."""
    if not person.may(Right.STOP):
        raise OnlyMembersStopReplies(approvers=name_approvers(work))
    row = _running(work, pause_id)
    clicks.count_once(work, key)
    if first_try not in (None, key) and not slack_events.mark_seen(work.db, str(first_try), work.now):
        return
    if row.stops_replies:
        by, at = find_who_stopped(work, row)
        who = list_names(work, (by,)) or "Somebody"
        raise Outdated(state=f"{who} stopped replies already, at {format_moment(work, at)}.")
    stopped = replace(row, stops_replies=True)
    gate.save(work.db, stopped)
    public_images.shut_paused(work, person.id, [stopped])
    pause_effects.redraw_conversations(work.db, row.scope, since=(row.at or work.now) - OFFERED)
    work.note(FactKind.REPLIES_STOPPED, person.id, scope=row.scope)
    redraw_running(work)


def _running(work: UnitOfWork, pause_id: str) -> GateRow:
    """The gate's row of a pause that is still on."""
    glimpse = pauses.load(work.db, pause_id)
    if glimpse is None:
        raise NotPaused(what=name_publishing())
    row = gate.lock_exclusively(work.db, glimpse.scope)
    found = pauses.load(work.db, pause_id)  # as it is under the gate: a resume may have been before us
    drill_over.check_pause(found)
    if found is None or found.ended_at is not None:
        raise refuse_over(work, found or glimpse)
    return row


def mark_done_elsewhere(
    work: UnitOfWork, person: Person, pause_id: str, what: str, key: str, seen: str = ""
) -> None:
    """Somebody stopped by hand what Byhand cannot stop. `seen`: the mark the button was drawn from
    (`pauses.name_mark`). Raises Outdated where another stands there since."""
    _mark_elsewhere(work, person, pause_id, what, key, seen, done=True)


def mark_not_done_elsewhere(
    work: UnitOfWork, person: Person, pause_id: str, what: str, key: str, seen: str = ""
) -> None:
    """[Done] was pressed by mistake, or it runs again: it has to be stopped still."""
    _mark_elsewhere(work, person, pause_id, what, key, seen, done=False)


def _mark_elsewhere(
    work: UnitOfWork, person: Person, pause_id: str, what: str, key: str, seen: str, *, done: bool
) -> None:
    if not person.may(Right.STOP):
        raise refuse_guest(work, Right.STOP, "say what is stopped")
    clicks.count_once(work, key)
    found = pauses.load(work.db, pause_id, lock=True)
    drill_over.check_pause(found)
    if found is None or what not in found.marks:
        raise NotPaused(what=name_publishing())
    if found.ended_at is not None:
        raise refuse_over(work, found)
    before = found.marks[what]
    if seen != pauses.name_mark(before) or done is (found.elsewhere[what] is not None):
        raise Outdated(state=_say_of_elsewhere(work, what, before))
    at = work.now.isoformat()
    mark = {"by": person.id, "at": at} if done else {"not_by": person.id, "at": at}
    pauses.mark_elsewhere(work.db, found, what, mark)
    fact = FactKind.STOPPED_ELSEWHERE if done else FactKind.NOT_STOPPED_ELSEWHERE
    work.note(fact, person.id, scope=found.scope, stopped=what)
    redraw_banner(work, pause_id)


def _say_of_elsewhere(work: UnitOfWork, what: str, mark: pauses.Mark | None) -> str:
    if mark is None:
        return describe_elsewhere(what)
    who = list_names(work, (mark.get("by") or mark["not_by"],))
    at = format_moment(work, datetime.fromisoformat(mark["at"]))
    return describe_elsewhere(what, who, at, done="by" in mark)


def redraw_banner(work: UnitOfWork, pause_id: str) -> None:
    cards.touch(work.db, CardType.BANNER, pause_id, urgency=Urgency.DECISION)
    work.wake(Wake.OUTBOX)


def redraw_running(work: UnitOfWork) -> None:
    """The banners of all pauses that are on: each says whether replies are stopped."""
    cards.touch_banners(work.db, tuple(pauses.list_running(work.db)))
    work.wake(Wake.OUTBOX)


def redraw_beside(work: UnitOfWork, scopes: Sequence[str]) -> None:
    """The banners of other pauses, each of which says what stays paused besides."""
    beside = {
        scope: found for scope, found in pauses.list_running(work.db).items() if scope not in {*scopes, DRILL}
    }
    if DRILL not in scopes:
        for _, pause_id in sorted(beside.items()):
            redraw_banner(work, pause_id)


# --- the clock's step --------------------------------------------------------------------------------


def remind(work: UnitOfWork, pause_id: str) -> None:
    """In the banner's thread: still paused. After an hour, then when a day's hours begin and end."""
    found = pauses.load(work.db, pause_id, lock=True)
    if found is None or found.ended_at is not None or found.remind_at is None or found.remind_at > work.now:
        return
    values = {"since": found.at.isoformat(), "by": found.by_user, "mention": list(work.policy.approvers)}
    cards.say_on(work.db, CardType.BANNER, pause_id, LineType.STILL_PAUSED, values, work.now)
    pauses.mark_reminded(
        work.db, found, work.policy.hours.next_edge(work.now) or work.now + REMIND_WITHOUT_HOURS
    )
    redraw_banner(work, pause_id)
