"""The clock of conversations: who is late, once an hour and in hours; erased after the set days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.conversations import Closing, Stage
from bot.domain.hours import parse_hours
from bot.domain.shown.inbox_screens import LateCard
from bot.services.inbox import deadlines, ingest, triage
from bot.services.queries import inbox as inbox_queries
from tests.backend import ANNA, BERLIN, MAYA, TOM, Backend, key
from tests.inbox_messages import Inbox

EVENING = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)  # 17:00 in Berlin, a Tuesday


@pytest.fixture
def inbox(sqlite_backend: Backend) -> Inbox:
    return Inbox(sqlite_backend).synced()


def run(inbox: Inbox) -> None:
    inbox.backend.run(inbox.backend.worker)


def told(inbox: Inbox) -> int:
    """How many messages about who waits too long there are."""
    return len(inbox.cards("late"))


def shown(inbox: Inbox) -> LateCard:
    return inbox.backend.services.look(inbox_queries.load_late_card)


def test_past_the_target_the_approvers_are_called_once(inbox: Inbox) -> None:
    wrote = inbox.write()
    inbox.page(wrote)
    inbox.backend.services.do(triage.take, MAYA, inbox.conversation.id, key())
    inbox.backend.clock.push(timedelta(hours=3, minutes=59))
    run(inbox)
    assert told(inbox) == 0
    inbox.backend.clock.push(timedelta(minutes=1))
    run(inbox)
    run(inbox)
    assert told(inbox) == 1
    card = shown(inbox)
    assert (card.count, card.oldest, card.approvers) == (1, wrote.at, (TOM.id, ANNA.id))
    assert [row.owner for row in card.rows] == [MAYA.id]
    assert (inbox.conversation.escalated_at, inbox.conversation.due_at) == (inbox.now, None)
    assert len(inbox.facts("escalated")) == 1
    assert inbox.line_kinds() == ["taken"], "its own thread rings nobody"


def test_thirty_late_comments_ring_once_an_hour(inbox: Inbox) -> None:
    """Each late comment rang every approver."""
    for number in range(30):
        inbox.page(inbox.write(f"Comment {number}", by=f"c{number}", thread=f"t{number}"))
        inbox.backend.clock.push(timedelta(minutes=4))
    calls = []
    for _ in range(60):
        run(inbox)
        calls.append(told(inbox))
        inbox.backend.clock.push(timedelta(minutes=5))
    assert calls[-1] <= 4, "two hours from the first to the last"
    assert all(later - before <= 1 for before, later in zip(calls, calls[12:], strict=False))
    assert len(inbox.facts("escalated")) == 30
    assert shown(inbox).count == 30


def test_the_message_about_the_late_is_true_when_they_are_answered(inbox: Inbox) -> None:
    wrote = inbox.write()
    inbox.page(wrote, inbox.write("And mine?", by="ben", thread="other"))
    inbox.backend.clock.push(timedelta(hours=4))
    run(inbox)
    (card,) = inbox.cards("late")
    inbox.own(inbox.answer(wrote))
    (redrawn,) = inbox.cards("late")
    assert redrawn.wanted > card.wanted
    assert shown(inbox).count == 1
    inbox.backend.services.do(triage.close, MAYA, inbox.conversations()[1].id, Closing.NO_ANSWER, key())
    assert shown(inbox).count == 0
    assert inbox.cards("late")[0].wanted > redrawn.wanted


def test_nobody_is_called_at_night(inbox: Inbox) -> None:
    inbox.backend.clock.set(EVENING)
    inbox.page(inbox.write())
    inbox.backend.clock.push(timedelta(hours=9))
    run(inbox)
    assert told(inbox) == 0
    inbox.backend.clock.set(datetime(2026, 11, 25, 7, 0, tzinfo=UTC))
    run(inbox)
    assert told(inbox) == 0
    assert inbox.conversation.due_at == datetime(
        2026, 11, 25, 10, 0, tzinfo=UTC
    )  # one hour today, three tomorrow
    inbox.backend.clock.set(datetime(2026, 11, 25, 10, 0, tzinfo=UTC))
    run(inbox)
    assert told(inbox) == 1


def test_it_was_time_while_byhand_was_down_and_now_it_is_night(inbox: Inbox) -> None:
    inbox.page(inbox.write())
    inbox.backend.clock.set(datetime(2026, 11, 24, 22, 0, tzinfo=UTC))
    run(inbox)
    assert told(inbox) == 0
    assert inbox.conversation.due_at == datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
    inbox.backend.clock.set(datetime(2026, 11, 25, 7, 0, tzinfo=UTC))
    run(inbox)
    assert told(inbox) == 1


def test_a_new_wait_is_called_for_anew(inbox: Inbox) -> None:
    wrote = inbox.write()
    inbox.page(wrote)
    inbox.backend.clock.push(timedelta(hours=4))
    run(inbox)
    inbox.own(inbox.answer(wrote))
    inbox.backend.clock.set(datetime(2026, 11, 25, 8, 0, tzinfo=UTC))
    inbox.page(inbox.write("And now?"))
    inbox.backend.clock.push(timedelta(hours=4))
    run(inbox)
    assert told(inbox) == 2
    assert [card.current for card in inbox.cards("late")] == [False, True]


def test_who_is_answered_is_not_called_for(inbox: Inbox) -> None:
    wrote = inbox.write()
    inbox.page(wrote)
    inbox.own(inbox.answer(wrote))
    inbox.backend.clock.push(timedelta(hours=9))
    run(inbox)
    assert told(inbox) == 0


def test_a_pile_and_what_has_its_own_cards_call_together(inbox: Inbox) -> None:
    inbox.page(*(inbox.write(f"Comment {one}", by=f"c{one}") for one in range(9)))
    inbox.backend.clock.push(timedelta(hours=4))
    run(inbox)
    assert told(inbox) == 1
    assert shown(inbox).count == 9
    assert all(conversation.escalated_at for conversation in inbox.conversations())


def test_who_brings_older_ones_in_knows_that_they_are_late(sqlite_backend: Backend) -> None:
    inbox = Inbox(sqlite_backend)
    inbox.page(*(inbox.write(f"Older {one}", by=f"c{one}", ago=3000, thread=f"t{one}") for one in range(3)))
    inbox.own()
    inbox.backend.services.do(ingest.bring_in, MAYA, "bakery", key())
    run(inbox)
    assert told(inbox) == 0


def test_words_are_erased_after_the_set_days(inbox: Inbox) -> None:
    inbox.page(inbox.write("My name is Lena"))
    inbox.backend.services.do(triage.close, MAYA, inbox.conversation.id, Closing.NO_ANSWER, key())
    inbox.backend.clock.push(timedelta(days=89))
    run(inbox)
    assert inbox.texts() == ["My name is Lena"]
    inbox.backend.clock.push(timedelta(days=1))
    run(inbox)
    assert inbox.texts() == [""]
    assert inbox.conversation.customer != "lena"
    assert inbox.conversation.due_at is None


@pytest.mark.parametrize("stage", [Stage.LEFT, Stage.ANSWERED])
def test_what_was_left_or_answered_is_erased_too(sqlite_backend: Backend, stage: Stage) -> None:
    inbox = Inbox(sqlite_backend)
    wrote = inbox.write("My name is Lena", ago=90)
    inbox.page(wrote)
    inbox.own()
    if stage is Stage.LEFT:
        inbox.backend.services.do(ingest.leave_out, MAYA, "bakery", key())
    else:
        inbox.own(inbox.answer(wrote))
    inbox.backend.clock.push(timedelta(days=90))
    run(inbox)
    assert set(inbox.texts()) == {""}


def test_hours_that_changed_are_adopted_at_start(inbox: Inbox) -> None:
    inbox.page(inbox.write())
    before = inbox.conversation.due_at
    services = inbox.backend.services
    policy = replace(services.policy, hours=parse_hours("Wed 08:00-18:00", BERLIN))
    inbox.backend.services = replace(services, policy=policy)
    inbox.backend.services.do(deadlines.adopt_settings)
    after = inbox.conversation.due_at
    assert before is not None
    assert after is not None
    assert after > before
