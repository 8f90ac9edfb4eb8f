"""Many customers at once, those nobody answers, those who want to be forgotten: who has whom, seen in Slack."""

from __future__ import annotations

import pytest

from bot.sandbox.slack.find import the_control, words
from bot.store import record
from tests.stories.bakery import ANNA, CUSTOMERS, MAYA, PRIVATE, TOM
from tests.stories.shop import Shop

CROWD = (
    "Lovely bread!",
    "Where is your shop?",
    "Do you bake without gluten?",
    "My grandmother made these.",
    "How much is a whole one, delivered to Kiel?",
    "👏👏",
    "Greetings from Lübeck, see you on Sunday",
    "❤️",
)


def published(shop: Shop, text: str = "Winter drive") -> str:
    """A post that is out. Returns its remote id."""
    shop.plan((20, "bakery", text))
    shop.click(TOM, shop.card(text, "Decide by"), "Approve")
    shop.card(text, "Approved: goes out")
    shop.push(21)
    shop.card(text, "Published")
    return shop.bakery.ledger[-1].remote_id


def test_a_crowd_below_a_post_is_one_pile(shop: Shop) -> None:
    post = published(shop)
    for number, text in enumerate(CROWD):
        shop.bakery.customer_writes(f"Customer {number}", text, reply_to=post)
    shop.fetch()
    pile = shop.conversation("Winter drive", "people wrote under")
    shop.said_below(pile, "Sunday")
    shop.click(MAYA, pile, "Next for me")
    shop.told(MAYA, "is yours")
    own = shop.conversation("", "<@U0MAYA> has had it")
    shop.click(ANNA, pile, "Close all that are only emoji…")
    assert shop.fill(ANNA, {"Why?": "It needs no answer"}).ok
    shop.conversation("people wrote under", "1 closed")
    assert shop.bakery.ledger[-1].remote_id == post, "nothing was sent by any of this"
    shop.answers(MAYA, own, "Thank you!")
    shop.until(lambda: len([line for line in shop.bakery.ledger if line.reply_to]) == 1, "one answer")


def test_nobody_answers(shop: Shop) -> None:
    """After the answer target, in hours, the approvers are mentioned; once."""
    shop.writes("Is anybody there?")
    card = shop.conversation("Is anybody there?")
    shop.push(60 * 24 * 4)
    late = shop.conversation("1 customer has been waiting longer than 4 h")
    assert "<@U0TOM>" in late.text
    assert shop.thread(card) == [], "its own thread rings nobody"
    there = shop.slack.workspace.messages
    shop.until(lambda: any("late since" in words(m) for m in there(CUSTOMERS)), "its own card says so")


def test_slack_was_down_when_the_hour_was_over(shop: Shop) -> None:
    """Who is new and waits is told of once, when Slack is back; and no more once somebody has them."""
    shop.writes("Is anybody there?")
    card = shop.conversation("Is anybody there?")

    def told() -> list[str]:
        ours = [words(m) for m in shop.slack.workspace.messages(CUSTOMERS) if not m.is_reply]
        return [each for each in ours if "nobody has taken them" in each or "Nobody new is waiting" in each]

    shop.slack.faults.take_down()
    shop.push(61)
    assert told() == []
    shop.slack.faults.bring_up()
    shop.push(1)
    shop.until(lambda: len(told()) == 1, "one message")
    assert told()[0].startswith("1 customer is waiting, and nobody has taken them.")
    assert "<@U0TOM>" not in told()[0], "it rings nobody"
    take = the_control(card.blocks, text="I'll take it")
    shop.until(lambda: shop.people.press(MAYA, card.channel, card.ts, take).ok, "the bot is connected again")
    shop.until(lambda: "Nobody new is waiting any more" in told()[0], "it is true")
    shop.push(180)
    assert len(told()) == 1


def test_many_who_press_ring_a_few_times_only(shop: Shop) -> None:
    for number in range(6):
        shop.writes(f"Mine is broken. {CROWD[number]}", name=f"Customer {number}")
    shop.push(1)

    def calls() -> list[str]:
        return [m.text for m in shop.slack.workspace.messages(CUSTOMERS) if "<@U0TOM>" in m.text]

    shop.until(lambda: len(calls()) == 4, "three ring by themselves, the rest together")
    rest = "please look: there are 3 more to look at first."
    shop.until(lambda: sum(rest in each for each in calls()) == 1, "one message for the rest")
    shop.until(
        lambda: all(
            any(f"Customer {n}" in words(m) for m in shop.slack.workspace.messages(CUSTOMERS))
            for n in range(6)
        ),
        "each has its card",
    )
    assert len(calls()) == 4


def test_erased_and_still_on_record(shop: Shop) -> None:
    lena = shop.writes("I am Lena Karlsson of 1 Mill Lane, and it is broken.", name="Lena Karlsson")
    card = shop.conversation("Mill Lane")
    shop.writes("My number is 4711.", name="Lena Karlsson", reply_to=lena)
    shop.said_below(card, "4711")
    shop.answers(TOM, card, "Sorry, Ms Karlsson!")
    shop.arrived(lena, "Sorry, Ms Karlsson!")
    shop.conversation("Mill Lane", "Answered")
    shop.click(TOM, card, "Erase personal data…")
    assert shop.people.submit(TOM, shop.slack.modal(TOM).id).ok

    def gone() -> bool:
        ours = [m for m in shop.slack.workspace.messages(CUSTOMERS) if m.by_app and not m.seen_by]
        return not any(word in words(m) for m in ours for word in ("Karlsson", "Mill", "4711"))

    shop.push(5)
    shop.until(gone, "no word of hers is left in what Byhand wrote")
    assert shop.bot is not None
    assert shop.bot.store.read(record.verify).problem is None
    kept = shop.bot.store.read(lambda db: str(list(record.export(db))))
    assert "conversation:" in kept
    assert "Karlsson" not in kept


@pytest.mark.parametrize("shop", [{"early": CROWD[:3]}], indirect=True)
def test_what_was_there_before_is_on_offer(shop: Shop) -> None:
    """The first sync relays the last hour; a person decides about the rest."""
    offer = shop.conversation("", "3 older")
    cards = [words(m) for m in shop.slack.workspace.messages(CUSTOMERS) if not m.is_reply]
    assert not any("Where is your shop?" in each for each in cards)
    shop.click(MAYA, offer, "Bring them in")
    shop.conversation("Where is your shop?")
    shop.conversation("older messages", "Brought in")


def test_many_complaints_suggest_a_pause(shop: Shop) -> None:
    post = published(shop)
    for number in range(5):
        shop.bakery.customer_writes(
            f"Customer {number}", f"Mine is broken, too. {CROWD[number]}", reply_to=post
        )
    shop.fetch()
    spike = shop.conversation("complaints", "Please look", channel="C0SOCIAL")
    pause = next(each for each in shop.buttons(spike) if each.startswith("Pause publishing"))
    shop.click(MAYA, spike, pause)
    shop.conversation("complaints", "Paused", channel="C0SOCIAL")
    shop.banner("is paused")


def test_private_ones_are_nobodys_business_elsewhere(shop: Shop) -> None:
    shop.writes("Please call me: 0170 4711", private=True)
    card = shop.conversation("0170", channel=PRIVATE)
    shop.click(TOM, card, "I'll take it")
    shop.conversation("0170", "<@U0TOM> has had it", channel=PRIVATE)
    shop.people.open_home(TOM)
    shop.until(lambda: "private message" in str(shop.slack.workspace.homes.get(TOM)), "Home counts it")
    assert "0170" not in str(shop.slack.workspace.homes[TOM])
    assert "0170" not in shop.type(TOM, "inbox mine")
