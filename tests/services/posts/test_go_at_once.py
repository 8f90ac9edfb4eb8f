"""A Go pressed twice at the same moment, and a Go, a hold and a pause at once: on SQLite one waits for the other, on
PostgreSQL they really are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import permutations
from threading import Barrier, Thread

import pytest

from bot.domain.approvals import Approval
from bot.domain.kinds import ApprovalType
from bot.domain.people import Person
from bot.domain.posts import Seen, Status
from bot.domain.refusals import Refusal
from bot.services.pause import pause
from bot.services.posts import review
from bot.store.pause import gate
from bot.store.posts import approvals
from tests.backend import ANNA, MAYA, TOM, Backend, key

DAY = 24 * 60


def still_right(backend: Backend) -> Seen:
    """Its words were approved yesterday, its card is up."""
    seen = backend.plan(minutes=DAY)
    backend.services.do(review.approve, TOM, seen, key())
    backend.push(minutes=DAY - 20)
    return backend.now_seen(seen)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Each on a thread of its own; the refusals, by their names."""
    refused: list[str] = []
    start = Barrier(len(acts))

    def act(one: Callable[[], object]) -> None:
        start.wait(10)
        try:
            one()
        except Refusal as refusal:
            refused.append(type(refusal).__name__)

    threads = [Thread(target=act, args=(one,)) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return refused


def list_given(backend: Backend, seen: Seen) -> list[Approval]:
    version = backend.post(seen).version.id
    return backend.store.read(lambda db: approvals.list_of_version(db, version))


@pytest.mark.parametrize("people", [(MAYA, ANNA), (MAYA, MAYA)])
def test_two_who_say_go(backend: Backend, people: tuple[Person, ...]) -> None:
    """One of them said it; the other hears how the post stands. Also of one who presses twice."""
    seen = still_right(backend)
    acts = [partial(backend.services.do, review.go, one, seen, key()) for one in people]
    assert at_once(*acts) == ["NotFrom"]
    assert [one.kind for one in list_given(backend, seen)] == [ApprovalType.APPROVE, ApprovalType.GO]
    assert backend.status(seen) is Status.APPROVED
    backend.to_slot(seen)
    assert len(backend.published) == 1


def the_three(backend: Backend, seen: Seen) -> tuple[Callable[[], object], ...]:
    """A Go, a hold and a pause."""
    do = backend.services.do
    return (
        partial(do, review.go, MAYA, seen, key()),
        partial(do, review.hold, ANNA, seen, key()),
        partial(do, pause.pause, TOM, "bakery", "recall", key()),
    )


def check_nothing_is_left(backend: Backend, seen: Seen) -> None:
    """It is on hold, its words are approved, and nothing the Go said counts."""
    assert backend.status(seen) is Status.HELD
    epochs = backend.store.read(lambda db: gate.read(db).epochs_for(("bakery",)))
    version, given = backend.post(seen).version, list_given(backend, seen)
    assert [one.kind for one in given if one.counts_for(version, epochs)] == [ApprovalType.APPROVE]
    backend.to_slot(seen)
    assert backend.published == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_go_a_hold_and_a_pause_within_the_same_second(backend: Backend, order: tuple[int, ...]) -> None:
    """One after the other, in every order; the clock stands still."""
    seen = still_right(backend)
    acts = the_three(backend, seen)
    for place in order:
        at_once(acts[place])
    check_nothing_is_left(backend, seen)


def test_a_go_a_hold_and_a_pause_at_once(backend: Backend) -> None:
    """Nobody waits in a circle, and nothing is left of the Go."""
    seen = still_right(backend)
    at_once(*the_three(backend, seen))
    check_nothing_is_left(backend, seen)
