"""P3, as far as sending goes: no begin passes a shut gate, and approvals from before a pause have ended."""

from dataclasses import replace

import pytest

from bot.domain.posts import Status
from bot.domain.refusals import Paused
from bot.services.posts import review
from bot.services.unit_of_work import UnitOfWork
from bot.store.pause import gate
from tests.backend import TOM, Backend, key


def shut(work: UnitOfWork, scope: str = "all", *, paused: bool = True) -> None:
    """What every pause does to its row: shut it and raise its epoch."""
    row = gate.lock_exclusively(work.db, scope)
    epoch = row.epoch + 1 if paused else row.epoch
    gate.save(work.db, replace(row, paused=paused, epoch=epoch, by=TOM.id, at=work.now))


@pytest.mark.parametrize("scope", ["all", "bakery"])
def test_nothing_begins_while_paused(backend: Backend, scope: str) -> None:
    seen = backend.approved()
    backend.push(minutes=19.7)
    backend.services.do(shut, scope)
    backend.push(minutes=1)
    assert backend.published == []
    assert backend.status(seen) in (Status.REVIEW, Status.MISSED)


def test_another_accounts_pause_stops_nothing(backend: Backend) -> None:
    seen = backend.approved()
    backend.services.do(shut, "cafe")
    backend.to_slot(seen)
    assert backend.status(seen) is Status.PUBLISHED


def test_a_post_to_two_accounts_waits_whole(backend: Backend) -> None:
    seen = backend.approved(accounts=("bakery", "cafe"))
    backend.services.do(shut, "cafe")
    backend.push(minutes=25)
    assert backend.published == []
    assert backend.status(seen) in (Status.REVIEW, Status.MISSED)


@pytest.mark.parametrize("scope", ["all", "bakery"])
def test_approvals_do_not_survive_a_pause(backend: Backend, scope: str) -> None:
    seen = backend.approved()
    backend.services.do(shut, scope)
    backend.services.do(shut, scope, paused=False)
    backend.to_slot(seen)
    assert backend.published == []
    assert backend.status(seen) in (Status.REVIEW, Status.MISSED)


def test_a_shut_gate_alone_keeps_it_from_beginning(backend: Backend) -> None:
    """Also of what would count otherwise: a gate that is shut, by whatever, and no epoch that rose with it."""
    seen = backend.approved()
    backend.push(minutes=19.7)

    def shut_only(work: UnitOfWork) -> None:
        gate.save(
            work.db, replace(gate.lock_exclusively(work.db, "all"), paused=True, by=TOM.id, at=work.now)
        )

    backend.services.do(shut_only)
    backend.push(minutes=1)
    assert backend.published == []
    assert backend.status(seen) in (Status.REVIEW, Status.MISSED)


def test_nobody_approves_while_paused(backend: Backend) -> None:
    seen = backend.in_review()
    backend.services.do(shut)
    with pytest.raises(Paused):
        backend.services.do(review.approve, TOM, seen, key())


def test_a_slot_missed_in_a_pause_says_so(backend: Backend) -> None:
    seen = backend.in_review()
    backend.services.do(shut)
    backend.push(minutes=21)
    assert "paused publishing at" in (backend.post(seen).reason or "")
