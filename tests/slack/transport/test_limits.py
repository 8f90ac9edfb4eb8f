"""Slack's limits, kept on our side."""

from __future__ import annotations

import pytest

from bot.slack.transport.limits import POST, UPDATE, Limits


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def limits(seconds: Seconds) -> Limits:
    return Limits(seconds)


def test_one_post_a_second_and_channel(limits: Limits, seconds: Seconds) -> None:
    limits.spend(POST, "C1")
    assert limits.wait(POST, "C1") == pytest.approx(1.0)
    assert limits.wait(POST, "C2") == 0.0
    seconds.now = 0.4
    assert limits.wait(POST, "C1") == pytest.approx(0.6)
    seconds.now = 1.0
    assert limits.wait(POST, "C1") == pytest.approx(0.0)


def test_updates_never_pass_fifty_in_a_minute(limits: Limits, seconds: Seconds) -> None:
    made = []
    while seconds.now < 180:
        if limits.wait(UPDATE, "C1") <= 0:
            limits.spend(UPDATE, "C1")
            made.append(seconds.now)
        seconds.now += 0.05
    most = max(sum(1 for at in made if start <= at < start + 60) for start in range(120))
    assert 45 <= most <= 50


def test_calm_redraws_leave_room_for_urgent_ones(limits: Limits) -> None:
    calm = 0
    while limits.wait(UPDATE, "C1", urgent=False) == 0:
        limits.spend(UPDATE, "C1")
        calm += 1
    assert calm == 5
    assert limits.wait(UPDATE, "C1", urgent=True) == 0.0


def test_holds(limits: Limits, seconds: Seconds) -> None:
    limits.hold(3, method=UPDATE)
    assert limits.wait(UPDATE, "C1") == 3.0
    assert limits.wait(POST, "C1") == 0.0
    limits.hold(5, channel="C1")
    assert limits.wait(POST, "C1") == 5.0
    assert limits.wait(POST, "C2") == 0.0
    limits.hold(7)
    assert limits.wait(POST, "C2") == 7.0
    seconds.now = 7.0
    assert limits.wait(POST, "C2") == 0.0


def test_what_waits_for_slack_waits_no_longer_once_it_was_heard(limits: Limits, seconds: Seconds) -> None:
    limits.hold(30.0)
    limits.hold(20.0, method=UPDATE)
    assert limits.wait(POST, "C1") == pytest.approx(30.0)
    limits.lift()
    assert limits.wait(POST, "C1") == 0.0
    assert limits.wait(UPDATE, "C1") == pytest.approx(20.0), "Slack's own limit stays"
    limits.hold(30.0)
    limits.lift()
    assert limits.wait(POST, "C1") > 0.0, "it answers one call and not another: no storm"
    seconds.now = 2.0
    assert limits.wait(POST, "C1") == 0.0
