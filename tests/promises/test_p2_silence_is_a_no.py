"""P2: inside the lead a person said yes to this moment, or nothing is published."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.approvals import Approval, count_approvals
from bot.domain.kinds import ApprovalType
from bot.domain.posts import Status
from bot.domain.refusals import SlotPassed
from bot.services.posts import review
from tests.backend import MAYA, TOM, Backend, key, team

DAY = 24 * 60


def test_nobody_decides(backend: Backend) -> None:
    seen = backend.plan(minutes=60)
    for _ in range(75):
        backend.push(minutes=1)
    assert backend.published == []
    post = backend.post(seen)
    assert (post.status, post.reason) == (Status.MISSED, "nobody decided")


def test_one_of_two_is_not_enough(backend: Backend) -> None:
    backend = Backend(backend.store, backend.network, backend.clock, team(approvals=2), "worker-2")
    seen = backend.in_review()
    backend.services.do(review.approve, TOM, seen, key())
    backend.push(minutes=21)
    assert backend.published == []
    assert backend.post(seen).reason == "only 1 of 2 approvals were given"


def test_a_yes_after_the_slot_is_no_yes(backend: Backend) -> None:
    """The clock has not looked yet, but the slot is over."""
    seen = backend.in_review()
    backend.clock.push(backend.policy.lead)
    with pytest.raises(SlotPassed):
        backend.services.do(review.approve, TOM, seen, key())


def test_a_go_after_the_slot_is_no_go(backend: Backend) -> None:
    """The same where the words were approved the day before."""
    seen = backend.plan(minutes=DAY)
    backend.services.do(review.approve, TOM, seen, key())
    backend.push(minutes=DAY - 20)
    backend.clock.push(timedelta(minutes=20))
    with pytest.raises(SlotPassed):
        backend.services.do(review.go, MAYA, backend.now_seen(seen), key())
    backend.run()
    assert backend.published == []
    assert backend.status(seen) is Status.MISSED


def test_a_yes_long_before_says_nothing_about_the_moment(backend: Backend) -> None:
    """Words approved before the lead need a Go inside it; without one nothing is met."""
    post = backend.post(backend.plan(minutes=600))
    early = Approval(
        "1", post.version.id, post.version.sha256, ApprovalType.APPROVE, "{}", TOM.id, backend.clock.now()
    )
    counted = count_approvals([early], post.version, "{}", backend.policy)
    assert counted.words
    assert not counted.met
    go = Approval(
        "2", post.version.id, post.version.sha256, ApprovalType.GO, "{}", TOM.id, backend.clock.now()
    )
    assert not count_approvals([early, go], post.version, "{}", backend.policy).met, (
        "it was said before the lead"
    )
    inside = replace(go, at=(post.slot or go.at) - timedelta(minutes=10))
    assert count_approvals([early, inside], post.version, "{}", backend.policy).met


def test_missed_stays_missed_until_a_person_picks_a_time(backend: Backend) -> None:
    seen = backend.in_review()
    backend.push(minutes=21)
    backend.push(hours=30)
    assert backend.status(seen) is Status.MISSED
    backend.services.do(review.post_now, TOM, seen, key())
    backend.run()
    assert backend.status(seen) is Status.PUBLISHED
