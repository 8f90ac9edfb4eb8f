"""Leases, at their edges."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from bot.store.engine.leases import AHEAD, drop_lease, take_lease
from bot.store.engine.store import Store
from tests.stores import NOW

TERM = timedelta(seconds=30)


def take(store: Store, by: str, after: timedelta) -> bool:
    now = NOW + after
    return store.write(lambda conn: take_lease(conn, "desk", by, now, now + TERM))


def test_one_holder_until_the_term_is_over(store: Store) -> None:
    just_before, second = TERM - timedelta(microseconds=1), timedelta(seconds=1)
    assert take(store, "a", timedelta(0))
    assert not take(store, "b", timedelta(0))
    assert not take(store, "b", just_before)
    assert take(store, "a", just_before)  # renewed
    assert not take(store, "b", TERM + second)
    assert take(store, "b", just_before + TERM)
    assert not take(store, "a", just_before + TERM + second)


def test_dropped_is_free_at_once_but_only_by_its_holder(store: Store) -> None:
    assert take(store, "a", timedelta(0))
    store.write(lambda conn: drop_lease(conn, "desk", "b"))
    assert not take(store, "b", timedelta(0))
    store.write(lambda conn: drop_lease(conn, "desk", "a"))
    assert take(store, "b", timedelta(0))


def test_of_many_who_ask_at_once_one_gets_it(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        for round_ in range(5):
            after = round_ * TERM
            got = list(pool.map(lambda by, after=after: take(store, by, after), "abcdefgh"))
            assert sum(got) == 1


def test_one_that_a_clock_far_ahead_took_keeps_nobody_out(store: Store) -> None:
    """Whoever took it is gone, or its clock is right again; nothing would be done for as long as it was wrong."""
    moment = timedelta(microseconds=1)
    assert take(store, "a", AHEAD)
    assert not take(store, "b", timedelta(0)), "two clocks may differ by so much"
    store.write(lambda conn: drop_lease(conn, "desk", "a"))
    assert take(store, "a", AHEAD + moment)
    assert take(store, "b", timedelta(0))
    assert not take(store, "a", timedelta(0))
