"""What is due now, and when next. Each moment is tried just before it and at it: a moment too early would turn the
worker in circles, one too late would be slept through."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.domain.deliveries import CLAIM_AHEAD, LEASE
from bot.domain.gate import ALL
from bot.domain.posts import Seen, Status
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import machine
from bot.services.pause import pause
from bot.services.queries import pause as pause_queries
from bot.store import deliveries
from bot.workers import due as clock_due
from bot.workers.due import DueWork, collect_due
from tests.houses import MAYA, TOM, House, ManualClock, key

MINUTE = timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)


def asked(house: House) -> DueWork:
    return house.services.look(collect_due)


def slot_of(house: House, seen: Seen) -> datetime:
    slot = house.post(seen).slot
    assert slot is not None
    return slot


def test_nothing_is_due_and_nothing_will_be(home: House) -> None:
    assert asked(home) == DueWork((), (), (), claim=False, recover=False, look=False, next_at=None)


def test_a_review_opens_at_its_moment(home: House) -> None:
    seen = home.plan(minutes=100)
    opens = slot_of(home, seen) - 30 * MINUTE
    home.clock.set(opens - MOMENT)
    assert (asked(home).posts, asked(home).next_at) == ((), opens)
    home.clock.set(opens)
    assert (asked(home).posts, asked(home).next_at) == ((seen.post_id,), None)


def test_the_longest_overdue_come_first_and_not_all_at_once(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, later, latest = (home.plan(f"Post {'abc'[n]}", minutes=60 + n) for n in range(3))
    home.clock.push(50 * MINUTE)
    monkeypatch.setattr(clock_due, "STEPS", 2)
    assert asked(home).posts == (late.post_id, later.post_id)
    home.run()
    assert [home.status(one) for one in (late, later, latest)] == [Status.REVIEW] * 3


def test_a_delivery_is_claimed_a_minute_ahead(home: House) -> None:
    slot = slot_of(home, home.approved())
    home.clock.set(slot - CLAIM_AHEAD - MOMENT)
    assert (asked(home).claim, asked(home).next_at) == (False, slot - CLAIM_AHEAD)
    home.clock.set(slot - CLAIM_AHEAD)
    assert asked(home).claim


def test_what_is_not_approved_is_not_claimed(home: House) -> None:
    seen = home.approved()
    home.services.do_first(pause.pause, MAYA, ALL, "", key())
    home.clock.set(slot_of(home, seen) - MOMENT)
    assert not asked(home).claim


def test_a_lease_that_is_over_is_recovered(home: House) -> None:
    home.clock.set(slot_of(home, home.approved()) - CLAIM_AHEAD)
    assert home.services.do(machine.claim, "a process that dies")
    over = home.clock.now() + LEASE
    home.clock.set(over - MOMENT)
    assert (asked(home).recover, asked(home).next_at) == (False, over)
    home.clock.set(over)
    assert asked(home).recover


def test_an_unknown_outcome_is_looked_at_when_its_time_has_come(home: House) -> None:
    seen = home.approved()
    home.network.faults.order(Fault.LOST_ANSWER)
    home.to_slot(seen)
    found = home.services.look(lambda work: deliveries.load(work.db, home.delivery_id(seen)))
    assert found is not None
    assert found.next_check_at is not None
    home.clock.set(found.next_check_at - MOMENT)
    assert (asked(home).look, asked(home).next_at) == (False, found.next_check_at)
    home.clock.set(found.next_check_at)
    assert asked(home).look


def test_a_running_pause_is_said_again_one_that_is_over_is_not(home: House) -> None:
    done = home.services.do_first(pause.pause, MAYA, ALL, "", key())
    said = home.clock.now() + pause.REMIND_FIRST
    home.clock.set(said - MOMENT)
    assert (asked(home).pauses, asked(home).next_at) == ((), said)
    home.clock.set(said)
    assert asked(home).pauses == (done.pause_id,)
    form = home.services.look(pause_queries.load_resume_form, ALL)
    assert form is not None
    home.services.do(pause.resume, TOM, ALL, form.epoch, {}, key())
    assert (asked(home).pauses, asked(home).next_at) == ((), None)


def test_the_next_moment_is_the_earliest_of_all_kinds(home: House) -> None:
    home.plan("Far away", minutes=300)
    home.services.do_first(pause.pause, MAYA, "cafe", "", key())
    assert asked(home).next_at == home.clock.now() + pause.REMIND_FIRST
    slot = slot_of(home, home.approved("Sooner"))
    home.clock.set(slot - 2 * MINUTE)
    home.run()
    assert asked(home).next_at == slot - CLAIM_AHEAD


def test_the_next_moment_is_always_ahead(home: House, clock: ManualClock) -> None:
    """From planning to published, whatever is not due now is named with its moment, and never forgotten."""
    seen = home.approved()
    for _ in range(60):
        what = asked(home)
        if what.next_at is None and not (what.posts or what.claim or what.recover or what.look):
            break
        assert what.next_at is None or what.next_at > clock.now()
        if what.next_at:
            clock.set(what.next_at)
        home.run()
        if home.worker.next_held() and home.worker.next_held() != what.next_at:
            clock.set(max(clock.now(), home.worker.next_held() or clock.now()))
            home.run()
    assert home.status(seen) is Status.PUBLISHED
