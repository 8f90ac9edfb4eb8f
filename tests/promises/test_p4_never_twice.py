"""P4: one post, one account, at most one publication: through crashes at every step, lost answers, double clicks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.deliveries import AttemptState, Next, State
from bot.domain.outcomes import Sent
from bot.domain.posts import Seen, Status
from bot.domain.refusals import LookFirst, NothingToSend, Repeated
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import machine, overrides
from bot.services.posts import review
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from tests.backend import MAYA, TOM, Backend, key
from tests.promises.crashes import Bomb, Life

STEPS = [
    (when, step) for step in ("claim", "begin", "publish", "record_outcome") for when in ("before", "after")
]


@pytest.mark.parametrize(("when", "step"), STEPS)
def test_a_crash_at_each_step(backend: Backend, when: str, step: str) -> None:
    """It goes out once, or, if the crash was before begin and the slot is long over, not at all; never twice."""
    seen = backend.approved()
    life = Life(backend, Bomb(when, step))
    life.live(life.worker(), timedelta(minutes=21))
    assert life.bomb.gone, "the bomb never went off: the step was renamed?"
    after = life.reborn()
    backend.live(timedelta(minutes=7), after)
    after.stop(timedelta(seconds=5))
    assert backend.published == ["Fresh bread at nine"]
    assert backend.status(seen) is Status.PUBLISHED


def test_the_crash_test_can_fail(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a worker that takes a lease that ran out for proof that nothing was sent publishes twice."""

    def trusting(work: UnitOfWork, worker: str, *, at_start: bool = False) -> int:
        delivery = deliveries.find_lapsed_send(work.db, work.now, not_by=worker if at_start else None)
        if delivery is None:
            return deliveries.free_claims(work.db, work.now, not_by=worker if at_start else None)
        attempt = deliveries.find_live_attempt(work.db, delivery.id)
        if attempt:
            deliveries.end_attempt(work.db, attempt.id, AttemptState.NOT_SENT, work.now)
        deliveries.change(work.db, delivery.id, work.now, state=State.READY, lease_until=None)
        # …and under a key of its own, as a program without stored keys would
        deliveries.change(work.db, delivery.id, work.now, handle=work.make_id())
        return 1

    monkeypatch.setattr(machine, "recover", trusting)
    backend.approved()
    life = Life(backend, Bomb("before", "record_outcome"))
    life.live(life.worker(), timedelta(minutes=21))
    after = life.reborn()
    backend.live(timedelta(minutes=7), after)
    after.stop(timedelta(seconds=5))
    assert len(backend.published) == 2


@pytest.mark.parametrize(
    ("fault", "goes_out"),
    [
        (Fault.LOST_ANSWER, True),
        (Fault.ERROR_AFTER, True),
        (Fault.NONSENSE, True),
        (Fault.NO_ID, True),
        (Fault.ERROR_BEFORE, True),  # looked up, proven absent, sent again inside the limit
        (Fault.CUT_BEFORE, True),
        (Fault.THROTTLED, True),
        (Fault.SIGNED_OUT, True),
    ],
)
def test_whatever_the_network_does_it_is_there_once(backend: Backend, fault: Fault, goes_out: bool) -> None:
    seen = backend.approved()
    backend.network.faults.order(fault)
    backend.to_slot(seen)
    for _ in range(30):
        backend.push(seconds=20)
    assert backend.published == (["Fresh bread at nine"] if goes_out else [])
    assert backend.status(seen) is Status.PUBLISHED


def test_an_unknown_outcome_is_said_and_not_repeated(backend: Backend) -> None:
    """While nobody knows, nothing is sent again, and the post says so."""
    seen = backend.approved()
    backend.network.faults.order(Fault.LOST_ANSWER)
    backend.to_slot(seen)
    assert backend.states(seen) == {"bakery": "unknown"}
    assert backend.status(seen) is Status.PUBLISHING
    backend.push(seconds=30)
    assert len(backend.published) == 1


def unknown_for_good(backend: Backend) -> Seen:
    """A lost answer, and a network that cannot be asked: after 15 minutes a person is."""
    seen = backend.approved()
    backend.network.faults.order(Fault.LOST_ANSWER)
    backend.to_slot(seen)
    backend.network.faults.order(Fault.DOWN, None)
    for _ in range(20):
        backend.push(minutes=1)
    backend.network.faults.lift()
    assert backend.states(seen) == {"bakery": "unknown"}
    return seen


def test_a_person_says_it_is_there(backend: Backend) -> None:
    seen = unknown_for_good(backend)
    backend.services.do(overrides.confirm_sent, MAYA, backend.delivery_id(seen), key())
    assert backend.status(seen) is Status.PUBLISHED
    assert len(backend.published) == 1


def test_a_person_says_it_is_not(backend: Backend) -> None:
    """Then the same delivery begins anew, under its old key: a network that knows the key still has one post."""
    seen = unknown_for_good(backend)
    backend.services.do(overrides.try_again, TOM, backend.delivery_id(seen), key())
    backend.run()
    assert backend.status(seen) is Status.PUBLISHED
    assert len(backend.published) == 1


def test_nobody_sends_again_while_byhand_still_looks(backend: Backend) -> None:
    seen = backend.approved()
    backend.network.faults.order(Fault.LOST_ANSWER)
    backend.to_slot(seen)
    with pytest.raises(LookFirst):
        backend.services.do(overrides.try_again, TOM, backend.delivery_id(seen), key())


def test_what_was_sent_is_not_sent_again(backend: Backend) -> None:
    seen = backend.approved()
    backend.to_slot(seen)
    with pytest.raises(NothingToSend):
        backend.services.do(overrides.try_again, TOM, backend.delivery_id(seen), key())


def test_a_click_that_is_repeated_counts_once(backend: Backend) -> None:
    seen = backend.in_review()
    click = key()
    backend.services.do(review.approve, TOM, seen, click)
    backend.services.do(review.undo, TOM, seen, key())
    with pytest.raises(Repeated):
        backend.services.do(review.approve, TOM, seen, click)
    assert backend.status(seen) is Status.REVIEW


def test_two_workers_one_publication(backend: Backend) -> None:
    """Both hold a claim on the same delivery, one of them from before its lease ran out."""
    seen = backend.approved()
    slow, fast = backend.new_worker("slow"), backend.new_worker("fast")
    backend.clock.push(timedelta(minutes=19, seconds=30))
    slow.turn()  # claims, then stops for two minutes
    backend.clock.push(timedelta(minutes=2))
    backend.run(fast)
    backend.run(slow)
    backend.run(fast)
    for worker in (slow, fast):
        worker.stop(timedelta(seconds=5))
    assert backend.published == ["Fresh bread at nine"]
    assert backend.status(seen) is Status.PUBLISHED


def test_a_late_answer_settles_an_unknown_attempt(backend: Backend) -> None:
    seen = backend.approved()
    backend.push(minutes=19.7)
    claim = backend.worker._held[0][-1]
    backend.clock.push(timedelta(seconds=30))
    begun = backend.services.do(machine.begin, claim)
    assert begun is not None
    backend.clock.push(timedelta(minutes=2))
    backend.services.do(machine.recover, "somebody-else")
    assert backend.states(seen) == {"bakery": "unknown"}
    backend.services.do(machine.record_outcome, begun, Sent("77", "https://social.example/77"))
    assert backend.states(seen) == {"bakery": "sent"}


def test_a_late_answer_after_a_second_try_is_an_incident(backend: Backend) -> None:
    """The first attempt stays absent; the record has both links, and people are told."""
    seen = backend.approved()
    backend.push(minutes=19.7)
    claim = backend.worker._held[0][-1]
    backend.clock.push(timedelta(seconds=30))
    begun = backend.services.do(machine.begin, claim)
    assert begun is not None
    backend.clock.push(timedelta(minutes=2))
    backend.services.do(machine.recover, "somebody-else")
    backend.push(minutes=2)  # looked for; this process has not seen it begin
    backend.push(minutes=1)  # and once more: proven absent, sent by a second attempt
    assert len(backend.published) == 1
    backend.services.do(machine.record_outcome, begun, Sent("77", "https://social.example/77"))
    said = backend.services.look(
        lambda work: work.db.exec_driver_sql("SELECT what FROM facts").scalars().all()
    )
    assert "incident" in said
    assert backend.states(seen) == {"bakery": "sent"}


def test_no_state_leads_back_to_ready_on_time_alone() -> None:
    """The machine has no such edge: only proof (not sent, absent) makes a delivery ready."""
    from bot.domain import deliveries as delivery_rules
    from bot.domain.outcomes import Unknown
    from tests.backend import MORNING

    after: Next = delivery_rules.judge_outcome(
        Unknown("timeout"), tries=1, latest_at=MORNING, now=MORNING, settle_after=timedelta(seconds=90)
    )
    assert after.state is State.UNKNOWN
