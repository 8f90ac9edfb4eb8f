"""P5: nothing older than the lateness limit goes out by itself, and an account never begins two posts in 60 s."""

from datetime import timedelta
from itertools import pairwise

from bot.domain.posts import Status
from bot.sandbox.networks.server import Fault
from bot.services.posts import review
from tests.backend import TOM, Backend, key, team


def test_after_an_outage_old_posts_stay_unsent(backend: Backend) -> None:
    seen = backend.approved()
    backend.clock.push(timedelta(hours=3))  # Byhand was not running
    backend.run()
    assert backend.published == []
    assert backend.status(seen) is Status.MISSED
    assert "could not be sent in time" in (backend.post(seen).reason or "")


def test_inside_the_limit_it_still_goes(backend: Backend) -> None:
    seen = backend.approved()
    backend.clock.push(timedelta(minutes=29, seconds=59))
    backend.run()
    assert backend.published == ["Fresh bread at nine"]
    assert backend.status(seen) is Status.PUBLISHED


def test_no_burst_after_an_outage(backend: Backend) -> None:
    """Five approved posts of one account, all due: one a minute, the rest too late."""
    seen = [backend.approved(f"Post {n}, quite unlike the others {n * 'x'}") for n in range(5)]
    backend.push(minutes=20)
    assert len(backend.published) == 1
    begun = [backend.network.ledger[-1].at]
    for _ in range(40):
        backend.push(seconds=20)
        begun = [line.at for line in backend.network.ledger]
    gaps = [later - earlier for earlier, later in pairwise(begun)]
    assert len(begun) == 5
    assert min(gaps) >= timedelta(seconds=60)
    assert all(backend.status(one) is Status.PUBLISHED for one in seen)


def test_a_throttle_beyond_the_limit_drops(backend: Backend) -> None:
    seen = backend.approved()
    backend.network.faults.order(Fault.THROTTLED, None)
    backend.to_slot(seen)
    for _ in range(60):
        backend.push(seconds=30)
    backend.network.faults.lift()
    backend.push(hours=1)
    assert backend.published == []
    assert backend.states(seen) == {"bakery": "dropped"}
    assert backend.status(seen) is Status.MISSED


def test_post_now_waits_for_its_approvals_only_so_long(backend: Backend) -> None:
    backend = Backend(backend.store, backend.network, backend.clock, team(approvals=2), "worker-2")
    seen = backend.in_review()
    backend.services.do(review.post_now, TOM, seen, key())
    assert backend.status(seen) is Status.REVIEW
    backend.push(minutes=11)
    assert backend.status(seen) is Status.MISSED
    assert backend.published == []
