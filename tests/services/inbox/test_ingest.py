"""Receiving: every message once, in its conversation, whatever a network repeats, reorders, or leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from bot.domain.conversations import Closing, Kind, Stage, Via
from bot.domain.deliveries import Delivery, State
from bot.domain.inbox_refusals import NobodyWaits
from bot.domain.kinds import DeliveryType
from bot.domain.refusals import OnlyMembers, Repeated
from bot.networks.receiving import NOTICES, OWN, Gone, Inbound, Page
from bot.services.inbox import edits, ingest
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries, record
from bot.store.engine.store import Store
from bot.store.inbox import sends
from bot.store.tables.slack import cards as card_rows
from bot.store.tables.slack import lines as line_rows
from tests.backend import GIL, MAYA, TOM, Backend, key
from tests.inbox_messages import INBOX, PRIVATE, Inbox


@pytest.fixture
def inbox(backend: Backend) -> Inbox:
    return Inbox(backend).synced()


# --- a message -----------------------------------------------------------------------------------------


def test_a_message_becomes_a_conversation_with_a_card(inbox: Inbox) -> None:
    assert inbox.page(inbox.write("Arrived broken!")) == 1
    conversation = inbox.conversation
    assert (conversation.stage, conversation.seq, conversation.customer, conversation.thread) == (
        Stage.OPEN,
        1,
        "lena",
        "root-1",
    )
    assert conversation.waiting_since == inbox.now
    assert conversation.reasons == ("“broken”",)
    (card,) = inbox.cards()
    assert (card.subject, card.channel, card.current) == (conversation.id, INBOX, True)
    assert inbox.lines() == []  # the first one stands on the card
    assert conversation.due_at == inbox.now + timedelta(hours=1), "the message of the hour"


def test_the_record_holds_a_digest_and_no_words(inbox: Inbox) -> None:
    inbox.page(inbox.write("Call me, Lena Krause, 030 1234"))
    (fact,) = inbox.facts("message received")
    assert fact.via == "network"
    assert fact.subject == f"conversation:{inbox.conversation.id}"
    assert set(fact.data) == {"account", "message", "sha256"}
    everything = str([*inbox.facts("message received"), *inbox.lines()])
    assert "Lena" not in everything
    assert "Krause" not in everything
    inbox.backend.store.write(lambda db: record.seal(db, by="t", now=inbox.now))
    assert inbox.backend.store.read(record.verify).ok


def test_what_a_customer_writes_next_is_a_line(inbox: Inbox) -> None:
    inbox.page(inbox.write("One"))
    inbox.page(inbox.write("Two"), inbox.write("Three"))
    assert inbox.texts() == ["One", "Two", "Three"]
    assert inbox.line_kinds() == ["message", "message"]
    assert inbox.conversation.seq == 3
    assert inbox.conversation.reasons == ("third message",)
    assert len(inbox.cards()) == 1


def test_a_page_twice_changes_nothing(inbox: Inbox) -> None:
    found = [inbox.write(f"Message {number}") for number in range(3)]
    assert inbox.page(*found) == 3
    before = (inbox.conversation, inbox.lines(), len(inbox.facts("message received")))
    assert inbox.page(*found) == 0
    assert inbox.page(*reversed(found)) == 0
    assert (inbox.conversation, inbox.lines(), len(inbox.facts("message received"))) == before


def test_a_message_twice_in_one_page_is_one(inbox: Inbox) -> None:
    once = inbox.write("Only once")
    assert inbox.page(once, once) == 1
    assert inbox.texts() == ["Only once"]


def test_a_page_out_of_order_is_read_in_order(inbox: Inbox) -> None:
    found = [inbox.write(f"{number}", ago=10 - number) for number in range(4)]
    inbox.page(*reversed(found))
    assert inbox.texts() == ["0", "1", "2", "3"]


def test_pages_out_of_order_keep_their_places(inbox: Inbox) -> None:
    """What came late is shown last: what stands on the card never changes."""
    early, late = inbox.write("Early", ago=5), inbox.write("Late")
    inbox.page(late)
    inbox.page(early)
    assert inbox.texts() == ["Late", "Early"]
    assert [one.place for one in inbox.messages()] == [1, 2]
    assert inbox.conversation.waiting_since == early.at
    assert inbox.conversation.last_at == late.at


def test_a_clock_set_back_does_not_change_places(inbox: Inbox) -> None:
    inbox.page(inbox.write("One"))
    inbox.backend.clock.push(timedelta(hours=-1))
    inbox.page(inbox.write("Two"))
    assert inbox.texts() == ["One", "Two"]
    assert inbox.line_kinds() == ["message"]


def test_one_customer_on_two_posts_is_two_conversations(inbox: Inbox) -> None:
    inbox.page(inbox.write(), inbox.write(thread="root-2"))
    assert [conversation.thread for conversation in inbox.conversations()] == ["root-1", "root-2"]
    assert [conversation.number for conversation in inbox.conversations()] == [1, 2]


def test_the_same_message_on_two_of_our_accounts_is_two_conversations(inbox: Inbox) -> None:
    both = inbox.write("@bakery @cafe hello", kind=Kind.MENTION)
    other = replace(inbox, account="cafe").synced()
    both = replace(both, at=inbox.now)
    assert (inbox.page(both), other.page(both)) == (1, 1)
    assert [conversation.account for conversation in inbox.conversations()] == ["bakery", "cafe"]


def test_a_page_from_an_older_cursor_is_not_stored(inbox: Inbox) -> None:
    """Two workers asked with the same cursor; the second one's page changes nothing."""
    version = inbox.version()
    page = Page((inbox.write("Mine"),), "cursor-next")
    other = Page((inbox.write("Mine too"),), "cursor-other")
    assert inbox.backend.services.do(ingest.store_page, "bakery", NOTICES, page, version) == 1
    assert inbox.backend.services.do(ingest.store_page, "bakery", NOTICES, other, version) == 0
    assert inbox.texts() == ["Mine"]


def test_a_crash_between_fetch_and_store_loses_nothing(inbox: Inbox) -> None:
    """What was fetched and not stored comes again: the cursor stands where it stood."""
    page, version = Page((inbox.write("One"),), "after"), inbox.version()

    def crash(work: UnitOfWork) -> None:
        ingest.store_page(work, "bakery", NOTICES, page, version)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        inbox.backend.services.do(crash)
    assert (inbox.conversations(), inbox.version()) == ([], version)
    assert inbox.backend.services.do(ingest.store_page, "bakery", NOTICES, page, version) == 1
    assert inbox.version() == version + 1


def test_a_part_of_a_page_leaves_the_cursor(inbox: Inbox) -> None:
    version = inbox.version()
    part = Page((inbox.write("One"),), None, more=True)
    inbox.backend.services.do(ingest.store_page, "bakery", NOTICES, part, version)
    assert inbox.version() == version
    assert inbox.texts() == ["One"]


# --- private --------------------------------------------------------------------------------------------


def test_private_messages_go_to_their_own_channel(inbox: Inbox) -> None:
    inbox.page(inbox.write(), inbox.write("My address is …", kind=Kind.DIRECT))
    public, private = inbox.conversations()
    assert (public.private, private.private) == (False, True)
    assert [card.channel for card in inbox.cards()] == [INBOX, PRIVATE]
    assert private.reasons == ("direct message",)


def test_without_a_channel_for_them_private_messages_are_not_kept(inbox: Inbox) -> None:
    backend = inbox.backend
    backend.services = replace(backend.services, policy=replace(backend.services.policy, private_channel=""))
    assert inbox.page(inbox.write("secret", kind=Kind.DIRECT)) == 0
    assert inbox.conversations() == []


# --- what customers do afterwards -----------------------------------------------------------------------


def up(inbox: Inbox) -> None:
    """Everything is in Slack."""

    def all_up(db: Connection) -> None:
        db.execute(card_rows.update().values(ts="1.0", shown=card_rows.c.wanted))
        db.execute(line_rows.update().values(ts="2.0", redraw=False))

    inbox.backend.store.write(all_up)


def test_an_edit_is_shown_and_raises_the_seq(inbox: Inbox) -> None:
    wrote = inbox.write("I love it")
    inbox.page(wrote)
    up(inbox)
    edited = replace(wrote, text="It arrived broken", edited_at=inbox.now)
    assert inbox.page(edited) == 0
    assert inbox.texts() == ["It arrived broken"]
    assert inbox.line_kinds() == ["edited"]
    assert (inbox.conversation.seq, inbox.conversation.reasons) == (2, ("“broken”",))
    inbox.page(edited)
    inbox.page(wrote)  # an old page, once more
    assert inbox.texts() == ["It arrived broken"]
    assert (inbox.conversation.seq, len(inbox.facts("message edited by its author"))) == (2, 1)


def test_an_edit_before_the_message_was_relayed_is_relayed_as_it_is(inbox: Inbox) -> None:
    wrote, second = inbox.write("One"), inbox.write("Two")
    inbox.page(wrote, second)
    inbox.page(replace(wrote, text="One!", edited_at=inbox.now))
    inbox.page(replace(second, text="Two!", edited_at=inbox.now))
    assert inbox.texts() == ["One!", "Two!"]
    assert inbox.line_kinds() == ["message"]  # no line of its own: nobody has read the old words
    faded = inbox.backend.store.read(lambda db: db.execute(line_rows.select()).one().redraw)
    assert faded  # a reconciler that had drawn it a moment before draws it again


def test_an_edit_in_a_look(inbox: Inbox) -> None:
    wrote = inbox.write("One")
    inbox.page(wrote)
    up(inbox)
    found = {wrote.remote_id: replace(wrote, text="Two", edited_at=inbox.now), "unknown": wrote}
    inbox.backend.services.do(ingest.store_look, "bakery", found)
    assert (inbox.texts(), inbox.line_kinds()) == (["Two"], ["edited"])


def test_the_only_message_is_deleted(inbox: Inbox) -> None:
    """It stays open until a person closes it, but nobody is called late for it."""
    wrote = inbox.write("One")
    inbox.page(wrote)
    up(inbox)
    look = {wrote.remote_id: Gone()}
    inbox.backend.services.do(ingest.store_look, "bakery", look)
    inbox.backend.services.do(ingest.store_look, "bakery", look)
    assert inbox.line_kinds() == ["deleted"]
    assert inbox.texts() == [""]
    assert (inbox.conversation.stage, inbox.conversation.seq) == (Stage.OPEN, 2)
    assert (inbox.conversation.waiting_since, inbox.conversation.due_at) == (None, None)
    assert inbox.page(wrote) == 0  # an old page does not bring it back
    assert inbox.texts() == [""]


def test_deleted_and_there_again(inbox: Inbox) -> None:
    wrote = inbox.write("One")
    inbox.page(wrote)
    inbox.backend.services.do(ingest.store_look, "bakery", {wrote.remote_id: Gone()})
    inbox.backend.services.do(ingest.store_look, "bakery", {wrote.remote_id: wrote})
    assert inbox.texts() == ["One"]
    assert inbox.conversation.waiting_since == wrote.at


def test_one_of_two_is_deleted(inbox: Inbox) -> None:
    first, second = inbox.write("One", ago=9), inbox.write("Two", ago=2)
    inbox.page(first, second)
    inbox.backend.services.do(ingest.store_look, "bakery", {first.remote_id: Gone()})
    assert inbox.conversation.waiting_since == second.at


# --- again after an end -----------------------------------------------------------------------------------


def close(inbox: Inbox, stage: Stage = Stage.DONE) -> None:
    ended = replace(inbox.conversation, stage=stage, waiting_since=None)
    if stage is Stage.ANSWERED:
        inbox.save(replace(ended, answered_at=inbox.now, answered_by=TOM.id))
    else:
        inbox.save(replace(ended, closed_at=inbox.now, closed_by=TOM.id, closing=Closing.NO_ANSWER))


@pytest.mark.parametrize("stage", [Stage.DONE, Stage.ANSWERED])
def test_who_writes_again_opens_it_and_its_owner_is_told(inbox: Inbox, stage: Stage) -> None:
    inbox.page(inbox.write("One"))
    inbox.set_owner(TOM.id)
    close(inbox, stage)
    inbox.backend.clock.push(timedelta(hours=1))
    again = inbox.write("And another thing")
    inbox.page(again)
    conversation = inbox.conversation
    assert (conversation.stage, conversation.owner, conversation.closing, conversation.waiting_since) == (
        Stage.OPEN,
        TOM.id,
        None,
        again.at,
    )
    ((kind, values),) = inbox.lines()  # the words are said once, by that line
    assert kind == "reopened"
    assert values["mention"] == [TOM.id]
    assert values["message"] == inbox.messages()[1].id
    assert len(inbox.facts("reopened")) == 1


def test_an_erased_conversation_is_not_gone_on_with(inbox: Inbox) -> None:
    wrote = inbox.write("One")
    inbox.page(wrote)
    inbox.save(replace(inbox.conversation, customer="erased-0123", erased_at=inbox.now, stage=Stage.DONE))
    assert inbox.page(wrote, replace(wrote, text="edited", edited_at=inbox.now)) == 0
    inbox.backend.services.do(ingest.store_look, "bakery", {wrote.remote_id: Gone()})
    assert inbox.own(inbox.answer(wrote)) == 0
    assert inbox.page(inbox.write("It is me again")) == 1
    erased, fresh = inbox.conversations()
    assert (erased.seq, fresh.number, fresh.stage) == (1, 2, Stage.OPEN)
    assert inbox.texts(fresh) == ["It is me again"]


# --- ours -------------------------------------------------------------------------------------------------


def test_an_answer_in_the_networks_app_is_an_answer(inbox: Inbox) -> None:
    wrote = inbox.write()
    inbox.page(wrote)
    inbox.backend.clock.push(timedelta(minutes=5))
    answer = inbox.answer(wrote)
    assert inbox.own(answer) == 1
    conversation = inbox.conversation
    assert (conversation.stage, conversation.answered_at, conversation.answered_by) == (
        Stage.ANSWERED,
        answer.at,
        None,
    )
    assert conversation.waiting_since is None
    assert conversation.due_at == answer.at + inbox.backend.policy.erase_after
    assert [one.via for one in inbox.messages()] == [Via.CUSTOMER, Via.APP]
    assert inbox.line_kinds() == ["app_answer"]
    assert inbox.own(answer) == 0
    assert inbox.line_kinds() == ["app_answer"]


def test_an_answer_to_a_private_message_is_known_by_whom_it_is_for(inbox: Inbox) -> None:
    wrote = inbox.write(kind=Kind.DIRECT)
    inbox.page(wrote)
    inbox.own(replace(inbox.answer(wrote), parent_id=None, to="lena"))
    assert inbox.conversation.stage is Stage.ANSWERED


def test_who_wrote_after_our_answer_still_waits(inbox: Inbox) -> None:
    first, second = inbox.write("One", ago=9), inbox.write("Two", ago=3)
    inbox.page(first, second)
    inbox.own(inbox.answer(first, ago=5))
    assert (inbox.conversation.stage, inbox.conversation.waiting_since) == (Stage.OPEN, second.at)


def test_our_own_posts_are_no_messages(inbox: Inbox) -> None:
    inbox.page(inbox.write())
    ours = replace(inbox.answer(inbox.write()), parent_id=None, thread="root-1")
    assert (inbox.own(ours), inbox.page(ours)) == (0, 0)
    assert inbox.stages() == [Stage.OPEN]


def reply_under_way(inbox: Inbox, state: State) -> str:
    """A Send of Tom's whose call went out, its outcome not yet written down."""
    conversation, now = inbox.conversation, inbox.now
    delivery = Delivery("delivery-1", None, DeliveryType.REPLY, "bakery", State.READY, "handle-1", due_at=now)

    def add(db: Connection) -> None:
        deliveries.add(db, delivery, now=now)
        deliveries.change(db, delivery.id, now, state=state, due_at=None)
        send = sends.Send(
            id="send-1", conversation_id=conversation.id, message_id=inbox.messages()[0].id, text="Sorry!",
            digest="d", seen_seq=1, seq=2, delivery_id=delivery.id, by_user=TOM.id, at=now,
        )  # fmt: skip
        sends.add(db, send)

    inbox.backend.store.write(add)
    return delivery.id


def test_our_own_answer_before_its_outcome_is_recorded(inbox: Inbox) -> None:
    """It is not taken for one given in the app; and the page is read again, in case it was one."""
    wrote = inbox.write()
    inbox.page(wrote)
    delivery = reply_under_way(inbox, State.SENDING)
    version = inbox.version(OWN)
    ours = inbox.answer(wrote, "Sorry!")
    assert inbox.own(ours) == 0
    assert (inbox.conversation.stage, inbox.version(OWN)) == (Stage.OPEN, version)
    inbox.backend.store.write(
        lambda db: deliveries.change(db, delivery, inbox.now, state=State.SENT, remote_id=ours.remote_id)
    )
    assert inbox.own(ours) == 0
    assert inbox.version(OWN) == version + 1
    assert len(inbox.messages()) == 1  # whoever records the outcome adds it


def test_a_reply_nobody_can_tell_of_does_not_hold_the_cursor(inbox: Inbox) -> None:
    """Nor is what comes meanwhile dropped: these are other words than those."""
    wrote = inbox.write()
    inbox.page(wrote)
    reply_under_way(inbox, State.UNKNOWN)  # and no look is planned
    version = inbox.version(OWN)
    inbox.own(inbox.answer(wrote))
    assert (inbox.conversation.stage, inbox.version(OWN)) == (Stage.ANSWERED, version + 1)


def test_a_refused_reply_and_then_an_answer_in_the_app(inbox: Inbox) -> None:
    wrote = inbox.write()
    inbox.page(wrote)
    reply_under_way(inbox, State.REFUSED)
    inbox.own(inbox.answer(wrote))
    assert inbox.conversation.stage is Stage.ANSWERED


# --- posts ------------------------------------------------------------------------------------------------


def test_the_post_it_answers_is_known_and_told_once(inbox: Inbox) -> None:
    post = inbox.posted()
    inbox.page(inbox.write(by="lena"))
    inbox.page(inbox.write(by="ben"))
    assert [conversation.post_id for conversation in inbox.conversations()] == [post, post]
    told = [values for kind, values in inbox.lines("post") if kind == "people_answer"]
    assert told == [{"conversation": inbox.conversations()[0].id}]


def test_a_root_of_ours_that_was_deleted_keeps_its_conversations(inbox: Inbox) -> None:
    post = inbox.posted()
    inbox.page(inbox.write())
    inbox.backend.services.do(ingest.store_thread, "bakery", ())
    inbox.page(inbox.write("Why did you delete it?"))
    assert (inbox.conversation.post_id, inbox.conversation.stage) == (post, Stage.OPEN)


def test_the_sweep_finds_what_the_feed_did_not_tell(inbox: Inbox) -> None:
    told, missed = inbox.write("One"), inbox.write("Two", by="ben")
    inbox.page(told)
    answer = inbox.answer(missed)
    assert inbox.backend.services.do(ingest.store_thread, "bakery", (answer, missed, told)) == 2
    assert inbox.stages() == [Stage.OPEN, Stage.ANSWERED]


# --- the first sync ---------------------------------------------------------------------------------------


@pytest.fixture
def fresh(backend: Backend) -> Inbox:
    return Inbox(backend)


def older(inbox: Inbox, number: int) -> list[Inbound]:
    return [
        inbox.write(f"Older {one}", by=f"c{one}", ago=90 + one, thread=f"t{one}") for one in range(number)
    ]


@pytest.mark.parametrize("number", [0, 1, 23])
def test_the_first_sync_relays_an_hour_and_offers_the_rest(fresh: Inbox, number: int) -> None:
    recent = fresh.write("Just now", ago=50)
    fresh.page(*older(fresh, number), recent)
    assert fresh.cards("offer") == []  # our own answers are not known yet
    fresh.own()
    assert len(fresh.cards("offer")) == min(number, 1)
    assert len(fresh.cards()) == 1
    assert fresh.stages().count(Stage.OFFERED) == number


def test_what_we_answered_before_is_not_offered(fresh: Inbox) -> None:
    first, second = older(fresh, 2)
    fresh.page(first, second)
    fresh.own(fresh.answer(first, ago=80))
    assert fresh.stages() == [Stage.OFFERED, Stage.ANSWERED]
    assert len(fresh.cards("offer")) == 1
    assert fresh.cards() == []


def test_a_first_sync_in_parts_that_is_cut_short(fresh: Inbox) -> None:
    """Its parts are stored without a cursor; a crash between them is no end of the first sync."""
    found = older(fresh, 4)
    part = Page(tuple(found[:2]), None, more=True)
    fresh.backend.services.do(ingest.store_page, "bakery", NOTICES, part, 0)
    fresh.backend.clock.push(timedelta(minutes=1))
    fresh.page(*found)
    fresh.own()
    assert fresh.stages() == [Stage.OFFERED] * 4
    assert len(fresh.cards("offer")) == 1


def test_an_empty_first_sync_is_a_first_sync(fresh: Inbox) -> None:
    fresh.backend.services.do(ingest.store_page, "bakery", NOTICES, Page((), None), 0)
    assert fresh.version() == 1
    fresh.backend.clock.push(timedelta(hours=5))
    late = fresh.write("While you were down", ago=200)
    fresh.page(late)
    assert fresh.stages() == [Stage.OPEN]


def test_bringing_the_older_ones_in(fresh: Inbox) -> None:
    fresh.page(*older(fresh, 3), fresh.write("Once more", by="c0", ago=61, thread="t0"))
    fresh.own()
    assert fresh.backend.services.do(ingest.bring_in, MAYA, "bakery", key()) == 3
    assert fresh.stages() == [Stage.OPEN] * 3
    assert len(fresh.cards()) == 3
    assert fresh.line_kinds() == ["message"]  # the second message of the first customer
    with pytest.raises(NobodyWaits):
        fresh.backend.services.do(ingest.bring_in, MAYA, "bakery", key())


def test_leaving_them_and_one_writes_again(fresh: Inbox) -> None:
    fresh.page(*older(fresh, 2))
    fresh.own()
    assert fresh.backend.services.do(ingest.leave_out, MAYA, "bakery", key()) == 2
    assert fresh.stages() == [Stage.LEFT] * 2
    fresh.page(fresh.write("Hello?", by="c0", thread="t0"))
    assert sorted(fresh.stages()) == [Stage.LEFT, Stage.OPEN]
    assert len(fresh.cards()) == 1
    assert fresh.line_kinds() == ["message"]  # what was left stands on the card, the new one below


def test_offered_and_then_answered_in_the_app(fresh: Inbox) -> None:
    (only,) = older(fresh, 1)
    fresh.page(only)
    fresh.own()
    fresh.own(fresh.answer(only))
    assert fresh.stages() == [Stage.ANSWERED]
    assert fresh.cards() == []


def test_the_offer_is_the_teams(fresh: Inbox) -> None:
    fresh.page(*older(fresh, 1))
    with pytest.raises(OnlyMembers):
        fresh.backend.services.do(ingest.bring_in, GIL, "bakery", key())
    click = key()
    fresh.backend.services.do(ingest.leave_out, MAYA, "bakery", click)
    with pytest.raises(Repeated):
        fresh.backend.services.do(ingest.bring_in, MAYA, "bakery", click)


def test_a_sweep_brings_no_old_comments_in_as_new(fresh: Inbox) -> None:
    fresh.page(fresh.write())
    fresh.own()
    fresh.backend.clock.push(timedelta(hours=3))
    fresh.backend.services.do(ingest.store_thread, "bakery", (fresh.write(by="ben", ago=300),))
    assert fresh.stages() == [Stage.OPEN, Stage.OFFERED]
    assert len(fresh.cards("offer")) == 1


def test_a_message_moves_no_cursor_of_another_stream(store: Store, inbox: Inbox) -> None:
    before = inbox.version(OWN)
    inbox.page(inbox.write())
    assert inbox.version(OWN) == before


@pytest.mark.parametrize(("version", "shown"), [("2", "It was only dented."), ("1", "It is broken.")])
def test_where_no_moment_tells_of_edits_the_version_does(
    sqlite_backend: Backend, version: str, shown: str
) -> None:
    """Bluesky's messages name their version, and an answer names the version it answers."""
    inbox = Inbox(sqlite_backend).synced()
    first = inbox.write("It is broken.", reference={"parent": {"uri": "at://x", "cid": "1"}})
    inbox.page(first)
    (message,) = inbox.messages()
    now = replace(first, text="It was only dented.", reference={"parent": {"uri": "at://x", "cid": version}})
    inbox.backend.services.do(edits.take_look, message.id, now)
    assert inbox.texts() == [shown]
    (message,) = inbox.messages()
    assert message.reference["parent"]["cid"] == version
