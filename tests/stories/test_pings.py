"""Whose phones ring on a day with five posts and thirty comments: few, or people turn Slack off."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from bot.domain.conversations import Closing
from bot.services.inbox import triage
from bot.services.unit_of_work import UnitOfWork
from bot.store.inbox import conversations
from tests.backend import MAYA as PERSON
from tests.backend import key
from tests.stories.bakery import ANNA, GIL, MAYA, TOM
from tests.stories.shop import Shop
from tests.stories.test_two_questions import read_through

DAY = 24 * 60
TEXTS = (
    "Rye is back",
    "Spelt rolls from eight",
    "A cake for your birthday",
    "Bread for tomorrow",
    "Good night",
)
ROTA = 'rota = ["Mon-Sun 00:00-23:59 U0MAYA"]'
ON_SHIFT, APPROVER = 8, 2  # times at most


def count_pings(shop: Shop, since: int) -> Counter[str]:
    """{person: messages since then that mention them}; what is edited rings nobody."""
    pings: Counter[str] = Counter()
    for call in shop.slack.calls("chat.postMessage")[since:]:
        said = json.dumps([call.args.get("text"), call.args.get("blocks")])
        if call.error is None:
            pings.update(user for user in (MAYA, TOM, ANNA, GIL) if f"<@{user}>" in said)
    return pings


def answer_all(work: UnitOfWork) -> None:
    """Maya looks after them."""
    for one in conversations.list_new(work.db, 100):
        triage.close(work, PERSON, one.id, Closing.ELSEWHERE, key())


def count_new(shop: Shop) -> int:
    """Conversations that nobody has looked at."""
    assert shop.bot is not None
    return shop.bot.services.look(lambda work: len(conversations.list_new(work.db, 100)))


@pytest.mark.parametrize("shop", [{"duty": ROTA}], indirect=True)
def test_a_wednesday(shop: Shop) -> None:
    """Words were approved the day before. One message is private, two are to be looked at first."""
    assert shop.bot is not None
    shop.slack.limits.on = False  # a message a second makes a long day of it
    shop.plan(*[(DAY + 120 * number, "bakery", text) for number, text in enumerate(TEXTS)])
    for user in (MAYA, TOM, ANNA):
        shop.knows(user)
    shop.type(MAYA, "ask")
    read_through(shop, TOM, *[""] * len(TEXTS))
    shop.push(DAY - 60)
    before, written = len(shop.slack.calls("chat.postMessage")), 0
    for number, text in enumerate(TEXTS):
        shop.push(30)
        shop.click(MAYA, shop.card(text, "Still right for"), "Go")
        shop.card(text, "Approved: goes out")
        shop.push(31)
        shop.card(text, "Published")
        for _ in range(6):
            written += 1
            angry = written in (4, 20)
            said = f"Refund! Number {written}" if angry else f"Lovely, said {'abcdef'[number] * written}"
            shop.bakery.customer_writes(f"Customer {written}", said, to="bakery", private=written == 11)
        shop.fetch()
        shop.until(lambda: count_new(shop) == 6, "all six of them are in")
        shop.conversation(said)
        shop.bot.services.do(answer_all)
        shop.push(58)
    pings = count_pings(shop, before)
    assert written == 30
    assert 5 <= pings[MAYA] <= ON_SHIFT, pings
    assert max(pings[TOM], pings[ANNA]) <= APPROVER, pings
    assert pings[GIL] == 0


@pytest.mark.parametrize("shop", [{"duty": ROTA}], indirect=True)
def test_three_of_the_same_minute_ring_once(shop: Shop) -> None:
    """Asked about one by one, they rang three times."""
    assert shop.bot is not None
    shop.slack.limits.on = False
    shop.plan(*[(DAY, "bakery cafe", text) for text in TEXTS[:3]])
    for user in (MAYA, TOM, ANNA):
        shop.knows(user)
    shop.type(MAYA, "ask")
    read_through(shop, TOM, "", "", "")
    before = len(shop.slack.calls("chat.postMessage"))
    shop.push(DAY - 30)
    for text in TEXTS[:3]:
        shop.card(text, "Still right for")
    pings = count_pings(shop, before)
    assert pings == {MAYA: 1}, "the approvers have done theirs"
