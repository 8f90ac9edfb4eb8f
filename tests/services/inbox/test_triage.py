"""Triage: who has whom, what is done, what comes back, and the many of a pile."""

from __future__ import annotations

from datetime import timedelta

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
from tests.houses import ANNA, GIL, MAYA, TOM, key
from tests.shops import INBOX, PRIVATE, Shop

MOMENT = timedelta(minutes=1)


def known(shop: Shop) -> None:
    for person, role in ((TOM, Role.MEMBER), (ANNA, Role.MEMBER), (GIL, Role.GUEST)):
        found = KnownPerson(person.id, person.name, role, None, shop.clock.now())
        shop.store.write(lambda db, one=found: people.remember(db, one))


def take(shop: Shop, person: Person = MAYA) -> None:
    shop.services.do(triage.take, person, shop.conversation.id, key())


# --- one ---------------------------------------------------------------------------------------------


def test_taking_is_seen_and_is_no_lock(shop: Shop) -> None:
    asked = shop.writes()
    take(shop)
    assert (shop.conversation.owner, shop.conversation.owner_since) == (MAYA.id, shop.clock.now())
    assert shop.line("taken") == {"by": MAYA.id, "from": None}
    with pytest.raises(TakenAlready, match="since 09:01"):
        take(shop, TOM)
    take(shop)
    assert shop.said().count("taken") == 1
    draft = shop.drafted(by=TOM)
    assert draft.owner == MAYA.id
    assert shop.send(draft, by=TOM) is None
    shop.run()
    assert (len(shop.got(asked)), shop.conversation.owner, shop.conversation.answered_by) == (
        1,
        MAYA.id,
        TOM.id,
    )


def test_a_click_counts_once_and_guests_read(stall: Shop) -> None:
    stall.writes()
    click = key()
    stall.services.do(triage.take, MAYA, stall.conversation.id, click)
    with pytest.raises(Repeated):
        stall.services.do(triage.take, MAYA, stall.conversation.id, click)
    with pytest.raises(OnlyMembers):
        take(stall, GIL)
    with pytest.raises(NoSuchConversation):
        stall.services.do(triage.take, MAYA, "nobody's", key())


def test_handing_over(shop: Shop) -> None:
    shop.writes()
    known(shop)
    take(shop)
    shop.services.do(triage.hand_over, MAYA, shop.conversation.id, TOM.id, key())
    assert (shop.conversation.owner, shop.line("handed")) == (TOM.id, {"by": MAYA.id, "to": TOM.id})
    for nobody in (GIL.id, "U0WHO"):
        with pytest.raises(NotAMember):
            shop.services.do(triage.hand_over, MAYA, shop.conversation.id, nobody, key())
    shop.services.do(triage.hand_over, MAYA, shop.conversation.id, MAYA.id, key())
    assert (shop.conversation.owner, shop.line("taken")) == (MAYA.id, {"by": MAYA.id, "from": TOM.id})


def test_done_with_a_reason_until_they_write_again(shop: Shop) -> None:
    asked = shop.writes()
    take(shop)
    shop.services.do(triage.close, MAYA, shop.conversation.id, Closing.ELSEWHERE, key())
    done = shop.conversation
    assert (done.stage, done.closing, done.closed_by, done.waiting_since) == (
        Stage.DONE, Closing.ELSEWHERE, MAYA.id, None,
    )  # fmt: skip
    assert shop.line("closed") == {"by": MAYA.id, "closing": "answered elsewhere"}
    with pytest.raises(NobodyWaits):
        take(shop)
    with pytest.raises(NobodyWaits):
        shop.services.do(triage.close, MAYA, shop.conversation.id, Closing.SPAM, key())
    shop.clock.push(MOMENT)
    shop.writes("It broke again!", reply_to=asked)
    assert (shop.conversation.stage, shop.conversation.owner) == (Stage.OPEN, MAYA.id)
    assert shop.line("reopened")["mention"] == [MAYA.id]


def test_a_person_opens_it_again(shop: Shop) -> None:
    shop.writes()
    since = shop.clock.now()
    shop.services.do(triage.close, MAYA, shop.conversation.id, Closing.SPAM, key())
    shop.clock.push(MOMENT)
    shop.services.do(triage.reopen, TOM, shop.conversation.id, key())
    opened = shop.conversation
    assert (opened.stage, opened.waiting_since, opened.closing, opened.closed_at) == (
        Stage.OPEN,
        since,
        None,
        None,
    )
    assert opened.due_at == shop.policy.hours.after(since, shop.policy.answer_within)


# --- a pile ------------------------------------------------------------------------------------------


def piled(shop: Shop, count: int = 9, text: str = "🎉") -> str:
    """A post of ours that many people answer within the hour. Returns the pile's id."""
    seen = shop.approved("Winter drive")
    shop.to_slot(seen)
    root = shop.delivery(shop.delivery_id(seen)).remote_id
    for number in range(count):
        words = text if number % 2 else f"Where is stand {number}?"
        shop.network.customer_writes(f"Guest {number}", words, to="bakery", reply_to=root)
        shop.clock.push(timedelta(seconds=10))
    shop.poll()
    (pile_id,) = {conversation.pile_id for conversation in shop.conversations()} - {None}
    assert pile_id is not None
    return pile_id


def test_next_for_me_gives_the_one_that_waits_longest_a_card_of_its_own(shop: Shop) -> None:
    pile_id = piled(shop)
    waiting = [conversation for conversation in shop.conversations() if conversation.pile_id == pile_id]
    first = shop.services.do(triage.take_next, MAYA, pile_id, key())
    assert first == waiting[0].id
    second = shop.services.do(triage.take_next, TOM, pile_id, key())
    assert second == waiting[1].id
    view = shop.services.look(inbox_queries.load_pile_card, pile_id)
    assert view is not None
    assert (view.people, view.waiting, view.closed) == (len(waiting), len(waiting), 0)
    assert dict(view.owned) == {MAYA.id: 1, TOM.id: 1}
    assert view.post is not None
    assert view.about.startswith("Winter drive")


def test_one_that_is_taken_brings_all_its_messages(shop: Shop) -> None:
    """Piled, its messages were lines of the pile; now they stand below a card of its own."""
    pile_id = piled(shop)
    last = shop.conversation
    assert last.pile_id == pile_id
    shop.network.customer_writes("Guest 8", "And parking?", to="bakery", reply_to=last.thread)
    shop.poll()
    assert "message" not in shop.said()
    shop.services.do(triage.take, MAYA, last.id, key())
    card = shop.services.look(conversation_queries.load_conversation_card, last.id)
    assert card is not None
    assert (card.count, shop.said()) == (2, ["message", "taken"])


def test_closing_those_that_need_no_answer(shop: Shop) -> None:
    pile_id = piled(shop)
    before = shop.services.look(inbox_queries.load_pile_card, pile_id)
    assert before is not None
    mine = shop.services.do(triage.take_next, MAYA, pile_id, key())
    closed = shop.services.do(triage.close_pile, TOM, pile_id, Closing.NO_ANSWER, key())
    after = shop.services.look(inbox_queries.load_pile_card, pile_id)
    assert after is not None
    assert (before.only_emoji, closed >= 1, after.closed) == (after.only_emoji + closed, True, closed)
    assert after.waiting == before.waiting - closed
    assert (
        next(conversation for conversation in shop.conversations() if conversation.id == mine).stage
        is Stage.OPEN
    )
    with pytest.raises(NobodyWaits):
        shop.services.do(triage.close_pile, TOM, pile_id, Closing.NO_ANSWER, key())
    with pytest.raises(NothingThere):
        shop.services.do(triage.close_pile, TOM, "nobody's", Closing.NO_ANSWER, key())


def test_an_empty_pile_has_no_next(stall: Shop) -> None:
    pile_id = piled(stall, 7)
    while True:
        try:
            stall.services.do(triage.take_next, MAYA, pile_id, key())
        except NobodyWaits:
            break
    rows = stall.services.look(inbox_queries.list_pile, pile_id)
    assert {row.owner for row in rows} == {MAYA.id}


def test_private_ones_stand_in_the_private_channel(stall: Shop) -> None:
    stall.writes(private=True)
    stall.writes("Hi", name="Ben")
    query = "SELECT channel FROM cards WHERE kind = 'talk' ORDER BY id"
    found = stall.store.read(lambda db: list(db.exec_driver_sql(query).scalars()))
    assert found == [PRIVATE, INBOX]
