"""P3: the one thing that begins during a pause is what two people released in it; interleavings, crashes, races.

Rules and refusals of a statement are in `tests/services/pause/test_statements.py`; random lives in the simulation.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from bot.domain.deliveries import State
from bot.domain.kinds import DeliveryType
from bot.domain.posts import Seen, Status
from bot.domain.refusals import AlreadyReleased, NotFrom, Refusal
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import machine, overrides
from bot.services.posts import review
from bot.store.pause import releases
from bot.store.tables.core import attempts
from tests.backend import ANNA, MAYA, TOM, Backend, key
from tests.promises.crashes import Bomb, Life
from tests.services.pause.test_statements import BEN, kind, pause, release, resume, write

STEPS = [
    (when, step) for step in ("claim", "begin", "publish", "record_outcome") for when in ("before", "after")
]
BOTH = ("bakery", "cafe")


# --- crashes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("when", "step"), STEPS)
def test_a_crash_at_each_step(backend: Backend, when: str, step: str) -> None:
    """Between release and begin it goes out after the restart, in time; else it is looked for; never twice."""
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM, ANNA)
    life = Life(backend, Bomb(when, step))
    life.live(life.worker(), timedelta(minutes=1))
    assert life.bomb.gone, "the bomb never went off: the step was renamed?"
    after = life.reborn()
    backend.live(timedelta(minutes=7), after)
    after.stop(timedelta(seconds=5))
    assert backend.published == ["We recall the rye bread."]
    assert backend.status(seen) is Status.PUBLISHED


@pytest.mark.parametrize("step", ["claim", "begin", "publish", "record_outcome"])
def test_a_crash_and_a_resume_before_the_restart(backend: Backend, step: str) -> None:
    """What had not begun by then never goes out."""
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM, ANNA)
    life = Life(backend, Bomb("before", step))
    life.live(life.worker(), timedelta(minutes=1))
    before = len(backend.published)
    resume(backend)
    after = life.reborn()
    for _ in range(40):
        backend.push(after, seconds=60)
    after.stop(timedelta(seconds=5))
    assert len(backend.published) == before
    assert before == (1 if step == "record_outcome" else 0)


def test_down_for_longer_than_the_limit(backend: Backend) -> None:
    """Nothing that old goes out by itself, and the post stays where it was."""
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM, ANNA)
    backend.push(minutes=11)
    assert backend.published == []
    assert backend.status(seen) is Status.DRAFT


# --- at the same moment ------------------------------------------------------------------------------


def at_once(backend: Backend, *acts: Callable[[], object]) -> list[Refusal]:
    """Each in a thread of its own, all together."""
    start, refused = threading.Barrier(len(acts)), list[Refusal]()

    def act(one: Callable[[], object]) -> None:
        start.wait(10)
        try:
            one()
        except Refusal as refusal:
            refused.append(refusal)

    threads = [threading.Thread(target=act, args=(one,)) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive(), "they wait for each other"
    return refused


@pytest.mark.parametrize("turn", range(5))
def test_two_who_release_at_the_same_moment(backend: Backend, turn: int) -> None:
    """Whichever is second sees the first: it goes out, once."""
    pause_id, seen = pause(backend), write(backend)
    acts = [lambda one=one: release(backend, pause_id, seen, one) for one in (TOM, MAYA)]
    assert at_once(backend, *acts) == []
    backend.run()
    assert backend.published == ["We recall the rye bread."]


@pytest.mark.parametrize("turn", range(5))
def test_one_who_presses_in_two_windows_at_once(backend: Backend, turn: int) -> None:
    pause_id, seen = pause(backend), write(backend)
    acts = [lambda: release(backend, pause_id, seen, TOM)] * 2
    assert [type(one) for one in at_once(backend, *acts)] == [AlreadyReleased]
    backend.run()
    assert backend.published == []


@pytest.mark.parametrize("other", ["resume", "second pause", "kill"])
@pytest.mark.parametrize("turn", range(3))
def test_the_second_release_meets_what_ends_it(backend: Backend, other: str, turn: int) -> None:
    """Whoever is first: nothing begins after the resume, or in the second pause."""
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM)
    ends = {
        "resume": lambda: resume(backend),
        "second pause": lambda: pause(backend, person=BEN),
        "kill": lambda: backend.services.do(review.kill, BEN, seen, key()),
    }
    at_once(backend, lambda: release(backend, pause_id, seen, ANNA), ends[other])
    backend.run()
    assert backend.published == []


# --- half way ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["resume", "pause again"])
def test_what_has_not_begun_on_the_second_account_does_not(backend: Backend, end: str) -> None:
    """Cafe posted half a minute ago, so the statement waits there for its turn."""
    backend.to_slot(backend.approved("400 loaves", accounts=("cafe",)))
    pause_id, seen = pause(backend), write(backend, accounts=BOTH)
    release(backend, pause_id, seen, TOM, ANNA)
    backend.run()
    assert [one.account for one in backend.network.ledger] == ["cafe", "bakery"]
    resume(backend) if end == "resume" else pause(backend, person=BEN)
    backend.push(minutes=5)
    assert len(backend.published) == 2
    assert backend.states(seen) == {"bakery": "sent", "cafe": "dropped"}
    assert backend.status(seen) is Status.PUBLISHED


def test_the_rest_is_stopped_by_anybody(backend: Backend) -> None:
    backend.to_slot(backend.approved("400 loaves", accounts=("cafe",)))
    pause_id, seen = pause(backend), write(backend, accounts=BOTH)
    release(backend, pause_id, seen, TOM, ANNA)
    backend.run()
    backend.services.do(overrides.stop_rest, BEN, backend.now_seen(seen), key())
    backend.push(minutes=5)
    assert len(backend.published) == 2


def test_its_slot_passes_while_it_waits_for_its_turn(backend: Backend) -> None:
    """A picked post is missed at its slot; that says nothing of the statement."""
    backend.to_slot(backend.approved("400 loaves"))
    seen = backend.plan("Closed today", minutes=0.5)
    backend.run()
    pause_id = pause(backend)
    release(backend, pause_id, backend.now_seen(seen), TOM, ANNA)
    backend.push(seconds=40)
    assert backend.status(seen) is Status.MISSED
    backend.push(seconds=40)
    assert backend.published == ["400 loaves", "Closed today"]
    assert backend.status(seen) is Status.PUBLISHED


@pytest.mark.parametrize("there", [True, False])
def test_nobody_knows_whether_it_went_out(backend: Backend, there: bool) -> None:
    """Looked for; where that cannot tell a person is asked, and "it is not there" sends nothing."""
    pause_id, seen = pause(backend), write(backend)
    backend.network.faults.order(Fault.LOST_ANSWER if there else Fault.CUT_BEFORE)
    release(backend, pause_id, seen, TOM, ANNA)
    backend.run()
    assert backend.states(seen) == {"bakery": "unknown"}
    if there:
        backend.push(minutes=2)
        assert backend.status(seen) is Status.PUBLISHED
        return
    backend.network.faults.order(Fault.DOWN, None)
    for _ in range(20):
        backend.push(minutes=1)
    backend.network.faults.lift()
    backend.services.do(overrides.try_again, TOM, backend.delivery_id(seen), key())
    backend.push(minutes=5)
    assert backend.states(seen) == {"bakery": "dropped"}
    assert backend.published == []


def test_absent_after_the_resume_is_not_sent(backend: Backend) -> None:
    pause_id, seen = pause(backend), write(backend)
    backend.network.faults.order(Fault.CUT_BEFORE)
    release(backend, pause_id, seen, TOM, ANNA)
    backend.run()
    resume(backend)
    for _ in range(20):
        backend.push(minutes=1)
    assert backend.published == []
    assert backend.states(seen) == {"bakery": "dropped"}


def test_what_did_not_arrive_is_not_tried_again(backend: Backend) -> None:
    pause_id, seen = pause(backend), write(backend)
    backend.network.faults.order(Fault.SIGNED_OUT, None)
    release(backend, pause_id, seen, TOM, ANNA)
    backend.run()
    for _ in range(12):
        backend.push(minutes=1)
    backend.network.faults.lift()
    assert backend.status(seen) is Status.MISSED
    resume(backend)
    with pytest.raises(NotFrom, match="released for one moment"):
        backend.services.do(overrides.try_again, TOM, backend.delivery_id(seen), key())
    backend.push(minutes=30)
    assert backend.published == []


def test_a_statement_that_was_missed_can_be_planned_like_any_post(backend: Backend) -> None:
    """Then it needs approvals: the row is a post's again."""
    seen = backend.in_review("Closed today")
    pause_id = pause(backend)
    release(backend, pause_id, seen, TOM, ANNA)
    resume(backend)
    backend.run()
    assert backend.published == []
    backend.services.do(review.approve, TOM, seen, key())
    assert kind(backend, seen) is DeliveryType.POST
    backend.to_slot(seen)
    assert backend.published == ["Closed today"]


def test_stopped_by_a_pause_of_its_account_and_planned_like_any_post(backend: Backend) -> None:
    """That pause takes the moment from what is armed; approved after it, nothing of the statement is left."""
    seen = backend.in_review("Closed today")
    pause_id = pause(backend)
    release(backend, pause_id, seen, TOM, ANNA)
    pause(backend, "bakery")
    resume(backend)
    resume(backend, "bakery")
    backend.services.do(review.approve, TOM, seen, key())
    assert kind(backend, seen) is DeliveryType.POST
    backend.to_slot(seen)
    assert backend.published == ["Closed today"]


def test_approved_between_a_resume_and_the_begin(backend: Backend) -> None:
    """The statement stands down without taking the post's own delivery with it."""
    seen = backend.in_review("Closed today")
    pause_id = pause(backend)
    release(backend, pause_id, seen, TOM, ANNA)
    claimed(backend, seen)
    resume(backend)
    backend.services.do(review.approve, TOM, seen, key())
    backend.push(minutes=2)
    assert backend.published == []
    backend.to_slot(seen)
    assert backend.published == ["Closed today"]


def claimed(backend: Backend, seen: Seen) -> None:
    assert backend.services.do(machine.claim, "another")
    assert backend.states(seen) == {"bakery": State.CLAIMED.key}


# --- the schema --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"seconds_id": None},
        {"seconds_id": "same"},
        {"release_id": None},
        {"release_id": None, "seconds_id": None},
    ],
    ids=str,
)
def test_the_schema_refuses_an_attempt_without_two_releases(
    backend: Backend, changed: dict[str, str | None]
) -> None:
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM, ANNA)
    given = backend.services.look(lambda work: releases.list_of_post(work.db, seen.post_id))
    row = {
        "id": "a1", "delivery_id": backend.delivery_id(seen), "kind": "post", "post_id": seen.post_id,
        "version_id": given[0].version_id, "release_id": given[1].id, "seconds_id": given[0].id, "fence": 1,
        "epochs": "{}", "bytes": b"x", "state": "refused", "started_at": backend.clock.now(),
        "send_by": backend.clock.now(),
    }  # fmt: skip
    wrong = row | {name: given[1].id if value == "same" else value for name, value in changed.items()}
    with pytest.raises(IntegrityError):
        backend.do(lambda work: work.db.execute(insert(attempts).values(**wrong)))
    backend.do(lambda work: work.db.execute(insert(attempts).values(**row)))


def test_the_schema_refuses_releases_of_another_version(backend: Backend) -> None:
    pause_id, seen, other = pause(backend), write(backend), write(backend, "Other words")
    release(backend, pause_id, seen, TOM, ANNA)
    release(backend, pause_id, other, TOM)
    given = backend.services.look(lambda work: releases.list_of_post(work.db, seen.post_id))
    alien = backend.services.look(lambda work: releases.list_of_post(work.db, other.post_id))[0]
    row = {
        "id": "a1", "delivery_id": backend.delivery_id(seen), "kind": "post", "post_id": seen.post_id,
        "version_id": given[0].version_id, "release_id": given[1].id, "seconds_id": alien.id, "fence": 1,
        "epochs": "{}", "bytes": b"x", "state": "refused", "started_at": backend.clock.now(),
        "send_by": backend.clock.now(),
    }  # fmt: skip
    with pytest.raises(IntegrityError):
        backend.do(lambda work: work.db.execute(insert(attempts).values(**row)))
