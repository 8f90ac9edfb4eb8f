"""After a copy was put back: whatever was due or under way in it is unknown, of every kind, on both engines."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, Select, select

from bot.domain.deliveries import State
from bot.domain.gate import ALL
from bot.domain.posts import Status
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import doubt, machine, take_down
from bot.services.posts import review
from bot.services.restoring import take_as_copy
from bot.store import deliveries
from bot.store.pause import gate, pauses
from bot.store.tables.core import facts
from bot.store.tables.slack import cards, lines
from tests.backend import MAYA, TOM, Backend, key
from tests.inbox_backend import InboxBackend


def put_back(backend: Backend) -> int:
    made_at = backend.clock.now() - timedelta(minutes=5)
    return backend.services.do(take_as_copy, MAYA, made_at, key()).open_sends


def test_a_post_whose_slot_has_come_is_unknown_and_named_by_the_banner(backend: Backend) -> None:
    seen = backend.approved()
    ahead = backend.plan("Tomorrow's bread", minutes=600)
    backend.clock.push(timedelta(minutes=21))
    assert put_back(backend) == 1
    assert backend.states(seen) == {"bakery": "unknown"}
    assert backend.status(seen) is Status.PUBLISHING
    assert backend.status(ahead) is Status.SCHEDULED
    running = backend.services.look(lambda work: pauses.find_running(work.db, ALL))
    assert running is not None
    assert running.under_way == (backend.delivery_id(seen),)
    assert backend.services.look(lambda work: gate.read(work.db).rows[ALL].paused)
    told = select(facts.c.data).where(facts.c.what == "backup put back")
    assert [
        data["open_sends"] for data in backend.store.read(lambda db: db.execute(told).scalars().all())
    ] == [1]


def test_one_that_was_being_sent_is_looked_for(backend: Backend) -> None:
    seen = backend.approved()
    backend.clock.push(timedelta(minutes=20))
    backend.services.do(lambda work: deliveries.claim(
        work.db, by="dead", until=work.now, ahead=work.now, now=work.now, limit=5
    ))  # fmt: skip
    assert put_back(backend) == 1
    for _ in range(12):
        backend.push(seconds=10)
    assert backend.published == []
    assert backend.status(seen) in (Status.MISSED, Status.PUBLISHING)  # as far as absence is believed


def test_one_that_was_unknown_already_is_counted_too(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    sqlite_backend.network.faults.order(Fault.CUT_BEFORE)
    sqlite_backend.to_slot(seen)
    assert sqlite_backend.states(seen) == {"bakery": "unknown"}
    assert put_back(sqlite_backend) == 1


def test_what_cannot_be_made_again_is_asked_of_a_person(backend: Backend) -> None:
    """Its account cannot be opened here: nobody can be asked what went out there but a person."""
    seen = backend.approved()
    backend.clock.push(timedelta(minutes=21))
    backend.accounts.pop("bakery")
    assert put_back(backend) == 1
    found = backend.services.look(lambda work: deliveries.list_of_post(work.db, seen.post_id))
    assert [one.asks_a_person for one in found] == [True]
    assert found[0].reason == doubt.WHY


def test_a_take_down_is_asked_for_again_by_people(backend: Backend) -> None:
    seen = backend.approved()
    backend.to_slot(seen)
    backend.services.do(take_down.take_down, TOM, backend.delivery_id(seen), key())
    assert put_back(backend) == 1
    backend.push(seconds=10)
    asked = backend.services.look(lambda work: deliveries.list_take_downs(work.db, seen.post_id, "bakery"))
    assert [(one.state.key, one.asks_a_person) for one in asked] == [("unknown", True)]


def test_a_reply_is_not_sent_again(inbox_backend: InboxBackend) -> None:
    """A pause does not stop replies: it would have gone out once more."""
    inbox_backend.writes()
    inbox_backend.sent()
    assert put_back(inbox_backend) == 1
    assert inbox_backend.state() == "unknown"
    inbox_backend.push(hours=2)
    assert inbox_backend.network.ledger == ()


def test_one_whose_call_had_begun_is_unknown(backend: Backend) -> None:
    """The copy was made between a begin and its answer: nothing waits for a slot, and the call may have arrived."""
    seen = backend.approved()
    backend.clock.push(timedelta(minutes=20))
    [claim] = backend.services.do(machine.claim, "dead", 5)
    assert backend.services.do(machine.begin, claim) is not None
    assert backend.states(seen) == {"bakery": "sending"}
    assert put_back(backend) == 1
    assert backend.states(seen) == {"bakery": "unknown"}
    for _ in range(12):
        backend.push(seconds=10)
    assert backend.published == []


def _all(query: Select[Any], db: Connection) -> list[Any]:
    return list(db.execute(query))


def test_cards_and_lines_that_were_not_up_are_looked_for(backend: Backend) -> None:
    """Either may be up by now, and would be there twice."""
    seen = backend.approved()
    backend.services.do(review.undo, TOM, seen, key())
    before = {table: backend.store.read(partial(_all, select(table.c.id))) for table in (cards, lines)}
    put_back(backend)
    for table, ids in before.items():
        assert ids
        asked = select(table.c.created_at, table.c.asked_at).where(table.c.id.in_([one.id for one in ids]))
        rows = backend.store.read(partial(_all, asked))
        assert all(created_at == asked_at for created_at, asked_at in rows), table.name


ENDED = (State.REFUSED, State.DROPPED)


@pytest.mark.parametrize("state", ENDED)
def test_a_post_that_had_ended_is_looked_for_before_it_is_tried_again(
    sqlite_backend: Backend, state: State
) -> None:
    delivery_id = sqlite_backend.delivery_id(sqlite_backend.approved())
    _end(sqlite_backend, delivery_id, state)
    assert put_back(sqlite_backend) == 0
    assert _is_looked_for(sqlite_backend, delivery_id)


@pytest.mark.parametrize("state", ENDED)
@pytest.mark.parametrize("corrects", [False, True], ids=["answer", "correction"])
def test_an_answer_or_a_correction_that_had_ended_too(
    sqlite_inbox_backend: InboxBackend, state: State, corrects: bool
) -> None:
    sqlite_inbox_backend.writes()
    delivery_id = sqlite_inbox_backend.sent("It opens at 8")
    if corrects:
        sqlite_inbox_backend.run()
        delivery_id = sqlite_inbox_backend.sent("It opens at 9", corrects=delivery_id)
    _end(sqlite_inbox_backend, delivery_id, state)
    put_back(sqlite_inbox_backend)
    assert _is_looked_for(sqlite_inbox_backend, delivery_id)


def _end(backend: Backend, delivery_id: str, state: State) -> None:
    backend.do(lambda work: deliveries.change(work.db, delivery_id, work.now, state=state, due_at=None))


def _is_looked_for(backend: Backend, delivery_id: str) -> bool:
    found = backend.services.look(lambda work: deliveries.load(work.db, delivery_id))
    assert found is not None
    return doubt.must_be_looked_for(found)


def test_conversations_are_drawn_anew(sqlite_inbox_backend: InboxBackend) -> None:
    """Their cards show what happened since the copy, which it knows nothing of."""
    sqlite_inbox_backend.writes()
    wanted = select(cards.c.wanted).where(cards.c.kind == "talk")
    [before] = sqlite_inbox_backend.store.read(lambda db: db.execute(wanted).scalars().all())
    put_back(sqlite_inbox_backend)
    [after] = sqlite_inbox_backend.store.read(lambda db: db.execute(wanted).scalars().all())
    assert after > before
