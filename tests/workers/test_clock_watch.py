"""A clock that stopped looks like a quiet day: somebody has to hear of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.clock_watch import LATE, ClockWatch
from bot.slack.health import Health
from bot.workers.scheduler import Scheduler


class Desk:
    """A watch over a clock that stands still for as long as it is told."""

    def __init__(self) -> None:
        self.still = 0.0
        self.reached = True
        self.told: list[str] = []
        self.health = Health()
        self.watch = ClockWatch(lambda: self.still, self.health.note_clock, self._tell)

    def _tell(self, sentence: str) -> bool:
        if self.reached:
            self.told.append(sentence)
        return self.reached


def test_it_is_told_once_each_time_it_stops() -> None:
    desk = Desk()
    desk.watch.look()
    desk.still = LATE + 1
    for _ in range(3):
        desk.watch.look()
    assert desk.told == [desk.watch.trouble]
    assert desk.health.sentences() == (desk.watch.trouble,)
    assert "nothing is sent" in desk.told[0]
    desk.still = 0
    desk.watch.look()
    assert (desk.watch.trouble, desk.health.sentences()) == (None, ())
    desk.still = LATE + 1
    desk.watch.look()
    assert len(desk.told) == 2


def test_it_is_told_as_soon_as_somebody_can_be_reached() -> None:
    desk = Desk()
    desk.still, desk.reached = LATE + 1, False
    desk.watch.look()
    desk.reached = True
    desk.watch.look()
    assert len(desk.told) == 1


@pytest.fixture
def turns() -> Iterator[threading.Event]:
    """Set: turns end at once."""
    free = threading.Event()
    free.set()
    yield free
    free.set()


def test_a_turn_that_does_not_end_is_a_clock_that_stands_still(turns: threading.Event) -> None:
    def turn() -> None:
        turns.wait(20)

    scheduler = Scheduler(turn, lambda: datetime.now(UTC))
    assert scheduler.still_for() == 0.0, "not started"
    scheduler.start()
    try:
        turns.clear()
        scheduler.wake()
        until = time.monotonic() + 20
        while scheduler.still_for() < 1.5:  # a turn begins at least once a second
            assert time.monotonic() < until
            time.sleep(0.05)
        turns.set()
        while scheduler.still_for() > 0.5:
            assert time.monotonic() < until
            time.sleep(0.01)
    finally:
        turns.set()
        scheduler.stop()
    assert scheduler.still_for() == 0.0, "stopped"
