"""`/social drill`: a rehearsal of a pause, with the same code, on a gate row and an account of its own.

The account is called like the gate's row, so that its posts are in scope of that pause and of a pause of everything,
and of nothing else: no line of the pause knows of drills, except that a real one ends them.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.facts import FactKind
from bot.domain.gate import ALL, DRILL
from bot.domain.kinds import CardType
from bot.domain.people import Person, Right
from bot.domain.refusals import DrillNow, NoDrill, OnlyMembers, Paused
from bot.domain.shown.pause_screens import DrillView
from bot.domain.shown.state_words import name_publishing
from bot.domain.urgency import Urgency
from bot.services import clicks
from bot.services.pause import drill_ending
from bot.services.pause import pause as pausing
from bot.services.posts import create
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import format_moment, list_names
from bot.store.pause import drills, gate
from bot.store.slack import cards

LASTS = timedelta(minutes=30)
POSTS = (  # (minutes until its slot, words)
    (12, "DRILL 1 of 3. Sunny morning! Come by the harbour, the first loaf is on us."),
    (18, "DRILL 2 of 3. Nothing beats a storm outside and a hot roll inside."),
    (24, "DRILL 3 of 3. Win a trip around the bay: answer with your favourite cake."),
)


def start(work: UnitOfWork, person: Person, key: str) -> str:
    """Three posts that go nowhere, with cards in the review channel. Any full member. → the drill's id"""
    if not person.may(Right.STOP):
        raise OnlyMembers
    gate.lock_exclusively(work.db, DRILL)
    real = gate.lock_shared(work.db, ()).rows[ALL]
    clicks.count_once(work, key)
    if real.paused:
        raise Paused(
            by=list_names(work, (real.by or "",)), at=format_moment(work, real.at), what=name_publishing(None)
        )
    if drills.find_running(work.db) is not None:
        raise DrillNow
    drill_id = work.make_id()
    made = [_post(work, person, minutes, words) for minutes, words in POSTS]
    drills.add(work.db, drills.Drill(drill_id, person.id, work.now, tuple(made)))
    cards.add(work.db, CardType.DRILL, drill_id, work.policy.review_channel, work.now)
    work.note(FactKind.DRILL_BEGUN, person.id, scope=DRILL, drill=drill_id)
    work.wake(Wake.OUTBOX)
    work.wake(Wake.CLOCK)
    return drill_id


def _post(work: UnitOfWork, person: Person, minutes: int, words: str) -> str:
    """By nobody, so that every approver may try to approve it."""
    slot = work.now + timedelta(minutes=minutes)
    wanted = create.NewPost((DRILL,), words, slot, label="DRILL")
    return create.add_post(work, person, wanted, created_by=None).id


def pause(work: UnitOfWork, person: Person, reason: str, key: str) -> pausing.PauseResult:
    """The drill's pause is the pause, on the drill's row of the gate."""
    gate.lock_exclusively(
        work.db, DRILL
    )  # else it may end while we wait, and the next one would begin paused
    drill = drills.find_running(work.db)
    if drill is None:
        raise NoDrill
    done = pausing.pause(work, person, DRILL, reason, key)
    if drill.paused_at is None:
        drills.note_paused(work.db, drill.id, work.now)
    cards.touch(work.db, CardType.DRILL, drill.id, urgency=Urgency.DECISION)
    return done


def stop(work: UnitOfWork, person: Person, key: str) -> None:
    """Anybody of the team may end it."""
    if not person.may(Right.STOP):
        raise OnlyMembers
    clicks.count_once(work, key)
    if not drill_ending.end(work, "stopped", person.id):
        raise NoDrill


def step(work: UnitOfWork) -> None:
    """The clock's step: over once every card has changed, or after half an hour."""
    drill = drills.find_running(work.db)
    if drill is None:
        return
    if drill.paused_at is not None and drills.is_all_drawn(work.db, drill.posts):
        drill_ending.end(work, "every card has changed", None, changed_at=work.now)
    elif work.now >= drill.at + LASTS:
        drill_ending.end(work, f"{LASTS.seconds // 60} minutes were over", None)


def is_running(work: UnitOfWork) -> bool:
    return drills.find_running(work.db) is not None


def load_view(work: UnitOfWork, drill_id: str) -> DrillView | None:
    row = drills.load(work.db, drill_id)
    if row is None:
        return None
    return DrillView(
        row.by_user, row.at, len(row.posts), row.seen_at, row.paused_at, row.changed_at, row.ended_at, row.why
    )
