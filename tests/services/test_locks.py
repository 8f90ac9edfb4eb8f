"""The one order of locks (`store/engine/row_locks.py`). Whoever waits for the gate holds nothing that a pause may need.

Only on PostgreSQL: SQLite's one writer cannot wait for itself. A pause is held open with the gate's rows locked; each
verb is started and comes to wait for them; then the pause asks for the post and its deliveries, at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bot.domain.deliveries import State
from bot.domain.gate import ALL
from bot.domain.outcomes import Absent, NotSent, Refused, Sent
from bot.domain.posts import Seen
from bot.domain.refusals import Refusal
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.deliveries import machine, overrides
from bot.services.deliveries.types import Begun, Claim, ToLook
from bot.services.pause import drill
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.services.posts import deadlines, edit, review
from bot.services.posts.edit import Changes
from bot.services.queries import pause as pause_queries
from bot.store.engine.store import Store
from bot.store.pause import gate
from tests.backend import MAYA, TOM, Backend, ManualClock, key
from tests.failing_client import make_failing
from tests.services.deliveries.test_posts import begun_and_lost, looked

Verb = Callable[[], object]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def backend(postgres_store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    built = Backend(postgres_store, network, clock)
    yield built
    built.worker.stop(timedelta(seconds=5))


def claimed(backend: Backend, seen: Seen) -> Claim:
    slot = backend.post(seen).slot
    assert slot
    backend.clock.set(slot - timedelta(seconds=20))
    (claim,) = backend.services.do(machine.claim, "sleeper")
    return claim


def begun(backend: Backend, seen: Seen) -> Begun:
    claim = claimed(backend, seen)
    backend.clock.push(timedelta(seconds=20))
    done = backend.services.do(machine.begin, claim)
    assert done
    return done


def unknown(backend: Backend, seen: Seen) -> ToLook:
    return looked(backend, begun_and_lost(backend, seen))


def refused(backend: Backend, seen: Seen) -> str:
    make_failing(backend).answers["publish"] = Refused("no")
    backend.to_slot(seen)
    return backend.delivery_id(seen)


def started(backend: Backend, name: str) -> tuple[Seen, Verb]:
    """A post, and a verb that is about to be done to it."""
    do, seen = backend.services.do, backend.in_review() if name == "approve" else backend.approved()
    slot = backend.post(seen).slot
    assert slot
    match name:
        case "approve" | "undo":
            return seen, lambda: do(getattr(review, name), TOM, seen, key())
        case "hold" | "kill":
            return seen, lambda: do(getattr(review, name), MAYA, seen, key())
        case "edit":
            return seen, lambda: do(edit.save_edit, MAYA, seen, Changes("New", slot), key())
        case "move":
            return seen, lambda: do(review.move, MAYA, seen, slot + MINUTE, key())
        case "post_now":
            return seen, lambda: do(review.post_now, TOM, seen, key())
        case "step":
            backend.clock.set(slot + 11 * MINUTE)
            return seen, lambda: do(deadlines.step, seen.post_id)
        case "begin" | "record_failed_upload":
            claim = claimed(backend, seen)
            backend.clock.set(slot)
            more = (NotSent("no route"),) if name == "record_failed_upload" else ()
            return seen, lambda: do(getattr(machine, name), claim, *more)
        case "record_outcome" | "stop_rest":
            one = begun(backend, seen)
            if name == "stop_rest":
                return seen, lambda: do(overrides.stop_rest, MAYA, seen, key())
            return seen, lambda: do(machine.record_outcome, one, Sent("1"))
        case "recover":
            begun(backend, seen)
            backend.clock.push(2 * MINUTE)
            return seen, lambda: do(machine.recover, "other")
        case "settle" | "it_is_there":
            look = unknown(backend, seen)
            if name == "settle":
                return seen, lambda: do(machine.settle, look, Absent(rests_on="the test says so"))
            return seen, lambda: do(overrides.confirm_sent, MAYA, look.delivery_id, key())
    delivery = refused(backend, seen)
    return seen, lambda: do(overrides.try_again, TOM, delivery, key())


VERBS = (
    "approve", "undo", "hold", "kill", "edit", "move", "post_now", "step", "begin", "record_failed_upload",
    "record_outcome", "stop_rest", "recover", "settle", "it_is_there", "try_again",
)  # fmt: skip


@pytest.mark.parametrize("name", VERBS)
def test_who_waits_for_the_gate_holds_nothing(backend: Backend, name: str) -> None:
    seen, verb = started(backend, name)

    def pause(db: Connection) -> None:
        gate.lock_exclusively(db, "all")
        other = threading.Thread(target=quietly, args=(verb,))
        other.start()
        others.append(other)
        wait_until_it_waits(backend.store)
        db.execute(text("SELECT id FROM posts WHERE id = :id FOR UPDATE NOWAIT"), {"id": seen.post_id})
        db.execute(
            text("SELECT id FROM approvals WHERE post_id = :id FOR UPDATE NOWAIT"), {"id": seen.post_id}
        )
        db.execute(
            text("SELECT id FROM deliveries WHERE post_id = :id FOR UPDATE NOWAIT"), {"id": seen.post_id}
        )

    others: list[threading.Thread] = []
    try:
        backend.store.write(pause)
    finally:
        for other in others:
            other.join(10)
            assert not other.is_alive()


def quietly(verb: Verb) -> None:
    try:
        verb()
    except Refusal:
        return


def wait_until_it_waits(store: Store) -> None:
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    until = time.monotonic() + 5
    while not store.read(lambda db: db.execute(query).scalar_one()):
        assert time.monotonic() < until, "it never came to wait for the gate"
        time.sleep(0.005)


def test_a_claim_waits_for_nobody(backend: Backend) -> None:
    """It takes what is free, and needs neither gate nor post: a pause under way keeps no other account waiting."""
    seen = backend.approved()
    slot = backend.post(seen).slot
    assert slot
    backend.clock.set(slot)
    taken: list[Any] = []

    def pause(db: Connection) -> None:
        gate.lock_exclusively(db, "all")
        thread = threading.Thread(target=lambda: taken.extend(backend.services.do(machine.claim, "quick")))
        thread.start()
        thread.join(5)

    backend.store.write(pause)
    assert len(taken) == 1
    assert backend.states(seen) == {"bakery": State.CLAIMED.key}


# --- a pause's row, then its banner ------------------------------------------------------------------------


def held_row(table: str, which: str) -> Any:
    return text(f"SELECT id FROM {table} WHERE {which} FOR UPDATE NOWAIT")


def a_running_drill(backend: Backend) -> None:
    backend.services.do(drill.start, MAYA, key())
    backend.services.do_first(drill.pause, MAYA, "rehearsal", key())


def ending_a_pause(backend: Backend, name: str) -> Verb:
    """A pause whose banner is up, and a verb about to end it."""
    if name == "drill":
        a_running_drill(backend)
        return lambda: backend.services.do(drill.stop, MAYA, key())
    done = backend.services.do_first(pausing.pause, MAYA, ALL, "", key())
    if name == "remind":
        backend.clock.push(61 * MINUTE)
        return lambda: backend.services.do(pausing.remind, done.pause_id)
    if name == "elsewhere":
        return lambda: backend.services.do(
            pausing.mark_done_elsewhere, MAYA, done.pause_id, pausing.NATIVE, key()
        )
    form = backend.services.look(pause_queries.load_resume_form, ALL)
    assert form is not None
    return lambda: backend.services.do(resuming.resume, TOM, ALL, form.epoch, {}, key())


@pytest.mark.parametrize("name", ["resume", "remind", "elsewhere", "drill"])
def test_who_waits_for_a_pauses_row_holds_no_banner(backend: Backend, name: str) -> None:
    """A resume redrew every banner, then wrote that its pause was over; a reminder took the two the other way round.
    Each waited for the other, once in many runs of the random interleavings."""
    backend.in_review()
    verb = ending_a_pause(backend, name)
    others: list[threading.Thread] = []

    def hold(db: Connection) -> None:
        db.execute(held_row("pauses", "ended_at IS NULL"))
        others.append(threading.Thread(target=quietly, args=(verb,)))
        others[0].start()
        wait_until_it_waits(backend.store)
        assert db.execute(held_row("cards", "kind = 'banner'")).all()

    try:
        backend.store.write(hold)
    finally:
        for other in others:
            other.join(10)
            assert not other.is_alive()


def test_the_drills_clock_waits_for_the_gate_with_empty_hands(backend: Backend) -> None:
    """Its step wrote down when every card had changed, and asked for the gate then: a real pause that ended the same
    drill had the gate, and wanted that row."""
    a_running_drill(backend)
    drawn = text("UPDATE cards SET shown = wanted")
    backend.store.write(lambda db: db.execute(drawn))
    step = threading.Thread(target=backend.services.do, args=(drill.step,))

    def pause(db: Connection) -> None:
        gate.lock_exclusively(db, ALL)
        step.start()
        wait_until_it_waits(backend.store)
        assert db.execute(held_row("drills", "ended_at IS NULL")).all()

    try:
        backend.store.write(pause)
    finally:
        step.join(10)
        assert not step.is_alive()


def test_two_processes_may_start_at_once(backend: Backend) -> None:
    """Both make the rows of accounts that are new: neither waits in a circle, neither fails."""
    names = [f"shop{number}" for number in range(5)]
    failed: list[BaseException] = []
    late = threading.Thread(target=lambda: failed.extend(caught(backend.store, names)))

    def first(db: Connection) -> None:
        gate.make_rows(db, names)
        late.start()
        wait_until_it_waits(backend.store)

    backend.store.write(first)
    late.join(10)
    assert not late.is_alive()
    assert failed == []


def caught(store: Store, names: list[str]) -> list[BaseException]:
    try:
        store.write(lambda db: gate.make_rows(db, reversed(names)))
    except DBAPIError as error:
        return [error]
    return []
