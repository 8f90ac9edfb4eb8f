"""The worker: what it does when adapters and stores fail, and how it stops in the middle of a call."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.domain.deliveries import State
from bot.domain.outcomes import Outcome, Refused, Sent
from bot.domain.posts import Status
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import machine
from bot.services.deliveries.types import Begun
from bot.services.posts import deadlines, review
from bot.store import deliveries
from bot.store.engine.errors import CommitFailed
from bot.store.engine.vault import BadKey
from bot.workers import worker as worker_module
from bot.workers.worker import Worker
from tests.backend import TOM, Backend, key
from tests.failing_client import make_failing

SECOND = timedelta(seconds=1)


def fence_and_lease(backend: Backend, seen: Any) -> tuple[int, Any]:
    query = text("SELECT fence, lease_until FROM deliveries WHERE id = :id")
    row = backend.store.read(lambda db: db.execute(query, {"id": backend.delivery_id(seen)}).one())
    return row.fence, row.lease_until


def test_a_sign_in_that_cannot_be_read_sends_nothing_and_asks_nobody_to_look(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    make_failing(sqlite_backend).fail["publish"].append(BadKey("encrypted with another key"))
    sqlite_backend.to_slot(seen)
    assert sqlite_backend.states(seen) == {"bakery": "claimed"}  # again in a moment
    sqlite_backend.push(minutes=1)
    assert len(sqlite_backend.published) == 1


def test_an_adapter_that_raises_while_publishing_leaves_it_unknown(sqlite_backend: Backend) -> None:
    """Nobody knows what it did before: it is looked up, not sent again."""
    seen = sqlite_backend.approved()
    make_failing(sqlite_backend).fail["publish"].append(RuntimeError("a bug"))
    sqlite_backend.to_slot(seen)
    assert sqlite_backend.states(seen) == {"bakery": "unknown"}
    for _ in range(5):
        sqlite_backend.push(minutes=1)
    assert len(sqlite_backend.published) == 1  # looked, absent, sent


def test_an_adapter_that_raises_while_looking_is_asked_once_a_minute(sqlite_backend: Backend) -> None:
    """It was asked again as fast as the machine could, for its failing woke the clock, which found it still due."""
    seen = sqlite_backend.approved()
    sqlite_backend.network.faults.order(Fault.LOST_ANSWER)
    stubborn = make_failing(sqlite_backend)
    stubborn.always["find"] = lambda: KeyError("a bug")
    sqlite_backend.to_slot(seen)
    for _ in range(20):
        sqlite_backend.push(minutes=1)
    assert 5 <= stubborn.calls.count("find") <= 16
    found = sqlite_backend.services.look(
        lambda work: deliveries.load(work.db, sqlite_backend.delivery_id(seen))
    )
    assert found
    assert found.asks_a_person


def test_one_row_that_cannot_be_handled_keeps_no_other_waiting(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single post whose step raised ended every turn before anything was claimed: nothing went out any more."""
    poisoned, good = sqlite_backend.plan("Poison", minutes=31), sqlite_backend.approved()
    honest = deadlines.step

    def step(work: Any, post_id: str) -> None:
        if post_id == poisoned.post_id:
            raise ValueError("a bad row")
        honest(work, post_id)

    monkeypatch.setattr(deadlines, "step", step)
    sqlite_backend.to_slot(good)
    assert sqlite_backend.status(good) is Status.PUBLISHED
    monkeypatch.setattr(deadlines, "step", honest)
    sqlite_backend.run()
    assert sqlite_backend.status(poisoned) is Status.REVIEW


@pytest.mark.parametrize("step", ["begin", "record_outcome", "claim"])
def test_a_store_that_fails_once(sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """The commit of one step fails; it goes out once all the same, or is looked up."""
    seen = sqlite_backend.approved()
    honest, failing = getattr(machine, step), [True]

    def once(work: Any, *args: Any, **kwargs: Any) -> Any:
        if failing and (step != "claim" or work.now.minute >= 19):
            failing.clear()
            raise CommitFailed("the disk is full")
        return honest(work, *args, **kwargs)

    monkeypatch.setattr(machine, step, once)
    for _ in range(150):
        sqlite_backend.clock.push(10 * SECOND)
        try:
            sqlite_backend.run()
        except CommitFailed:
            continue
    assert failing == []
    assert len(sqlite_backend.published) == 1
    assert sqlite_backend.status(seen) is Status.PUBLISHED


def test_a_claim_that_waits_is_renewed(sqlite_backend: Backend) -> None:
    """Claimed a minute ahead; its lease is kept up, so that it begins under the fence it was claimed with."""
    seen = sqlite_backend.approved()
    slot = sqlite_backend.post(seen).slot
    assert slot
    sqlite_backend.clock.set(slot - 59 * SECOND)
    sqlite_backend.run()
    fence, lease = fence_and_lease(sqlite_backend, seen)
    for _ in range(5):
        sqlite_backend.push(seconds=10)
    later_fence, later_lease = fence_and_lease(sqlite_backend, seen)
    assert later_fence == fence == 1
    assert later_lease > lease


def test_the_same_claim_twice_in_the_heap(sqlite_backend: Backend) -> None:
    """A lease lapsed while nobody turned; claimed anew for the same moment, the heap compared two claims."""
    seen = sqlite_backend.approved()
    slot = sqlite_backend.post(seen).slot
    assert slot
    sqlite_backend.services.do(
        lambda work: deliveries.change(work.db, sqlite_backend.delivery_id(seen), work.now, due_at=work.now)
    )
    sqlite_backend.run()
    sqlite_backend.clock.set(slot - 55 * SECOND)
    sqlite_backend.services.do(
        lambda work: deliveries.change(work.db, sqlite_backend.delivery_id(seen), work.now, due_at=slot)
    )
    sqlite_backend.run()
    sqlite_backend.clock.push(50 * SECOND)
    sqlite_backend.services.do(
        lambda work: deliveries.change(
            work.db, sqlite_backend.delivery_id(seen), work.now, lease_until=work.now
        )
    )
    sqlite_backend.run()
    sqlite_backend.to_slot(seen)
    sqlite_backend.push(minutes=2)
    assert len(sqlite_backend.published) == 1


def test_stopping_in_the_middle_of_a_call(sqlite_backend: Backend) -> None:
    """The call is waited for, and its outcome kept; what had not begun stays for the next process."""
    first, second = sqlite_backend.approved("One"), sqlite_backend.approved("Two", accounts=("cafe",))
    gate, entered = threading.Event(), threading.Event()
    connection = sqlite_backend.accounts["bakery"]

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(connection, name)

        def publish(self, *args: Any) -> Any:
            entered.set()
            gate.wait(5)
            return connection.publish(*args)

    sqlite_backend.accounts["bakery"] = Slow()
    sqlite_backend.services.do(review.hold, TOM, second, key())
    slot = sqlite_backend.post(first).slot
    assert slot
    sqlite_backend.clock.set(slot - 30 * SECOND)
    sqlite_backend.run()  # claimed and prepared
    sqlite_backend.clock.set(slot)
    sqlite_backend.worker.turn()
    assert entered.wait(5)
    assert (
        sqlite_backend.worker.stop(0.05 * SECOND) is False
    )  # too short a limit: it says that something is open
    gate.set()
    assert sqlite_backend.worker.stop(5 * SECOND) is True
    assert sqlite_backend.status(first) is Status.PUBLISHED
    assert sqlite_backend.worker.turn() is None


def hold_records(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """No outcome is written down until the event is set."""
    gate, honest = threading.Event(), Worker._record

    def held(self: Worker, begun: Begun, outcome: Outcome) -> None:
        gate.wait(10)
        honest(self, begun, outcome)

    monkeypatch.setattr(Worker, "_record", held)
    return gate


def both_due(sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A worker with one sender that has claimed two posts of two accounts, of one slot, which has come."""
    monkeypatch.setattr(worker_module, "SENDERS", 1)
    worker = sqlite_backend.new_worker("alone")
    seen = [sqlite_backend.approved("One"), sqlite_backend.approved("Two", accounts=("cafe",))]
    slot = sqlite_backend.post(seen[0]).slot
    assert slot
    sqlite_backend.clock.set(slot - 30 * SECOND)
    sqlite_backend.run(worker)
    sqlite_backend.clock.set(slot)
    return worker


def published_within(sqlite_backend: Backend, count: int, seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while len(sqlite_backend.published) < count and time.monotonic() < until:
        time.sleep(0.005)
    return len(sqlite_backend.published) >= count


def test_no_more_calls_than_senders_are_without_a_written_outcome(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash leaves no more of them to be looked up."""
    gate = hold_records(monkeypatch)
    worker = both_due(sqlite_backend, monkeypatch)
    worker.turn()
    assert published_within(sqlite_backend, 1)
    assert worker.busy()
    assert not published_within(sqlite_backend, 2, seconds=0.3)
    gate.set()
    assert published_within(sqlite_backend, 2)  # it goes on by itself
    sqlite_backend.run(worker)
    assert worker.stop(5 * SECOND)
    assert sqlite_backend.store.read(lambda db: deliveries.count(db, State.SENT)) == 2


def test_no_more_are_taken_than_can_be_called_in_time(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "SENDERS", 1)
    gate = hold_records(monkeypatch)
    worker = both_due(sqlite_backend, monkeypatch)
    worker.turn()
    assert published_within(sqlite_backend, 1)
    assert len(worker._held) == 1  # not taken, and so kept by its lease
    assert worker.next_held() is None  # there is no room: no use in coming back at once
    gate.set()
    assert published_within(sqlite_backend, 2)  # it goes on by itself
    sqlite_backend.run(worker)
    worker.stop(5 * SECOND)


def test_stopping_waits_for_outcomes_to_be_written(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = hold_records(monkeypatch)
    worker = both_due(sqlite_backend, monkeypatch)
    worker.turn()
    assert published_within(sqlite_backend, 1)
    assert worker.stop(0.05 * SECOND) is False
    gate.set()
    assert worker.stop(5 * SECOND) is True
    assert sqlite_backend.store.read(lambda db: deliveries.count(db, State.SENT)) == 1


def test_a_call_that_outlives_its_process_is_settled_by_the_next(sqlite_backend: Backend) -> None:
    """Stopped with a call open: the next process calls it unknown, looks, and finds it."""
    seen = sqlite_backend.approved()
    sqlite_backend.push(minutes=19.7)
    claim = sqlite_backend.worker._held[0][-1]
    sqlite_backend.clock.push(20 * SECOND)
    begun = sqlite_backend.services.do(machine.begin, claim)
    assert begun
    sqlite_backend.accounts["bakery"].publish(
        begun.payload, begun.handle, lambda: True
    )  # and the outcome is lost
    sqlite_backend.worker.stop(5 * SECOND)
    after = sqlite_backend.new_worker("next")
    after.start()
    assert sqlite_backend.states(seen) == {"bakery": "unknown"}
    for _ in range(4):
        sqlite_backend.push(after, minutes=1)
    after.stop(5 * SECOND)
    assert sqlite_backend.states(seen) == {"bakery": "sent"}
    assert len(sqlite_backend.published) == 1


def test_many_at_one_moment(sqlite_backend: Backend) -> None:
    """More than there are senders, of one slot: each once."""
    names = [f"Words of their own {n} {'abc'[n % 3] * n}" for n in range(2)]
    seen = [
        sqlite_backend.approved(name, accounts=(account,)) for name in names for account in ("bakery", "cafe")
    ]
    sqlite_backend.to_slot(seen[0])
    for _ in range(8):
        sqlite_backend.push(seconds=20)
    assert len(sqlite_backend.published) == 4
    assert all(sqlite_backend.status(one) is Status.PUBLISHED for one in seen)


def test_a_refusal_is_final(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    stubborn = make_failing(sqlite_backend)
    stubborn.answers["publish"] = Refused("no")
    sqlite_backend.to_slot(seen)
    stubborn.answers["publish"] = Sent("1")
    sqlite_backend.push(minutes=30)
    assert stubborn.calls == ["prepare", "publish"]
    assert sqlite_backend.status(seen) is Status.FAILED
