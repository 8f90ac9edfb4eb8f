"""P2: inside the lead a person said yes to this moment, or nothing is published."""

import pytest

from bot.domain.approvals import Approval, count_approvals
from bot.domain.kinds import ApprovalType
from bot.domain.posts import Status
from bot.domain.refusals import SlotPassed
from bot.services.posts import review
from tests.houses import TOM, House, key, team


def test_nobody_decides(house: House) -> None:
    seen = house.plan(minutes=60)
    for _ in range(75):
        house.push(minutes=1)
    assert house.published == []
    post = house.post(seen)
    assert (post.status, post.reason) == (Status.MISSED, "nobody decided")


def test_one_of_two_is_not_enough(house: House) -> None:
    house = House(house.store, house.network, house.clock, team(approvals=2), "worker-2")
    seen = house.in_review()
    house.services.do(review.approve, TOM, seen, key())
    house.push(minutes=21)
    assert house.published == []
    assert house.post(seen).reason == "only 1 of 2 approvals were given"


def test_a_yes_after_the_slot_is_no_yes(house: House) -> None:
    """The clock has not looked yet, but the slot is over."""
    seen = house.in_review()
    house.clock.push(house.policy.lead)
    with pytest.raises(SlotPassed):
        house.services.do(review.approve, TOM, seen, key())


def test_a_yes_long_before_says_nothing_about_the_moment(house: House) -> None:
    """Words approved before the lead need a Go inside it; without one nothing is met."""
    post = house.post(house.plan(minutes=600))
    early = Approval(
        "1", post.version.id, post.version.sha256, ApprovalType.APPROVE, "{}", TOM.id, house.clock.now()
    )
    counted = count_approvals([early], post.version, "{}", house.policy)
    assert counted.words
    assert not counted.met
    go = Approval("2", post.version.id, post.version.sha256, ApprovalType.GO, "{}", TOM.id, house.clock.now())
    assert count_approvals([early, go], post.version, "{}", house.policy).met


def test_missed_stays_missed_until_a_person_picks_a_time(house: House) -> None:
    seen = house.in_review()
    house.push(minutes=21)
    house.push(hours=30)
    assert house.status(seen) is Status.MISSED
    house.services.do(review.post_now, TOM, seen, key())
    house.run()
    assert house.status(seen) is Status.PUBLISHED
