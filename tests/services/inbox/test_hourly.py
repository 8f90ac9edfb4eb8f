"""One message an hour for who is new and waits, and how often phones ring when many press."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.domain.conversations import Closing, Kind
from bot.domain.duty import parse_rota
from bot.domain.hours import parse_hours
from bot.domain.shown.inbox_screens import NewCard
from bot.services.inbox import deadlines, ingest, triage
from bot.services.inbox.rings import RINGS
from bot.services.queries import conversations as conversation_queries
from bot.services.queries import inbox as inbox_queries
from tests.backend import ANNA, BERLIN, MAYA, TOM, Backend, ManualClock, key
from tests.inbox_messages import Inbox

HOUR = timedelta(hours=1)


@pytest.fixture
def inbox(sqlite_backend: Backend) -> Inbox:
    return Inbox(sqlite_backend).synced()


def run(inbox: Inbox) -> None:
    inbox.backend.run(inbox.backend.worker)


def push(inbox: Inbox, **by: float) -> None:
    inbox.backend.push(inbox.backend.worker, **by)


def told(inbox: Inbox) -> int:
    """How many messages about who is new there are."""
    return len(inbox.cards("new"))


def shown(inbox: Inbox) -> NewCard:
    return inbox.backend.services.look(inbox_queries.load_new_card)


def mention(inbox: Inbox, text: str, number: int, by: str = "spammer") -> None:
    """Below a post of its own each time: a conversation of its own."""
    wrote = inbox.write(text, by=by, kind=Kind.MENTION, thread=f"theirs-{number}", parent_id=None)
    inbox.page(wrote)


def ringing(inbox: Inbox) -> int:
    """How many cards ring the approvers by themselves."""
    look = inbox.backend.services.look
    cards = [look(conversation_queries.load_conversation_card, one.id) for one in inbox.conversations()]
    return sum(bool(card and card.rung) for card in cards)


# --- what presses nobody -----------------------------------------------------------------------------


def test_who_waits_an_hour_stands_on_one_message(inbox: Inbox) -> None:
    """New messages rang nobody, and nothing said that they were there."""
    inbox.page(inbox.write())
    push(inbox, minutes=20)
    inbox.page(inbox.write("And on Sunday?", by="ben", thread="other"))
    push(inbox, minutes=39)
    assert told(inbox) == 0
    push(inbox, minutes=1)
    run(inbox)
    assert told(inbox) == 1
    card = shown(inbox)
    assert (card.count, card.quiet) == (2, 0), "it rings nobody"
    assert [row.name for row in card.rows] == ["Lena", "Ben"]
    assert inbox.facts("rang the approvers") == []


def test_nobody_new_no_message(inbox: Inbox) -> None:
    inbox.page(inbox.write())
    push(inbox, hours=1)
    for _ in range(5):
        push(inbox, minutes=30)
    assert told(inbox) == 1, "nothing is new since"
    assert inbox.cards("late") == [], "and nobody is late"


@pytest.mark.parametrize("how", ["taken", "closed", "answered"])
def test_who_is_looked_after_within_the_hour_is_not_told_of(inbox: Inbox, how: str) -> None:
    wrote = inbox.write()
    inbox.page(wrote)
    do = inbox.backend.services.do
    if how == "taken":
        do(triage.take, MAYA, inbox.conversation.id, key())
    elif how == "closed":
        do(triage.close, MAYA, inbox.conversation.id, Closing.NO_ANSWER, key())
    else:
        inbox.own(inbox.answer(wrote))
    push(inbox, hours=3)
    assert told(inbox) == 0


def test_thirty_comments_in_a_morning_are_a_line_an_hour(inbox: Inbox) -> None:
    for number in range(30):
        inbox.page(inbox.write(f"Comment {number}", by=f"c{number}", thread=f"t{number}"))
        push(inbox, minutes=6)
    moments = [card.created_at for card in inbox.cards("new")]
    assert 2 <= len(moments) <= 3
    assert all(later - before >= HOUR for before, later in pairwise(moments))
    assert [card.current for card in inbox.cards("new")] == [False] * (len(moments) - 1) + [True]


def test_the_message_is_true_when_somebody_takes_them(inbox: Inbox) -> None:
    inbox.page(inbox.write(), inbox.write("And mine?", by="ben", thread="other"))
    push(inbox, hours=1)
    (card,) = inbox.cards("new")
    lena, ben = inbox.conversations()
    inbox.backend.services.do(triage.take, MAYA, lena.id, key())
    (redrawn,) = inbox.cards("new")
    assert redrawn.wanted > card.wanted
    assert shown(inbox).count == 1
    inbox.backend.services.do(triage.close, MAYA, ben.id, Closing.NO_ANSWER, key())
    assert shown(inbox).count == 0
    assert inbox.cards("new")[0].wanted > redrawn.wanted


def test_who_is_late_stands_on_the_other_message(inbox: Inbox) -> None:
    inbox.page(inbox.write())
    push(inbox, hours=1)
    push(inbox, hours=3)
    assert len(inbox.cards("late")) == 1
    assert shown(inbox).count == 0
    assert told(inbox) == 1


def test_not_at_night(inbox: Inbox) -> None:
    inbox.backend.clock.set(datetime(2026, 11, 24, 16, 30, tzinfo=UTC))  # half past five in Berlin
    inbox.page(inbox.write())
    push(inbox, hours=10)
    assert told(inbox) == 0
    inbox.backend.clock.set(datetime(2026, 11, 25, 7, 0, tzinfo=UTC))
    run(inbox)
    assert told(inbox) == 1


def test_it_was_time_while_byhand_was_down(inbox: Inbox) -> None:
    inbox.page(inbox.write())
    inbox.backend.clock.push(timedelta(hours=2))
    inbox.backend.services.do(deadlines.adopt_settings)
    inbox.backend.worker = inbox.backend.new_worker("after the restart")
    run(inbox)
    assert told(inbox) == 1
    inbox.backend.services.do(deadlines.adopt_settings)
    run(inbox)
    assert told(inbox) == 1, "once"
    assert inbox.cards("late") == [], "and nobody is late"


def test_down_until_the_night(inbox: Inbox) -> None:
    inbox.page(inbox.write())
    inbox.backend.clock.set(datetime(2026, 11, 24, 22, 0, tzinfo=UTC))
    inbox.backend.services.do(deadlines.adopt_settings)
    run(inbox)
    assert told(inbox) == 0
    inbox.backend.clock.set(datetime(2026, 11, 25, 7, 0, tzinfo=UTC))
    run(inbox)
    assert told(inbox) == 1


def test_an_hour_is_an_hour_when_clocks_go_back(inbox: Inbox) -> None:
    """In Berlin it is half past two twice that night."""
    services = inbox.backend.services
    policy = replace(services.policy, hours=parse_hours("Mon-Sun 00:00-24:00", BERLIN))
    inbox.backend.services = replace(services, policy=policy)
    inbox.backend.worker = inbox.backend.new_worker("open at night")
    inbox.backend.clock.set(datetime(2027, 10, 31, 0, 30, tzinfo=UTC))
    inbox.page(inbox.write())
    push(inbox, minutes=59)
    assert told(inbox) == 0
    push(inbox, minutes=1)
    assert inbox.now.astimezone(ZoneInfo("Europe/Berlin")).hour == 2
    assert told(inbox) == 1


def test_a_clock_that_was_wrong_silences_nobody(inbox: Inbox, clock: ManualClock) -> None:
    """It ran a day ahead, a message was put up, and it was set right: the next ones came a day later."""
    clock.put_wrong(timedelta(days=1))
    inbox.page(inbox.write())
    push(inbox, hours=1)
    clock.put_wrong(timedelta(days=-1))
    inbox.page(inbox.write("And now?", by="ben", thread="other"))
    push(inbox, hours=1)
    assert told(inbox) == 2
    for number in range(RINGS):
        mention(inbox, "Mine is broken", number, by=f"c{number}")
    assert ringing(inbox) == RINGS


def test_two_workers_put_up_one(backend: Backend) -> None:
    """On PostgreSQL each found no message of this hour, and both put one up."""
    inbox = Inbox(backend).synced()
    for number in range(8):
        inbox.page(inbox.write(f"Comment {number}", by=f"c{number}", thread=f"t{number}"))
    backend.clock.push(HOUR)
    steps = [one.id for one in inbox.conversations()]
    together = threading.Barrier(len(steps))

    def step(conversation_id: str) -> None:
        together.wait(20)
        backend.services.do(deadlines.step, conversation_id)

    threads = [threading.Thread(target=step, args=(one,)) for one in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [card.current for card in inbox.cards("new")] == [True]
    assert shown(inbox).count == len(steps)


# --- what presses ------------------------------------------------------------------------------------


def test_a_spammer_rings_three_times_and_then_once(inbox: Inbox) -> None:
    """Every approver was rung a hundred times."""
    for number in range(100):
        mention(inbox, f"Broken, broken, number {number} of many words", number)
    run(inbox)
    assert len(inbox.conversations()) == 100
    assert len(inbox.cards("talk")) == 100, "each has its card"
    assert ringing(inbox) == RINGS == 3
    assert told(inbox) == 1, "at once, for the others"
    card = shown(inbox)
    assert (card.count, card.quiet, card.approvers) == (100, 97, (TOM.id, ANNA.id))
    push(inbox, minutes=59)
    assert told(inbox) == 1


def test_a_flood_that_goes_on_rings_four_times_an_hour(inbox: Inbox) -> None:
    rung = []
    for number in range(60):
        mention(inbox, f"Broken, broken, number {number} of many words", number)
        push(inbox, minutes=5)
        rung.append(len(inbox.facts("rang the approvers")) + told(inbox))
    assert all(later - before <= 2 * (RINGS + 1) for before, later in zip(rung, rung[12:], strict=False))
    assert rung[-1] <= 6 * (RINGS + 1)


def test_private_messages_count_as_well(inbox: Inbox) -> None:
    for number in range(5):
        wrote = inbox.write(
            f"Call me, number {number}", by=f"c{number}", kind=Kind.DIRECT, root_is_ours=False
        )
        inbox.page(wrote)
    run(inbox)
    assert ringing(inbox) == RINGS
    assert shown(inbox).quiet == 2
    assert {row.text for row in shown(inbox).rows} == {""}, "none of their words"


def test_who_is_on_shift_is_rung_and_stays_named(inbox: Inbox) -> None:
    """A card that is drawn again after a shift has ended names those whom it rang. Of a private message the approvers
    are rung as well: whoever is on shift need not be in its channel."""
    backend = inbox.backend
    rota = parse_rota(["Tue 00:00-24:00 U0MAYA"])
    backend.services = replace(backend.services, policy=replace(backend.services.policy, rota=rota))
    mention(inbox, "Broken, all of it", 1)
    inbox.page(inbox.write("Call me", by="ben", kind=Kind.DIRECT, root_is_ours=False))
    look = backend.services.look
    for _ in ("while they are", "after it"):
        cards = [look(conversation_queries.load_conversation_card, one.id) for one in inbox.conversations()]
        assert [card.rung for card in cards if card] == [(MAYA.id,), (TOM.id, ANNA.id, MAYA.id)]
        backend.clock.push(timedelta(days=1))
    mention(inbox, "Broken as well", 2)
    last = look(conversation_queries.load_conversation_card, inbox.conversations()[-1].id)
    assert last is not None
    assert last.rung == (TOM.id, ANNA.id), "nobody is on shift"


def test_it_rings_again_after_an_hour(inbox: Inbox) -> None:
    for number in range(RINGS):
        mention(inbox, "Mine is broken", number, by=f"c{number}")
    push(inbox, minutes=61)
    mention(inbox, "Mine is broken, too", 9, by="late")
    assert ringing(inbox) == RINGS + 1


def test_what_presses_in_a_pile_is_told_of(inbox: Inbox) -> None:
    """The lines of a pile ring nobody: a complaint among them waited for the answer target."""
    inbox.page(*(inbox.write(f"Comment {one}", by=f"c{one}") for one in range(6)))
    inbox.page(inbox.write("Mine is broken, and nobody answers", by="angry"))
    run(inbox)
    assert told(inbox) == 1
    assert shown(inbox).quiet == 1
    assert shown(inbox).rows[0].name == "Angry", "before all others"


def test_many_who_write_again_ring_no_more_than_that(inbox: Inbox) -> None:
    """What was done comes back with a word to look at first: a line for each, which rings only the first few times."""
    for number in range(6):
        wrote = inbox.write(f"Hello number {number}", by=f"c{number}", thread=f"t{number}")
        inbox.page(wrote)
    for one in inbox.conversations():
        inbox.backend.services.do(triage.close, MAYA, one.id, Closing.NO_ANSWER, key())
    for number in range(6):
        inbox.page(inbox.write("It is broken", by=f"c{number}", thread=f"t{number}"))
    run(inbox)
    calls = [values["mention"] for kind, values in inbox.lines() if kind == "reopened"]
    assert [bool(each) for each in calls] == [True] * RINGS + [False] * 3
    assert told(inbox) == 1
    assert shown(inbox).quiet == 3


def test_bringing_in_many_rings_no_more_than_that(sqlite_backend: Backend) -> None:
    inbox = Inbox(sqlite_backend)
    found = [
        inbox.write(f"Call me {one}", by=f"c{one}", ago=90, kind=Kind.DIRECT, root_is_ours=False)
        for one in range(9)
    ]
    inbox.page(*found)
    inbox.own()
    inbox.backend.services.do(ingest.bring_in, MAYA, "bakery", key())
    assert ringing(inbox) == RINGS == 3


def test_three_pages_of_one_poll_count_together(inbox: Inbox) -> None:
    """A flood comes in several transactions: each would have had its own three."""
    for page in range(3):
        found = [
            inbox.write(
                f"Broken {page} {one}",
                by=f"c{page}{one}",
                kind=Kind.MENTION,
                thread=f"t{page}{one}",
                parent_id=None,
            )
            for one in range(4)
        ]
        inbox.page(*found)
    assert ringing(inbox) == RINGS


def close_all(inbox: Inbox) -> None:
    for one in inbox.conversations():
        inbox.backend.services.do(triage.close, MAYA, one.id, Closing.NO_ANSWER, key())


def test_two_pollers_at_once_count_together(backend: Backend) -> None:
    """Two processes, each with an account of its own, counted the rings of the hour at the same moment: there were six.
    Who writes again needs no new number, for which the one would have waited for the other."""
    shops = [Inbox(backend, account).synced() for account in ("bakery", "cafe")]
    for inbox in shops:
        inbox.page(*(inbox.write("Hello", by=f"{inbox.account}{one}", thread=f"t{one}") for one in range(4)))
    close_all(shops[0])
    together = threading.Barrier(len(shops))

    def poll(inbox: Inbox) -> None:
        again = [inbox.write("Broken", by=f"{inbox.account}{one}", thread=f"t{one}") for one in range(4)]
        together.wait(20)
        inbox.page(*again)

    threads = [threading.Thread(target=poll, args=(inbox,)) for inbox in shops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(shops[0].facts("rang the approvers")) == RINGS


def test_who_began_later_and_was_faster_counts(inbox: Inbox, clock: ManualClock) -> None:
    """Its rings lay in the future of the one that had waited for it, and were not counted."""
    clock.push(timedelta(seconds=2))
    for number in range(RINGS):
        mention(inbox, "Mine is broken", number, by=f"c{number}")
    clock.put_wrong(timedelta(seconds=-2))
    mention(inbox, "Mine is broken, too", 9, by="late")
    assert ringing(inbox) == RINGS
