"""The scheduler: wakes the worker in time, loses no wake, survives a turn that fails, and stops."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from bot.workers import scheduler as module
from bot.workers.scheduler import Scheduler

FAR = timedelta(hours=1)


def now() -> datetime:
    return datetime.now(UTC)


def until(true: Callable[[], bool], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.002)
    return False


class Turns:
    """A worker that counts its turns and answers as told."""

    def __init__(self, after: timedelta | None = FAR) -> None:
        self.began: list[float] = []
        self.after = after
        self.entered, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()
        self.fail: list[Exception] = []

    def __call__(self) -> datetime | None:
        self.began.append(time.monotonic())
        self.entered.set()
        self.go_on.wait(5)
        if self.fail:
            raise self.fail.pop()
        return None if self.after is None else now() + self.after

    def are(self, number: int) -> bool:
        return len(self.began) >= number

    def went_on(self, after: float) -> bool:
        return self.began[-1] >= after


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """No look but those asked for."""
    monkeypatch.setattr(module, "AT_MOST", 60.0)


def started(turns: Turns) -> Scheduler:
    ticker = Scheduler(turns, now)
    ticker.start()
    assert until(lambda: len(turns.began) >= 1)
    return ticker


@pytest.mark.usefixtures("slow")
def test_a_wake_is_a_turn_at_once() -> None:
    turns = Turns()
    ticker = started(turns)
    ticker.wake()
    assert until(lambda: len(turns.began) == 2)
    ticker.stop()


@pytest.mark.usefixtures("slow")
def test_a_wake_during_a_turn_is_not_lost() -> None:
    """What was committed after the turn had looked is looked at by the next one, at once."""
    turns = Turns()
    turns.go_on.clear()
    ticker = Scheduler(turns, now)
    ticker.start()
    assert turns.entered.wait(5)
    for _ in range(20):
        ticker.wake()
    turns.go_on.set()
    assert until(lambda: len(turns.began) == 2)
    ticker.stop()


@pytest.mark.usefixtures("slow")
def test_a_wake_as_a_turn_ends_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the end of a turn and its scheduling of the next, a wake was scheduled and then replaced by the delay."""
    turns = Turns()
    ticker = started(turns)
    honest, woken = ticker._schedule, threading.Event()

    def slowly(delay: float) -> None:
        if delay > module.REST and not woken.is_set():  # the end of a turn, not a wake that lets it rest
            woken.set()
            waker = threading.Thread(target=ticker.wake)
            waker.start()
            waker.join(0.3)  # it comes through only if nothing holds it
        honest(delay)

    monkeypatch.setattr(ticker, "_schedule", slowly)
    ticker.wake()
    assert woken.wait(5)
    assert until(lambda: len(turns.began) == 3), len(turns.began)
    ticker.stop()


def test_it_looks_every_second_though_nothing_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_MOST", 0.05)
    for after in (None, FAR):
        turns = Turns(after)
        ticker = started(turns)
        assert until(partial(turns.are, 4))
        ticker.stop()


@pytest.mark.usefixtures("slow")
def test_it_comes_back_at_the_moment_named() -> None:
    turns = Turns(timedelta(milliseconds=150))
    ticker = started(turns)
    assert until(lambda: len(turns.began) >= 2)
    assert turns.began[1] - turns.began[0] >= 0.14
    ticker.stop()


def test_a_turn_that_fails_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "AT_MOST", 0.05)
    turns = Turns()
    turns.fail = [ValueError("a bad row")]
    with caplog.at_level(logging.CRITICAL):
        ticker = started(turns)
        assert until(lambda: len(turns.began) >= 3)
    ticker.stop()


@pytest.mark.usefixtures("slow")
def test_a_late_tick_is_not_dropped() -> None:
    """With the scheduler's default, a job late by a second is silently forgotten: 10,000 of 10,000 (measured)."""
    turns = Turns()
    turns.go_on.clear()
    ticker = Scheduler(turns, now)
    ticker.start()
    assert turns.entered.wait(5)
    ticker.wake()
    time.sleep(1.2)  # the machine is busy elsewhere for longer than that default
    turns.go_on.set()
    assert until(lambda: len(turns.began) == 2)
    ticker.stop()


@pytest.mark.usefixtures("slow")
def test_stop_waits_for_the_turn_and_no_other_follows() -> None:
    turns = Turns(timedelta(0))
    turns.go_on.clear()
    ticker = Scheduler(turns, now)
    ticker.start()
    assert turns.entered.wait(5)
    threading.Timer(0.1, turns.go_on.set).start()
    ticker.stop()
    count = len(turns.began)
    ticker.wake()
    ticker.stop()  # a second stop does nothing
    assert not until(lambda: len(turns.began) > count, 0.2)


def test_a_chore_that_fails_comes_again(caplog: pytest.LogCaptureFixture) -> None:
    ran: list[int] = []

    def chore() -> None:
        ran.append(1)
        raise ValueError("not now")

    ticker = started(Turns())
    with caplog.at_level(logging.CRITICAL):
        ticker.every(0.02, chore, "chore")
        assert until(lambda: len(ran) >= 3)
    ticker.stop()


@pytest.mark.usefixtures("slow")
def test_wakes_from_many_threads() -> None:
    """However they fall, after the last of them there is a turn."""
    turns = Turns()
    ticker = started(turns)
    for _ in range(20):
        threads = [threading.Thread(target=ticker.wake) for _ in range(8)]
        before = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert until(partial(turns.went_on, before))
    ticker.stop()


@pytest.mark.usefixtures("slow")
def test_stop_as_a_turn_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn that scheduled the next one while the scheduler was stopping waited for it, and it for the turn."""
    turns = Turns()
    ticker = started(turns)
    scheduler, scheduling = ticker._scheduler, threading.Event()
    honest = scheduler.add_job

    def add_late(*args: object, **kwargs: object) -> object:
        if threading.current_thread() is not threading.main_thread():
            scheduling.set()
            until(lambda: not scheduler.running, 0.5)
        return honest(*args, **kwargs)

    monkeypatch.setattr(scheduler, "add_job", add_late)
    ticker.wake()
    assert scheduling.wait(5)
    stopping = threading.Thread(target=ticker.stop, daemon=True)
    stopping.start()
    stopping.join(5)
    assert not stopping.is_alive(), "it never stops"


def wake_often(ticker: Scheduler) -> None:
    for _ in range(20):
        ticker.wake()


def test_stop_while_turns_follow_each_other() -> None:
    """At whatever point of a turn it comes, also with wakes from elsewhere, and nothing is said of it."""
    for _ in range(20):
        ticker = started(Turns(timedelta(0)))
        waking = threading.Thread(target=wake_often, args=(ticker,))
        waking.start()
        ticker.stop()
        waking.join(5)
