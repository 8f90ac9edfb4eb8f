"""Customers write, colleagues answer: from the network to Slack and back, by hand."""

from __future__ import annotations

import pytest

from bot.sandbox.networks.server import Fault
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.find import words
from bot.slack.ids import SEND_TO_CUSTOMER
from tests.stories.bakery import CUSTOMERS, MAYA, PRIVATE, TOM
from tests.stories.shop import Shop

BROKEN = "My order arrived broken and nobody answers."
SORRY = "Sorry, Lena! We send a new one today."
OVER_HTTP = pytest.mark.parametrize("shop", [{}, {"http": True}], indirect=True, ids=["socket", "http"])


@OVER_HTTP
def test_a_complaint_about_a_post_is_answered(shop: Shop) -> None:
    """The whole way: a post goes out, Lena complains below it, Tom takes it, Maya asks, Tom answers once."""
    shop.plan((20, "bakery", "Winter drive"))
    shop.click(TOM, shop.card("Winter drive", "Decide by"), "Approve")
    shop.card("Winter drive", "Approved: goes out")
    shop.push(21)
    post = shop.card("Winter drive", "Published")
    (published,) = shop.bakery.ledger
    lena = shop.writes(BROKEN, reply_to=published.remote_id)
    card = shop.conversation(BROKEN, "nobody has taken it")
    assert "Winter drive" in words(card)
    assert "look here first" in words(card).lower()
    shop.said_below(post, "Customers are commenting on this post")
    shop.card("Winter drive", "and is waiting")
    shop.click(TOM, card, "I'll take it")
    shop.conversation(BROKEN, "<@U0TOM> has had it")
    shop.say(MAYA, card, "Is this the batch from Monday?")
    shop.answers(TOM, card, SORRY)
    shop.arrived(lena, SORRY)
    shop.said_below(card, "Sent to the customer")
    shop.conversation(BROKEN, "Answered")
    shop.push(10)
    shop.card("Winter drive", "nobody is waiting")
    shop.fetch()
    assert shop.got(lena) == [SORRY], "once, and only what was sent"
    assert len([m for m in shop.slack.workspace.messages(CUSTOMERS) if not m.is_reply]) == 1


def test_two_answer_at_once(shop: Shop) -> None:
    lena = shop.writes(BROKEN)
    card = shop.conversation(BROKEN)
    shop.say(TOM, card, "@Byhand Tom's words")
    toms = shop.preview(TOM, "Tom's words")
    shop.answers(MAYA, card, "Maya's words")
    shop.click(TOM, toms, "Send")
    collision = shop.preview(TOM, "Not sent")
    assert "<@U0MAYA> answered" in words(collision)
    assert "Maya's words" in words(collision)
    assert "Tom's words" in words(collision)
    shop.arrived(lena, "Maya's words")
    shop.click(TOM, collision, "Send mine as well")
    shop.arrived(lena, "Maya's words", "Tom's words")


def test_the_customer_changes_and_deletes_while_somebody_writes(shop: Shop) -> None:
    lena = shop.writes("It is broken.")
    card = shop.conversation("It is broken.")
    shop.say(TOM, card, f"@Byhand {SORRY}")
    preview = shop.preview(TOM, SORRY)
    shop.bakery.customer_edits(lena, "It was only dented.")
    shop.sweep()
    shop.said_below(card, "only dented")
    shop.click(TOM, preview, "Send")
    collision = shop.preview(TOM, "Not sent")
    assert "only dented" in words(collision)
    shop.bakery.customer_deletes(lena)
    shop.sweep()
    shop.said_below(card, "deleted")
    shop.click(TOM, collision, "Send anyway")
    shop.told(TOM, "deleted what you are answering")
    assert shop.got(lena) == []


def test_the_customer_changes_it_right_before_send(shop: Shop) -> None:
    """No poll has told of it: the network is asked before the answer begins."""
    lena = shop.writes("It is broken.")
    card = shop.conversation("It is broken.")
    shop.say(TOM, card, f"@Byhand {SORRY}")
    preview = shop.preview(TOM, SORRY)
    shop.bakery.customer_edits(lena, "It was only dented.")
    shop.click(TOM, preview, "Send")
    shop.said_below(card, "only dented")
    told = "the customer changed the message it answers"
    shop.said_below(card, told)
    line = next(said for said in shop.slack.workspace.messages(CUSTOMERS) if told in words(said))
    assert shop.got(lena) == []
    shop.click(TOM, line, "Try again")
    collision = shop.preview(TOM, "Not sent")
    assert "only dented" in words(collision)
    shop.click(TOM, collision, "Send anyway")
    shop.arrived(lena, SORRY)


def test_a_private_message_is_seen_and_answered_in_private_only(shop: Shop) -> None:
    lena = shop.writes("My address is 1 Mill Lane.", private=True)
    card = shop.conversation("1 Mill Lane", channel=PRIVATE)
    for text in (card.text, words(card).split("\n")[1]):
        assert "Mill" not in text
        assert "Lena" not in text
    shop.answers(TOM, card, "We come by at five.")
    shop.until(lambda: any("five" in each["text"] for each in shop.bakery.conversation(lena)), "she has it")
    assert [each["private"] for each in shop.bakery.conversation(lena)] == [True, True]
    for channel in ("C0SOCIAL", CUSTOMERS):
        assert "Mill" not in "".join(words(m) for m in shop.slack.workspace.messages(channel))
    assert "Mill" not in shop.type(TOM, "inbox")


def test_deleted_and_corrected_after_send(shop: Shop) -> None:
    lena = shop.writes(BROKEN)
    card = shop.conversation(BROKEN)
    ts = shop.answers(TOM, card, "Sory!")
    shop.arrived(lena, "Sory!")
    shop.conversation(BROKEN, "Answered")
    shop.people.edit(TOM, CUSTOMERS, ts, "@Byhand Sorry!")
    note = shop.preview(TOM, "You edited your message here")
    assert shop.got(lena) == ["Sory!"], "nothing changes outside by that"
    shop.click(TOM, note, next(each for each in shop.buttons(note) if "orrect" in each))
    assert shop.fill(TOM, {"New text": "Sorry!"}).ok
    shop.arrived(lena, "Sorry!")
    shop.said_below(card, "corrected the reply")
    shop.people.delete(TOM, CUSTOMERS, ts)
    note = shop.preview(TOM, "You deleted your message here")
    shop.click(TOM, note, next(each for each in shop.buttons(note) if "elete" in each))
    shop.arrived(lena)
    shop.said_below(card, "deleted the reply")


def test_done_and_opened_again_by_the_customer(shop: Shop) -> None:
    lena = shop.writes("Thank you!")
    card = shop.conversation("Thank you!")
    shop.click(TOM, card, "I'll take it")
    shop.click(TOM, shop.conversation("Thank you!", "<@U0TOM> has had it"), "Done…")
    assert shop.fill(TOM, {"Why?": "It needs no answer"}).ok
    shop.conversation("Thank you!", "Done")
    shop.writes("One more question: when do you open?", reply_to=lena)
    shop.said_below(card, "<@U0TOM>")
    shop.said_below(card, "wrote again")
    shop.conversation("Thank you!", "Not answered")


def test_the_shortcut(shop: Shop) -> None:
    lena = shop.writes(BROKEN)
    card = shop.conversation(BROKEN)
    ts = shop.say(MAYA, card, SORRY)
    assert shop.people.shortcut(MAYA, CUSTOMERS, ts, SEND_TO_CUSTOMER).ok
    shop.click(MAYA, shop.preview(MAYA, SORRY), "Send")
    shop.arrived(lena, SORRY)


# --- when things break -------------------------------------------------------------------------------


def test_the_network_refuses(shop: Shop) -> None:
    lena = shop.writes(BROKEN)
    card = shop.conversation(BROKEN)
    shop.bakery.faults.order(Fault.SIGNED_OUT, None)
    shop.answers(TOM, card, SORRY)
    shop.push(11)
    shop.said_below(card, "the customer still waits")
    assert "Not answered" in words(shop.conversation(BROKEN, "Reply not delivered"))
    shop.bakery.faults.lift()
    shop.click(TOM, shop.conversation(BROKEN, "Reply not delivered"), "Try again")
    shop.arrived(lena, SORRY)


def test_the_networks_answer_is_lost(shop: Shop) -> None:
    lena = shop.writes(BROKEN)
    card = shop.conversation(BROKEN)
    shop.bakery.faults.order(Fault.LOST_ANSWER)
    shop.answers(TOM, card, SORRY)
    shop.arrived(lena, SORRY)
    shop.push(3)
    shop.said_below(card, "Sent to the customer")
    assert shop.got(lena) == [SORRY]


def test_slack_loses_answers(shop: Shop) -> None:
    """Of the card, of a line, of the preview: each is there once, and the reply goes out once."""
    shop.slack.faults.order("chat.postMessage", Kind.LOST_ANSWER)
    lena = shop.writes(BROKEN)
    card = shop.conversation(BROKEN)
    shop.slack.faults.order("chat.postMessage", Kind.LOST_ANSWER)
    shop.writes("Hello?", reply_to=lena)
    shop.said_below(card, "Hello?")
    shop.slack.faults.order("chat.postEphemeral", Kind.SERVER_ERROR)
    shop.answers(TOM, card, SORRY)
    shop.arrived(lena, SORRY)
    shop.push(2)
    assert [each for each in shop.thread(card) if "Hello?" in each] == ["The customer wrote: Hello?"]
    assert len([m for m in shop.slack.workspace.messages(CUSTOMERS) if not m.is_reply]) == 1


def test_a_restart_in_the_middle(shop: Shop) -> None:
    """The preview was shown before the bot stopped; what the customer wrote meanwhile is not lost either."""
    lena = shop.writes(BROKEN)
    card = shop.conversation(BROKEN)
    shop.say(TOM, card, f"@Byhand {SORRY}")
    preview = shop.preview(TOM, SORRY)
    shop.stop_bot()
    shop.bakery.customer_writes("Lena K.", "Hello?", to="bakery", reply_to=lena)
    shop.start_bot()
    shop.fetch()
    shop.said_below(card, "Hello?")
    shop.click(TOM, preview, "Send")
    shop.click(TOM, shop.preview(TOM, "Not sent"), "Send anyway")
    shop.arrived(lena, SORRY)
    shop.conversation(BROKEN, "Answered")
