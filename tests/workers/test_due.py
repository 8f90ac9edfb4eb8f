"""What is due now, and when next. Each moment is tried just before it and at it: a moment too early would turn the
worker in circles, one too late would be slept through."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

import pytest

from bot.domain.deliveries import CLAIM_AHEAD, LEASE
from bot.domain.gate import ALL
from bot.domain.posts import Seen, Status
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import machine
from bot.services.pause import pause
from bot.services.pause import resume as resuming
from bot.services.queries import pause as pause_queries
from bot.store import deliveries
from bot.workers import due as clock_due
from bot.workers.due import DueWork, collect_due
from bot.workers.worker import Worker
from tests.backend import MAYA, TOM, Backend, ManualClock, key
from tests.promises.crashes import Bomb, Life

MINUTE = timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)


def asked(backend: Backend) -> DueWork:
    return backend.services.look(collect_due)


def slot_of(backend: Backend, seen: Seen) -> datetime:
    slot = backend.post(seen).slot
    assert slot is not None
    return slot


def test_nothing_is_due_and_nothing_will_be(sqlite_backend: Backend) -> None:
    assert asked(sqlite_backend) == DueWork(
        (), (), (), (), claim=False, recover=False, look=False, next_at=None
    )


def test_a_review_opens_at_its_moment(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.plan(minutes=100)
    opens = slot_of(sqlite_backend, seen) - 30 * MINUTE
    sqlite_backend.clock.set(opens - MOMENT)
    assert (asked(sqlite_backend).posts, asked(sqlite_backend).next_at) == ((), opens)
    sqlite_backend.clock.set(opens)
    assert (asked(sqlite_backend).posts, asked(sqlite_backend).next_at) == ((seen.post_id,), None)


def test_the_longest_overdue_come_first_and_not_all_at_once(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, later, latest = (sqlite_backend.plan(f"Post {'abc'[n]}", minutes=60 + n) for n in range(3))
    sqlite_backend.clock.push(50 * MINUTE)
    monkeypatch.setattr(clock_due, "STEPS", 2)
    assert asked(sqlite_backend).posts == (late.post_id, later.post_id)
    sqlite_backend.run()
    assert [sqlite_backend.status(one) for one in (late, later, latest)] == [Status.REVIEW] * 3


def test_a_delivery_is_claimed_a_minute_ahead(sqlite_backend: Backend) -> None:
    slot = slot_of(sqlite_backend, sqlite_backend.approved())
    sqlite_backend.clock.set(slot - CLAIM_AHEAD - MOMENT)
    assert (asked(sqlite_backend).claim, asked(sqlite_backend).next_at) == (False, slot - CLAIM_AHEAD)
    sqlite_backend.clock.set(slot - CLAIM_AHEAD)
    assert asked(sqlite_backend).claim


def test_what_is_not_approved_is_not_claimed(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    sqlite_backend.services.do_first(pause.pause, MAYA, ALL, "", key())
    sqlite_backend.clock.set(slot_of(sqlite_backend, seen) - MOMENT)
    assert not asked(sqlite_backend).claim


def test_a_lease_that_is_over_is_recovered(sqlite_backend: Backend) -> None:
    sqlite_backend.clock.set(slot_of(sqlite_backend, sqlite_backend.approved()) - CLAIM_AHEAD)
    assert sqlite_backend.services.do(machine.claim, "a process that dies")
    over = sqlite_backend.clock.now() + LEASE
    sqlite_backend.clock.set(over - MOMENT)
    assert (asked(sqlite_backend).recover, asked(sqlite_backend).next_at) == (False, over)
    sqlite_backend.clock.set(over)
    assert asked(sqlite_backend).recover


def test_an_unknown_outcome_is_looked_at_when_its_time_has_come(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    sqlite_backend.network.faults.order(Fault.LOST_ANSWER)
    sqlite_backend.to_slot(seen)
    found = sqlite_backend.services.look(
        lambda work: deliveries.load(work.db, sqlite_backend.delivery_id(seen))
    )
    assert found is not None
    assert found.next_check_at is not None
    sqlite_backend.clock.set(found.next_check_at - MOMENT)
    assert (asked(sqlite_backend).look, asked(sqlite_backend).next_at) == (False, found.next_check_at)
    sqlite_backend.clock.set(found.next_check_at)
    assert asked(sqlite_backend).look


def test_a_running_pause_is_said_again_one_that_is_over_is_not(sqlite_backend: Backend) -> None:
    done = sqlite_backend.services.do_first(pause.pause, MAYA, ALL, "", key())
    said = sqlite_backend.clock.now() + pause.REMIND_FIRST
    sqlite_backend.clock.set(said - MOMENT)
    assert (asked(sqlite_backend).pauses, asked(sqlite_backend).next_at) == ((), said)
    sqlite_backend.clock.set(said)
    assert asked(sqlite_backend).pauses == (done.pause_id,)
    form = sqlite_backend.services.look(pause_queries.load_resume_form, ALL)
    assert form is not None
    sqlite_backend.services.do(resuming.resume, TOM, ALL, form.epoch, {}, key())
    assert (asked(sqlite_backend).pauses, asked(sqlite_backend).next_at) == ((), None)


def test_the_next_moment_is_the_earliest_of_all_kinds(sqlite_backend: Backend) -> None:
    sqlite_backend.plan("Far away", minutes=300)
    sqlite_backend.services.do_first(pause.pause, MAYA, "cafe", "", key())
    assert asked(sqlite_backend).next_at == sqlite_backend.clock.now() + pause.REMIND_FIRST
    slot = slot_of(sqlite_backend, sqlite_backend.approved("Sooner"))
    sqlite_backend.clock.set(slot - 2 * MINUTE)
    sqlite_backend.run()
    assert asked(sqlite_backend).next_at == slot - CLAIM_AHEAD


def test_the_next_moment_is_always_ahead(sqlite_backend: Backend, clock: ManualClock) -> None:
    """From planning to published, whatever is not due now is named with its moment, and never forgotten."""
    seen = sqlite_backend.approved()
    for _ in range(60):
        what = asked(sqlite_backend)
        if what.next_at is None and not (what.posts or what.claim or what.recover or what.look):
            break
        assert what.next_at is None or what.next_at > clock.now()
        if what.next_at:
            clock.set(what.next_at)
        sqlite_backend.run()
        if sqlite_backend.worker.next_held() and sqlite_backend.worker.next_held() != what.next_at:
            clock.set(max(clock.now(), sqlite_backend.worker.next_held() or clock.now()))
            sqlite_backend.run()
    assert sqlite_backend.status(seen) is Status.PUBLISHED


A_YEAR = timedelta(days=365)


def put_right(backend: Backend, worker: Worker) -> None:
    """The clock, which was a year ahead; and half an hour goes by."""
    cast(ManualClock, backend.clock).put_wrong(-A_YEAR)
    for _ in range(30):
        backend.push(worker, minutes=1)
    worker.stop(timedelta(seconds=5))


def test_an_outcome_nobody_knew_a_year_ahead_is_asked_about_now(backend: Backend) -> None:
    """Looked for in a year, it would be "being looked for" until then, and nobody could send it again."""
    cast(ManualClock, backend.clock).put_wrong(A_YEAR)
    seen = backend.approved()
    backend.network.faults.order(Fault.LOST_ANSWER)
    backend.to_slot(seen)
    assert backend.states(seen) == {"bakery": "unknown"}
    backend.network.faults.order(Fault.DOWN, None)
    put_right(backend, backend.worker)
    which = backend.delivery_id(seen)
    found = backend.services.look(lambda work: deliveries.load(work.db, which))
    assert found is not None
    assert found.asks_a_person
    assert len(backend.published) == 1


@pytest.mark.parametrize(
    ("when", "step", "state"), [("after", "claim", "claimed"), ("after", "publish", "sending")]
)
def test_a_lease_that_was_taken_a_year_ahead_is_over_now(
    backend: Backend, when: str, step: str, state: str
) -> None:
    """Its process is gone; on PostgreSQL nothing else says so."""
    cast(ManualClock, backend.clock).put_wrong(A_YEAR)
    seen = backend.approved()
    life = Life(backend, Bomb(when, step))
    life.live(life.worker(), timedelta(minutes=61))
    assert backend.states(seen) == {"bakery": state}
    put_right(backend, life.reborn())
    assert backend.states(seen) != {"bakery": state}
    assert len(backend.published) == (1 if step == "publish" else 0)
