"""How old attempts are, by time that nobody can set."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.workers.ages import KEPT, WRONG, Ages
from tests.backend import ManualClock

MINUTE = timedelta(minutes=1)
NONE = timedelta()


@pytest.mark.parametrize("wrong", [timedelta(hours=3), -timedelta(hours=3)])
def test_what_began_here_is_as_old_as_it_has_been_lived_through(clock: ManualClock, wrong: timedelta) -> None:
    ages, started = Ages(clock), clock.now()
    ages.begin("try")
    clock.push(MINUTE)
    clock.put_wrong(wrong)
    assert ages.find("try", started) == MINUTE


def test_what_began_elsewhere_counts_from_when_it_is_met(clock: ManualClock) -> None:
    """The clock that said when it began may have been slow, and is right now."""
    ages, started = Ages(clock), clock.now()
    clock.put_wrong(WRONG)
    assert ages.find("try", started) == NONE
    clock.push(5 * MINUTE)
    assert ages.find("try", started) == 5 * MINUTE


def test_of_what_began_long_ago_the_clock_is_believed_less_an_hour(clock: ManualClock) -> None:
    started = clock.now()
    clock.push(WRONG + 30 * MINUTE)
    assert Ages(clock).find("try", started) == 30 * MINUTE


def test_what_is_known_is_forgotten_and_so_is_what_nobody_looks_for(clock: ManualClock) -> None:
    ages = Ages(clock)
    for name in ("known", "old"):
        ages.begin(name)
    clock.push(5 * MINUTE)
    ages.forget("known")
    assert ages.find("known", clock.now()) == NONE
    clock.push(timedelta(seconds=KEPT + 1))
    ages.begin("new")
    assert ages.find("old", clock.now()) == NONE
    assert ages.find("new", clock.now()) == NONE
