"""Replies on their way: the gate, the network's answers, and what people say when nobody knows."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.domain.answers import DELETED, EDITED
from bot.domain.conversations import Happened, Stage
from bot.domain.gate import ALL
from bot.domain.outcomes import Refused, Sent
from bot.domain.people import Role
from bot.domain.refusals import LookFirst, NothingToSend, Repeated
from bot.networks.receiving import OWN, Gone, Page, Trouble, as_receiving
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import machine
from bot.services.inbox import ingest, replies
from bot.services.pause import pause
from bot.store.inbox import cursors
from bot.store.slack import people
from bot.store.slack.people import KnownPerson
from bot.store.tables.inbox import sends
from tests.backend import MAYA, TOM, Backend, key
from tests.failing_client import make_failing
from tests.inbox_backend import WORDS, InboxBackend

PREVIEW = f"@lena_k {WORDS}"


def paused(backend: Backend, scope: str = ALL, *, replies: bool = False) -> None:
    done = backend.services.do_first(pause.pause, MAYA, scope, "", key())
    if replies:
        backend.services.do(pause.stop_replies, MAYA, done.pause_id, key())


def waits(inbox_backend: InboxBackend) -> bool:
    return (
        inbox_backend.conversation.stage is Stage.OPEN
        and inbox_backend.conversation.waiting_since is not None
    )


# --- the gate ----------------------------------------------------------------------------------------


def test_a_pause_alone_does_not_stop_it(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    paused(inbox_backend)
    inbox_backend.sent()
    inbox_backend.run()
    assert inbox_backend.got(asked) == [PREVIEW]


@pytest.mark.parametrize("scope", [ALL, "bakery"])
def test_stop_replies_too_stops_it_for_good(inbox_backend: InboxBackend, scope: str) -> None:
    """Resuming sends nothing either: the words stay with the Send until a person sends them again."""
    asked = inbox_backend.writes()
    reply = inbox_backend.sent()
    paused(inbox_backend, scope, replies=True)
    inbox_backend.run()
    assert (inbox_backend.state(), inbox_backend.delivery().reason) == ("dropped", "replies are paused")
    inbox_backend.push(minutes=5)
    assert inbox_backend.got(asked) == []
    assert inbox_backend.line("reply_refused") == {"delivery": reply, "mention": [MAYA.id]}
    assert waits(inbox_backend)


def test_another_accounts_pause_stops_no_reply(sqlite_inbox_backend: InboxBackend) -> None:
    asked = sqlite_inbox_backend.writes()
    paused(sqlite_inbox_backend, "cafe", replies=True)
    sqlite_inbox_backend.sent()
    sqlite_inbox_backend.run()
    assert sqlite_inbox_backend.got(asked) == [PREVIEW]


def test_replies_stopped_after_the_claim_do_not_begin(inbox_backend: InboxBackend) -> None:
    """The gate is asked in begin, under its lock, not when the reply was taken."""
    inbox_backend.writes()
    inbox_backend.sent()
    (claim,) = inbox_backend.services.do(machine.claim, "worker-1")
    paused(inbox_backend, replies=True)
    assert inbox_backend.services.do(machine.begin, claim) is None
    assert inbox_backend.state() == "dropped"


def test_what_nobody_pressed_send_on_does_not_begin(inbox_backend: InboxBackend) -> None:
    """Should somebody reach the table, the attempt is still made of nothing but what Send was pressed on."""
    inbox_backend.writes()
    inbox_backend.sent()
    inbox_backend.store.write(lambda db: db.execute(update(sends).values(text="Buy now!")))
    inbox_backend.run()
    assert (inbox_backend.state(), inbox_backend.network.ledger) == ("dropped", ())


def test_the_customer_deleted_it_before_it_began(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    inbox_backend.sent()
    inbox_backend.deletes(asked)
    inbox_backend.run()
    assert (inbox_backend.state(), inbox_backend.network.ledger) == ("dropped", ())


# --- the network's answers ---------------------------------------------------------------------------


def test_replies_are_not_held_apart_as_posts_are(sqlite_inbox_backend: InboxBackend) -> None:
    """The minute between two posts is for broadcast; a conversation has its own pace."""
    post = sqlite_inbox_backend.approved()
    sqlite_inbox_backend.to_slot(post)
    asked = sqlite_inbox_backend.writes()
    sqlite_inbox_backend.sent("Sorry, Lena!")
    sqlite_inbox_backend.run()
    sqlite_inbox_backend.sent("We send a new one.")
    sqlite_inbox_backend.run()
    assert len(sqlite_inbox_backend.got(asked)) == 2


def test_a_throttle_is_honoured(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    reply = inbox_backend.sent()
    inbox_backend.network.faults.order(Fault.THROTTLED)
    inbox_backend.run()
    due = inbox_backend.delivery().due_at
    assert (inbox_backend.state(reply), due is not None and due > inbox_backend.clock.now()) == (
        "ready",
        True,
    )
    assert inbox_backend.got(asked) == []
    inbox_backend.push(minutes=6)
    assert inbox_backend.got(asked) == [PREVIEW]


def test_refused_the_text_is_kept_and_the_customer_still_waits(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    make_failing(inbox_backend).answers["publish"] = Refused("This action is not allowed")
    reply = inbox_backend.sent()
    inbox_backend.run()
    assert inbox_backend.state() == "refused"
    assert inbox_backend.line("reply_refused") == {"delivery": reply, "mention": [MAYA.id]}
    view = inbox_backend.card().last_reply
    assert (view.text, view.state.key, view.can_delete) == (WORDS, "refused", False)
    assert waits(inbox_backend)


def test_what_was_deleted_right_before_send_is_not_answered(
    inbox_backend: InboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network is asked, for some take an answer to what is gone; the words are kept, and the deletion shows."""
    asked = inbox_backend.writes()
    monkeypatch.setattr(inbox_backend.network, "_refusal", lambda _body: None)  # it takes anything
    reply = inbox_backend.sent()
    inbox_backend.network.customer_deletes(asked)  # and nobody has told us
    inbox_backend.run()
    assert inbox_backend.network.ledger == ()
    assert (inbox_backend.state(), inbox_backend.delivery().reason) == ("dropped", DELETED)
    assert inbox_backend.line("reply_refused") == {"delivery": reply, "mention": [MAYA.id]}
    view = inbox_backend.card().last_reply
    assert (view.text, view.state.key) == (WORDS, "dropped")
    assert inbox_backend.conversation.waiting_since is None


def test_what_was_deleted_before_a_later_try_is_not_answered(
    sqlite_inbox_backend: InboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = sqlite_inbox_backend.writes()
    monkeypatch.setattr(sqlite_inbox_backend.network, "_refusal", lambda _body: None)  # it takes anything
    sqlite_inbox_backend.sent()
    sqlite_inbox_backend.network.faults.order(Fault.THROTTLED)
    sqlite_inbox_backend.run()
    sqlite_inbox_backend.network.customer_deletes(asked)
    sqlite_inbox_backend.push(minutes=6)
    assert sqlite_inbox_backend.network.ledger == ()
    reason = sqlite_inbox_backend.delivery().reason or ""
    assert "asked to wait at" in reason, "what began it stays"
    assert reason.endswith(DELETED)


def test_what_was_changed_right_before_send_is_asked_again(inbox_backend: InboxBackend) -> None:
    """The network is asked; a change between preview and Send was seen by the next poll only, after the answer."""
    asked = inbox_backend.writes("It is broken.")
    reply = inbox_backend.sent()
    inbox_backend.network.customer_edits(asked, "It was only dented.")  # and nobody has told us
    inbox_backend.run()
    assert inbox_backend.network.ledger == ()
    assert (inbox_backend.state(), inbox_backend.delivery().reason) == ("dropped", EDITED)
    assert inbox_backend.line("reply_refused") == {"delivery": reply, "mention": [MAYA.id]}
    assert waits(inbox_backend)
    view = inbox_backend.services.do(replies.try_reply_again, MAYA, reply, key())
    assert view is not None
    assert [(one.what, one.text) for one in view.meanwhile] == [(Happened.EDITED, "It was only dented.")]
    inbox_backend.services.do(replies.send_draft, MAYA, view.draft_id, view.digest, key(), in_spite=True)
    inbox_backend.run()
    assert inbox_backend.got(asked) == [PREVIEW]


def test_what_was_changed_after_send_and_read_before_it_began_is_asked_again(
    inbox_backend: InboxBackend,
) -> None:
    asked = inbox_backend.writes("It is broken.")
    inbox_backend.sent()
    inbox_backend.edits(asked, "It was only dented.")
    inbox_backend.run()
    assert (inbox_backend.state(), inbox_backend.network.ledger) == ("dropped", ())
    assert inbox_backend.delivery().reason == EDITED


def test_what_was_changed_before_it_was_shown_stops_nothing(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes("It is brokn.")
    inbox_backend.edits(asked, "It is broken.")
    inbox_backend.sent()
    inbox_backend.network.customer_edits(asked, "It is broken.")  # the same words once more
    inbox_backend.run()
    assert inbox_backend.got(asked) == [PREVIEW]


def test_a_correction_goes_out_whatever_the_customer_changed(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes("It is broken.")
    reply = inbox_backend.sent("Sory!")
    inbox_backend.run()
    inbox_backend.sent("Sorry!", corrects=reply)
    inbox_backend.edits(asked, "It was only dented.")
    inbox_backend.run()
    assert inbox_backend.got(asked) == ["@lena_k Sorry!"]


def test_where_the_network_does_not_say_it_is_tried_again(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    stubborn = make_failing(inbox_backend)
    stubborn.fail["look"] = deque()
    stubborn.answers["look"] = Trouble("The server did not answer as expected: it is busy.")
    inbox_backend.sent()
    inbox_backend.run()
    assert (inbox_backend.state() in ("ready", "claimed"), inbox_backend.network.ledger) == (True, ())
    assert "whether the message it answers was changed" in str(inbox_backend.delivery().reason)
    stubborn.answers["look"] = {}
    inbox_backend.push(minutes=1)
    assert inbox_backend.got(asked) == [PREVIEW]


def test_what_is_gone_when_it_is_looked_at_once_more_is_not_answered(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    stubborn = make_failing(inbox_backend)
    stubborn.fail["look"] = deque()
    stubborn.answers["look"] = {asked: Gone()}
    inbox_backend.sent()
    inbox_backend.run()
    assert (inbox_backend.network.ledger, inbox_backend.delivery().reason) == ((), DELETED)


@pytest.mark.parametrize("role", [Role.GUEST, Role.OUTSIDER])
def test_whoever_left_the_team_answers_nobody_any_more(inbox_backend: InboxBackend, role: Role) -> None:
    """Send was pressed while the network was away; until it is back, Slack says that they have left."""
    asked = inbox_backend.writes()
    inbox_backend.sent(by=MAYA)
    gone = KnownPerson(MAYA.id, "Maya", role, None, inbox_backend.clock.now())
    inbox_backend.store.write(lambda db: people.remember(db, gone))
    inbox_backend.run()
    assert inbox_backend.got(asked) == []
    assert inbox_backend.state() == "dropped"
    assert inbox_backend.delivery().reason == "Maya pressed Send and is not a full member any more"


def test_a_target_that_cannot_be_asked_for_is_asked_again(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    inbox_backend.sent()
    inbox_backend.network.faults.order(Fault.READ_ERROR)
    inbox_backend.run()
    assert (inbox_backend.state(), inbox_backend.got(asked)) == ("claimed", []), "for its next try"
    inbox_backend.push(seconds=20)
    assert inbox_backend.got(asked) == [PREVIEW]


@pytest.mark.parametrize(
    "fault",
    [Fault.LOST_ANSWER, Fault.ERROR_AFTER, Fault.NONSENSE, Fault.NO_ID, Fault.ERROR_BEFORE, Fault.CUT_BEFORE],
)
def test_whatever_the_network_does_the_customer_has_it_once(
    inbox_backend: InboxBackend, fault: Fault
) -> None:
    asked = inbox_backend.writes()
    inbox_backend.sent()
    inbox_backend.network.faults.order(fault)
    inbox_backend.run()
    for _ in range(9):
        inbox_backend.push(seconds=20)
    inbox_backend.poll()
    assert inbox_backend.got(asked) == [PREVIEW]
    assert (inbox_backend.state(), inbox_backend.conversation.stage, inbox_backend.ours()) == (
        "sent",
        Stage.ANSWERED,
        [WORDS],
    )


def test_read_back_before_its_outcome_is_known_it_is_still_ours(inbox_backend: InboxBackend) -> None:
    """The feed brings our own answer while nobody knows yet whether it arrived: one message, a colleague's."""
    inbox_backend.writes()
    reply = inbox_backend.sent()
    inbox_backend.network.faults.order(Fault.LOST_ANSWER)
    inbox_backend.run()
    inbox_backend.poll()
    assert inbox_backend.ours() == []
    for _ in range(9):
        inbox_backend.push(seconds=20)
    inbox_backend.poll()
    assert inbox_backend.ours() == [WORDS]
    assert inbox_backend.said().count("replied") == 1
    assert "app_answer" not in inbox_backend.said()
    assert inbox_backend.state(reply) == "sent"


@pytest.mark.parametrize(("fault", "state"), [(Fault.CUT_BEFORE, "dropped"), (Fault.LOST_ANSWER, "sent")])
def test_an_unknown_reply_is_looked_up_and_not_repeated(
    inbox_backend: InboxBackend, fault: Fault, state: str
) -> None:
    """With replies stopped meanwhile, what proves to be absent stays unsent."""
    asked = inbox_backend.writes()
    inbox_backend.sent()
    inbox_backend.network.faults.order(fault)
    inbox_backend.run()
    assert inbox_backend.state() == "unknown"
    paused(inbox_backend, replies=True)
    for _ in range(9):
        inbox_backend.push(seconds=20)
    assert inbox_backend.state() == state
    assert inbox_backend.got(asked) == ([] if state == "dropped" else [PREVIEW])


def test_an_upload_that_fails_is_made_again(sqlite_inbox_backend: InboxBackend) -> None:
    asked = sqlite_inbox_backend.writes()
    sqlite_inbox_backend.network.faults.order(Fault.DOWN, None)
    assert (
        sqlite_inbox_backend.send(
            sqlite_inbox_backend.drafted(image=(sqlite_inbox_backend.picture(), "A loaf"))
        )
        is None
    )
    sqlite_inbox_backend.run()
    assert (sqlite_inbox_backend.delivery().tries, sqlite_inbox_backend.got(asked)) == (1, [])
    sqlite_inbox_backend.network.faults.lift()
    sqlite_inbox_backend.push(seconds=5)
    assert (sqlite_inbox_backend.state(), len(sqlite_inbox_backend.got(asked))) == ("sent", 1)


def test_late_proof_settles_it(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    inbox_backend.sent()
    (claim,) = inbox_backend.services.do(machine.claim, "slow")
    begun = inbox_backend.services.do(machine.begin, claim)
    assert begun is not None
    inbox_backend.clock.push(timedelta(minutes=2))
    inbox_backend.services.do(machine.recover, "somebody-else")
    assert inbox_backend.state() == "unknown"
    inbox_backend.services.do(machine.record_outcome, begun, Sent("77", "https://social.example/77"))
    assert (inbox_backend.state(), inbox_backend.conversation.stage, inbox_backend.ours()) == (
        "sent",
        Stage.ANSWERED,
        [WORDS],
    )
    inbox_backend.services.do(machine.record_outcome, begun, Sent("77", "https://social.example/77"))
    assert inbox_backend.said().count("replied") == 1


def test_late_proof_of_what_was_read_back_as_if_written_in_the_app(inbox_backend: InboxBackend) -> None:
    """Halted between begin and call, dropped meanwhile, and then it went out after all: one message, a colleague's."""
    asked = inbox_backend.writes()
    inbox_backend.sent()
    (claim,) = inbox_backend.services.do(machine.claim, "halted")
    begun = inbox_backend.services.do(machine.begin, claim)
    assert begun is not None
    paused(inbox_backend, replies=True)
    for _ in range(5):
        inbox_backend.push(minutes=1)
    assert inbox_backend.state() == "dropped"
    outcome = inbox_backend.accounts["bakery"].publish(begun.payload, begun.handle, lambda: True)
    inbox_backend.poll()
    assert "app_answer" in inbox_backend.said()
    inbox_backend.services.do(machine.record_outcome, begun, outcome)
    assert (inbox_backend.state(), inbox_backend.got(asked), len(inbox_backend.ours())) == (
        "sent",
        [PREVIEW],
        1,
    )
    assert inbox_backend.card().last_reply.can_delete


# --- nobody knows ------------------------------------------------------------------------------------


def unknown_for_good(inbox_backend: InboxBackend, fault: Fault = Fault.LOST_ANSWER) -> str:
    """A lost answer, and a network that cannot be asked: after 15 minutes a person is."""
    asked = inbox_backend.writes()
    lose(inbox_backend, fault)
    return asked


def lose(inbox_backend: InboxBackend, fault: Fault, text: str = WORDS) -> None:
    inbox_backend.sent(text)
    inbox_backend.network.faults.order(fault)
    inbox_backend.run()
    inbox_backend.network.faults.lift(fault)
    with pytest.raises(LookFirst):
        again(inbox_backend)
    inbox_backend.network.faults.order(Fault.DOWN, None)
    for _ in range(17):
        inbox_backend.push(minutes=1)
    inbox_backend.network.faults.lift()
    assert inbox_backend.delivery().asks_a_person
    assert inbox_backend.line("reply_unknown") == {
        "delivery": inbox_backend.last_delivery,
        "mention": [MAYA.id],
    }


def again(inbox_backend: InboxBackend, delivery_id: str | None = None, click: str | None = None) -> Any:
    return inbox_backend.services.do(
        replies.try_reply_again, TOM, delivery_id or inbox_backend.last_delivery, click or key()
    )


def test_a_person_says_it_is_there(inbox_backend: InboxBackend) -> None:
    asked = unknown_for_good(inbox_backend)
    inbox_backend.services.do(replies.confirm_reply, TOM, inbox_backend.last_delivery, key())
    assert (
        inbox_backend.state(),
        inbox_backend.conversation.stage,
        inbox_backend.conversation.answered_by,
    ) == (
        "sent",
        Stage.ANSWERED,
        MAYA.id,
    )
    assert inbox_backend.delivery().resolved_by == TOM.id
    assert inbox_backend.got(asked) == [PREVIEW]
    with pytest.raises(NothingToSend):
        inbox_backend.services.do(replies.confirm_reply, TOM, inbox_backend.last_delivery, key())
    with pytest.raises(NothingToSend):
        again(inbox_backend)


def test_what_a_person_found_is_not_relayed_again_when_the_network_names_it(
    inbox_backend: InboxBackend,
) -> None:
    """It was stored a second time, as if a colleague had written the same words in the network's app."""
    asked = unknown_for_good(inbox_backend)
    inbox_backend.services.do(replies.confirm_reply, TOM, inbox_backend.last_delivery, key())
    inbox_backend.poll()
    assert inbox_backend.said().count("app_answer") == 0
    assert inbox_backend.delivery().remote_id == inbox_backend.network.conversation(asked)[-1]["id"]
    inbox_backend.poll()
    assert len(inbox_backend.ours()) == 1


def test_of_two_nearly_equal_answers_each_is_named_as_what_it_is(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    like = "Sorry for the long wait! Your order is ready, please come to the door on the left at"
    words = (f"{like} 6.", f"{like} 7.")
    found = []
    for one in words:
        lose(inbox_backend, Fault.LOST_ANSWER, one)
        found.append(inbox_backend.last_delivery)
        inbox_backend.services.do(replies.confirm_reply, TOM, inbox_backend.last_delivery, key())
    stands = inbox_backend.store.read(lambda db: cursors.load_of_account(db, "bakery"))[OWN]
    receiving = as_receiving(inbox_backend.accounts["bakery"])
    assert receiving is not None
    page = receiving.poll(OWN, stands.cursor, direct=True)
    assert isinstance(page, Page)
    for said in sorted(page.messages, key=lambda said: said.at, reverse=True):  # the second is named first
        part = replace(page, messages=(said,), cursor=None, more=True)
        inbox_backend.services.do(ingest.store_page, "bakery", OWN, part, stands.version)
    there = {each["id"]: each["text"] for each in inbox_backend.network.conversation(asked)}
    for delivery, one in zip(found, words, strict=True):
        assert one in there[str(inbox_backend.delivery(delivery).remote_id)]


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.CUT_BEFORE])
def test_a_person_says_it_is_not(inbox_backend: InboxBackend, fault: Fault) -> None:
    """The same delivery under its old key: should they be wrong, a network that knows the key has it once."""
    asked = unknown_for_good(inbox_backend, fault)
    assert again(inbox_backend) is None
    inbox_backend.run()
    assert (inbox_backend.state(), inbox_backend.conversation.stage) == ("sent", Stage.ANSWERED)
    assert inbox_backend.got(asked) == [PREVIEW]


def test_sent_again_only_if_nothing_happened_meanwhile(inbox_backend: InboxBackend) -> None:
    """The customer has written since: then the words are a draft, and somebody decides."""
    asked = unknown_for_good(inbox_backend, Fault.CUT_BEFORE)
    lost = inbox_backend.last_delivery
    inbox_backend.writes("Never mind, I found another bakery.", reply_to=asked)
    view = again(inbox_backend, lost)
    assert [one.what for one in view.meanwhile] == [Happened.WROTE]
    assert (view.preview, inbox_backend.state(lost)) == (PREVIEW, "dropped")
    inbox_backend.run()
    assert inbox_backend.got(asked) == []
    assert inbox_backend.send(view, by=TOM, in_spite=True) is None
    inbox_backend.run()
    assert (inbox_backend.got(asked), inbox_backend.state(lost)) == ([PREVIEW], "dropped")


def test_what_was_dropped_is_sent_again_on_a_persons_word(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    inbox_backend.sent()
    inbox_backend.network.faults.order(Fault.THROTTLED, None)
    for _ in range(12):
        inbox_backend.push(minutes=1)
    assert inbox_backend.state() == "dropped"
    inbox_backend.network.faults.lift()
    inbox_backend.push(minutes=10)
    assert inbox_backend.got(asked) == [], "nothing goes out by itself that late"
    click = key()
    assert again(inbox_backend, click=click) is None
    with pytest.raises(Repeated):
        again(inbox_backend, click=click)
    inbox_backend.run()
    assert inbox_backend.got(asked) == [PREVIEW]
    with pytest.raises(NothingToSend):
        again(inbox_backend)


def test_what_did_not_arrive_can_be_sent_anew_from_its_message(sqlite_inbox_backend: InboxBackend) -> None:
    """The shortcut on the same Slack message: another Send of the same words, and they arrive once."""
    asked, source = sqlite_inbox_backend.writes(), ("C0CUSTOMERS", "171.1")
    lost = sqlite_inbox_backend.sent(source=source)
    sqlite_inbox_backend.network.faults.order(Fault.THROTTLED, None)
    for _ in range(12):
        sqlite_inbox_backend.push(minutes=1)
    sqlite_inbox_backend.network.faults.lift()
    anew = sqlite_inbox_backend.drafted(source=source)
    assert again(sqlite_inbox_backend, lost) is None
    view = sqlite_inbox_backend.send(anew)
    assert view is not None, "both were pressed: the second is asked"
    assert [one.what for one in view.meanwhile] == [Happened.ANSWERED]
    sqlite_inbox_backend.run()
    assert sqlite_inbox_backend.got(asked) == [PREVIEW]
