"""Triage: who has whom, what is done, what comes back, and the many of a pile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.domain.conversations import Closing, Stage
from bot.domain.people import Person, Role
from bot.domain.refusals import (
    NobodyWaits,
    NoSuchConversation,
    NotAMember,
    NothingThere,
    OnlyMembers,
    Repeated,
    TakenAlready,
)
from bot.services.inbox import triage
from bot.services.queries import conversations as conversation_queries
from bot.services.queries import inbox as inbox_queries
from bot.store.slack import people
from bot.store.slack.people import KnownPerson
from tests.backend import ANNA, GIL, MAYA, TOM, key
from tests.inbox_backend import INBOX, PRIVATE, InboxBackend

MOMENT = timedelta(minutes=1)


def known(inbox_backend: InboxBackend) -> None:
    for person, role in ((TOM, Role.MEMBER), (ANNA, Role.MEMBER), (GIL, Role.GUEST)):
        found = KnownPerson(person.id, person.name, role, None, inbox_backend.clock.now())
        inbox_backend.store.write(partial(people.remember, known=found))


def take(inbox_backend: InboxBackend, person: Person = MAYA) -> None:
    inbox_backend.services.do(triage.take, person, inbox_backend.conversation.id, key())


# --- one ---------------------------------------------------------------------------------------------


def test_taking_is_seen_and_is_no_lock(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    take(inbox_backend)
    assert (inbox_backend.conversation.owner, inbox_backend.conversation.owner_since) == (
        MAYA.id,
        inbox_backend.clock.now(),
    )
    assert inbox_backend.line("taken") == {"by": MAYA.id, "from": None}
    with pytest.raises(TakenAlready, match="since 09:01"):
        take(inbox_backend, TOM)
    take(inbox_backend)
    assert inbox_backend.said().count("taken") == 1
    draft = inbox_backend.drafted(by=TOM)
    assert draft.owner == MAYA.id
    assert inbox_backend.send(draft, by=TOM) is None
    inbox_backend.run()
    assert (
        len(inbox_backend.got(asked)),
        inbox_backend.conversation.owner,
        inbox_backend.conversation.answered_by,
    ) == (
        1,
        MAYA.id,
        TOM.id,
    )


def test_a_click_counts_once_and_guests_read(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    click = key()
    sqlite_inbox_backend.services.do(triage.take, MAYA, sqlite_inbox_backend.conversation.id, click)
    with pytest.raises(Repeated):
        sqlite_inbox_backend.services.do(triage.take, MAYA, sqlite_inbox_backend.conversation.id, click)
    with pytest.raises(OnlyMembers):
        take(sqlite_inbox_backend, GIL)
    with pytest.raises(NoSuchConversation):
        sqlite_inbox_backend.services.do(triage.take, MAYA, "nobody's", key())


def test_handing_over(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    known(inbox_backend)
    take(inbox_backend)
    inbox_backend.services.do(triage.hand_over, MAYA, inbox_backend.conversation.id, TOM, key())
    assert (inbox_backend.conversation.owner, inbox_backend.line("handed")) == (
        TOM.id,
        {"by": MAYA.id, "to": TOM.id},
    )
    for nobody in (GIL, replace(TOM, id="U0WHO")):
        with pytest.raises(NotAMember):
            inbox_backend.services.do(triage.hand_over, MAYA, inbox_backend.conversation.id, nobody, key())
    inbox_backend.services.do(triage.hand_over, MAYA, inbox_backend.conversation.id, MAYA, key())
    assert (inbox_backend.conversation.owner, inbox_backend.line("taken")) == (
        MAYA.id,
        {"by": MAYA.id, "from": TOM.id},
    )


def test_done_with_a_reason_until_they_write_again(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    take(inbox_backend)
    inbox_backend.services.do(triage.close, MAYA, inbox_backend.conversation.id, Closing.ELSEWHERE, key())
    done = inbox_backend.conversation
    assert (done.stage, done.closing, done.closed_by, done.waiting_since) == (
        Stage.DONE, Closing.ELSEWHERE, MAYA.id, None,
    )  # fmt: skip
    assert inbox_backend.line("closed") == {"by": MAYA.id, "closing": "answered elsewhere"}
    with pytest.raises(NobodyWaits):
        take(inbox_backend)
    with pytest.raises(NobodyWaits):
        inbox_backend.services.do(triage.close, MAYA, inbox_backend.conversation.id, Closing.SPAM, key())
    inbox_backend.clock.push(MOMENT)
    inbox_backend.writes("It broke again!", reply_to=asked)
    assert (inbox_backend.conversation.stage, inbox_backend.conversation.owner) == (Stage.OPEN, MAYA.id)
    assert inbox_backend.line("reopened")["mention"] == [MAYA.id]


def test_a_person_opens_it_again(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    since = inbox_backend.clock.now()
    inbox_backend.services.do(triage.close, MAYA, inbox_backend.conversation.id, Closing.SPAM, key())
    inbox_backend.clock.push(MOMENT)
    inbox_backend.services.do(triage.reopen, TOM, inbox_backend.conversation.id, key())
    opened = inbox_backend.conversation
    assert (opened.stage, opened.waiting_since, opened.closing, opened.closed_at) == (
        Stage.OPEN,
        since,
        None,
        None,
    )
    assert opened.due_at == since + timedelta(hours=1), "the message of the hour"


# --- a pile ------------------------------------------------------------------------------------------


def piled(inbox_backend: InboxBackend, count: int = 9, text: str = "🎉") -> str:
    """A post of ours that many people answer within the hour. Returns the pile's id."""
    seen = inbox_backend.approved("Winter drive")
    inbox_backend.to_slot(seen)
    root = inbox_backend.delivery(inbox_backend.delivery_id(seen)).remote_id
    for number in range(count):
        words = text if number % 2 else f"Where is stand {number}?"
        inbox_backend.network.customer_writes(f"Guest {number}", words, to="bakery", reply_to=root)
        inbox_backend.clock.push(timedelta(seconds=10))
    inbox_backend.poll()
    (pile_id,) = {conversation.pile_id for conversation in inbox_backend.conversations()} - {None}
    assert pile_id is not None
    return pile_id


def test_next_for_me_gives_the_one_that_waits_longest_a_card_of_its_own(inbox_backend: InboxBackend) -> None:
    pile_id = piled(inbox_backend)
    waiting = [
        conversation for conversation in inbox_backend.conversations() if conversation.pile_id == pile_id
    ]
    first = inbox_backend.services.do(triage.take_next, MAYA, pile_id, key())
    assert first == waiting[0].id
    second = inbox_backend.services.do(triage.take_next, TOM, pile_id, key())
    assert second == waiting[1].id
    view = inbox_backend.services.look(inbox_queries.load_pile_card, pile_id)
    assert view is not None
    assert (view.people, view.waiting, view.closed) == (len(waiting), len(waiting), 0)
    assert dict(view.owned) == {MAYA.id: 1, TOM.id: 1}
    assert view.post is not None
    assert view.about.startswith("Winter drive")


def test_one_that_is_taken_brings_all_its_messages(inbox_backend: InboxBackend) -> None:
    """Piled, its messages were lines of the pile; now they stand below a card of its own."""
    pile_id = piled(inbox_backend)
    last = inbox_backend.conversation
    assert last.pile_id == pile_id
    inbox_backend.network.customer_writes("Guest 8", "And parking?", to="bakery", reply_to=last.thread)
    inbox_backend.poll()
    assert "message" not in inbox_backend.said()
    inbox_backend.services.do(triage.take, MAYA, last.id, key())
    card = inbox_backend.services.look(conversation_queries.load_conversation_card, last.id)
    assert card is not None
    assert (card.count, inbox_backend.said()) == (2, ["message", "taken"])


def test_closing_those_that_need_no_answer(inbox_backend: InboxBackend) -> None:
    pile_id = piled(inbox_backend)
    before = inbox_backend.services.look(inbox_queries.load_pile_card, pile_id)
    assert before is not None
    mine = inbox_backend.services.do(triage.take_next, MAYA, pile_id, key())
    closed = inbox_backend.services.do(triage.close_pile, TOM, pile_id, Closing.NO_ANSWER, key())
    after = inbox_backend.services.look(inbox_queries.load_pile_card, pile_id)
    assert after is not None
    assert (before.only_emoji, closed >= 1, after.closed) == (after.only_emoji + closed, True, closed)
    assert after.waiting == before.waiting - closed
    assert (
        next(conversation for conversation in inbox_backend.conversations() if conversation.id == mine).stage
        is Stage.OPEN
    )
    with pytest.raises(NobodyWaits):
        inbox_backend.services.do(triage.close_pile, TOM, pile_id, Closing.NO_ANSWER, key())
    with pytest.raises(NothingThere):
        inbox_backend.services.do(triage.close_pile, TOM, "nobody's", Closing.NO_ANSWER, key())


def test_an_empty_pile_has_no_next(sqlite_inbox_backend: InboxBackend) -> None:
    pile_id = piled(sqlite_inbox_backend, 7)
    while True:
        try:
            sqlite_inbox_backend.services.do(triage.take_next, MAYA, pile_id, key())
        except NobodyWaits:
            break
    rows = sqlite_inbox_backend.services.look(inbox_queries.list_pile, pile_id)
    assert {row.owner for row in rows} == {MAYA.id}


def test_private_ones_stand_in_the_private_channel(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes(private=True)
    sqlite_inbox_backend.writes("Hi", name="Ben")
    query = "SELECT channel FROM cards WHERE kind = 'talk' ORDER BY id"
    found = sqlite_inbox_backend.store.read(lambda db: list(db.exec_driver_sql(query).scalars()))
    assert found == [PRIVATE, INBOX]
