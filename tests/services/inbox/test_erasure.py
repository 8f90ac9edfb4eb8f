"""Erasure: no word, name or handle of the customer is left in any table, and the record still verifies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.conversations import Closing, Stage
from bot.domain.inbox_refusals import BeingSent, Erased
from bot.domain.refusals import OnlyMembers
from bot.sandbox.networks.server import Fault
from bot.services.inbox import erasure, replies, triage
from bot.services.queries import conversations as conversation_queries
from bot.store import record
from bot.store.slack import cards
from bot.store.tables.inbox import conversations as conversations_table
from bot.store.tables.inbox import customers, words
from bot.store.tables.slack import lines
from tests.backend import GIL, MAYA, TOM, key
from tests.inbox_backend import InboxBackend

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


def everything(inbox_backend: InboxBackend) -> str:
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

    return inbox_backend.store.read(read)


def left(inbox_backend: InboxBackend) -> set[str]:
    """Which of the customer's words and names are still somewhere."""
    found = everything(inbox_backend).casefold()
    return {secret for secret in SECRETS if secret.casefold() in found}


def exchange(inbox_backend: InboxBackend) -> str:
    """A customer wrote twice, with a picture, and edited; two colleagues drafted, one sent, one corrected."""
    who = {"name": NAME, "handle": HANDLE}
    asked = inbox_backend.writes(
        "My Zwetschgendatschi was broken!",
        **who,
        images=[("https://far.example/walburga_q/1.jpg", "Pflaumenfoto")],
    )
    inbox_backend.clock.push(timedelta(minutes=1))
    second = inbox_backend.writes("I have an Allergie.", **who, reply_to=asked)
    inbox_backend.edits(second, "I have an Allergie, and I am Walburga.")
    inbox_backend.drafted("Dear Walburga Quittenbaum, about the Zwetschgendatschi", by=TOM)
    reply = inbox_backend.sent("Sorry, Walburga, for the Zwetschgendatschi!")
    inbox_backend.run()
    assert (
        inbox_backend.send(inbox_backend.drafted("Sorry, Walburga, for the Allergie!", corrects=reply))
        is None
    )
    inbox_backend.run()
    return reply


def erase(inbox_backend: InboxBackend, **by: Any) -> None:
    inbox_backend.services.do(erasure.erase, by.get("by", MAYA), inbox_backend.conversation.id, key())


def test_nothing_of_the_customer_is_left(inbox_backend: InboxBackend) -> None:
    exchange(inbox_backend)
    assert left(inbox_backend) == set(SECRETS), "the test does not look everywhere"
    before = inbox_backend.conversation
    inbox_backend.store.write(lambda db: record.seal(db, by="sealer", now=inbox_backend.clock.now()))
    erase(inbox_backend)
    assert left(inbox_backend) == set()
    after = inbox_backend.conversation
    assert (after.id, after.number, after.erased_at) == (before.id, before.number, inbox_backend.clock.now())
    assert (after.customer != before.customer, after.reasons, after.due_at) == (True, (), None)
    assert inbox_backend.store.read(lambda db: db.execute(select(customers)).all()) == []


def test_the_record_still_verifies(inbox_backend: InboxBackend) -> None:
    exchange(inbox_backend)
    inbox_backend.store.write(lambda db: record.seal(db, by="sealer", now=inbox_backend.clock.now()))
    head = inbox_backend.store.read(record.load_head)
    erase(inbox_backend)
    inbox_backend.store.write(lambda db: record.seal(db, by="sealer", now=inbox_backend.clock.now()))
    verdict = inbox_backend.store.read(lambda db: record.verify(db, known=head))
    assert (verdict.ok, verdict.unsealed) == (True, 0)
    assert [fact.who for fact in inbox_backend.facts("personal data erased")] == [MAYA.id]


def test_cards_and_lines_are_drawn_again(inbox_backend: InboxBackend) -> None:
    exchange(inbox_backend)
    wanted = inbox_backend.store.read(
        lambda db: [one.wanted for one in cards.list_dirty(db, inbox_backend.clock.now())]
    )
    erase(inbox_backend)
    rows = inbox_backend.store.read(lambda db: [(row.kind, row.redraw) for row in db.execute(select(lines))])
    assert all(redraw for _, redraw in rows)
    assert "erased" in [kind for kind, _ in rows]
    now = inbox_backend.store.read(
        lambda db: [one.wanted for one in cards.list_dirty(db, inbox_backend.clock.now())]
    )
    assert sum(now) > sum(wanted)
    card = inbox_backend.card()
    assert (card.erased, card.customer.name, card.customer.handle, card.first.text) == (
        True,
        "a customer",
        "",
        "",
    )
    assert card.last_reply.text == ""


def test_erasing_twice_and_by_whom(sqlite_inbox_backend: InboxBackend) -> None:
    exchange(sqlite_inbox_backend)
    with pytest.raises(OnlyMembers):
        erase(sqlite_inbox_backend, by=GIL)
    erase(sqlite_inbox_backend)
    erase(sqlite_inbox_backend)
    assert len(sqlite_inbox_backend.facts("personal data erased")) == 1
    with pytest.raises(Erased):
        sqlite_inbox_backend.services.do(triage.take, MAYA, sqlite_inbox_backend.conversation.id, key())


def test_an_answer_on_its_way_is_waited_for(inbox_backend: InboxBackend) -> None:
    """Without its bytes nobody could find out whether it arrived."""
    inbox_backend.writes("My Zwetschgendatschi!", name=NAME, handle=HANDLE)
    inbox_backend.sent("Sorry, Walburga!")
    inbox_backend.network.faults.order(Fault.LOST_ANSWER)
    inbox_backend.run()
    with pytest.raises(BeingSent):
        erase(inbox_backend)
    inbox_backend.services.do(erasure.erase, None, inbox_backend.conversation.id, "")
    assert (inbox_backend.conversation.erased_at, inbox_backend.conversation.due_at) == (
        None,
        inbox_backend.clock.now() + erasure.LATER,
    )
    for _ in range(9):
        inbox_backend.push(seconds=20)
    erase(inbox_backend)
    assert left(inbox_backend) == set()


def test_an_answer_that_has_not_begun_never_does(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes("My Zwetschgendatschi!", name=NAME, handle=HANDLE)
    inbox_backend.sent("Sorry, Walburga!")
    erase(inbox_backend)
    inbox_backend.run()
    assert (inbox_backend.state(), inbox_backend.got(asked)) == ("dropped", [])
    with pytest.raises(Erased):
        inbox_backend.services.do(replies.try_reply_again, MAYA, inbox_backend.last_delivery, key())


def test_our_answer_can_still_be_deleted(inbox_backend: InboxBackend) -> None:
    reply = exchange(inbox_backend)
    erase(inbox_backend)
    inbox_backend.services.do(replies.delete_reply, MAYA, reply, key())
    inbox_backend.run()
    assert inbox_backend.network.timeline()[0]["deleted"]
    assert left(inbox_backend) == set()


def test_another_conversation_of_the_same_customer_goes_on(sqlite_inbox_backend: InboxBackend) -> None:
    """The name goes with the last of them; until then the other one is still somebody's."""
    sqlite_inbox_backend.writes("My Zwetschgendatschi!", name=NAME, handle=HANDLE)
    first = sqlite_inbox_backend.conversation
    sqlite_inbox_backend.writes("Do you have an Allergie list?", name=NAME, handle=HANDLE, private=True)
    sqlite_inbox_backend.services.do(erasure.erase, MAYA, first.id, key())
    assert sqlite_inbox_backend.card().customer.name == NAME
    texts = sqlite_inbox_backend.store.read(lambda db: [row.text for row in db.execute(select(words))])
    assert not any("Zwetschge" in text for text in texts)
    erase(sqlite_inbox_backend)
    assert left(sqlite_inbox_backend) == set()


def test_who_writes_again_after_the_erasure_begins_anew(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes("My Zwetschgendatschi!", name=NAME, handle=HANDLE)
    erase(inbox_backend)
    inbox_backend.poll()
    assert left(inbox_backend) == set(), "what is read again is not stored again"
    inbox_backend.edits(asked, "My Zwetschgendatschi, again!")
    assert left(inbox_backend) == set()
    inbox_backend.writes("Hello?", name=NAME, handle=HANDLE, reply_to=asked)
    assert len(inbox_backend.conversations()) == 2
    assert inbox_backend.conversation.stage is Stage.OPEN


def test_the_clock_erases_after_the_set_days(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes("My Zwetschgendatschi!", name=NAME, handle=HANDLE)
    inbox_backend.services.do(triage.close, MAYA, inbox_backend.conversation.id, Closing.NO_ANSWER, key())
    assert inbox_backend.conversation.due_at == inbox_backend.clock.now() + timedelta(days=90)
    inbox_backend.push(days=89)
    before = inbox_backend.conversation
    assert before.erased_at is None
    inbox_backend.push(days=1)
    after = inbox_backend.conversation
    assert after.erased_at is not None
    assert left(inbox_backend) == set()
    assert [fact.who for fact in inbox_backend.facts("personal data erased")] == [None]


def test_again_it_is_erased_once_and_what_is_not_there_is_passed_over(
    sqlite_inbox_backend: InboxBackend,
) -> None:
    """After a backup was put back: it may have it so already, or know nothing of what began later."""
    sqlite_inbox_backend.writes()
    ids = [sqlite_inbox_backend.conversation.id, "of-later"]
    again = sqlite_inbox_backend.services.do
    assert [again(erasure.erase_again, MAYA.id, ids) for _ in range(2)] == [(1, 0), (0, 0)]
    assert len(sqlite_inbox_backend.facts("personal data erased")) == 1


def test_its_card_names_who_erased_and_when(inbox_backend: InboxBackend) -> None:
    """Seen: "Erased … by @Maya today at 13:31", when she had answered; another erased it, an hour later."""
    exchange(inbox_backend)
    inbox_backend.clock.push(timedelta(hours=1))
    erase(inbox_backend, by=TOM)
    card = inbox_backend.card()
    assert (card.answered_by, card.erased_by, card.erased_at) == (MAYA.id, TOM.id, inbox_backend.clock.now())


def test_nothing_can_be_pressed_on_an_erased_answer(inbox_backend: InboxBackend) -> None:
    """Seen: [Delete it there] below words nobody can read any more."""
    reply = exchange(inbox_backend)
    erase(inbox_backend)
    view = inbox_backend.services.look(lambda work: conversation_queries.load_reply_view(work, reply))
    assert view is not None
    assert (view.erased, view.can_delete, view.can_correct) == (True, False, False)
