"""Replies on their way: the gate, the network's answers, and what people say when nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.domain.conversations import Happened, Stage
from bot.domain.gate import ALL
from bot.domain.outcomes import Sent
from bot.domain.refusals import LookFirst, NothingToSend, Repeated
from bot.networks.receiving import OWN
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import machine
from bot.services.inbox import ingest
from bot.services.inbox import replies as answering
from bot.services.pause import pause
from bot.store.inbox import cursors
from bot.store.tables.inbox import sends
from tests.houses import MAYA, TOM, House, key
from tests.shops import WORDS, Shop, half_of

PREVIEW = f"@lena_k {WORDS}"


def paused(house: House, scope: str = ALL, *, replies: bool = False) -> None:
    done = house.services.do_first(pause.pause, MAYA, scope, "", key())
    if replies:
        house.services.do(pause.stop_replies, MAYA, done.pause_id, key())


def waits(shop: Shop) -> bool:
    return shop.conversation.stage is Stage.OPEN and shop.conversation.waiting_since is not None


# --- the gate ----------------------------------------------------------------------------------------


def test_a_pause_alone_does_not_stop_it(shop: Shop) -> None:
    asked = shop.writes()
    paused(shop)
    shop.sent()
    shop.run()
    assert shop.got(asked) == [PREVIEW]


@pytest.mark.parametrize("scope", [ALL, "bakery"])
def test_stop_replies_too_stops_it_for_good(shop: Shop, scope: str) -> None:
    """Resuming sends nothing either: the words stay with the Send until a person sends them again."""
    asked = shop.writes()
    reply = shop.sent()
    paused(shop, scope, replies=True)
    shop.run()
    assert (shop.state(), shop.delivery().reason) == ("dropped", "replies are paused")
    shop.push(minutes=5)
    assert shop.got(asked) == []
    assert shop.line("reply_refused") == {"delivery": reply, "mention": [MAYA.id]}
    assert waits(shop)


def test_another_accounts_pause_stops_no_reply(stall: Shop) -> None:
    asked = stall.writes()
    paused(stall, "cafe", replies=True)
    stall.sent()
    stall.run()
    assert stall.got(asked) == [PREVIEW]


def test_replies_stopped_after_the_claim_do_not_begin(shop: Shop) -> None:
    """The gate is asked in begin, under its lock, not when the reply was taken."""
    shop.writes()
    shop.sent()
    (claim,) = shop.services.do(machine.claim, "worker-1")
    paused(shop, replies=True)
    assert shop.services.do(machine.begin, claim) is None
    assert shop.state() == "dropped"


def test_what_nobody_pressed_send_on_does_not_begin(shop: Shop) -> None:
    """Should somebody reach the table, the attempt is still made of nothing but what Send was pressed on."""
    shop.writes()
    shop.sent()
    shop.store.write(lambda db: db.execute(update(sends).values(text="Buy now!")))
    shop.run()
    assert (shop.state(), shop.network.ledger) == ("dropped", ())


def test_the_customer_deleted_it_before_it_began(shop: Shop) -> None:
    asked = shop.writes()
    shop.sent()
    shop.deletes(asked)
    shop.run()
    assert (shop.state(), shop.network.ledger) == ("dropped", ())


# --- the network's answers ---------------------------------------------------------------------------


def test_replies_are_not_held_apart_as_posts_are(stall: Shop) -> None:
    """The minute between two posts is for broadcast; a conversation has its own pace."""
    post = stall.approved()
    stall.to_slot(post)
    asked = stall.writes()
    stall.sent("Sorry, Lena!")
    stall.run()
    stall.sent("We send a new one.")
    stall.run()
    assert len(stall.got(asked)) == 2


def test_a_throttle_is_honoured(shop: Shop) -> None:
    asked = shop.writes()
    reply = shop.sent()
    shop.network.faults.order(Fault.THROTTLED)
    shop.run()
    due = shop.delivery().due_at
    assert (shop.state(reply), due is not None and due > shop.clock.now()) == ("ready", True)
    assert shop.got(asked) == []
    shop.push(minutes=6)
    assert shop.got(asked) == [PREVIEW]


def test_refused_the_text_is_kept_and_the_customer_still_waits(shop: Shop) -> None:
    asked = shop.writes()
    reply = shop.sent()
    shop.network.customer_deletes(asked)  # and nobody has told us
    shop.run()
    assert shop.state() == "refused"
    assert shop.line("reply_refused") == {"delivery": reply, "mention": [MAYA.id]}
    view = shop.card().last_reply
    assert (view.text, view.state.key, view.can_delete) == (WORDS, "refused", False)
    assert waits(shop)


@pytest.mark.parametrize(
    "fault",
    [Fault.LOST_ANSWER, Fault.ERROR_AFTER, Fault.NONSENSE, Fault.NO_ID, Fault.ERROR_BEFORE, Fault.CUT_BEFORE],
)
def test_whatever_the_network_does_the_customer_has_it_once(shop: Shop, fault: Fault) -> None:
    asked = shop.writes()
    shop.sent()
    shop.network.faults.order(fault)
    shop.run()
    for _ in range(9):
        shop.push(seconds=20)
    shop.poll()
    assert shop.got(asked) == [PREVIEW]
    assert (shop.state(), shop.conversation.stage, shop.ours()) == ("sent", Stage.ANSWERED, [WORDS])


def test_read_back_before_its_outcome_is_known_it_is_still_ours(shop: Shop) -> None:
    """The feed brings our own answer while nobody knows yet whether it arrived: one message, a colleague's."""
    shop.writes()
    reply = shop.sent()
    shop.network.faults.order(Fault.LOST_ANSWER)
    shop.run()
    shop.poll()
    assert shop.ours() == []
    for _ in range(9):
        shop.push(seconds=20)
    shop.poll()
    assert shop.ours() == [WORDS]
    assert shop.said().count("replied") == 1
    assert "app_answer" not in shop.said()
    assert shop.state(reply) == "sent"


@pytest.mark.parametrize(("fault", "state"), [(Fault.CUT_BEFORE, "dropped"), (Fault.LOST_ANSWER, "sent")])
def test_an_unknown_reply_is_looked_up_and_not_repeated(shop: Shop, fault: Fault, state: str) -> None:
    """With replies stopped meanwhile, what proves to be absent stays unsent."""
    asked = shop.writes()
    shop.sent()
    shop.network.faults.order(fault)
    shop.run()
    assert shop.state() == "unknown"
    paused(shop, replies=True)
    for _ in range(9):
        shop.push(seconds=20)
    assert shop.state() == state
    assert shop.got(asked) == ([] if state == "dropped" else [PREVIEW])


def test_an_upload_that_fails_is_made_again(stall: Shop) -> None:
    asked = stall.writes()
    stall.network.faults.order(Fault.DOWN, None)
    assert stall.send(stall.drafted(image=(stall.picture(), "A loaf"))) is None
    stall.run()
    assert (stall.delivery().tries, stall.got(asked)) == (1, [])
    stall.network.faults.lift()
    stall.push(seconds=5)
    assert (stall.state(), len(stall.got(asked))) == ("sent", 1)


def test_late_proof_settles_it(shop: Shop) -> None:
    shop.writes()
    shop.sent()
    (claim,) = shop.services.do(machine.claim, "slow")
    begun = shop.services.do(machine.begin, claim)
    assert begun is not None
    shop.clock.push(timedelta(minutes=2))
    shop.services.do(machine.recover, "somebody-else")
    assert shop.state() == "unknown"
    shop.services.do(machine.record_outcome, begun, Sent("77", "https://social.example/77"))
    assert (shop.state(), shop.conversation.stage, shop.ours()) == ("sent", Stage.ANSWERED, [WORDS])
    shop.services.do(machine.record_outcome, begun, Sent("77", "https://social.example/77"))
    assert shop.said().count("replied") == 1


def test_late_proof_of_what_was_read_back_as_if_written_in_the_app(shop: Shop) -> None:
    """Halted between begin and call, dropped meanwhile, and then it went out after all: one message, a colleague's."""
    asked = shop.writes()
    shop.sent()
    (claim,) = shop.services.do(machine.claim, "halted")
    begun = shop.services.do(machine.begin, claim)
    assert begun is not None
    paused(shop, replies=True)
    for _ in range(5):
        shop.push(minutes=1)
    assert shop.state() == "dropped"
    outcome = shop.accounts["bakery"].publish(begun.payload, begun.handle, lambda: True)
    shop.poll()
    assert "app_answer" in shop.said()
    shop.services.do(machine.record_outcome, begun, outcome)
    assert (shop.state(), shop.got(asked), len(shop.ours())) == ("sent", [PREVIEW], 1)
    assert shop.card().last_reply.can_delete


# --- nobody knows ------------------------------------------------------------------------------------


def unknown_for_good(shop: Shop, fault: Fault = Fault.LOST_ANSWER) -> str:
    """A lost answer, and a network that cannot be asked: after 15 minutes a person is."""
    asked = shop.writes()
    lose(shop, fault)
    return asked


def lose(shop: Shop, fault: Fault, text: str = WORDS) -> None:
    shop.sent(text)
    shop.network.faults.order(fault)
    shop.run()
    shop.network.faults.lift(fault)
    with pytest.raises(LookFirst):
        again(shop)
    shop.network.faults.order(Fault.DOWN, None)
    for _ in range(17):
        shop.push(minutes=1)
    shop.network.faults.lift()
    assert shop.delivery().asks_a_person
    assert shop.line("reply_unknown") == {"delivery": shop.last_delivery, "mention": [MAYA.id]}


def again(shop: Shop, delivery_id: str | None = None, click: str | None = None) -> Any:
    return shop.services.do(answering.try_reply_again, TOM, delivery_id or shop.last_delivery, click or key())


def test_a_person_says_it_is_there(shop: Shop) -> None:
    asked = unknown_for_good(shop)
    shop.services.do(answering.confirm_reply, TOM, shop.last_delivery, key())
    assert (shop.state(), shop.conversation.stage, shop.conversation.answered_by) == (
        "sent",
        Stage.ANSWERED,
        MAYA.id,
    )
    assert shop.delivery().resolved_by == TOM.id
    assert shop.got(asked) == [PREVIEW]
    with pytest.raises(NothingToSend):
        shop.services.do(answering.confirm_reply, TOM, shop.last_delivery, key())
    with pytest.raises(NothingToSend):
        again(shop)


def test_what_a_person_found_is_not_relayed_again_when_the_network_names_it(shop: Shop) -> None:
    """It was stored a second time, as if a colleague had written the same words in the network's app."""
    asked = unknown_for_good(shop)
    shop.services.do(answering.confirm_reply, TOM, shop.last_delivery, key())
    shop.poll()
    assert shop.said().count("app_answer") == 0
    assert shop.delivery().remote_id == shop.network.conversation(asked)[-1]["id"]
    shop.poll()
    assert len(shop.ours()) == 1


def test_of_two_nearly_equal_answers_each_is_named_as_what_it_is(shop: Shop) -> None:
    asked = shop.writes()
    like = "Sorry for the long wait! Your order is ready, please come to the door on the left at"
    words = (f"{like} 6.", f"{like} 7.")
    found = []
    for one in words:
        lose(shop, Fault.LOST_ANSWER, one)
        found.append(shop.last_delivery)
        shop.services.do(answering.confirm_reply, TOM, shop.last_delivery, key())
    stands = shop.store.read(lambda db: cursors.load_of_account(db, "bakery"))[OWN]
    page = half_of(shop.accounts["bakery"]).poll(OWN, stands.cursor, direct=True)
    for one in sorted(page.messages, key=lambda one: one.at, reverse=True):  # the second is named first
        part = replace(page, messages=(one,), cursor=None, more=True)
        shop.services.do(ingest.store_page, "bakery", OWN, part, stands.version)
    there = {each["id"]: each["text"] for each in shop.network.conversation(asked)}
    for delivery, one in zip(found, words, strict=True):
        assert one in there[str(shop.delivery(delivery).remote_id)]


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.CUT_BEFORE])
def test_a_person_says_it_is_not(shop: Shop, fault: Fault) -> None:
    """The same delivery under its old key: should they be wrong, a network that knows the key has it once."""
    asked = unknown_for_good(shop, fault)
    assert again(shop) is None
    shop.run()
    assert (shop.state(), shop.conversation.stage) == ("sent", Stage.ANSWERED)
    assert shop.got(asked) == [PREVIEW]


def test_sent_again_only_if_nothing_happened_meanwhile(shop: Shop) -> None:
    """The customer has written since: then the words are a draft, and somebody decides."""
    asked = unknown_for_good(shop, Fault.CUT_BEFORE)
    lost = shop.last_delivery
    shop.writes("Never mind, I found another bakery.", reply_to=asked)
    view = again(shop, lost)
    assert [one.what for one in view.meanwhile] == [Happened.WROTE]
    assert (view.preview, shop.state(lost)) == (PREVIEW, "dropped")
    shop.run()
    assert shop.got(asked) == []
    assert shop.send(view, by=TOM, in_spite=True) is None
    shop.run()
    assert (shop.got(asked), shop.state(lost)) == ([PREVIEW], "dropped")


def test_what_was_dropped_is_sent_again_on_a_persons_word(shop: Shop) -> None:
    asked = shop.writes()
    shop.sent()
    shop.network.faults.order(Fault.THROTTLED, None)
    for _ in range(12):
        shop.push(minutes=1)
    assert shop.state() == "dropped"
    shop.network.faults.lift()
    shop.push(minutes=10)
    assert shop.got(asked) == [], "nothing goes out by itself that late"
    click = key()
    assert again(shop, click=click) is None
    with pytest.raises(Repeated):
        again(shop, click=click)
    shop.run()
    assert shop.got(asked) == [PREVIEW]
    with pytest.raises(NothingToSend):
        again(shop)


def test_what_did_not_arrive_can_be_sent_anew_from_its_message(stall: Shop) -> None:
    """The shortcut on the same Slack message: another Send of the same words, and they arrive once."""
    asked, source = stall.writes(), ("C0CUSTOMERS", "171.1")
    lost = stall.sent(source=source)
    stall.network.faults.order(Fault.THROTTLED, None)
    for _ in range(12):
        stall.push(minutes=1)
    stall.network.faults.lift()
    anew = stall.drafted(source=source)
    assert again(stall, lost) is None
    view = stall.send(anew)
    assert view is not None, "both were pressed: the second is asked"
    assert [one.what for one in view.meanwhile] == [Happened.ANSWERED]
    stall.run()
    assert stall.got(asked) == [PREVIEW]
