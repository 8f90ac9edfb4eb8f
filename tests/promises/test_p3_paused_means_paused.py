"""P3, as far as sending goes: no begin passes a shut gate, and approvals from before a pause have ended."""

from dataclasses import replace

import pytest

from bot.domain.posts import Status
from bot.domain.refusals import Paused
from bot.services.posts import review
from bot.services.unit_of_work import UnitOfWork
from bot.store.pause import gate
from tests.houses import TOM, House, key


def shut(work: UnitOfWork, scope: str = "all", *, paused: bool = True) -> None:
    """What every pause does to its row: shut it and raise its epoch."""
    row = gate.lock_exclusively(work.db, scope)
    epoch = row.epoch + 1 if paused else row.epoch
    gate.save(work.db, replace(row, paused=paused, epoch=epoch, by=TOM.id, at=work.now))


@pytest.mark.parametrize("scope", ["all", "bakery"])
def test_nothing_begins_while_paused(house: House, scope: str) -> None:
    seen = house.approved()
    house.push(minutes=19.7)
    house.services.do(shut, scope)
    house.push(minutes=1)
    assert house.published == []
    assert house.status(seen) in (Status.REVIEW, Status.MISSED)


def test_another_accounts_pause_stops_nothing(house: House) -> None:
    seen = house.approved()
    house.services.do(shut, "cafe")
    house.to_slot(seen)
    assert house.status(seen) is Status.PUBLISHED


def test_a_post_to_two_accounts_waits_whole(house: House) -> None:
    seen = house.approved(accounts=("bakery", "cafe"))
    house.services.do(shut, "cafe")
    house.push(minutes=25)
    assert house.published == []
    assert house.status(seen) in (Status.REVIEW, Status.MISSED)


def test_approvals_do_not_survive_a_pause(house: House) -> None:
    seen = house.approved()
    house.services.do(shut)
    house.services.do(shut, paused=False)
    house.to_slot(seen)
    assert house.published == []
    assert house.status(seen) in (Status.REVIEW, Status.MISSED)


def test_nobody_approves_while_paused(house: House) -> None:
    seen = house.in_review()
    house.services.do(shut)
    with pytest.raises(Paused):
        house.services.do(review.approve, TOM, seen, key())


def test_a_slot_missed_in_a_pause_says_so(house: House) -> None:
    seen = house.in_review()
    house.services.do(shut)
    house.push(minutes=21)
    assert "publishing was paused" in (house.post(seen).reason or "")
