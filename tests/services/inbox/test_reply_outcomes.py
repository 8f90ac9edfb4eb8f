"""After Send: deleting and correcting on the network, by button, as often as it takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.conversations import Closing, Happened, Stage
from bot.domain.refusals import (
    AlreadyBeingTakenDown,
    CannotCorrect,
    CannotTakeDown,
    NothingThere,
    OnlyMembers,
    Repeated,
)
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import machine
from bot.services.inbox import replies, triage
from bot.services.queries.conversations import load_reply_form
from tests.houses import GIL, MAYA, TOM, key
from tests.shops import WORDS, Shop

NEW = "Sorry, Lena! A new one leaves today."


def answered(shop: Shop) -> tuple[str, str]:
    """(what the customer wrote, our reply's delivery)."""
    asked = shop.writes()
    reply = shop.sent()
    shop.run()
    return asked, reply


def delete(shop: Shop, reply: str) -> None:
    shop.services.do(replies.delete_reply, TOM, reply, key())


# --- delete ------------------------------------------------------------------------------------------


def test_a_deleted_answer_leaves_the_customer_waiting(shop: Shop) -> None:
    asked, reply = answered(shop)
    since = shop.conversation.last_at
    delete(shop, reply)
    with pytest.raises(AlreadyBeingTakenDown):
        delete(shop, reply)
    shop.run()
    assert shop.got(asked) == []
    assert (shop.conversation.stage, shop.conversation.waiting_since) == (Stage.OPEN, since)
    assert shop.line("reply_deleted") == {"delivery": reply, "by": TOM.id}
    view = shop.card().last_reply
    assert (view.deleted, view.can_delete, view.can_correct) == (True, False, False)
    with pytest.raises(NothingThere):
        delete(shop, reply)


def test_one_of_two_answers_deleted_leaves_it_answered(stall: Shop) -> None:
    asked, reply = answered(stall)
    stall.sent("And a voucher.")
    stall.run()
    delete(stall, reply)
    stall.run()
    assert (len(stall.got(asked)), stall.conversation.stage) == (1, Stage.ANSWERED)


def test_what_was_closed_stays_closed(stall: Shop) -> None:
    _, reply = answered(stall)
    stall.services.do(triage.close, MAYA, stall.conversation.id, Closing.ELSEWHERE, key())
    delete(stall, reply)
    stall.run()
    assert stall.conversation.stage is Stage.DONE


def test_a_delete_that_did_not_arrive_is_made_again_and_then_said(shop: Shop) -> None:
    asked, reply = answered(shop)
    shop.network.faults.order(Fault.DOWN, None)
    delete(shop, reply)
    for _ in range(5):
        shop.push(minutes=2)
    shop.network.faults.lift()
    assert len(shop.got(asked)) == 1
    assert shop.line("incident")["mention"] == [TOM.id]
    delete(shop, reply)
    shop.run()
    assert shop.got(asked) == []


def test_a_delete_whose_process_died_may_be_repeated(shop: Shop) -> None:
    asked, reply = answered(shop)
    delete(shop, reply)
    (claim,) = shop.services.do(machine.claim, "gone")
    assert shop.services.do(machine.begin, claim) is not None
    shop.clock.push(timedelta(minutes=2))
    assert shop.services.do(machine.recover, "somebody-else") == 1
    assert shop.state(claim.delivery_id) == "unknown"
    delete(shop, reply)
    shop.run()
    assert shop.got(asked) == []


def test_who_may_delete_what(stall: Shop) -> None:
    asked = stall.writes()
    reply = stall.sent()
    with pytest.raises(NothingThere):
        delete(stall, reply)
    stall.run()
    with pytest.raises(OnlyMembers):
        stall.services.do(replies.delete_reply, GIL, reply, key())
    click = key()
    stall.services.do(replies.delete_reply, TOM, reply, click)
    with pytest.raises(Repeated):
        stall.services.do(replies.delete_reply, TOM, reply, click)
    with pytest.raises(NothingThere):
        delete(stall, "nobody's")
    stall.run()
    assert stall.got(asked) == []


def test_where_a_network_deletes_nothing(stall: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    _, reply = answered(stall)
    connection = stall.accounts["bakery"]
    stubborn = replace(connection.capabilities, can_delete=False)
    monkeypatch.setattr(type(connection), "capabilities", stubborn)
    assert not stall.card().last_reply.can_delete
    with pytest.raises(CannotTakeDown):
        delete(stall, reply)


# --- correct -----------------------------------------------------------------------------------------


def test_a_correction_changes_what_is_there(shop: Shop) -> None:
    asked, reply = answered(shop)
    form = shop.services.look(load_reply_form, TOM, shop.conversation.id, corrects=reply)
    assert (form.text, form.corrects) == (WORDS, reply)
    preview = shop.drafted(NEW, by=TOM, corrects=reply)
    assert preview.corrects == reply
    assert shop.send(preview, by=TOM) is None
    shop.run()
    assert shop.got(asked) == [preview.preview]
    assert len(shop.network.ledger) == 1
    assert shop.ours() == [NEW]
    assert shop.line("reply_corrected") == {"delivery": reply, "by": TOM.id}
    assert (shop.card().last_reply.delivery_id, shop.card().last_reply.text) == (reply, NEW)
    assert shop.conversation.stage is Stage.ANSWERED


def test_it_is_corrected_once_more_and_deleted(shop: Shop) -> None:
    asked, reply = answered(shop)
    for words in (NEW, "Sorry!"):
        assert shop.send(shop.drafted(words, corrects=reply)) is None
        shop.run()
    assert shop.got(asked) == ["@lena_k Sorry!"]
    delete(shop, reply)
    shop.run()
    assert shop.got(asked) == []
    with pytest.raises(NothingThere):
        shop.drafted(NEW, corrects=reply)


def test_its_picture_stays(stall: Shop) -> None:
    stall.writes()
    assert stall.send(stall.drafted(image=(stall.picture(), "A loaf"))) is None
    stall.run()
    reply = stall.last_delivery
    assert stall.send(stall.drafted(NEW, corrects=reply)) is None
    stall.run()
    (status,) = [one for one in stall.network.timeline() if one["id"] == stall.delivery(reply).remote_id]
    assert [media["alt"] for media in status["media"]] == ["A loaf"]
    uploads = [seen for seen in stall.network.requests if seen.path == "/api/v2/media"]
    assert len(uploads) == 1


def test_another_picture_takes_its_place(stall: Shop) -> None:
    stall.writes()
    assert stall.send(stall.drafted(image=(stall.picture(), "A loaf"))) is None
    stall.run()
    reply = stall.last_delivery
    assert stall.send(stall.drafted(NEW, corrects=reply, image=(stall.picture(), "A brown loaf"))) is None
    stall.run()
    (status,) = [one for one in stall.network.timeline() if one["id"] == stall.delivery(reply).remote_id]
    assert [media["alt"] for media in status["media"]] == ["A brown loaf"]


def test_the_form_of_a_correction_opens_though_the_customer_deleted(stall: Shop) -> None:
    asked, reply = answered(stall)
    stall.deletes(asked)
    form = stall.services.look(load_reply_form, TOM, stall.conversation.id, corrects=reply)
    assert (form.text, form.last.deleted) == (WORDS, True)


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.CUT_BEFORE, Fault.ERROR_BEFORE])
def test_a_correction_nobody_knows_of_is_looked_up(shop: Shop, fault: Fault) -> None:
    asked, reply = answered(shop)
    assert shop.send(shop.drafted(NEW, corrects=reply)) is None
    shop.network.faults.order(fault)
    shop.run()
    for _ in range(12):
        shop.push(seconds=20)
    assert shop.got(asked) == [f"@lena_k {NEW}"]
    assert shop.ours() == [NEW]


def test_a_correction_meets_collisions_too(stall: Shop) -> None:
    asked, reply = answered(stall)
    mine = stall.drafted(NEW, corrects=reply)
    stall.writes("Thank you!", reply_to=asked)
    view = stall.send(mine)
    assert view is not None
    assert [one.what for one in view.meanwhile] == [Happened.WROTE]
    theirs = stall.drafted("Sorry!", by=TOM, corrects=reply)
    assert stall.send(theirs, by=TOM) is None
    stall.run()
    view = stall.send(mine, in_spite=True)
    assert view is not None
    assert [(one.what, one.by, one.text) for one in view.meanwhile] == [
        (Happened.ANSWERED, MAYA.id, "Sorry!")
    ]
    assert stall.conversation.stage is Stage.OPEN, "a correction answers no new message"


def test_where_a_network_corrects_nothing(stall: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    _, reply = answered(stall)
    monkeypatch.setattr(type(stall.accounts["bakery"]), "can_correct", lambda _self, _reference: False)
    with pytest.raises(CannotCorrect, match="delete it and send it anew"):
        stall.drafted(NEW, corrects=reply)


def test_a_correction_of_what_was_deleted_meanwhile_finds_nothing(shop: Shop) -> None:
    """The delete came first: the correction finds nothing, and says so."""
    asked, reply = answered(shop)
    assert shop.send(shop.drafted(NEW, corrects=reply)) is None
    (claim,) = shop.services.do(machine.claim, "slow")
    delete(shop, reply)
    shop.run()
    begun = shop.services.do(machine.begin, claim)
    assert begun is not None
    outcome = shop.accounts["bakery"].publish(begun.payload, begun.handle, lambda: True)
    shop.services.do(machine.record_outcome, begun, outcome)
    assert shop.got(asked) == []
    assert shop.state(claim.delivery_id) == "refused"
