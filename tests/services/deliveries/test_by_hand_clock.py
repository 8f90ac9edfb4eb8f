"""A clock put wrong, or changed for summer, while somebody has a post in hand: it stays theirs, and is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.domain.deliveries import BY_HAND_LIMIT, State
from bot.domain.policy import AccountPolicy
from bot.domain.posts import Seen, Status
from bot.domain.refusals import NotFrom, NotItsTime, SomebodyHasIt
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.deliveries import by_hand
from bot.services.pause import pause
from bot.store import deliveries
from bot.store.engine.store import Store
from tests.backend import ANNA, MAYA, Backend, ManualClock, key, team

WINDOW, HOUR = timedelta(hours=2), timedelta(hours=1)
AUTUMN = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # 02:50 in Berlin; at 03:00 it is 02:00 again
SPRING = datetime(2027, 3, 28, 0, 50, tzinfo=UTC)  # 01:50 in Berlin; at 02:00 it is 03:00


@pytest.fixture
def here(sqlite_store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    accounts = {"story": AccountPolicy("story", "manual", "Story", window=WINDOW)}
    built = Backend(sqlite_store, network, clock=clock, policy=team(accounts=accounts))
    yield built
    built.worker.stop(timedelta(seconds=5))


def offered(backend: Backend) -> Seen:
    seen = backend.approved(accounts=("story",))
    backend.to_slot(seen)
    return seen


def taken(backend: Backend) -> Seen:
    """Maya took it at its slot, five minutes ago."""
    seen = offered(backend)
    backend.services.do(by_hand.begin, MAYA, backend.now_seen(seen), "story", key())
    backend.push(minutes=5)
    return seen


def take(backend: Backend, seen: Seen) -> None:
    backend.services.do(by_hand.begin, ANNA, backend.now_seen(seen), "story", key())


def is_up(backend: Backend, seen: Seen) -> None:
    backend.services.do(by_hand.say_up, MAYA, backend.delivery_id(seen, "story"), "", key())


def begins(backend: Backend) -> int:
    query = text("SELECT count(*) FROM attempts")
    return int(backend.store.read(lambda db: db.execute(query).scalar_one()))


def asked(backend: Backend) -> list[str]:
    """Whom each question mentions."""
    query = text("SELECT CAST(\"values\" AS TEXT) FROM lines WHERE kind = 'unknown'")
    return [str(one) for one in backend.store.read(lambda db: db.execute(query).scalars().all())]


def is_asked(backend: Backend, seen: Seen) -> bool:
    which = backend.delivery_id(seen, "story")
    found = backend.services.look(lambda work: deliveries.load(work.db, which))
    assert found is not None
    assert found.holder == MAYA.id, "it stays with whoever took it"
    assert found.state in (State.SENDING, State.UNKNOWN)
    return found.asks_a_person


def restart(backend: Backend) -> None:
    backend.worker.stop(timedelta(seconds=5))
    backend.worker = backend.new_worker("worker-2")
    backend.worker.start()
    backend.run()


@pytest.mark.parametrize("by", [HOUR, 5 * HOUR], ids=["within its window", "past its window"])
def test_put_forward_it_is_asked_about_early_and_nobody_else_gets_it(
    here: Backend, clock: ManualClock, by: timedelta
) -> None:
    seen = taken(here)
    clock.put_wrong(by)
    for _ in range(3):
        here.push(minutes=10)
    assert is_asked(here, seen)
    assert [MAYA.id in one for one in asked(here)] == [True]
    assert here.status(seen) is Status.PUBLISHING, "nobody's silence makes it missed"
    with pytest.raises(SomebodyHasIt):
        take(here, seen)
    clock.put_wrong(-by)
    here.push(minutes=1)
    with pytest.raises(SomebodyHasIt):
        take(here, seen)
    is_up(here, seen)
    assert (here.status(seen), begins(here)) == (Status.PUBLISHED, 1)


@pytest.mark.parametrize("restarted", [False, True])
def test_put_back_it_stays_in_hand_and_is_asked_about_when_the_clock_gets_there(
    here: Backend, clock: ManualClock, *, restarted: bool
) -> None:
    """The clock says that its slot is still to come: it is neither offered nor asked about anew."""
    seen = taken(here)
    clock.put_wrong(-HOUR)
    if restarted:
        restart(here)
    here.push(seconds=(HOUR + BY_HAND_LIMIT - timedelta(minutes=5, seconds=1)).total_seconds())
    assert not is_asked(here, seen)
    assert here.status(seen) is Status.PUBLISHING
    with pytest.raises(SomebodyHasIt):
        take(here, seen)
    here.push(seconds=2)
    assert is_asked(here, seen)
    here.push(minutes=60)
    assert len(asked(here)) == 1
    is_up(here, seen)
    assert (here.status(seen), begins(here)) == (Status.PUBLISHED, 1)


def test_put_right_again_the_half_hour_is_the_one_that_began(here: Backend, clock: ManualClock) -> None:
    seen = taken(here)
    clock.put_wrong(-HOUR)
    here.push(minutes=10)
    clock.put_wrong(HOUR)
    here.push(minutes=14)
    assert not is_asked(here, seen)
    here.push(minutes=2)
    assert is_asked(here, seen)


def test_put_back_what_is_up_is_said_before_it_began(here: Backend, clock: ManualClock) -> None:
    seen = taken(here)
    clock.put_wrong(-HOUR)
    is_up(here, seen)
    assert here.status(seen) is Status.PUBLISHED
    clock.put_wrong(HOUR)
    for _ in range(3):
        here.push(minutes=50)
    assert (here.status(seen), begins(here), asked(here)) == (Status.PUBLISHED, 1, [])


def test_put_back_a_pause_still_names_it(here: Backend, clock: ManualClock) -> None:
    seen = taken(here)
    clock.put_wrong(-HOUR)
    here.services.do_first(pause.pause, ANNA, "all", "recall", key())
    under_way = here.store.read(lambda db: db.execute(text("SELECT under_way FROM pauses")).scalar_one())
    assert here.delivery_id(seen, "story") in str(under_way)
    assert not is_asked(here, seen)


def test_put_back_before_its_slot_what_nobody_took_waits_for_it(here: Backend, clock: ManualClock) -> None:
    seen = offered(here)
    clock.put_wrong(-HOUR)
    here.push(minutes=1)
    with pytest.raises(NotItsTime):
        take(here, seen)
    here.push(minutes=59)
    take(here, seen)
    assert (here.states(seen), begins(here)) == ({"story": "sending"}, 1)


# --- summer time -------------------------------------------------------------------------------------


@pytest.mark.parametrize("slot", [AUTUMN, SPRING], ids=["autumn", "spring"])
@pytest.mark.parametrize("restarted", [False, True])
def test_half_an_hour_is_half_an_hour_when_the_clocks_change(
    here: Backend, clock: ManualClock, slot: datetime, *, restarted: bool
) -> None:
    clock.set(slot - timedelta(minutes=20))
    seen = taken(here)
    if restarted:
        restart(here)
    here.push(seconds=(BY_HAND_LIMIT - timedelta(minutes=5, seconds=1)).total_seconds())
    assert not is_asked(here, seen)
    here.push(seconds=2)
    assert is_asked(here, seen)
    assert len(asked(here)) == 1
    is_up(here, seen)
    assert (here.status(seen), begins(here)) == (Status.PUBLISHED, 1)


@pytest.mark.parametrize(("slot", "end"), [(AUTUMN, "03:50"), (SPRING, "04:50")], ids=["autumn", "spring"])
def test_a_window_of_two_hours_is_two_hours_when_the_clocks_change(
    here: Backend, clock: ManualClock, slot: datetime, end: str
) -> None:
    clock.set(slot - timedelta(minutes=20))
    seen = offered(here)
    here.push(minutes=119)
    assert here.status(seen) is Status.APPROVED
    here.push(minutes=1)
    assert here.status(seen) is Status.MISSED
    assert end in (here.post(seen).reason or "")
    with pytest.raises(NotFrom):
        take(here, seen)
