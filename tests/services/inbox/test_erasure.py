"""Erasure: no word, name or handle of the customer is left in any table, and the record still verifies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.conversations import Closing, Stage
from bot.domain.refusals import BeingSent, Erased, OnlyMembers
from bot.sandbox.networks.server import Fault
from bot.services.inbox import erasure, replies, triage
from bot.store import record
from bot.store.slack import cards
from bot.store.tables.core import lines
from bot.store.tables.inbox import conversations as conversations_table
from bot.store.tables.inbox import customers, words
from tests.houses import GIL, MAYA, TOM, key
from tests.shops import Shop

NAME, HANDLE = "Walburga Quittenbaum", "walburga_q"
SECRETS = (
    "Walburga",
    "Quittenbaum",
    "walburga_q",
    "Zwetschgendatschi",
    "zwetschge",
    "Allergie",
    "Pflaumenfoto",
)


def everything(shop: Shop) -> str:
    """All rows of all tables as text, bytes too."""

    def read(db: Any) -> str:
        rows = [
            tuple(row)
            for table in conversations_table.metadata.sorted_tables
            for row in db.execute(select(table))
        ]
        return "\n".join(
            value.decode(errors="replace") if isinstance(value, bytes) else str(value)
            for row in rows
            for value in row
        )

    return shop.store.read(read)


def left(shop: Shop) -> set[str]:
    """Which of the customer's words and names are still somewhere."""
    found = everything(shop).casefold()
    return {secret for secret in SECRETS if secret.casefold() in found}


def exchange(shop: Shop) -> str:
    """A customer wrote twice, with a picture, and edited; two colleagues drafted, one sent, one corrected."""
    who = {"name": NAME, "handle": HANDLE}
    asked = shop.writes(
        "My Zwetschgendatschi was broken!",
        **who,
        images=[("https://far.example/walburga_q/1.jpg", "Pflaumenfoto")],
    )
    shop.clock.push(timedelta(minutes=1))
    second = shop.writes("I have an Allergie.", **who, reply_to=asked)
    shop.edits(second, "I have an Allergie, and I am Walburga.")
    shop.drafted("Dear Walburga Quittenbaum, about the Zwetschgendatschi", by=TOM)
    reply = shop.sent("Sorry, Walburga, for the Zwetschgendatschi!")
    shop.run()
    assert shop.send(shop.drafted("Sorry, Walburga, for the Allergie!", corrects=reply)) is None
    shop.run()
    return reply


def erase(shop: Shop, **by: Any) -> None:
    shop.services.do(erasure.erase, by.get("by", MAYA), shop.conversation.id, key())


def test_nothing_of_the_customer_is_left(shop: Shop) -> None:
    exchange(shop)
    assert left(shop) == set(SECRETS), "the test does not look everywhere"
    before = shop.conversation
    shop.store.write(lambda db: record.seal(db, by="sealer", now=shop.clock.now()))
    erase(shop)
    assert left(shop) == set()
    after = shop.conversation
    assert (after.id, after.number, after.erased_at) == (before.id, before.number, shop.clock.now())
    assert (after.customer != before.customer, after.reasons, after.due_at) == (True, (), None)
    assert shop.store.read(lambda db: db.execute(select(customers)).all()) == []


def test_the_record_still_verifies(shop: Shop) -> None:
    exchange(shop)
    shop.store.write(lambda db: record.seal(db, by="sealer", now=shop.clock.now()))
    head = shop.store.read(record.load_head)
    erase(shop)
    shop.store.write(lambda db: record.seal(db, by="sealer", now=shop.clock.now()))
    verdict = shop.store.read(lambda db: record.verify(db, known=head))
    assert (verdict.ok, verdict.unsealed) == (True, 0)
    assert [fact.who for fact in shop.facts("personal data erased")] == [MAYA.id]


def test_cards_and_lines_are_drawn_again(shop: Shop) -> None:
    exchange(shop)
    wanted = shop.store.read(lambda db: [one.wanted for one in cards.list_dirty(db, shop.clock.now())])
    erase(shop)
    rows = shop.store.read(lambda db: [(row.kind, row.redraw) for row in db.execute(select(lines))])
    assert all(redraw for _, redraw in rows)
    assert "erased" in [kind for kind, _ in rows]
    now = shop.store.read(lambda db: [one.wanted for one in cards.list_dirty(db, shop.clock.now())])
    assert sum(now) > sum(wanted)
    card = shop.card()
    assert (card.erased, card.customer.name, card.customer.handle, card.first.text) == (
        True,
        "a customer",
        "",
        "",
    )
    assert card.last_reply.text == ""


def test_erasing_twice_and_by_whom(stall: Shop) -> None:
    exchange(stall)
    with pytest.raises(OnlyMembers):
        erase(stall, by=GIL)
    erase(stall)
    erase(stall)
    assert len(stall.facts("personal data erased")) == 1
    with pytest.raises(Erased):
        stall.services.do(triage.take, MAYA, stall.conversation.id, key())


def test_an_answer_on_its_way_is_waited_for(shop: Shop) -> None:
    """Without its bytes nobody could find out whether it arrived."""
    shop.writes("My Zwetschgendatschi!", name=NAME, handle=HANDLE)
    shop.sent("Sorry, Walburga!")
    shop.network.faults.order(Fault.LOST_ANSWER)
    shop.run()
    with pytest.raises(BeingSent):
        erase(shop)
    shop.services.do(erasure.erase, None, shop.conversation.id, "")
    assert (shop.conversation.erased_at, shop.conversation.due_at) == (None, shop.clock.now() + erasure.LATER)
    for _ in range(9):
        shop.push(seconds=20)
    erase(shop)
    assert left(shop) == set()


def test_an_answer_that_has_not_begun_never_does(shop: Shop) -> None:
    asked = shop.writes("My Zwetschgendatschi!", name=NAME, handle=HANDLE)
    shop.sent("Sorry, Walburga!")
    erase(shop)
    shop.run()
    assert (shop.state(), shop.got(asked)) == ("dropped", [])
    with pytest.raises(Erased):
        shop.services.do(replies.try_reply_again, MAYA, shop.last_delivery, key())


def test_our_answer_can_still_be_deleted(shop: Shop) -> None:
    reply = exchange(shop)
    erase(shop)
    shop.services.do(replies.delete_reply, MAYA, reply, key())
    shop.run()
    assert shop.network.timeline()[0]["deleted"]
    assert left(shop) == set()


def test_another_conversation_of_the_same_customer_goes_on(stall: Shop) -> None:
    """The name goes with the last of them; until then the other one is still somebody's."""
    stall.writes("My Zwetschgendatschi!", name=NAME, handle=HANDLE)
    first = stall.conversation
    stall.writes("Do you have an Allergie list?", name=NAME, handle=HANDLE, private=True)
    stall.services.do(erasure.erase, MAYA, first.id, key())
    assert stall.card().customer.name == NAME
    texts = stall.store.read(lambda db: [row.text for row in db.execute(select(words))])
    assert not any("Zwetschge" in text for text in texts)
    erase(stall)
    assert left(stall) == set()


def test_who_writes_again_after_the_erasure_begins_anew(shop: Shop) -> None:
    asked = shop.writes("My Zwetschgendatschi!", name=NAME, handle=HANDLE)
    erase(shop)
    shop.poll()
    assert left(shop) == set(), "what is read again is not stored again"
    shop.edits(asked, "My Zwetschgendatschi, again!")
    assert left(shop) == set()
    shop.writes("Hello?", name=NAME, handle=HANDLE, reply_to=asked)
    assert len(shop.conversations()) == 2
    assert shop.conversation.stage is Stage.OPEN


def test_the_clock_erases_after_the_set_days(shop: Shop) -> None:
    shop.writes("My Zwetschgendatschi!", name=NAME, handle=HANDLE)
    shop.services.do(triage.close, MAYA, shop.conversation.id, Closing.NO_ANSWER, key())
    assert shop.conversation.due_at == shop.clock.now() + timedelta(days=90)
    shop.push(days=89)
    assert shop.conversation.erased_at is None
    shop.push(days=1)
    assert shop.conversation.erased_at is not None
    assert left(shop) == set()
    assert [fact.who for fact in shop.facts("personal data erased")] == [None]
