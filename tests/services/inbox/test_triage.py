"""Triage: who has whom, what is done, what comes back, and the many of a pile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.domain.conversations import Closing, Stage
from bot.domain.inbox_refusals import AllTaken, NobodyWaits, NoneToClose, NoSuchConversation, TakenAlready
from bot.domain.people import Person, Role
from bot.domain.refusals import NotAMember, OnlyMembers, Repeated
from bot.domain.shown.inbox_screens import PileClosing
from bot.services.inbox import triage
from bot.services.queries import conversations as conversation_queries
from bot.services.queries import piles as pile_queries
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
    view = inbox_backend.services.look(pile_queries.load_pile_card, pile_id)
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


def closing(inbox_backend: InboxBackend, pile_id: str) -> PileClosing:
    shown = inbox_backend.services.look(pile_queries.load_pile_closing, TOM, pile_id)
    assert shown is not None
    return shown


def test_closing_those_of_only_emoji(inbox_backend: InboxBackend) -> None:
    pile_id, do = piled(inbox_backend), inbox_backend.services.do
    before = closing(inbox_backend, pile_id)
    assert len(before.seen) == before.pile.only_emoji == 2
    assert before.rows[0].text == "🎉"
    mine = do(triage.take_next, MAYA, pile_id, key())
    why = Closing.NO_ANSWER
    closed = do(triage.close_pile, TOM, pile_id, why, before.seen, key())
    after = closing(inbox_backend, pile_id).pile
    assert (closed, after.only_emoji, after.closed) == (1, 0, 1), (
        "what Maya has is not counted and not closed"
    )
    assert after.waiting == before.pile.waiting - closed
    assert (
        next(conversation for conversation in inbox_backend.conversations() if conversation.id == mine).stage
        is Stage.OPEN
    )
    with pytest.raises(NoneToClose):
        do(triage.close_pile, TOM, pile_id, why, before.seen, key())
    with pytest.raises(NoSuchConversation):
        do(triage.close_pile, TOM, "nobody's", why, before.seen, key())


def test_only_those_that_were_shown_are_closed(sqlite_inbox_backend: InboxBackend) -> None:
    """It closed whatever had come in since the dialog was opened, unread, and who had written again meanwhile."""
    inbox = sqlite_inbox_backend
    pile_id = piled(inbox, 12)
    shown = closing(inbox, pile_id)
    assert len(shown.seen) == 4
    again, root = inbox.conversations()[7], inbox.conversation.thread
    inbox.network.customer_writes("Guest 7", "👏", to="bakery", reply_to=root)
    inbox.network.customer_writes("Somebody new", "👏", to="bakery", reply_to=root)
    inbox.poll()
    assert closing(inbox, pile_id).pile.only_emoji == 5
    assert inbox.services.do(triage.close_pile, TOM, pile_id, Closing.NO_ANSWER, shown.seen, key()) == 3
    left = {one.number for one in inbox.conversations() if one.stage is Stage.OPEN}
    assert {again.number, inbox.conversation.number} <= left


def test_a_pile_says_who_is_left(sqlite_inbox_backend: InboxBackend) -> None:
    """Seen: "1 waiting" on the card, and "Nobody is waiting here any more" from its [Next for me]."""
    inbox, do = sqlite_inbox_backend, sqlite_inbox_backend.services.do
    pile_id = piled(inbox, 7)
    for left in (1, 0):
        do(triage.take_next, MAYA, pile_id, key())
        card = closing(inbox, pile_id).pile
        assert (card.waiting, card.free, card.closable) == (2, left, 0)
    with pytest.raises(AllTaken):
        do(triage.take_next, TOM, pile_id, key())
    listed = inbox.services.look(pile_queries.list_pile, pile_id)
    assert (listed.waiting, {row.owner for row in listed.rows}) == (2, {MAYA.id})
    for conversation in inbox.conversations():
        do(triage.close, MAYA, conversation.id, Closing.NO_ANSWER, key())
    card = closing(inbox, pile_id).pile
    assert (card.waiting, card.free, card.closed) == (0, 0, 2)
    with pytest.raises(NobodyWaits):
        do(triage.take_next, TOM, pile_id, key())


def test_private_ones_stand_in_the_private_channel(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes(private=True)
    sqlite_inbox_backend.writes("Hi", name="Ben")
    query = "SELECT channel FROM cards WHERE kind = 'talk' ORDER BY id"
    found = sqlite_inbox_backend.store.read(lambda db: list(db.exec_driver_sql(query).scalars()))
    assert found == [PRIVATE, INBOX]
