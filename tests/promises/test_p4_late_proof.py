"""P4 where proof comes late: what the network confirmed is not sent again, and what is there twice is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.outcomes import NotSent, Sent
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import machine, overrides
from bot.store import deliveries
from tests.backend import TOM, Backend, key
from tests.inbox_backend import InboxBackend

POST = "Fresh bread at nine"
PROOF = Sent("77", "https://social.example/77")


def wait(backend: Backend) -> None:
    for _ in range(20):
        backend.push(seconds=20)


def test_a_post_that_is_known_to_be_there_is_not_sent_again(sqlite_backend: Backend) -> None:
    """The first try's process is halted, the look says absent, the second is throttled; then the first's proof."""
    seen = sqlite_backend.approved()
    slot = sqlite_backend.post(seen).slot
    assert slot is not None
    sqlite_backend.clock.set(slot - timedelta(seconds=30))
    (claim,) = sqlite_backend.services.do(machine.claim, "slow")
    sqlite_backend.clock.set(slot)
    begun = sqlite_backend.services.do(machine.begin, claim)
    assert begun is not None
    sqlite_backend.clock.push(timedelta(minutes=2))
    sqlite_backend.services.do(machine.recover, "somebody-else")
    sqlite_backend.network.faults.order(Fault.THROTTLED)
    for _ in range(2):  # looked for; and once more, since this process has not seen it begin
        sqlite_backend.push(minutes=1)
    assert sqlite_backend.states(seen) == {"bakery": "ready"}
    sqlite_backend.services.do(machine.record_outcome, begun, PROOF)
    wait(sqlite_backend)
    assert (sqlite_backend.published, sqlite_backend.states(seen)) == ([], {"bakery": "sent"})


def test_what_this_process_has_seen_begin_is_settled_by_the_first_look(sqlite_backend: Backend) -> None:
    """It has lived through all the time since; whoever has not counts from its first look."""
    seen = sqlite_backend.approved()
    sqlite_backend.network.faults.order(Fault.CUT_BEFORE)
    sqlite_backend.to_slot(seen)
    assert sqlite_backend.states(seen) == {"bakery": "unknown"}
    _, _, first_look = sqlite_backend.store.read(deliveries.find_next_moments)
    assert first_look is not None
    sqlite_backend.clock.set(first_look)
    sqlite_backend.run()
    assert sqlite_backend.published == [POST]


def test_which_try_was_the_last_does_not_depend_on_the_clock(sqlite_backend: Backend) -> None:
    """It was set back between the two: proof of the first counted as proof of the last, so the second was forgotten."""
    seen = sqlite_backend.approved()
    slot = sqlite_backend.post(seen).slot
    assert slot is not None
    sqlite_backend.clock.set(slot)
    (claim,) = sqlite_backend.services.do(machine.claim, "slow")
    begun = sqlite_backend.services.do(machine.begin, claim)
    assert begun is not None
    sqlite_backend.services.do(machine.record_outcome, begun, NotSent("away"))
    first = sqlite_backend.services.look(lambda work: deliveries.load_attempt(work.db, begun.attempt_id))
    earlier = first.started_at - timedelta(minutes=10)
    second = replace(first, id="the-second", fence=first.fence + 1, started_at=earlier)
    sqlite_backend.services.do(lambda work: deliveries.add_attempt(work.db, second))
    last = sqlite_backend.services.look(lambda work: deliveries.find_last_attempt(work.db, begun.delivery_id))
    assert last is not None
    assert last.id == second.id


def test_an_answer_that_is_known_to_be_there_is_not_sent_again(sqlite_inbox_backend: InboxBackend) -> None:
    asked = sqlite_inbox_backend.writes()
    sqlite_inbox_backend.sent()
    (claim,) = sqlite_inbox_backend.services.do(machine.claim, "slow")
    begun = sqlite_inbox_backend.services.do(machine.begin, claim)
    assert begun is not None
    sqlite_inbox_backend.clock.push(timedelta(minutes=2))
    sqlite_inbox_backend.services.do(machine.recover, "somebody-else")
    sqlite_inbox_backend.network.faults.order(Fault.THROTTLED)
    for _ in range(2):
        sqlite_inbox_backend.push(minutes=1)
    assert sqlite_inbox_backend.state() == "ready"
    sqlite_inbox_backend.services.do(machine.record_outcome, begun, PROOF)
    wait(sqlite_inbox_backend)
    assert sqlite_inbox_backend.got(asked) == []
    assert sqlite_inbox_backend.state() == "sent"


def post_by_hand(backend: InboxBackend) -> None:
    """Or a request that lands only now."""
    token = backend.network.tokens["bakery"]
    with backend.network.lock:
        backend.network.state.add(backend.network.state.ours[token], POST, "public")
    backend.push(seconds=30)
    backend.poll()


def test_a_second_copy_after_a_persons_send_again_is_told(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.poll()
    seen = sqlite_inbox_backend.approved()
    sqlite_inbox_backend.network.faults.order(Fault.CUT_BEFORE)
    sqlite_inbox_backend.network.faults.order(Fault.READ_ERROR, None)
    sqlite_inbox_backend.to_slot(seen)
    for _ in range(40):
        sqlite_inbox_backend.push(seconds=31)
    sqlite_inbox_backend.network.faults.lift()
    sqlite_inbox_backend.services.do(overrides.try_again, TOM, sqlite_inbox_backend.delivery_id(seen), key())
    sqlite_inbox_backend.run()
    assert sqlite_inbox_backend.published == [POST]
    post_by_hand(sqlite_inbox_backend)
    assert len(sqlite_inbox_backend.facts("incident")) == 1


def test_a_throttled_try_makes_no_twin_of_what_is_posted_by_hand(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.poll()
    seen = sqlite_inbox_backend.approved()
    sqlite_inbox_backend.network.faults.order(Fault.THROTTLED)
    sqlite_inbox_backend.to_slot(seen)
    wait(sqlite_inbox_backend)
    assert sqlite_inbox_backend.published == [POST]
    post_by_hand(sqlite_inbox_backend)
    assert sqlite_inbox_backend.facts("incident") == []
