"""Replies and the gate: a pause alone stops broadcast, not conversation; [Stop replies too] stops both."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from bot.domain.deliveries import Delivery, State
from bot.domain.gate import ALL
from bot.sandbox.networks.stand import Fault
from bot.services import pausing, replying, sending
from bot.services.work import Work
from bot.store import deliveries, sends
from bot.store.inbox_tables import conversations
from tests.houses import MAYA, House, key

WORDS = "Sorry about that, Lena. A fresh one is waiting for you."


def sent_by_maya(house: House) -> str:
    """A reply as the inbox will make it: Maya's Send of exactly these words, and its delivery."""

    def verb(work: Work) -> str:
        send_id, talk = work.new_id(), work.new_id()
        work.db.execute(
            insert(conversations).values(
                id=talk, number=int(talk[-5:], 36), account="bakery", customer="lena", thread=talk,
                private=False, stage="open", seq=1, opened_at=work.now, last_at=work.now, reasons=[],
            )
        )  # fmt: skip
        reply = Delivery(
            id=work.new_id(), post_id=None, kind="reply", account="bakery", state=State.READY,
            handle=work.accounts["bakery"].new_handle(work.now), due_at=work.now,
            latest_at=work.now + timedelta(minutes=10),
        )  # fmt: skip
        deliveries.add(work.db, reply, now=work.now)
        sends.add(
            work.db, id=send_id, conversation_id=talk, message_id="m1", text=WORDS, digest="", seen_seq=1,
            delivery_id=reply.id, by_user=MAYA.id, at=work.now,
        )  # fmt: skip
        deliveries.change(work.db, reply.id, work.now, prepared={"send": send_id})
        return reply.id

    return house.office.do(verb)


def now(house: House, reply: str) -> Delivery:
    found = house.office.look(lambda work: deliveries.load(work.db, reply))
    assert found is not None
    return found


def paused(house: House, scope: str = ALL) -> pausing.Paused:
    return house.office.do_first(pausing.pause, MAYA, scope, "", key())


def test_a_reply_goes_out_with_its_persons_words(house: House) -> None:
    reply = sent_by_maya(house)
    house.run()
    assert house.published == [WORDS]
    assert now(house, reply).state is State.SENT


def test_a_pause_alone_does_not_stop_it(house: House) -> None:
    paused(house)
    reply = sent_by_maya(house)
    house.run()
    assert house.published == [WORDS]
    assert now(house, reply).state is State.SENT


@pytest.mark.parametrize("scope", [ALL, "bakery"])
def test_stop_replies_too_stops_it_for_good(house: House, scope: str) -> None:
    """Resuming sends nothing either: the words stay with the Send until a person sends them again."""
    done = paused(house, scope)
    house.office.do(pausing.stop_replies, MAYA, done.pause_id, key())
    reply = sent_by_maya(house)
    house.run()
    assert (now(house, reply).state, now(house, reply).reason) == (State.DROPPED, "replies are paused")
    house.push(minutes=5)
    assert house.published == []


def test_another_accounts_pause_stops_no_reply(house: House) -> None:
    done = paused(house, "cafe")
    house.office.do(pausing.stop_replies, MAYA, done.pause_id, key())
    sent_by_maya(house)
    house.run()
    assert house.published == [WORDS]


def test_replies_stopped_after_the_claim_do_not_begin(house: House) -> None:
    """The gate is asked in begin, under its lock, not when the reply was taken."""
    reply = sent_by_maya(house)
    (claim,) = house.office.do(sending.claim, "worker-1")
    done = paused(house)
    house.office.do(pausing.stop_replies, MAYA, done.pause_id, key())
    assert house.office.do(replying.begin, claim) is None
    assert now(house, reply).state is State.DROPPED


@pytest.mark.parametrize(("fault", "state"), [(Fault.CUT_BEFORE, "ready"), (Fault.LOST_ANSWER, "sent")])
def test_an_unknown_reply_is_looked_up_and_not_repeated(house: House, fault: Fault, state: str) -> None:
    """With replies stopped meanwhile, what proves to be absent stays unsent."""
    reply = sent_by_maya(house)
    house.network.faults.order(fault)
    house.run()
    assert now(house, reply).state is State.UNKNOWN
    done = paused(house)
    house.office.do(pausing.stop_replies, MAYA, done.pause_id, key())
    for _ in range(9):
        house.push(seconds=20)
    expected = State.DROPPED if state == "ready" else State.SENT
    assert now(house, reply).state is expected
    assert house.published == ([] if state == "ready" else [WORDS])


def test_a_reply_whose_process_died_is_looked_up(house: House) -> None:
    reply = sent_by_maya(house)
    (claim,) = house.office.do(sending.claim, "gone")
    assert house.office.do(replying.begin, claim) is not None
    for _ in range(12):
        house.push(seconds=20)
    assert now(house, reply).state is State.SENT
    assert house.published == [WORDS]
