"""P4 where proof comes late: what the network confirmed is not sent again, and what is there twice is told."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.outcomes import Sent
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import machine, overrides
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
    sqlite_backend.push(minutes=1)
    assert sqlite_backend.states(seen) == {"bakery": "ready"}
    sqlite_backend.services.do(machine.record_outcome, begun, PROOF)
    wait(sqlite_backend)
    assert (sqlite_backend.published, sqlite_backend.states(seen)) == ([], {"bakery": "sent"})


def test_an_answer_that_is_known_to_be_there_is_not_sent_again(sqlite_inbox_backend: InboxBackend) -> None:
    asked = sqlite_inbox_backend.writes()
    sqlite_inbox_backend.sent()
    (claim,) = sqlite_inbox_backend.services.do(machine.claim, "slow")
    begun = sqlite_inbox_backend.services.do(machine.begin, claim)
    assert begun is not None
    sqlite_inbox_backend.clock.push(timedelta(minutes=2))
    sqlite_inbox_backend.services.do(machine.recover, "somebody-else")
    sqlite_inbox_backend.network.faults.order(Fault.THROTTLED)
    sqlite_inbox_backend.push(minutes=1)
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
