"""P1, P2 and P4 where a process dies around a yes, or between two of them and the send: each counts once or not at all,
and what they let go goes out once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.kinds import ApprovalType
from bot.domain.people import Person
from bot.domain.posts import Seen, Status
from bot.services.posts import review
from bot.services.unit_of_work import UnitOfWork
from bot.store.posts import approvals
from tests.backend import MAYA, TOM, Backend, key
from tests.promises.crashes import Bomb, Life, press

DAY = 24 * 60
TEXT = "Fresh bread at nine"
STEPS = [
    (when, step) for step in ("claim", "begin", "publish", "record_outcome") for when in ("before", "after")
]


def words_approved(backend: Backend) -> Seen:
    """Its words were approved yesterday, its card is up, its slot twenty minutes ahead."""
    seen = backend.plan(TEXT, minutes=DAY)
    backend.services.do(review.approve, TOM, seen, key())
    backend.push(minutes=DAY - 20)
    return backend.now_seen(seen)


def both_said(backend: Backend) -> Seen:
    """And somebody has said Go."""
    seen = words_approved(backend)
    backend.services.do(review.go, MAYA, seen, key())
    return seen


def list_kinds(backend: Backend, seen: Seen) -> list[ApprovalType]:
    """Of what stands."""
    version = backend.post(seen).version.id
    given = backend.store.read(lambda db: approvals.list_of_version(db, version))
    return [one.kind for one in given if one.revoked_at is None]


def live_on(backend: Backend, life: Life) -> None:
    """The next process, until all is over."""
    after = life.reborn()
    for _ in range(40):
        backend.push(after, minutes=1)
    after.stop(timedelta(seconds=5))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("prepare", "verb", "person", "stands"),
    [
        (Backend.in_review, review.approve, TOM, [ApprovalType.APPROVE]),
        (Backend.in_review, review.approve_words, TOM, [ApprovalType.APPROVE]),
        (words_approved, review.go, MAYA, [ApprovalType.APPROVE, ApprovalType.GO]),
    ],
    ids=["approve", "approve_words", "go"],
)
def test_a_yes_counts_once_whatever_dies(
    backend: Backend, prepare: Callable[[Backend], Seen], verb: Any, person: Person, stands: list[ApprovalType],
    when: str,
) -> None:  # fmt: skip
    seen, bomb = prepare(backend), Bomb(when, verb.__name__)
    press(backend, bomb, verb, person, backend.now_seen(seen), key())
    assert bomb.gone
    assert list_kinds(backend, seen) == stands
    live_on(backend, Life(backend, bomb))
    goes_out = verb is not review.approve_words
    assert backend.published == ([TEXT] if goes_out else []), "words alone say nothing of the moment"
    assert backend.status(seen) is (Status.PUBLISHED if goes_out else Status.MISSED)


@pytest.mark.parametrize(("when", "step"), STEPS)
def test_a_crash_at_each_step_of_what_two_yeses_let_go(backend: Backend, when: str, step: str) -> None:
    """It goes out once, as what was approved at once does; the approval that its attempt names is the Go."""
    seen, life = both_said(backend), Life(backend, Bomb(when, step))
    life.live(life.worker(), timedelta(minutes=21))
    assert life.bomb.gone, "the bomb never went off: the step was renamed?"
    after = life.reborn()
    backend.live(timedelta(minutes=7), after)
    after.stop(timedelta(seconds=5))
    assert backend.published == [TEXT]
    assert backend.status(seen) is Status.PUBLISHED


@pytest.mark.parametrize("by", [MAYA, TOM], ids=["the Go", "the words"])
@pytest.mark.parametrize("step", ["claim", "begin"])
def test_taken_back_while_no_process_lives(backend: Backend, step: str, by: Person) -> None:
    """The process that held it died before it began: what the next one finds is not enough any more."""
    seen, life = both_said(backend), Life(backend, Bomb("before", step))
    life.live(life.worker(), timedelta(minutes=21))
    assert life.bomb.gone

    def take_back(work: UnitOfWork) -> None:
        review.undo(work, by, backend.now_seen(seen), key())

    backend.services.do(take_back)
    live_on(backend, life)
    assert backend.published == []
    assert backend.status(seen) is Status.MISSED
