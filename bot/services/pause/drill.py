"""`/social drill`: a rehearsal of a pause, with the same code, on a gate row and an account of its own.

It asks first, then runs the whole way: pause, take down what had gone out, tick off what Byhand cannot stop, resume.
The account is called like the gate's row, so that its posts are in scope of that pause and of a pause of everything,
and of nothing else: no line of the pause knows of drills, except that a real one ends them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.deliveries import Delivery, State
from bot.domain.facts import FactKind
from bot.domain.gate import ALL, DRILL, GateRow
from bot.domain.ids import PostId, VersionId
from bot.domain.kinds import CardType, DeliveryType, LineType
from bot.domain.pause.drill import LASTS, DoneStep, Step, find_next, measure
from bot.domain.people import Person, Right, Role
from bot.domain.posts import Body, Post, Status, Version
from bot.domain.refusals import DrillNow, DrillOver, DrillWhilePaused, NoDrill, WhoAreYou
from bot.domain.shown.pause_screens import DrillQuestion, DrillView, StepView
from bot.domain.shown.state_words import name_publishing
from bot.domain.urgency import Urgency
from bot.services import clicks
from bot.services.pause import drill_ending, drill_steps
from bot.services.pause import pause as pausing
from bot.services.posts import create, deadlines, lifecycle
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import format_moment, list_names, refuse_guest
from bot.store import deliveries, record
from bot.store.pause import drills, gate
from bot.store.pause.drills import Drill
from bot.store.posts import posts
from bot.store.slack import cards

GONE_OUT = "DRILL. Nothing beats a storm outside and a hot roll inside."
WAITING = (  # (how much of the lead until its slot, words)
    (0.7, "DRILL. Sunny morning! Come by the harbour, the first loaf is on us."),
    (0.9, "DRILL. Win a trip around the bay: answer with your favourite cake."),
)
MOVED_HERE = "the drill moved its slot here, so that you can practise Resume"  # why one post missed it
NONE_YET = "-"  # where the drill before is named, and there was none
LONGEST_LEAD = timedelta(minutes=30)  # of its posts: their cards are up at once


# --- before it begins --------------------------------------------------------------------------------


def ask(work: UnitOfWork, person: Person) -> DrillQuestion:
    """What somebody reads who typed `/social drill`. Nothing has begun by it; raises what keeps one from beginning."""
    _check_may_start(work, person)
    newest, channel = _name_newest(work), work.policy.review_channel
    return DrillQuestion(newest, channel, work.policy.approvers, len(WAITING) + 1)


def _name_newest(work: UnitOfWork) -> str:
    newest = drills.find_newest(work.db)
    return newest.id if newest else NONE_YET


def _check_may_start(work: UnitOfWork, person: Person) -> None:
    """It rings people, so whoever starts it has to be known."""
    if person.role is Role.UNKNOWN:
        raise WhoAreYou
    if not person.may(Right.TEAM):
        raise refuse_guest(work, Right.TEAM, "start a drill")
    rows = gate.read(work.db).rows.values()
    shut = sorted(
        (row for row in rows if row.paused and row.scope != DRILL), key=lambda row: row.scope != ALL
    )
    if shut:
        raise _really_paused(work, shut[0])
    if drills.find_running(work.db) is not None:
        raise DrillNow


def _really_paused(work: UnitOfWork, row: GateRow) -> DrillWhilePaused:
    what = name_publishing(None if row.scope == ALL else work.policy.title_of(row.scope))
    by, reason = list_names(work, (row.by or "",)) or "somebody", f": {row.reason}" if row.reason else ""
    return DrillWhilePaused(what=what, by=by, at=format_moment(work, row.at), reason=reason)


def start(work: UnitOfWork, person: Person, key: str, *, after: str | None = None) -> str:
    """Three posts that go nowhere, with cards in the review channel; one of them went out already. Any full member.
    `after`: the newest drill when it was asked for; a question from before another drill starts none. → its id"""
    row = gate.lock_exclusively(work.db, DRILL)  # two who start at once come one after the other
    clicks.count_once(work, key)
    _check_may_start(work, person)
    if after is not None and after != _name_newest(work):
        raise DrillOver
    drill_id = work.make_id()
    made = [_add_gone_out(work, person), *(_add_waiting(work, person, *one) for one in WAITING)]
    drills.add(work.db, Drill(drill_id, person.id, work.now, tuple(made)))
    cards.add(work.db, CardType.DRILL, drill_id, work.policy.review_channel, work.now)
    work.note(
        FactKind.DRILL_BEGUN,
        person.id,
        subject=f"drill:{drill_id}",
        scope=DRILL,
        posts=made,
        epoch=row.epoch,
    )
    work.wake(Wake.OUTBOX)
    work.wake(Wake.CLOCK)
    return drill_id


def _add_waiting(work: UnitOfWork, person: Person, share: float, words: str) -> str:
    """By nobody, so that every approver may try to approve it. Inside the lead, so that its card is up."""
    slot = work.now + share * min(work.policy.lead_for((DRILL,)), LONGEST_LEAD)
    wanted = create.NewPost((DRILL,), words, slot)
    return create.add_post(work, person, wanted, created_by=None).id


def _add_gone_out(work: UnitOfWork, person: Person) -> str:
    """As if it had been published just now: there is something to take down. Nothing was sent for it."""
    post_id = PostId(work.make_id())
    version = Version(
        id=VersionId(work.make_id()), post_id=post_id, seq=1, body=Body((DRILL,), GONE_OUT, work.now),
        saved_at=work.now, saved_by=person.id,
    )  # fmt: skip
    post = Post(
        id=post_id, number=posts.take_next_number(work.db), status=Status.PUBLISHED, version=version,
        created_at=work.now, status_at=work.now,
    )  # fmt: skip
    posts.add(work.db, post, None)
    sent = Delivery(
        id=work.make_id(), post_id=post_id, kind=DeliveryType.POST, account=DRILL, state=State.SENT,
        handle=f"drill-{post_id}",
    )  # fmt: skip
    deliveries.add(work.db, sent, now=work.now)
    deliveries.change(work.db, sent.id, work.now, remote_id=sent.handle)
    cards.add(work.db, CardType.POST, post_id, work.policy.review_channel, work.now)
    return post_id


# --- while it runs -----------------------------------------------------------------------------------


def pause(work: UnitOfWork, person: Person, reason: str, key: str) -> pausing.PauseResult:
    """The drill's pause is the pause, on the drill's row of the gate."""
    gate.lock_exclusively(
        work.db, DRILL
    )  # else it may end while we wait, and the next one would begin paused
    drill = drills.find_running(work.db)
    if drill is None:
        raise NoDrill
    if drill.paused_at is None and person.may(Right.STOP):
        _let_one_miss(work, drill)
    done = pausing.pause(work, person, DRILL, reason, key)
    if drill.paused_at is None:
        drills.note_paused(work.db, drill.id, work.now)
    cards.touch(work.db, CardType.DRILL, drill.id, urgency=Urgency.DECISION)
    return done


def _let_one_miss(work: UnitOfWork, drill: Drill) -> None:
    """A drill does not wait until a slot has passed: that of one post is taken to have, so that Resume asks about it.
    Its card says so: its people know another time. Before the pause's own rows: as rows are locked everywhere."""
    waiting = (Status.SCHEDULED, Status.REVIEW, Status.APPROVED)
    cases = [lifecycle.load_case(work, post_id) for post_id in sorted(drill.posts)]
    ahead = [case for case in cases if case.post.status in waiting and case.post.slot is not None]
    if ahead:
        case = min(ahead, key=lambda case: (case.post.slot, case.post.id))
        body = replace(case.post.version.body, slot=work.now)
        post = lifecycle.add_version(work, case.post, body, None)
        deadlines.miss(work, replace(case, post=post), MOVED_HERE)


def stop(work: UnitOfWork, person: Person, key: str) -> None:
    """Anybody of the team may end it."""
    if not person.may(Right.STOP):
        raise refuse_guest(work, Right.STOP, "end the drill")
    clicks.count_once(work, key)
    if not drill_ending.end(work, drill_ending.STOPPED, person.id):
        raise NoDrill


def step(work: UnitOfWork) -> None:
    """The clock's step: what was done since is told in the thread, with what comes next; after half an hour it is over.
    Whatever stopped a step before its end, the next one does the rest."""
    drill = drills.find_running(work.db)
    if drill is None:
        return
    if work.now >= drill.at + LASTS:
        drill_ending.end(work, f"{LASTS.seconds // 60} minutes were over", None)
        return
    if not _has_changed(work, drill) and not _list_untold(work, drill):
        return
    gate.lock_exclusively(work.db, DRILL)
    drill = drills.find_running(work.db)
    if drill is None:
        return
    if _has_changed(work, drill):
        drills.note_changed(work.db, drill.id, work.now)
    _tell(work, drill)
    cards.touch(work.db, CardType.DRILL, drill.id, urgency=Urgency.DECISION)
    work.wake(Wake.OUTBOX)


def _has_changed(work: UnitOfWork, drill: Drill) -> bool:
    """Whether Slack shows the pause on every card, and nobody has written that down."""
    return (
        drill.paused_at is not None and drill.changed_at is None and drills.is_all_drawn(work.db, drill.posts)
    )


def _list_untold(work: UnitOfWork, drill: Drill) -> list[DoneStep]:
    said = cards.list_said(work.db, CardType.DRILL, drill.id, LineType.DRILL_STEP)
    told = {values.get("step") for values in said}
    return [one for one in drill_steps.list_done(work, drill) if one.step.value not in told]


def _tell(work: UnitOfWork, drill: Drill) -> None:
    done = drill_steps.list_done(work, drill)
    took = measure(drill.at, done)
    for one in _list_untold(work, drill):
        following = find_next([each.step for each in done])
        values = {
            "step": one.step.value, "by": list(one.by), "took": took[one.step].total_seconds(),
            "next": following.value if following and one == done[-1] else None,
        }  # fmt: skip
        cards.say_on(work.db, CardType.DRILL, drill.id, LineType.DRILL_STEP, values, work.now)


def is_running(work: UnitOfWork) -> bool:
    return drills.find_running(work.db) is not None


# --- what is shown -----------------------------------------------------------------------------------


def load_view(work: UnitOfWork, drill_id: str) -> DrillView | None:
    row = drills.load(work.db, drill_id)
    if row is None:
        return None
    done = {one.step: one for one in drill_steps.list_done(work, row)}
    took = measure(row.at, list(done.values()))
    nth = {one: place for place, one in enumerate(took, 1)}
    steps = tuple(
        StepView(one, done[one].by, took[one], nth[one]) if one in done else StepView(one, (), None)
        for one in Step
    )
    ended = record.find_newest_of(work.db, f"drill:{drill_id}", FactKind.DRILL_ENDED.value)
    return DrillView(
        by=row.by_user, at=row.at, posts=len(row.posts), steps=steps, ends_at=row.at + LASTS,
        changed_at=row.changed_at, banner=_find_banner(work, row), ended_at=row.ended_at,
        ended_by=ended.who if ended else None, why=row.why,
    )  # fmt: skip


def _find_banner(work: UnitOfWork, drill: Drill) -> tuple[str, str] | None:
    found = drill_steps.find_pause(work, drill)
    return cards.find_place(work.db, CardType.BANNER, found.id) if found else None


def find_began(work: UnitOfWork, paused_at: datetime) -> datetime:
    """When the drill began whose pause began then: what went out in an earlier one is none of its."""
    found = drills.find_of_pause(work.db, paused_at)
    return found.at if found else paused_at
