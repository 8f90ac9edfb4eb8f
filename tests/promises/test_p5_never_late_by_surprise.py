"""P5: nothing older than the lateness limit goes out by itself, and an account never begins two posts in 60 s."""

from datetime import timedelta
from itertools import pairwise

from bot.domain.posts import Status
from bot.sandbox.networks.server import Fault
from bot.services.posts import review
from tests.houses import TOM, House, key, team


def test_after_an_outage_old_posts_stay_unsent(house: House) -> None:
    seen = house.approved()
    house.clock.push(timedelta(hours=3))  # Byhand was not running
    house.run()
    assert house.published == []
    assert house.status(seen) is Status.MISSED
    assert "could not be sent in time" in (house.post(seen).reason or "")


def test_inside_the_limit_it_still_goes(house: House) -> None:
    seen = house.approved()
    house.clock.push(timedelta(minutes=29, seconds=59))
    house.run()
    assert house.published == ["Fresh bread at nine"]
    assert house.status(seen) is Status.PUBLISHED


def test_no_burst_after_an_outage(house: House) -> None:
    """Five approved posts of one account, all due: one a minute, the rest too late."""
    seen = [house.approved(f"Post {n}, quite unlike the others {n * 'x'}") for n in range(5)]
    house.push(minutes=20)
    assert len(house.published) == 1
    begun = [house.network.ledger[-1].at]
    for _ in range(40):
        house.push(seconds=20)
        begun = [line.at for line in house.network.ledger]
    gaps = [later - earlier for earlier, later in pairwise(begun)]
    assert len(begun) == 5
    assert min(gaps) >= timedelta(seconds=60)
    assert all(house.status(one) is Status.PUBLISHED for one in seen)


def test_a_throttle_beyond_the_limit_drops(house: House) -> None:
    seen = house.approved()
    house.network.faults.order(Fault.THROTTLED, None)
    house.to_slot(seen)
    for _ in range(60):
        house.push(seconds=30)
    house.network.faults.lift()
    house.push(hours=1)
    assert house.published == []
    assert house.states(seen) == {"bakery": "dropped"}
    assert house.status(seen) is Status.MISSED


def test_post_now_waits_for_its_approvals_only_so_long(house: House) -> None:
    house = House(house.store, house.network, house.clock, team(approvals=2), "worker-2")
    seen = house.in_review()
    house.services.do(review.post_now, TOM, seen, key())
    assert house.status(seen) is Status.REVIEW
    house.push(minutes=11)
    assert house.status(seen) is Status.MISSED
    assert house.published == []
