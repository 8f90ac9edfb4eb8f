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
from tests.houses import TOM, key
from tests.promises.crashes import Bomb, Life
from tests.shops import WORDS, Shop

STEPS = [
    (when, step)
    for step in ("claim", "prepare_reply", "keep_prepared", "begin", "publish", "record_outcome")
    for when in ("before", "after")
]
LOOKING = [(when, step) for step in ("find", "settle") for when in ("before", "after")]
PREVIEW = f"@lena_k {WORDS}"
NEW = "Sorry, Lena! A new one leaves today."


def died(shop: Shop, when: str, step: str, minutes: int = 3) -> None:
    """A life that ends at this step, and the one after it."""
    life = Life(shop, Bomb(when, step))
    life.live(life.worker(), timedelta(minutes=minutes))
    assert life.bomb.gone, "the bomb never went off: the step was renamed?"
    after = life.reborn()
    for _ in range(24):
        shop.push(after, seconds=10)
    after.stop(timedelta(seconds=5))
    shop.poll()


def all_sent_by_somebody(shop: Shop) -> bool:
    """Every answer that ever came to be on the network has the words of a Send."""
    texts = shop.store.read(lambda db: [row.text for row in db.execute(sends.select())])
    return all(line.text.removeprefix("@lena_k ") in texts for line in shop.network.ledger)


@pytest.mark.parametrize(("when", "step"), STEPS)
def test_a_crash_at_each_step(shop: Shop, when: str, step: str) -> None:
    asked = shop.writes()
    assert shop.send(shop.drafted(image=(shop.picture(), "A loaf"))) is None
    died(shop, when, step)
    assert [line.text for line in shop.network.ledger] == [PREVIEW]
    assert shop.got(asked) == [PREVIEW]
    assert (shop.state(), shop.conversation.stage, shop.ours()) == ("sent", Stage.ANSWERED, [WORDS])
    assert shop.said().count("replied") == 1
    assert all_sent_by_somebody(shop)


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.CUT_BEFORE])
@pytest.mark.parametrize(("when", "step"), LOOKING)
def test_a_crash_while_looking(stall: Shop, when: str, step: str, fault: Fault) -> None:
    stall.writes()
    stall.sent()
    stall.network.faults.order(fault)
    died(stall, when, step)
    assert [line.text for line in stall.network.ledger] == [PREVIEW]
    assert (stall.state(), stall.ours()) == ("sent", [WORDS])


@pytest.mark.parametrize(("when", "step"), STEPS[6:])
def test_a_crash_of_a_correction(stall: Shop, when: str, step: str) -> None:
    asked = stall.writes()
    reply = stall.sent()
    stall.run()
    assert stall.send(stall.drafted(NEW, corrects=reply)) is None
    died(stall, when, step)
    assert stall.got(asked) == [f"@lena_k {NEW}"]
    assert len(stall.network.ledger) == 1
    assert stall.ours() == [NEW]


@pytest.mark.parametrize(("when", "step"), [STEPS[6], STEPS[7], STEPS[10], STEPS[11]])
def test_a_crash_of_a_deletion(stall: Shop, when: str, step: str) -> None:
    """Deleting twice does no harm: who finds it unclear presses once more."""
    asked = stall.writes()
    reply = stall.sent()
    stall.run()
    stall.services.do(replies.delete_reply, TOM, reply, key())
    died(stall, when, step)
    if stall.card().last_reply.can_delete:
        stall.services.do(replies.delete_reply, TOM, reply, key())
        stall.run()
    assert stall.got(asked) == []
    assert stall.conversation.stage is Stage.OPEN


def test_the_crash_test_can_fail(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a worker that takes a lease that ran out for proof that nothing was sent answers twice."""

    def trusting(work: UnitOfWork, worker: str, *, at_start: bool = False) -> int:
        delivery = deliveries.find_lapsed_send(work.db, work.now, not_by=worker if at_start else None)
        if delivery is None:
            return deliveries.free_claims(work.db, work.now, not_by=worker if at_start else None)
        attempt = deliveries.find_live_attempt(work.db, delivery.id)
        if attempt:
            deliveries.end_attempt(work.db, attempt.id, AttemptState.NOT_SENT, work.now)
        fresh = {"state": State.READY, "lease_until": None, "handle": work.make_id()}
        deliveries.change(work.db, delivery.id, work.now, **fresh)
        return 1

    monkeypatch.setattr(machine, "recover", trusting)
    asked = shop.writes()
    shop.sent()
    life = Life(shop, Bomb("before", "record_outcome"))
    life.live(life.worker(), timedelta(minutes=3))
    after = life.reborn()
    for _ in range(24):
        shop.push(after, seconds=10)
    after.stop(timedelta(seconds=5))
    assert shop.got(asked) == [PREVIEW, PREVIEW]


def test_two_workers_one_answer(shop: Shop) -> None:
    asked = shop.writes()
    shop.sent()
    slow, fast = shop.new_worker("slow"), shop.new_worker("fast")
    (held,) = shop.services.do(machine.claim, "slow")  # then it stops for two minutes
    shop.clock.push(timedelta(minutes=2))
    shop.run(fast)
    assert shop.services.do(machine.begin, held) is None
    for worker in (slow, fast):
        worker.stop(timedelta(seconds=5))
    assert shop.got(asked) == [PREVIEW]
