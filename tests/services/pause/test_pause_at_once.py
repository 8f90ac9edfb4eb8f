"""Pauses, resumes and begins at the same moment: whoever is second sees what the first has done, and nobody waits long.

Only on PostgreSQL: SQLite's one writer does one thing after the other. The first is held open with its locks, the
second is started and comes to wait; then the first commits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from bot.domain.gate import ALL, DRILL
from bot.domain.policy import Policy
from bot.domain.posts import Fate, Post, Seen, Status
from bot.domain.preflight.due import find_due_moment
from bot.domain.refusals import NoDrill, NotPaused, PausedAgain
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services import settings_changes
from bot.services.deliveries import machine
from bot.services.deliveries.types import Claim
from bot.services.pause import drill, pause
from bot.services.pause import resume as resuming
from bot.services.pause.resume import Choice
from bot.services.posts import review
from bot.services.queries import pause as pause_queries
from bot.store.engine.store import Store
from bot.store.pause import gate, pauses
from bot.store.posts import posts
from tests.backend import ANNA, MAYA, TOM, Backend, ManualClock, key

MINUTE = timedelta(minutes=1)
AT_ONCE = 8  # begins that hold the gate, one after the other and all together
BEGIN = 0.02  # seconds each of them takes
PATIENCE = 1.0  # seconds a pause may wait for begins


@pytest.fixture
def backend(postgres_store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    built = Backend(postgres_store, network, clock)
    yield built
    built.worker.stop(timedelta(seconds=5))


@pytest.fixture
def other() -> Iterator[ThreadPoolExecutor]:
    """Another pair of hands."""
    with ThreadPoolExecutor(1, "other") as executor:
        yield executor


def epoch(backend: Backend) -> int:
    form = backend.services.look(pause_queries.load_resume_form, ALL)
    assert form is not None
    return form.epoch


def missed_in_a_pause(backend: Backend) -> tuple[Seen, int]:
    """A post that missed its slot while everything is paused; and the epoch of that pause."""
    seen = backend.in_review()
    backend.services.do_first(pause.pause, MAYA, ALL, "recall news", key())
    backend.push(minutes=25)
    return seen, epoch(backend)


def while_it_waits(
    backend: Backend, other: ThreadPoolExecutor, first: Callable[[Any], object], second: Callable[[], object]
) -> Future[object]:
    """Do `first`; before its commit `second` is begun, and waits. → what becomes of the second"""
    begun: list[Future[object]] = []

    def both(db: Connection) -> None:
        first(backend.services.work(db))
        begun.append(other.submit(second))
        wait_until_it_waits(backend.store)

    backend.store.write(both)
    return begun[0]


def wait_until_it_waits(store: Store) -> None:
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    until = time.monotonic() + 5
    while not store.read(lambda db: db.execute(query).scalar_one()):
        assert time.monotonic() < until, "it never came to wait"
        time.sleep(0.005)


def two_claims(backend: Backend) -> tuple[Claim, ...]:
    """Both accounts' claims of one post whose slot has come."""
    backend.approved(accounts=("bakery", "cafe"))
    backend.clock.push(20 * MINUTE)
    claims = backend.services.do(machine.claim, "worker-1")
    assert len(claims) == 2
    return claims


def test_a_pause_waits_for_a_begin_and_names_it(backend: Backend, other: ThreadPoolExecutor) -> None:
    """The second account's: nothing locks the post of the first one's send that is under way, so only the gate can
    keep the pause waiting. Without its lock the pause answered, and the second account's send came after."""
    first, second = two_claims(backend)
    assert backend.services.do(machine.begin, first)
    paused = while_it_waits(
        backend, other,
        lambda work: machine.begin(work, second),
        lambda: backend.services.do_first(pause.pause, MAYA, ALL, "recall news", key()),
    )  # fmt: skip
    done: Any = paused.result(10)
    told = backend.store.read(lambda db: pauses.load(db, done.pause_id))
    assert told is not None
    assert set(told.under_way) == {first.delivery_id, second.delivery_id}


def test_a_begin_waits_for_a_pause_and_does_not_begin(backend: Backend, other: ThreadPoolExecutor) -> None:
    first, second = two_claims(backend)
    assert backend.services.do(machine.begin, first)
    begun = while_it_waits(
        backend, other,
        lambda work: pause.pause(work, MAYA, ALL, "recall news", key()),
        lambda: backend.services.do(machine.begin, second),
    )  # fmt: skip
    assert begun.result(10) is None


def test_of_two_resumes_one_counts(backend: Backend, other: ThreadPoolExecutor) -> None:
    """Both saw the same form. The second changes nothing of what the first chose, and is told."""
    seen, known = missed_in_a_pause(backend)
    slot = backend.clock.now() + 180 * MINUTE
    moved, killed = {seen: Choice(Fate.MOVE, slot)}, {seen: Choice(Fate.KILL)}
    second = while_it_waits(
        backend, other,
        lambda work: resuming.resume(work, TOM, ALL, known, moved, key()),
        lambda: backend.services.do(resuming.resume, ANNA, ALL, known, killed, key()),
    )  # fmt: skip
    with pytest.raises(NotPaused):
        second.result(10)
    assert (backend.status(seen), backend.post(seen).slot) == (Status.SCHEDULED, slot)
    ended = backend.store.read(lambda db: db.execute(text("SELECT ended_by, summary FROM pauses")).one())
    assert (ended.ended_by, ended.summary["moved"], ended.summary["killed"]) == (TOM.id, 1, 0)


def test_a_resume_that_meets_another_pause_is_refused(backend: Backend, other: ThreadPoolExecutor) -> None:
    """It was checked against a gate that had been paused again by the time it was its turn."""
    seen, known = missed_in_a_pause(backend)
    resumed = while_it_waits(
        backend, other,
        lambda work: pause.pause(work, ANNA, ALL, "and again", key()),
        lambda: backend.services.do(resuming.resume, TOM, ALL, known, {seen: Choice(Fate.KILL)}, key()),
    )  # fmt: skip
    with pytest.raises(PausedAgain):
        resumed.result(10)
    row = backend.store.read(gate.read).rows[ALL]
    assert (row.paused, row.epoch) == (True, known + 1)
    assert backend.status(seen) is Status.MISSED, "what was chosen is not done either"
    assert backend.store.read(lambda db: pauses.find_running(db, ALL)) is not None


def test_a_pause_that_meets_a_resume_is_a_new_one(backend: Backend, other: ThreadPoolExecutor) -> None:
    """It waited for the resume, and must not take its pause for one that still runs."""
    _, known = missed_in_a_pause(backend)
    paused = while_it_waits(
        backend, other,
        lambda work: resuming.resume(work, TOM, ALL, known, {}, key()),
        lambda: backend.services.do_first(pause.pause, ANNA, ALL, "and again", key()),
    )  # fmt: skip
    done: Any = paused.result(10)
    assert (done.first, done.by) == (True, ANNA.id)
    row = backend.store.read(gate.read).rows[ALL]
    assert (row.paused, row.epoch, row.by) == (True, known + 1, ANNA.id)
    running = backend.store.read(lambda db: pauses.find_running(db, ALL))
    assert running is not None
    assert running.id == done.pause_id


def test_a_drills_pause_that_meets_its_end_pauses_nothing(
    backend: Backend, other: ThreadPoolExecutor
) -> None:
    """It had looked before it waited; the drill's gate stayed shut, and the next drill began paused."""
    backend.services.do(drill.start, MAYA, key())
    paused = while_it_waits(
        backend, other,
        lambda work: drill.stop(work, TOM, key()),
        lambda: backend.services.do_first(drill.pause, MAYA, "", key()),
    )  # fmt: skip
    with pytest.raises(NoDrill):
        paused.result(10)
    assert not backend.store.read(gate.read).rows[DRILL].paused


def test_settings_adopted_at_a_start_overwrite_no_new_time(
    backend: Backend, other: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Next moments are worked out from posts read without a lock. Somebody who picked a new time just then had it
    overwritten by the old one's moment: the review of a post moved forward opened too late."""
    seen = backend.plan(minutes=300)
    sooner = backend.clock.now() + 60 * MINUTE

    def meanwhile(post: Post, policy: Policy) -> datetime | None:
        other.submit(backend.services.do, review.move, MAYA, seen, sooner, key()).result(10)
        return find_due_moment(post, policy)

    monkeypatch.setattr(settings_changes, "find_due_moment", meanwhile)
    backend.services.do(settings_changes.adopt_settings)
    assert backend.store.read(posts.find_next_due) == sooner - 30 * MINUTE


def test_a_crowd_of_begins_does_not_keep_a_pause_waiting(backend: Backend) -> None:
    """A row that is shared can be shared by one more, past a pause that waits for it: while begins came without a gap,
    no pause got in. They queue behind it now."""
    stop = threading.Event()
    begins: list[float] = []

    def begin(db: Connection) -> None:
        gate.lock_shared(db, backend.policy.accounts)
        stop.wait(BEGIN)

    def crowd() -> None:
        give_up = time.monotonic() + 10
        while not stop.is_set() and time.monotonic() < give_up:
            backend.store.write(begin)
            begins.append(time.monotonic())

    threads = [threading.Thread(target=crowd) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    try:
        until = time.monotonic() + 5
        while len(begins) < 2 * AT_ONCE:
            assert time.monotonic() < until, "the crowd never came together"
            time.sleep(0.005)
        called, before = time.monotonic(), len(begins)
        backend.services.do_first(pause.pause, MAYA, ALL, "recall news", key())
        took, meanwhile = time.monotonic() - called, len(begins) - before
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
    assert took < PATIENCE, f"it waited {took:.1f} s, and {meanwhile} begins went past it"
    assert meanwhile <= 3 * AT_ONCE
