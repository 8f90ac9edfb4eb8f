"""The whole way of a drill: pause, take down, elsewhere, resume.

What each step took and who did it is read from what was done, so a process that dies between two of them loses nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.gate import DRILL
from bot.domain.kinds import CardType
from bot.domain.pause.drill import DoneStep, Step, find_next, measure
from bot.domain.posts import Fate, Status
from bot.domain.refusals import DrillNotPaused, OnlyApprovers, PausedAgain
from bot.services.pause import drill as drilling
from bot.services.pause import drill_ending, drill_over
from bot.services.pause import resume as resuming
from bot.services.pause.resume import Choice
from bot.services.posts import review
from bot.services.queries import pause as pause_queries
from bot.store.posts import posts
from bot.store.slack import cards
from bot.store.tables.core import facts
from tests.backend import ANNA, MAYA, MORNING, TOM, Backend, key
from tests.services.pause.rehearsal import Rehearsal


@pytest.fixture
def drill(backend: Backend) -> Rehearsal:
    begun = Rehearsal(backend)
    begun.start()
    return begun


def push(drill: Rehearsal, seconds: float) -> None:
    drill.backend.clock.push(timedelta(seconds=seconds))


def told(drill: Rehearsal) -> list[tuple[str, list[str], float, str | None]]:
    return [(line["step"], line["by"], line["took"], line["next"]) for line in drill.lines()]


def took(drill: Rehearsal) -> list[tuple[tuple[str, ...], float | None]]:
    view = drill.backend.services.look(drilling.load_view, drill.row.id)
    assert view is not None
    return [(one.by, one.took.total_seconds() if one.took is not None else None) for one in view.steps]


def test_the_whole_way_is_told_step_by_step(drill: Rehearsal) -> None:
    push(drill, 45)
    pause_id = drill.pause(MAYA)
    drill.step()
    push(drill, 30)
    drill.take_down(TOM)
    drill.step()
    push(drill, 20)
    drill.tick_off(pause_id, MAYA, TOM)
    drill.step()
    assert told(drill) == [
        ("pause", [MAYA.id], 45, "take_down"),
        ("take_down", [TOM.id], 30, "elsewhere"),
        ("elsewhere", [MAYA.id], 20, "resume"),
    ]
    assert drill.is_running(), "nobody has resumed"
    push(drill, 100)
    drill.resume(TOM)
    assert not drill.is_running()
    assert took(drill) == [((MAYA.id,), 45), ((TOM.id,), 30), ((MAYA.id,), 20), ((TOM.id,), 100)]
    row = drill.row
    assert (row.why, row.ended_at) == ("resumed", drill.backend.clock.now())
    drill.step()
    assert len(drill.lines()) == 3, "the end is told by a message of its own"
    assert drill.backend.store.read(lambda db: cards.has_current(db, CardType.DRILL_OVER, row.id))


def test_steps_may_be_done_in_any_order(drill: Rehearsal) -> None:
    """An approver may take the post down before anybody has paused; and resume is the end, whatever is left."""
    push(drill, 10)
    drill.take_down(TOM)
    drill.step()
    push(drill, 5)
    drill.pause()
    drill.step()
    assert told(drill) == [("take_down", [TOM.id], 10, "pause"), ("pause", [MAYA.id], 5, "elsewhere")]
    push(drill, 7)
    drill.resume()
    assert took(drill) == [((MAYA.id,), 5), ((TOM.id,), 10), ((), None), ((TOM.id,), 7)]


def test_times_are_whole_seconds_that_add_up(drill: Rehearsal) -> None:
    """Seen: each was cut by itself, so that together they gave less than the whole."""
    for step in (partial(drill.take_down, TOM), drill.pause, drill.resume):
        push(drill, 7.6)
        step()
    assert sorted(seconds or 0 for _, seconds in took(drill)) == [0, 7, 7, 8]
    assert drill.row.ended_at is not None
    assert int((drill.row.ended_at - drill.row.at).total_seconds()) == 22


def test_what_happens_afterwards_is_no_step_of_it(drill: Rehearsal) -> None:
    """A take-down was under way when the half hour was over."""
    drill.pause()
    backend = drill.backend
    backend.services.do(drilling.stop, MAYA, key())
    assert took(drill)[1] == ((), None)


def test_elsewhere_is_done_by_all_who_had_a_hand_in_it(drill: Rehearsal) -> None:
    policy = replace(drill.backend.policy, pause_elsewhere=("Meta ads",))
    drill.backend.services = replace(drill.backend.services, policy=policy)
    pause_id = drill.pause()
    drill.tick_off(pause_id, TOM, MAYA)
    assert took(drill)[2] == ((TOM.id, MAYA.id), 0)


def test_resume_asks_about_the_post_that_was_stopped(drill: Rehearsal) -> None:
    """Nobody waits for a slot in a drill: the soonest of its posts is taken to have missed its own."""
    backend = drill.backend
    with pytest.raises(DrillNotPaused):
        backend.services.look(drill_over.check_resume)
    push(drill, 30)
    drill.pause()
    missed, waits = drill.posts()[1:]
    assert [backend.status(each) for each in (missed, waits)] == [Status.MISSED, Status.REVIEW]
    form = backend.services.look(pause_queries.load_resume_form, DRILL)
    assert form is not None
    assert [(row.seen, row.slot) for row in form.rows] == [(missed, backend.clock.now())]
    assert (form.more, form.later) == (0, 1)
    choices = {missed: Choice(Fate.MOVE, backend.clock.now() + timedelta(hours=1))}
    with pytest.raises(OnlyApprovers):
        drill.resume(MAYA, choices)
    drill.resume(TOM, choices)
    assert {backend.status(each) for each in drill.posts()[1:]} == {Status.KILLED}
    resumed = [fact for fact in the_facts(drill, "resumed") if fact["scope"] == DRILL]
    assert [fact["summary"] for fact in resumed] == [{"moved": 1, "kept": 0, "killed": 0}]


def the_facts(drill: Rehearsal, what: str) -> list[dict[str, Any]]:
    query = select(facts.c.data).where(facts.c.what == what)
    return list(drill.backend.store.read(lambda db: db.execute(query).scalars().all()))


def test_its_banner_shows_what_this_drill_sent_and_no_other(drill: Rehearsal) -> None:
    """An earlier drill, an hour ago, whose post nobody took down."""
    first = drill.row.id
    drill.backend.services.do(drilling.stop, MAYA, key())
    push(drill, 3600)
    drill.start()
    assert drill.row.id != first
    pause_id = drill.pause()
    banner = drill.backend.services.look(pause_queries.load_banner, pause_id)
    assert banner is not None
    number = drill.backend.post(drill.posts()[0]).number
    assert [one.number for one in banner.went_out] == [number]
    assert all(one.of_drill for one in banner.went_out)
    assert banner.newest == ()


def test_a_post_that_was_killed_before_is_not_asked_about(drill: Rehearsal) -> None:
    for seen in drill.posts()[1:]:
        drill.backend.services.do(review.kill, MAYA, seen, key())
    drill.pause()
    form = drill.backend.services.look(pause_queries.load_resume_form, DRILL)
    assert form is not None
    assert form.rows == ()


def test_somebody_paused_again_so_resume_asks_again(drill: Rehearsal) -> None:
    drill.pause()
    epoch = drill.epoch()
    drill.pause(TOM, "still burning")
    assert len(drill.posts()) == 3
    with pytest.raises(PausedAgain):
        drill.backend.services.do(resuming.resume, TOM, DRILL, epoch, {}, key())
    drill.resume()
    assert not drill.is_running()


def test_when_every_card_showed_it_is_written_down_once(drill: Rehearsal) -> None:
    push(drill, 45)
    drill.pause()
    drill.step()
    assert drill.row.changed_at is None, "not every card has changed yet"
    push(drill, 3)
    drill.all_drawn()
    drill.step()
    changed = drill.row.changed_at
    push(drill, 60)
    drill.all_drawn()
    drill.step()
    assert drill.row.changed_at == changed == MORNING + timedelta(seconds=48)
    drill.resume()
    ended = the_facts(drill, "drill ended")[0]
    assert (ended["seen"], ended["paused"], ended["changed"]) == (45, 45, 48)
    assert ended["steps"]["resume"] == {"took": 63, "by": [TOM.id]}


# --- a process dies ----------------------------------------------------------------------------------


class Died(Exception):
    """The process, in the middle of a transaction."""


def test_a_crash_between_two_lines_loses_none_and_says_none_twice(
    drill: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two steps were done while the process was away. It dies after it has written the first line of two."""
    pause_id = drill.pause()
    drill.take_down()
    really, written = cards.say_on, 0

    def die(*args: Any) -> None:
        nonlocal written
        if args[3] == "drill_step":
            written += 1
            if written == 2:
                raise Died
        really(*args)

    monkeypatch.setattr(cards, "say_on", die)
    with pytest.raises(Died):
        drill.step()
    monkeypatch.setattr(cards, "say_on", really)
    assert drill.lines() == []
    for _ in range(2):
        drill.step()
    assert [line["step"] for line in drill.lines()] == ["pause", "take_down"]
    assert [line["next"] for line in drill.lines()] == [None, "elsewhere"]
    drill.tick_off(pause_id, MAYA)
    drill.step()
    assert [line["step"] for line in drill.lines()] == ["pause", "take_down", "elsewhere"]


@pytest.mark.parametrize("at", ["pauses.end", "cards.add", "drills.end", "posts.save"])
def test_a_crash_in_its_end_leaves_it_running_and_whole(
    drill: Rehearsal, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """All or nothing: the next step of the clock ends it."""
    drill.pause()
    module = posts if at.startswith("posts") else getattr(drill_ending, at.partition(".")[0])
    name = at.partition(".")[2]
    really = getattr(module, name)

    def die(*_args: Any, **_named: Any) -> None:
        raise Died

    monkeypatch.setattr(module, name, die)
    push(drill, 1800)
    with pytest.raises(Died):
        drill.step()
    monkeypatch.setattr(module, name, really)
    assert drill.is_running()
    assert drill.backend.status(drill.posts()[2]) is not Status.KILLED
    drill.step()
    assert not drill.is_running()
    assert {drill.backend.status(seen) for seen in drill.posts()[1:]} == {Status.KILLED}


def test_another_process_goes_on_where_one_died(drill: Rehearsal) -> None:
    """After the pause nothing of the old one is left but rows."""
    pause_id = drill.pause()
    other = Rehearsal(Backend(drill.backend.store, drill.backend.network, drill.backend.clock))
    other.step()
    other.take_down()
    other.tick_off(pause_id, ANNA)
    other.step()
    other.resume(ANNA)
    assert [line["step"] for line in other.lines()] == ["pause", "take_down", "elsewhere"]
    assert [by for by, _ in took(other)] == [(MAYA.id,), (MAYA.id,), (ANNA.id,), (ANNA.id,)]
    other.backend.worker.stop(timedelta(seconds=5))


# --- the rules ---------------------------------------------------------------------------------------


def test_what_comes_next() -> None:
    assert find_next(()) is Step.PAUSE
    assert find_next((Step.PAUSE, Step.ELSEWHERE)) is Step.TAKE_DOWN
    assert find_next(tuple(Step)) is None


def test_a_clock_that_was_set_back_makes_no_step_negative() -> None:
    done = [DoneStep(Step.PAUSE, MORNING - timedelta(seconds=5), ())]
    assert measure(MORNING, done) == {Step.PAUSE: timedelta()}
