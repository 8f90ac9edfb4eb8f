"""After Send: deleting and correcting on the network, by button, as often as it takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.conversations import Closing, Happened, Stage
from bot.domain.inbox_refusals import CannotCorrect, NothingThere
from bot.domain.refusals import AlreadyBeingTakenDown, CannotTakeDown, OnlyMembers, Repeated
from bot.domain.shown.inbox_screens import AnswerView
from bot.networks.mastodon import echo
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import machine
from bot.services.inbox import replies, triage
from bot.services.queries.conversations import load_reply_form
from tests.backend import GIL, MAYA, TOM, key
from tests.inbox_backend import WORDS, InboxBackend

NEW = "Sorry, Lena! A new one leaves today."


def answered(inbox_backend: InboxBackend) -> tuple[str, str]:
    """(what the customer wrote, our reply's delivery)."""
    asked = inbox_backend.writes()
    reply = inbox_backend.sent()
    inbox_backend.run()
    return asked, reply


def delete(inbox_backend: InboxBackend, reply: str) -> None:
    inbox_backend.services.do(replies.delete_reply, TOM, reply, key())


def test_an_answer_published_otherwise_than_written_is_told_to_its_writer(
    inbox_backend: InboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(echo, "find_change", lambda *_: "its visibility is public, not direct")
    answered(inbox_backend)
    line = inbox_backend.line("incident")
    assert line["mention"] == [MAYA.id]
    assert "differs from what was approved (its visibility is public, not direct): http" in line["sentence"]
    assert inbox_backend.conversation.stage is not Stage.OPEN, "it is answered all the same"


# --- delete ------------------------------------------------------------------------------------------


def test_a_deleted_answer_leaves_the_customer_waiting(inbox_backend: InboxBackend) -> None:
    asked, reply = answered(inbox_backend)
    since = inbox_backend.conversation.last_at
    delete(inbox_backend, reply)
    with pytest.raises(AlreadyBeingTakenDown):
        delete(inbox_backend, reply)
    inbox_backend.run()
    assert inbox_backend.got(asked) == []
    assert (inbox_backend.conversation.stage, inbox_backend.conversation.waiting_since) == (Stage.OPEN, since)
    assert inbox_backend.line("reply_deleted") == {"delivery": reply, "by": TOM.id}
    view = inbox_backend.card().last_reply
    assert (view.deleted, view.can_delete, view.can_correct) == (True, False, False)
    with pytest.raises(NothingThere):
        delete(inbox_backend, reply)


def test_one_of_two_answers_deleted_leaves_it_answered(sqlite_inbox_backend: InboxBackend) -> None:
    asked, reply = answered(sqlite_inbox_backend)
    sqlite_inbox_backend.sent("And a voucher.")
    sqlite_inbox_backend.run()
    delete(sqlite_inbox_backend, reply)
    sqlite_inbox_backend.run()
    assert (len(sqlite_inbox_backend.got(asked)), sqlite_inbox_backend.conversation.stage) == (
        1,
        Stage.ANSWERED,
    )


def test_what_was_closed_stays_closed(sqlite_inbox_backend: InboxBackend) -> None:
    _, reply = answered(sqlite_inbox_backend)
    sqlite_inbox_backend.services.do(
        triage.close, MAYA, sqlite_inbox_backend.conversation.id, Closing.ELSEWHERE, key()
    )
    delete(sqlite_inbox_backend, reply)
    sqlite_inbox_backend.run()
    assert sqlite_inbox_backend.conversation.stage is Stage.DONE


def test_a_delete_that_did_not_arrive_is_made_again_and_then_said(inbox_backend: InboxBackend) -> None:
    asked, reply = answered(inbox_backend)
    inbox_backend.network.faults.order(Fault.DOWN, None)
    delete(inbox_backend, reply)
    for _ in range(5):
        inbox_backend.push(minutes=2)
    inbox_backend.network.faults.lift()
    assert len(inbox_backend.got(asked)) == 1
    assert inbox_backend.line("incident")["mention"] == [TOM.id]
    delete(inbox_backend, reply)
    inbox_backend.run()
    assert inbox_backend.got(asked) == []


def test_a_delete_whose_process_died_may_be_repeated(inbox_backend: InboxBackend) -> None:
    asked, reply = answered(inbox_backend)
    delete(inbox_backend, reply)
    (claim,) = inbox_backend.services.do(machine.claim, "gone")
    assert inbox_backend.services.do(machine.begin, claim) is not None
    inbox_backend.clock.push(timedelta(minutes=2))
    assert inbox_backend.services.do(machine.recover, "somebody-else") == 1
    assert inbox_backend.state(claim.delivery_id) == "unknown"
    delete(inbox_backend, reply)
    inbox_backend.run()
    assert inbox_backend.got(asked) == []


def test_who_may_delete_what(sqlite_inbox_backend: InboxBackend) -> None:
    asked = sqlite_inbox_backend.writes()
    reply = sqlite_inbox_backend.sent()
    with pytest.raises(NothingThere):
        delete(sqlite_inbox_backend, reply)
    sqlite_inbox_backend.run()
    with pytest.raises(OnlyMembers):
        sqlite_inbox_backend.services.do(replies.delete_reply, GIL, reply, key())
    click = key()
    sqlite_inbox_backend.services.do(replies.delete_reply, TOM, reply, click)
    with pytest.raises(Repeated):
        sqlite_inbox_backend.services.do(replies.delete_reply, TOM, reply, click)
    with pytest.raises(NothingThere):
        delete(sqlite_inbox_backend, "nobody's")
    sqlite_inbox_backend.run()
    assert sqlite_inbox_backend.got(asked) == []


def test_where_a_network_deletes_nothing(
    sqlite_inbox_backend: InboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, reply = answered(sqlite_inbox_backend)
    connection = sqlite_inbox_backend.accounts["bakery"]
    stubborn = replace(connection.capabilities, can_delete=False)
    monkeypatch.setattr(type(connection), "capabilities", stubborn)
    assert not sqlite_inbox_backend.card().last_reply.can_delete
    with pytest.raises(CannotTakeDown):
        delete(sqlite_inbox_backend, reply)


# --- correct -----------------------------------------------------------------------------------------


def test_a_correction_changes_what_is_there(inbox_backend: InboxBackend) -> None:
    asked, reply = answered(inbox_backend)
    form = inbox_backend.services.look(load_reply_form, TOM, inbox_backend.conversation.id, corrects=reply)
    assert (form.text, form.corrects) == (WORDS, reply)
    preview = inbox_backend.drafted(NEW, by=TOM, corrects=reply)
    assert preview.corrects == reply
    assert inbox_backend.send(preview, by=TOM) is None
    inbox_backend.run()
    assert inbox_backend.got(asked) == [preview.preview]
    assert len(inbox_backend.network.ledger) == 1
    assert inbox_backend.ours() == [NEW]
    assert inbox_backend.line("reply_corrected") == {"delivery": reply, "by": TOM.id}
    assert (inbox_backend.card().last_reply.delivery_id, inbox_backend.card().last_reply.text) == (reply, NEW)
    (shown,) = [one for one in inbox_backend.card().since if isinstance(one, AnswerView)]
    assert (shown.text, shown.by, shown.corrected_by) == (NEW, MAYA.id, TOM.id)
    assert inbox_backend.conversation.stage is Stage.ANSWERED


def test_it_is_corrected_once_more_and_deleted(inbox_backend: InboxBackend) -> None:
    asked, reply = answered(inbox_backend)
    for words in (NEW, "Sorry!"):
        assert inbox_backend.send(inbox_backend.drafted(words, corrects=reply)) is None
        inbox_backend.run()
    assert inbox_backend.got(asked) == ["@lena_k Sorry!"]
    delete(inbox_backend, reply)
    inbox_backend.run()
    assert inbox_backend.got(asked) == []
    with pytest.raises(NothingThere):
        inbox_backend.drafted(NEW, corrects=reply)


def test_its_picture_stays(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    assert (
        sqlite_inbox_backend.send(
            sqlite_inbox_backend.drafted(image=(sqlite_inbox_backend.picture(), "A loaf"))
        )
        is None
    )
    sqlite_inbox_backend.run()
    reply = sqlite_inbox_backend.last_delivery
    form = sqlite_inbox_backend.services.look(
        load_reply_form, TOM, sqlite_inbox_backend.conversation.id, corrects=reply
    )
    assert form.image_alt == "A loaf", "what is seen is what goes out"
    assert sqlite_inbox_backend.send(sqlite_inbox_backend.drafted(NEW, corrects=reply)) is None
    sqlite_inbox_backend.run()
    (status,) = [
        one
        for one in sqlite_inbox_backend.network.timeline()
        if one["id"] == sqlite_inbox_backend.delivery(reply).remote_id
    ]
    assert [media["alt"] for media in status["media"]] == ["A loaf"]
    uploads = [seen for seen in sqlite_inbox_backend.network.requests if seen.path == "/api/v2/media"]
    assert len(uploads) == 1


def test_another_picture_takes_its_place(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    assert (
        sqlite_inbox_backend.send(
            sqlite_inbox_backend.drafted(image=(sqlite_inbox_backend.picture(), "A loaf"))
        )
        is None
    )
    sqlite_inbox_backend.run()
    reply = sqlite_inbox_backend.last_delivery
    assert (
        sqlite_inbox_backend.send(
            sqlite_inbox_backend.drafted(
                NEW, corrects=reply, image=(sqlite_inbox_backend.picture(), "A brown loaf")
            )
        )
        is None
    )
    sqlite_inbox_backend.run()
    (status,) = [
        one
        for one in sqlite_inbox_backend.network.timeline()
        if one["id"] == sqlite_inbox_backend.delivery(reply).remote_id
    ]
    assert [media["alt"] for media in status["media"]] == ["A brown loaf"]


def test_the_form_of_a_correction_opens_though_the_customer_deleted(
    sqlite_inbox_backend: InboxBackend,
) -> None:
    asked, reply = answered(sqlite_inbox_backend)
    sqlite_inbox_backend.deletes(asked)
    form = sqlite_inbox_backend.services.look(
        load_reply_form, TOM, sqlite_inbox_backend.conversation.id, corrects=reply
    )
    assert (form.text, form.last.deleted) == (WORDS, True)


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.CUT_BEFORE, Fault.ERROR_BEFORE])
def test_a_correction_nobody_knows_of_is_looked_up(inbox_backend: InboxBackend, fault: Fault) -> None:
    asked, reply = answered(inbox_backend)
    assert inbox_backend.send(inbox_backend.drafted(NEW, corrects=reply)) is None
    inbox_backend.network.faults.order(fault)
    inbox_backend.run()
    for _ in range(12):
        inbox_backend.push(seconds=20)
    assert inbox_backend.got(asked) == [f"@lena_k {NEW}"]
    assert inbox_backend.ours() == [NEW]


def test_a_correction_meets_collisions_too(sqlite_inbox_backend: InboxBackend) -> None:
    asked, reply = answered(sqlite_inbox_backend)
    mine = sqlite_inbox_backend.drafted(NEW, corrects=reply)
    sqlite_inbox_backend.writes("Thank you!", reply_to=asked)
    view = sqlite_inbox_backend.send(mine)
    assert view is not None
    assert [one.what for one in view.meanwhile] == [Happened.WROTE]
    theirs = sqlite_inbox_backend.drafted("Sorry!", by=TOM, corrects=reply)
    assert sqlite_inbox_backend.send(theirs, by=TOM) is None
    sqlite_inbox_backend.run()
    view = sqlite_inbox_backend.send(mine, in_spite=True)
    assert view is not None
    assert [(one.what, one.by, one.text) for one in view.meanwhile] == [
        (Happened.ANSWERED, MAYA.id, "Sorry!")
    ]
    assert sqlite_inbox_backend.conversation.stage is Stage.OPEN, "a correction answers no new message"


def test_where_a_network_corrects_nothing(
    sqlite_inbox_backend: InboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, reply = answered(sqlite_inbox_backend)
    monkeypatch.setattr(
        type(sqlite_inbox_backend.accounts["bakery"]), "can_correct", lambda _self, _reference: False
    )
    with pytest.raises(CannotCorrect, match="delete it and send it again"):
        sqlite_inbox_backend.drafted(NEW, corrects=reply)


def test_a_correction_of_what_was_deleted_meanwhile_finds_nothing(inbox_backend: InboxBackend) -> None:
    """The delete came first: the correction finds nothing, and says so."""
    asked, reply = answered(inbox_backend)
    assert inbox_backend.send(inbox_backend.drafted(NEW, corrects=reply)) is None
    (claim,) = inbox_backend.services.do(machine.claim, "slow")
    delete(inbox_backend, reply)
    inbox_backend.run()
    begun = inbox_backend.services.do(machine.begin, claim)
    assert begun is not None
    outcome = inbox_backend.accounts["bakery"].publish(begun.payload, begun.handle, lambda: True)
    inbox_backend.services.do(machine.record_outcome, begun, outcome)
    assert inbox_backend.got(asked) == []
    assert inbox_backend.state(claim.delivery_id) == "refused"
