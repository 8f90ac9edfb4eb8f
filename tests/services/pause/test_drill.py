"""The drill: it asks, and begins once; the same pause on a row and an account of its own.

Real posts are untouched, a real pause ends it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.gate import ALL, DRILL
from bot.domain.outcomes import Unknown
from bot.domain.posts import Seen, Status
from bot.domain.refusals import (
    DrillNow,
    DrillOver,
    DrillWhilePaused,
    NoDrill,
    NotFrom,
    OnlyMembers,
    Paused,
    Refusal,
    Repeated,
    WhoAreYou,
)
from bot.domain.shown.post_screens import Ahead
from bot.housekeeping import Housekeeping
from bot.networks import registry
from bot.observability import Metrics
from bot.services.deliveries import take_down
from bot.services.pause import deleted, pause
from bot.services.pause import drill as drilling
from bot.services.pause import resume as resuming
from bot.services.posts import drafts, edit, review
from bot.services.posts.edit import Changes
from bot.services.queries import pause as pause_queries
from bot.services.queries import posts as post_queries
from bot.services.unit_of_work import UnitOfWork
from bot.store.pause import gate
from bot.store.posts import posts
from bot.store.tables.core import drills as drill_rows
from bot.store.tables.core import facts
from tests.backend import GIL, MAYA, STRANGER, TOM, Backend, key, team
from tests.failing_client import make_failing
from tests.services.pause.rehearsal import Rehearsal


@pytest.fixture
def real(backend: Backend) -> Seen:
    return backend.approved()


@pytest.fixture
def drill(backend: Backend, real: Seen) -> Rehearsal:
    """One that runs, beside one real approved post."""
    begun = Rehearsal(backend)
    begun.start()
    return begun


def count_drills(backend: Backend) -> int:
    return len(backend.store.read(lambda db: db.execute(select(drill_rows.c.id)).all()))


# --- it asks -----------------------------------------------------------------------------------------


def test_asking_begins_nothing(backend: Backend) -> None:
    asked = backend.services.look(drilling.ask, MAYA)
    assert (asked.newest, asked.approvers, asked.posts) == (drilling.NONE_YET, backend.policy.approvers, 3)
    assert count_drills(backend) == 0


def test_the_answer_to_an_old_question_begins_no_second_drill(backend: Backend) -> None:
    """Tom was asked, too, while Maya started; his button was still there when her drill was over."""
    drill = Rehearsal(backend)
    asked = backend.services.look(drilling.ask, TOM)
    backend.services.do(drilling.start, MAYA, key(), after=asked.newest)
    with pytest.raises(DrillNow):
        backend.services.do(drilling.start, TOM, key(), after=asked.newest)
    backend.services.do(drilling.stop, MAYA, key())
    with pytest.raises(DrillOver):
        backend.services.do(drilling.start, TOM, key(), after=asked.newest)
    assert count_drills(backend) == 1
    again = backend.services.look(drilling.ask, TOM)
    assert again.newest == drill.row.id
    backend.services.do(drilling.start, TOM, key(), after=again.newest)
    assert drill.is_running()


def test_a_guest_is_told_who_may(drill: Rehearsal) -> None:
    """Seen: [Done] in a drill told a guest only that they could not. Whatever they press, it says whom to ask."""
    services, seen = drill.backend.services, drill.posts()[1]
    pause_id, epoch, delivery = drill.pause(), drill.epoch(), drill.delivery()
    acts: dict[str, Callable[[UnitOfWork], object]] = {
        "start": lambda work: drilling.start(work, GIL, key()),
        "ask": lambda work: drilling.ask(work, GIL),
        "stop": lambda work: drilling.stop(work, GIL, key()),
        "pause": lambda work: drilling.pause(work, GIL, "", key()),
        "done": lambda work: pause.mark_done_elsewhere(work, GIL, pause_id, pause.NATIVE, key()),
        "deleted": lambda work: deleted.mark_deleted_by_hand(work, GIL, pause_id, delivery, key()),
        "take down": lambda work: take_down.take_down_all(work, GIL, [delivery], key()),
        "kill": lambda work: review.kill(work, GIL, seen, key()),
        "approve": lambda work: review.approve(work, GIL, seen, key()),
        "resume": lambda work: resuming.resume(work, GIL, DRILL, epoch, {}, key()),
    }
    for name, act in acts.items():
        with pytest.raises(OnlyMembers) as refused:
            services.do(act)
        assert "full members" in refused.value.sentence, name
        assert ("approver" in refused.value.sentence) is (name != "pause"), "any full member may pause"
        assert re.search(r": \w+.*\.$", refused.value.sentence), name
        only = "Only approvers who" in refused.value.sentence
        assert only is (name in ("approve", "resume")), name


def test_who_may_and_when(drill: Rehearsal) -> None:
    services = drill.backend.services
    with pytest.raises(DrillNow):
        services.look(drilling.ask, MAYA)
    with pytest.raises(DrillNow):
        services.do(drilling.start, MAYA, key())
    with pytest.raises(OnlyMembers):
        services.do(drilling.start, GIL, key())
    with pytest.raises(WhoAreYou):
        services.do(drilling.start, STRANGER, key())
    with pytest.raises(OnlyMembers):
        services.do(drilling.pause, GIL, "", key())
    with pytest.raises(OnlyMembers):
        services.do(drilling.stop, GIL, key())
    services.do(drilling.stop, MAYA, key())
    with pytest.raises(NoDrill):
        services.do(drilling.stop, MAYA, key())
    with pytest.raises(NoDrill):
        services.do(drilling.pause, MAYA, "", key())


@pytest.mark.parametrize(
    ("scope", "what"),
    [
        (ALL, r"^The drill did not start, .* a real pause: Publishing is paused \(by a colleague"),
        ("cafe", "^The drill did not start, .* a real pause: Publishing on Cafe is paused"),
    ],
)
def test_none_while_something_is_really_paused(backend: Backend, scope: str, what: str) -> None:
    """Neither asked nor begun; a pause that comes between the two counts."""
    drill = Rehearsal(backend)
    asked = backend.services.look(drilling.ask, MAYA)
    backend.services.do_first(pause.pause, TOM, scope, "recall news", key())
    with pytest.raises(DrillWhilePaused, match=what) as told:
        backend.services.look(drilling.ask, MAYA)
    assert "recall news" in told.value.sentence
    with pytest.raises(DrillWhilePaused, match=what):
        backend.services.do(drilling.start, MAYA, key(), after=asked.newest)
    assert count_drills(backend) == 0
    assert not drill.is_running()


def test_two_who_start_at_once_get_one_drill(backend: Backend) -> None:
    Rehearsal(backend)
    refused: list[Refusal] = []

    def begin(person: str) -> None:
        try:
            backend.services.do(
                drilling.start, MAYA if person == "Maya" else TOM, key(), after=drilling.NONE_YET
            )
        except Refusal as refusal:
            refused.append(refusal)

    people = [threading.Thread(target=begin, args=(each,)) for each in ("Maya", "Tom")]
    for each in people:
        each.start()
    for each in people:
        each.join(20)
    assert count_drills(backend) == 1
    assert [type(each) for each in refused] == [DrillNow]


def test_two_clicks_of_one_person_are_one(backend: Backend) -> None:
    Rehearsal(backend)
    same = key()
    backend.services.do(drilling.start, MAYA, same, after=drilling.NONE_YET)
    with pytest.raises(Repeated):
        backend.services.do(drilling.start, MAYA, same, after=drilling.NONE_YET)
    assert count_drills(backend) == 1


# --- nothing of it is real ---------------------------------------------------------------------------


def test_three_posts_with_cards_and_nothing_real(drill: Rehearsal) -> None:
    backend = drill.backend
    found = [backend.post(seen) for seen in drill.posts()]
    assert [post.status for post in found] == [Status.PUBLISHED, Status.REVIEW, Status.REVIEW]
    for post in found:
        assert post.version.body.text.startswith("DRILL")
        assert post.version.body.accounts == (DRILL,)
    assert {("post", post.id) for post in found} <= drill.behind()
    assert DRILL not in registry.list_names()
    assert backend.published == []


def test_cards_are_up_at_once_also_where_the_lead_is_short(backend: Backend) -> None:
    short = Backend(backend.store, backend.network, backend.clock, team(lead=timedelta(minutes=5)))
    drill = Rehearsal(short)
    drill.start()
    assert [short.status(seen) for seen in drill.posts()] == [
        Status.PUBLISHED,
        Status.REVIEW,
        Status.REVIEW,
    ]
    short.worker.stop(timedelta(seconds=5))


def test_its_pause_leaves_real_posts_alone(drill: Rehearsal, real: Seen) -> None:
    backend = drill.backend
    before = backend.post(real)
    pause_id = drill.pause()
    with pytest.raises(Paused):
        backend.services.do(review.approve, TOM, drill.posts()[2], key())
    drill.take_down()
    drill.tick_off(pause_id, MAYA)
    drill.resume()
    assert not drill.is_running()
    assert backend.post(real) == before
    backend.to_slot(real)
    assert backend.published == ["Fresh bread at nine"]
    rows = backend.store.read(gate.read).rows
    assert {scope: row.epoch for scope, row in rows.items() if scope != DRILL} == {
        "all": 0,
        "bakery": 0,
        "cafe": 0,
    }


def test_real_decisions_go_on_while_it_is_paused(drill: Rehearsal) -> None:
    drill.pause()
    backend = drill.backend
    seen = backend.in_review("Rolls")
    backend.services.do(review.approve, TOM, seen, key())
    assert backend.status(seen) is Status.APPROVED


def test_it_can_be_approved_and_goes_nowhere(drill: Rehearsal) -> None:
    """The whole way to Sent, with no request to any network; and no real banner lists it."""
    backend, second = drill.backend, drill.posts()[1]
    backend.services.do(review.approve, TOM, second, key())
    backend.to_slot(second)
    assert backend.status(second) is Status.PUBLISHED
    assert backend.published == ["Fresh bread at nine"]
    done = backend.services.do_first(pause.pause, MAYA, ALL, "", key())
    banner = backend.services.look(pause_queries.load_banner, done.pause_id)
    assert banner is not None
    assert {one.title for one in (*banner.went_out, *banner.newest, *banner.under_way)} == {"Bakery"}


def test_its_posts_never_go_anywhere_real(drill: Rehearsal) -> None:
    """By a forged dialog or button: a drill's words must not reach an account."""
    for seen in drill.posts():
        post = drill.backend.post(seen)
        if post.status is Status.REVIEW:
            changes = Changes("DRILL: other words", post.slot, accounts=("bakery",))
            drill.backend.services.do(edit.save_edit, MAYA, seen, changes, key())
        assert drill.backend.post(seen).version.body.accounts == (DRILL,)
        with pytest.raises(NotFrom):
            drill.backend.services.do(drafts.duplicate, MAYA, seen.post_id, key())


def test_it_is_in_no_list_and_no_number(drill: Rehearsal, real: Seen) -> None:
    backend = drill.backend
    number = backend.post(real).number
    rows = backend.services.look(post_queries.list_upcoming, Ahead.ALL, MAYA)
    assert [row.number for row in rows] == [number]
    assert backend.store.read(lambda db: posts.list_with_status(db, (Status.REVIEW,))) == []
    before = backend.clock.now() - timedelta(days=1)
    assert backend.store.read(lambda db: posts.list_ended_as(db, Status.PUBLISHED, before)) == []
    backend.services.do(drilling.stop, MAYA, key())
    assert backend.store.read(lambda db: posts.list_ended_as(db, Status.MISSED, before)) == []


def test_its_facts_are_marked(drill: Rehearsal) -> None:
    backend = drill.backend
    backend.services.do(review.kill, MAYA, drill.posts()[1], key())
    pause_id = drill.pause()
    drill.take_down()
    drill.tick_off(pause_id, MAYA)
    drill.resume()
    marked = backend.store.read(lambda db: db.execute(select(facts.c.what, facts.c.data)).all())
    of_drill = {what for what, data in marked if data.get("drill")}
    assert of_drill >= {
        "drill begun", "review opened", "killed", "paused", "missed", "take-down asked for", "taken down",
        "stopped elsewhere", "resumed", "drill ended",
    }  # fmt: skip
    assert not any(data.get("drill") for what, data in marked if what == "approved")


# --- how it ends -------------------------------------------------------------------------------------


def test_its_post_says_why_it_missed_a_slot_that_people_had_read_as_later(drill: Rehearsal) -> None:
    """Its card said "Decide by 03:47", and then only that it missed its slot at 03:26."""
    drill.pause()
    (missed,) = [seen for seen in drill.posts() if drill.backend.status(seen) is Status.MISSED]
    assert drill.backend.post(missed).reason == drilling.MOVED_HERE


def test_a_real_pause_ends_it(drill: Rehearsal) -> None:
    """And counts only what is real."""
    backend = drill.backend
    done = backend.services.do_first(pause.pause, MAYA, ALL, "recall", key())
    assert done.ended_drill
    assert not backend.services.do_first(pause.pause, MAYA, ALL, "once more", key()).ended_drill
    assert not drill.is_running()
    assert drill.row.why == "a real pause"
    banner = backend.services.look(pause_queries.load_banner, done.pause_id)
    assert banner is not None
    assert banner.stopped == 1
    with pytest.raises(NoDrill):
        backend.services.do(drilling.pause, MAYA, "", key())


@pytest.mark.parametrize("scope", [ALL, "cafe"])
@pytest.mark.parametrize("steps", range(4))
def test_a_real_pause_ends_it_in_the_middle(drill: Rehearsal, scope: str, steps: int) -> None:
    """Whatever has been done of it: its gate is open again, its own pause over, and the real one holds."""
    backend = drill.backend
    if steps > 0:
        pause_id = drill.pause()
    if steps > 1:
        drill.take_down()
    if steps > 2:
        drill.tick_off(pause_id, MAYA)
    backend.services.do_first(pause.pause, TOM, scope, "recall", key())
    assert not drill.is_running()
    rows = backend.store.read(gate.read).rows
    assert {name for name, row in rows.items() if row.paused} == {scope}
    view = backend.services.look(drilling.load_view, drill.row.id)
    assert view is not None
    assert (view.why, view.ended_by) == ("a real pause", TOM.id)
    assert [one.took is not None for one in view.steps] == [steps > 0, steps > 1, steps > 2, False]
    with pytest.raises(DrillOver):
        drill.resume()


def test_after_half_an_hour_it_is_over(drill: Rehearsal) -> None:
    drill.backend.clock.push(timedelta(minutes=29))
    drill.step()
    assert drill.is_running()
    drill.backend.clock.push(timedelta(minutes=1))
    drill.step()
    row = drill.row
    assert (row.ended_at, row.why) == (drill.backend.clock.now(), "30 minutes were over")
    assert (row.seen_at, row.paused_at, row.changed_at) == (None, None, None)


@pytest.mark.parametrize("paused", [False, True])
def test_a_new_process_ends_what_the_old_one_left(drill: Rehearsal, paused: bool) -> None:
    """It had died in the middle of the drill, and nobody came back to it."""
    backend = drill.backend
    if paused:
        drill.pause()
    backend.clock.push(timedelta(hours=9))
    chores = Housekeeping(backend.services, Metrics(), name="another process")
    chores._step_drill()
    assert not drill.is_running()
    assert not backend.store.read(gate.read).rows[DRILL].paused
    assert {backend.status(seen) for seen in drill.posts()[1:]} == {Status.KILLED}


def test_its_end_kills_what_is_being_sent_too(drill: Rehearsal) -> None:
    backend, seen = drill.backend, drill.posts()[1]
    make_failing(backend, DRILL).answers["publish"] = Unknown("nobody knows")
    backend.services.do(review.approve, TOM, seen, key())
    backend.to_slot(seen)
    assert backend.status(seen) is Status.PUBLISHING
    backend.services.do(drilling.stop, MAYA, key())
    assert backend.status(seen) is Status.KILLED
