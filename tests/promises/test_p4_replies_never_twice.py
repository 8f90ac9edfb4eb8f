"""P4 and P6 for answers: whatever dies at whatever step, the customer has it once, and never without its Send."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.conversations import Stage
from bot.domain.deliveries import AttemptState, State
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import machine
from bot.services.inbox import replies
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.tables.inbox import sends
from tests.backend import TOM, key
from tests.inbox_backend import WORDS, InboxBackend
from tests.promises.crashes import Bomb, Life

STEPS = [
    (when, step)
    for step in ("claim", "prepare_reply", "keep_prepared", "begin", "publish", "record_outcome")
    for when in ("before", "after")
]
LOOKING = [(when, step) for step in ("find", "settle") for when in ("before", "after")]
PREVIEW = f"@lena_k {WORDS}"
NEW = "Sorry, Lena! A new one leaves today."


def died(inbox_backend: InboxBackend, when: str, step: str, minutes: int = 3) -> None:
    """A life that ends at this step, and the one after it."""
    life = Life(inbox_backend, Bomb(when, step))
    life.live(life.worker(), timedelta(minutes=minutes))
    assert life.bomb.gone, "the bomb never went off: the step was renamed?"
    after = life.reborn()
    inbox_backend.live(timedelta(minutes=4), after)
    after.stop(timedelta(seconds=5))
    inbox_backend.poll()


def all_sent_by_somebody(inbox_backend: InboxBackend) -> bool:
    """Every answer that ever came to be on the network has the words of a Send."""
    texts = inbox_backend.store.read(lambda db: [row.text for row in db.execute(sends.select())])
    return all(line.text.removeprefix("@lena_k ") in texts for line in inbox_backend.network.ledger)


@pytest.mark.parametrize(("when", "step"), STEPS)
def test_a_crash_at_each_step(inbox_backend: InboxBackend, when: str, step: str) -> None:
    asked = inbox_backend.writes()
    assert inbox_backend.send(inbox_backend.drafted(image=(inbox_backend.picture(), "A loaf"))) is None
    died(inbox_backend, when, step)
    assert [line.text for line in inbox_backend.network.ledger] == [PREVIEW]
    assert inbox_backend.got(asked) == [PREVIEW]
    assert (inbox_backend.state(), inbox_backend.conversation.stage, inbox_backend.ours()) == (
        "sent",
        Stage.ANSWERED,
        [WORDS],
    )
    assert inbox_backend.said().count("replied") == 1
    assert all_sent_by_somebody(inbox_backend)


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.CUT_BEFORE])
@pytest.mark.parametrize(("when", "step"), LOOKING)
def test_a_crash_while_looking(
    sqlite_inbox_backend: InboxBackend, when: str, step: str, fault: Fault
) -> None:
    sqlite_inbox_backend.writes()
    sqlite_inbox_backend.sent()
    sqlite_inbox_backend.network.faults.order(fault)
    died(sqlite_inbox_backend, when, step)
    assert [line.text for line in sqlite_inbox_backend.network.ledger] == [PREVIEW]
    assert (sqlite_inbox_backend.state(), sqlite_inbox_backend.ours()) == ("sent", [WORDS])


@pytest.mark.parametrize(("when", "step"), STEPS[6:])
def test_a_crash_of_a_correction(sqlite_inbox_backend: InboxBackend, when: str, step: str) -> None:
    asked = sqlite_inbox_backend.writes()
    reply = sqlite_inbox_backend.sent()
    sqlite_inbox_backend.run()
    assert sqlite_inbox_backend.send(sqlite_inbox_backend.drafted(NEW, corrects=reply)) is None
    died(sqlite_inbox_backend, when, step)
    assert sqlite_inbox_backend.got(asked) == [f"@lena_k {NEW}"]
    assert len(sqlite_inbox_backend.network.ledger) == 1
    assert sqlite_inbox_backend.ours() == [NEW]


@pytest.mark.parametrize(("when", "step"), [STEPS[6], STEPS[7], STEPS[10], STEPS[11]])
def test_a_crash_of_a_deletion(sqlite_inbox_backend: InboxBackend, when: str, step: str) -> None:
    """Deleting twice does no harm: who finds it unclear presses once more."""
    asked = sqlite_inbox_backend.writes()
    reply = sqlite_inbox_backend.sent()
    sqlite_inbox_backend.run()
    sqlite_inbox_backend.services.do(replies.delete_reply, TOM, reply, key())
    died(sqlite_inbox_backend, when, step)
    if sqlite_inbox_backend.card().last_reply.can_delete:
        sqlite_inbox_backend.services.do(replies.delete_reply, TOM, reply, key())
        sqlite_inbox_backend.run()
    assert sqlite_inbox_backend.got(asked) == []
    assert sqlite_inbox_backend.conversation.stage is Stage.OPEN


def test_the_crash_test_can_fail(inbox_backend: InboxBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a worker that takes a lease that ran out for proof that nothing was sent answers twice."""

    def trusting(work: UnitOfWork, worker: str, *, at_start: bool = False) -> int:
        delivery = deliveries.find_lapsed_send(work.db, work.now, not_by=worker if at_start else None)
        if delivery is None:
            return deliveries.free_claims(work.db, work.now, not_by=worker if at_start else None)
        attempt = deliveries.find_live_attempt(work.db, delivery.id)
        if attempt:
            deliveries.end_attempt(work.db, attempt.id, AttemptState.NOT_SENT, work.now)
        deliveries.change(
            work.db, delivery.id, work.now, state=State.READY, lease_until=None, handle=work.make_id()
        )
        return 1

    monkeypatch.setattr(machine, "recover", trusting)
    asked = inbox_backend.writes()
    inbox_backend.sent()
    life = Life(inbox_backend, Bomb("before", "record_outcome"))
    life.live(life.worker(), timedelta(minutes=3))
    after = life.reborn()
    inbox_backend.live(timedelta(minutes=4), after)
    after.stop(timedelta(seconds=5))
    assert inbox_backend.got(asked) == [PREVIEW, PREVIEW]


def test_two_workers_one_answer(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    inbox_backend.sent()
    slow, fast = inbox_backend.new_worker("slow"), inbox_backend.new_worker("fast")
    (held,) = inbox_backend.services.do(machine.claim, "slow")  # then it stops for two minutes
    inbox_backend.clock.push(timedelta(minutes=2))
    inbox_backend.run(fast)
    assert inbox_backend.services.do(machine.begin, held) is None
    for worker in (slow, fast):
        worker.stop(timedelta(seconds=5))
    assert inbox_backend.got(asked) == [PREVIEW]
