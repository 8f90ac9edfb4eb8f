"""A post's life as the people of a small team see it: in Slack, and on the network."""

from __future__ import annotations

import re

import pytest

from bot.sandbox.networks.server import Fault
from bot.sandbox.slack.state import Message
from tests.stories.bakery import ANNA, GIL, MAYA, TOM, Bakery

BREAD = "Fresh bread at nine"
OVER_HTTP = pytest.mark.parametrize("bakery", [{}, {"http": True}], indirect=True, ids=["socket", "http"])
BOTH = "bakery cafe"


@OVER_HTTP
def test_it_is_approved_and_goes_out(bakery: Bakery) -> None:
    bakery.plan((20, BOTH, BREAD))
    card = bakery.card(BREAD, "Decide by")
    assert "<@U0TOM>" in card.text, "phones ring for the approvers"
    bakery.click(TOM, card, "Approve")
    bakery.card(BREAD, "Approved: goes out")
    assert bakery.published() == []
    bakery.push(21)
    done = bakery.card(BREAD, "Published")
    assert bakery.published() == bakery.published(bakery.cafe) == [BREAD]
    assert str(done.blocks).count(f"{bakery.bakery.url}/@bakery/") == 1


def test_nobody_says_anything(bakery: Bakery) -> None:
    bakery.plan((60, "bakery", BREAD))
    bakery.push(31)
    card = bakery.card(BREAD, "If nobody decides, it is not published")
    bakery.push(26)
    bakery.until(lambda: len(bakery.thread(card)) == 2, "two reminders are in the thread")
    bakery.push(5)
    assert set(bakery.buttons(bakery.card(BREAD, "Missed its"))) >= {"Pick a new time", "Post now", "Kill"}
    assert bakery.published() == []


def test_those_without_the_right_are_told_who_has_it(bakery: Bakery) -> None:
    bakery.plan((20, "bakery", BREAD))
    card = bakery.card(BREAD, "Decide by")
    bakery.click(MAYA, card, "Approve")
    bakery.told(MAYA, f"Only approvers can approve “{BREAD}”")
    bakery.click(GIL, card, "Kill")
    bakery.told(GIL, "Only full members")
    bakery.card(BREAD, "Decide by")


def test_the_second_of_two_clicks_is_told_who_was_first(bakery: Bakery) -> None:
    bakery.plan((20, "bakery", BREAD))
    card = bakery.card(BREAD, "Decide by")
    bakery.click(MAYA, card, "Kill")
    bakery.people.press(TOM, "C0SOCIAL", card.ts, _button(card, "Approve"))
    bakery.told(TOM, "It was killed by Maya at")
    bakery.card(BREAD, "Killed: will not be published")


def _button(card: Message, label: str) -> dict[str, object]:
    """A button as somebody still sees it whose Slack has not redrawn the card."""
    from bot.sandbox.slack.find import the_control

    return the_control(card.blocks, text=label).action()


def test_an_edit_ends_the_approval_and_says_so(bakery: Bakery) -> None:
    bakery.plan((20, "bakery", "400 loaves"))
    bakery.click(TOM, bakery.card("400 loaves", "Decide by"), "Approve")
    card = bakery.card("400 loaves", "Approved: goes out")
    bakery.click(MAYA, card, next(label for label in bakery.buttons(card) if label.startswith("Edit")))
    assert bakery.fill(MAYA, {"Text": "420 loaves"}).ok
    card = bakery.card("420 loaves", "again")
    assert re.search(r"<@U0TOM>.{0,40}approval has ended|approval.{0,20}ended", str(card.blocks))
    bakery.until(lambda: "U0TOM" in "".join(bakery.thread(card)), "the approvers are mentioned in the thread")
    bakery.push(21)
    assert bakery.published() == []


def test_typing_is_never_lost(bakery: Bakery) -> None:
    """Too long, and then saved by somebody else meanwhile: the dialog stays, with one's words."""
    bakery.plan((20, "bakery", BREAD))
    card = bakery.card(BREAD, "Decide by")
    bakery.click(MAYA, card, "Edit")
    refused = bakery.fill(MAYA, {"Text": "x" * 501})
    assert "500" in str(refused.errors), refused
    bakery.click(ANNA, card, "Edit")
    assert bakery.fill(ANNA, {"Text": "Anna's words"}).ok
    bakery.fill(MAYA, {"Text": "Maya's words"})
    view = bakery.people.modal(MAYA)
    assert "Anna's words" in str(view.blocks)
    assert "Maya's words" in str(view.blocks)


@pytest.mark.parametrize("bakery", [{"approvals": 2}], indirect=True)
def test_two_people_must_say_yes(bakery: Bakery) -> None:
    bakery.plan((20, "bakery", BREAD))
    bakery.click(TOM, bakery.card(BREAD, "Decide by"), "Approve")
    card = bakery.card(BREAD, "1 of 2 approvals")
    bakery.click(TOM, card, "Approve")
    bakery.told(TOM, "You have approved this version already")
    bakery.click(ANNA, card, "Approve")
    bakery.card(BREAD, "Approved: goes out")


def test_hold_undo_kill_and_back(bakery: Bakery) -> None:
    bakery.plan((20, "bakery", BREAD))
    bakery.click(TOM, bakery.card(BREAD, "Decide by"), "Approve")
    bakery.click(TOM, bakery.card(BREAD, "Approved: goes out"), "Undo")
    bakery.click(MAYA, bakery.card(BREAD, "Decide again by"), "Kill")
    old = bakery.card(BREAD, "Killed: will not be published")
    bakery.click(MAYA, old, "Bring back")
    new = bakery.card(BREAD, "Decide by")
    assert new.ts != old.ts
    shrunk = bakery.slack.workspace.find("C0SOCIAL", old.ts)
    bakery.until(
        lambda: "newer card" in str(bakery.slack.workspace.find("C0SOCIAL", old.ts)),
        f"the old card shrinks: {shrunk}",
    )
    bakery.push(21)
    assert bakery.published() == []


def test_post_now(bakery: Bakery) -> None:
    bakery.plan((20, "bakery", BREAD))
    bakery.push(21)
    bakery.click(TOM, bakery.card(BREAD, "Missed its"), "Post now")
    bakery.card(BREAD, "Published")
    assert bakery.published() == [BREAD]


def test_one_account_refuses_and_is_tried_again(bakery: Bakery) -> None:
    bakery.plan((20, BOTH, BREAD))
    bakery.click(TOM, bakery.card(BREAD, "Decide by"), "Approve")
    bakery.card(BREAD, "Approved: goes out")
    bakery.cafe.faults.order(Fault.SIGNED_OUT, None)
    bakery.push(32)
    card = bakery.card(BREAD, "Published on")
    again = next(label for label in bakery.buttons(card) if label.startswith("Try"))
    bakery.cafe.faults.lift()
    bakery.click(TOM, card, again)
    bakery.card(BREAD, "Published")
    bakery.until(lambda: bakery.published(bakery.cafe) == [BREAD], "it is on the second account")
    assert bakery.published() == [BREAD]


def test_a_lost_answer_is_looked_up(bakery: Bakery) -> None:
    bakery.plan((20, "bakery", BREAD))
    bakery.click(TOM, bakery.card(BREAD, "Decide by"), "Approve")
    bakery.card(BREAD, "Approved: goes out")
    bakery.bakery.faults.order(Fault.LOST_ANSWER)
    bakery.push(20.2)
    bakery.card(BREAD, "We cannot tell yet whether")
    bakery.push(3)
    bakery.card(BREAD, "Published")
    assert bakery.published() == [BREAD]


def test_slack_is_away_for_a_while(bakery: Bakery) -> None:
    """What was approved goes out; the cards follow when Slack is back."""
    bakery.plan((20, "bakery", BREAD))
    bakery.click(TOM, bakery.card(BREAD, "Decide by"), "Approve")
    bakery.card(BREAD, "Approved: goes out")
    bakery.slack.faults.take_down()
    bakery.push(21)
    assert bakery.published() == [BREAD]
    bakery.slack.faults.bring_up()
    bakery.push(1)
    bakery.card(BREAD, "Published")


def test_a_restart_changes_nothing(bakery: Bakery) -> None:
    bakery.plan((20, "bakery", BREAD))
    bakery.click(TOM, bakery.card(BREAD, "Decide by"), "Approve")
    bakery.card(BREAD, "Approved: goes out")
    bakery.stop_bot()
    bakery.start_bot()
    bakery.push(21)
    bakery.card(BREAD, "Published")
    assert bakery.published() == [BREAD]
    cards = [m for m in bakery.slack.workspace.messages("C0SOCIAL") if not m.is_reply]
    assert len(cards) == 1


def test_it_is_counted(bakery: Bakery) -> None:
    """What an operator's dashboard reads from /metrics after one approved post."""
    bakery.plan((20, "bakery", BREAD))
    bakery.click(TOM, bakery.card(BREAD, "Decide by"), "Approve")
    bakery.card(BREAD, "Approved: goes out")
    bakery.push(21)
    bakery.card(BREAD, "Published")
    assert bakery.bot is not None
    shown = bakery.get("/metrics")
    assert 'byhand_decisions_total{verb="approve"} 1.0' in shown
    assert 'byhand_sends_total{network="mastodon",outcome="sent"} 1.0' in shown
    assert "byhand_send_lateness_seconds_count 1.0" in shown
    assert '"ok":true' in bakery.get("/healthz").replace(" ", "")
    assert '"ok":true' in bakery.get("/readyz").replace(" ", "")
