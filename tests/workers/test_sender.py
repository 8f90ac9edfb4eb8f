"""The worker: what it does when adapters and stores fail, and how it stops in the middle of a call."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.domain.outcomes import Refused, Sent
from bot.domain.posts import Status
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import machine
from bot.services.posts import review
from bot.store import deliveries
from bot.store.engine.errors import CommitFailed
from bot.workers import sender as worker_module
from bot.workers.sender import FinishedCall, Worker
from tests.houses import TOM, House, key
from tests.stubborn import make_stubborn

SECOND = timedelta(seconds=1)


def fence_and_lease(house: House, seen: Any) -> tuple[int, Any]:
    query = text("SELECT fence, lease_until FROM deliveries WHERE id = :id")
    row = house.store.read(lambda db: db.execute(query, {"id": house.delivery_id(seen)}).one())
    return row.fence, row.lease_until


def test_an_adapter_that_raises_while_publishing_leaves_it_unknown(home: House) -> None:
    """Nobody knows what it did before: it is looked up, not sent again."""
    seen = home.approved()
    make_stubborn(home).fail["publish"].append(RuntimeError("a bug"))
    home.to_slot(seen)
    assert home.states(seen) == {"bakery": "unknown"}
    for _ in range(5):
        home.push(minutes=1)
    assert len(home.published) == 1  # looked, absent, sent


def test_an_adapter_that_raises_while_looking_is_asked_once_a_minute(home: House) -> None:
    """It was asked again as fast as the machine could, for its failing woke the clock, which found it still due."""
    seen = home.approved()
    home.network.faults.order(Fault.LOST_ANSWER)
    stubborn = make_stubborn(home)
    stubborn.always["find"] = lambda: KeyError("a bug")
    home.to_slot(seen)
    for _ in range(20):
        home.push(minutes=1)
    assert 5 <= stubborn.calls.count("find") <= 16
    found = home.services.look(lambda work: deliveries.load(work.db, home.delivery_id(seen)))
    assert found
    assert found.asks_a_person


def test_one_row_that_cannot_be_handled_keeps_no_other_waiting(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single post whose step raised ended every turn before anything was claimed: nothing went out any more."""
    poisoned, good = home.plan("Poison", minutes=31), home.approved()
    honest = review.step

    def step(work: Any, post_id: str) -> None:
        if post_id == poisoned.post_id:
            raise ValueError("a bad row")
        honest(work, post_id)

    monkeypatch.setattr(review, "step", step)
    home.to_slot(good)
    assert home.status(good) is Status.PUBLISHED
    monkeypatch.setattr(review, "step", honest)
    home.run()
    assert home.status(poisoned) is Status.REVIEW


@pytest.mark.parametrize("step", ["begin", "record_outcome", "claim"])
def test_a_store_that_fails_once(home: House, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """The commit of one step fails; it goes out once all the same, or is looked up."""
    seen = home.approved()
    honest, failing = getattr(machine, step), [True]

    def once(work: Any, *args: Any, **kwargs: Any) -> Any:
        if failing and (step != "claim" or work.now.minute >= 19):
            failing.clear()
            raise CommitFailed("the disk is full")
        return honest(work, *args, **kwargs)

    monkeypatch.setattr(machine, step, once)
    for _ in range(150):
        home.clock.push(10 * SECOND)
        try:
            home.run()
        except CommitFailed:
            continue
    assert failing == []
    assert len(home.published) == 1
    assert home.status(seen) is Status.PUBLISHED


def test_a_claim_that_waits_is_renewed(home: House) -> None:
    """Claimed a minute ahead; its lease is kept up, so that it begins under the fence it was claimed with."""
    seen = home.approved()
    slot = home.post(seen).slot
    assert slot
    home.clock.set(slot - 59 * SECOND)
    home.run()
    fence, lease = fence_and_lease(home, seen)
    for _ in range(5):
        home.push(seconds=10)
    later_fence, later_lease = fence_and_lease(home, seen)
    assert later_fence == fence == 1
    assert later_lease > lease


def test_the_same_claim_twice_in_the_heap(home: House) -> None:
    """A lease lapsed while nobody turned; claimed anew for the same moment, the heap compared two claims."""
    seen = home.approved()
    slot = home.post(seen).slot
    assert slot
    home.services.do(
        lambda work: deliveries.change(work.db, home.delivery_id(seen), work.now, due_at=work.now)
    )
    home.run()
    home.clock.set(slot - 55 * SECOND)
    home.services.do(lambda work: deliveries.change(work.db, home.delivery_id(seen), work.now, due_at=slot))
    home.run()
    home.clock.push(50 * SECOND)
    home.services.do(
        lambda work: deliveries.change(work.db, home.delivery_id(seen), work.now, lease_until=work.now)
    )
    home.run()
    home.to_slot(seen)
    home.push(minutes=2)
    assert len(home.published) == 1


def test_stopping_in_the_middle_of_a_call(home: House) -> None:
    """The call is waited for, and its outcome kept; what had not begun stays for the next process."""
    first, second = home.approved("One"), home.approved("Two", accounts=("cafe",))
    gate, entered = threading.Event(), threading.Event()
    connection = home.accounts["bakery"]

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(connection, name)

        def publish(self, *args: Any) -> Any:
            entered.set()
            gate.wait(5)
            return connection.publish(*args)

    home.accounts["bakery"] = Slow()  # type: ignore[assignment]
    home.services.do(review.hold, TOM, second, key())
    slot = home.post(first).slot
    assert slot
    home.clock.set(slot - 30 * SECOND)
    home.run()  # claimed and prepared
    home.clock.set(slot)
    home.worker.turn()
    assert entered.wait(5)
    assert home.worker.stop(0.05 * SECOND) is False  # too short a limit: it says that something is open
    gate.set()
    assert home.worker.stop(5 * SECOND) is True
    assert home.status(first) is Status.PUBLISHED
    assert home.worker.turn() is None


def hold_records(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """No outcome is written down until the event is set."""
    gate, honest = threading.Event(), Worker._record

    def held(self: Worker, called: FinishedCall) -> None:
        gate.wait(10)
        honest(self, called)

    monkeypatch.setattr(Worker, "_record", held)
    return gate


def both_due(home: House, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A worker with one sender that has claimed two posts of two accounts, of one slot, which has come."""
    monkeypatch.setattr(worker_module, "SENDERS", 1)
    worker = home.new_worker("alone")
    seen = [home.approved("One"), home.approved("Two", accounts=("cafe",))]
    slot = home.post(seen[0]).slot
    assert slot
    home.clock.set(slot - 30 * SECOND)
    home.run(worker)
    home.clock.set(slot)
    return worker


def published_within(home: House, count: int, seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while len(home.published) < count and time.monotonic() < until:
        time.sleep(0.005)
    return len(home.published) >= count


def test_what_is_due_does_not_wait_for_outcomes_to_be_written(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = hold_records(monkeypatch)
    worker = both_due(home, monkeypatch)
    worker.turn()
    assert published_within(home, 2)
    assert worker.busy()
    gate.set()
    home.run(worker)
    assert worker.stop(5 * SECOND)
    assert home.store.read(lambda db: deliveries.count(db, deliveries.State.SENT)) == 2


def test_no_more_outcomes_wait_than_a_crash_may_leave_to_be_looked_up(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "UNWRITTEN", 1)
    gate = hold_records(monkeypatch)
    worker = both_due(home, monkeypatch)
    worker.turn()
    assert published_within(home, 1)
    worker.turn()
    assert worker.next_held() is None  # there is no room: no use in coming back at once
    assert not published_within(home, 2, seconds=0.3)
    gate.set()
    assert published_within(home, 2)  # it goes on by itself
    home.run(worker)
    worker.stop(5 * SECOND)


def test_stopping_waits_for_outcomes_to_be_written(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = hold_records(monkeypatch)
    worker = both_due(home, monkeypatch)
    worker.turn()
    assert published_within(home, 2)
    assert worker.stop(0.05 * SECOND) is False
    gate.set()
    assert worker.stop(5 * SECOND) is True
    assert home.store.read(lambda db: deliveries.count(db, deliveries.State.SENT)) == 2


def test_a_call_that_outlives_its_process_is_settled_by_the_next(home: House) -> None:
    """Stopped with a call open: the next process calls it unknown, looks, and finds it."""
    seen = home.approved()
    home.push(minutes=19.7)
    claim = home.worker._held[0][-1]
    home.clock.push(20 * SECOND)
    begun = home.services.do(machine.begin, claim)
    assert begun
    home.accounts["bakery"].publish(begun.payload, begun.handle, lambda: True)  # and the outcome is lost
    home.worker.stop(5 * SECOND)
    after = home.new_worker("next")
    after.start()
    assert home.states(seen) == {"bakery": "unknown"}
    for _ in range(4):
        home.push(after, minutes=1)
    after.stop(5 * SECOND)
    assert home.states(seen) == {"bakery": "sent"}
    assert len(home.published) == 1


def test_many_at_one_moment(home: House) -> None:
    """More than there are senders, of one slot: each once."""
    names = [f"Words of their own {n} {'abc'[n % 3] * n}" for n in range(2)]
    seen = [home.approved(name, accounts=(account,)) for name in names for account in ("bakery", "cafe")]
    home.to_slot(seen[0])
    for _ in range(8):
        home.push(seconds=20)
    assert len(home.published) == 4
    assert all(home.status(one) is Status.PUBLISHED for one in seen)


def test_a_refusal_is_final(home: House) -> None:
    seen = home.approved()
    stubborn = make_stubborn(home)
    stubborn.answers["publish"] = Refused("no")
    home.to_slot(seen)
    stubborn.answers["publish"] = Sent("1")
    home.push(minutes=30)
    assert stubborn.calls == ["prepare", "publish"]
    assert home.status(seen) is Status.FAILED
