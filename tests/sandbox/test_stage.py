"""The demo's stage: its story begins when somebody looks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.sandbox import story
from bot.sandbox.bot_process import BotProcess
from bot.sandbox.slack.refusal import Refused
from bot.sandbox.stage import Stage


def test_the_first_slot_waits_for_the_first_visitor() -> None:
    """A demo that was opened two minutes after its start had missed its first post already; and whoever read for two
    minutes before the first press found nothing to approve."""
    with Stage(waits=True) as stage:
        assert stage.bot is not None
        stage.push(10)
        assert stage.bot.next_slot() is None
        stage.welcome()
        assert stage.busy(), "whoever looks is told what comes"
        stage.welcome()
        stage.slack.wait_for(story.SOCIAL, "We baked 400 loaves")
        slot = stage.bot.next_slot()
        assert slot is not None
        assert slot > stage.clock.now() + timedelta(minutes=10)
        stage.slack.wait_until(lambda: stage.busy() is None)
        assert stage.busy() is None
        assert stage.command("upcoming").count("Two places are left") == 1, "it came in once"
        whole = " ".join(message.text for message in stage.slack.workspace.messages(story.SOCIAL))
        assert "imported" in whole


def test_the_page_and_the_bot_go_by_one_clock() -> None:
    with_zone = story.settings(*["http://127.0.0.1:1"] * 6)
    assert f'timezone  = "{story.ZONE.key}"' in with_zone
    assert {user.zone for user in story.WORKSPACE.users} == {story.ZONE.key}


def test_the_pretend_slack_counts_calls_by_the_clock_that_is_pushed() -> None:
    """The bot goes by it: on a busy machine Slack's minute had passed for the one and not for the other, and the card
    of a missed post went on asking for a decision for up to a minute."""
    stage = Stage()
    try:
        stage.slack.limits.count("chat.update", 1)
        with pytest.raises(Refused):
            stage.slack.limits.count("chat.update", 1)
        stage.push(1)
        stage.slack.limits.count("chat.update", 1)
    finally:
        stage.stop()


def test_a_plan_that_does_not_come_in_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = Stage(waits=True)
    try:

        def fail(*_: str) -> str:
            raise RuntimeError("byhand import: no room")

        monkeypatch.setattr(stage, "command", fail)
        stage._bring_late()
        assert capsys.readouterr().err == "The plan did not come in: byhand import: no room\n"
        assert stage.busy() is None
    finally:
        stage.stop()


class Telling(BotProcess):
    """Nothing is due any more; Slack shows what is new after a few questions, or never."""

    def __init__(self, after: int | None) -> None:
        self._after, self.asked = after, 0

    @property
    def running(self) -> bool:
        return True

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert request == {"do": "rest"}
        self.asked += 1
        untold = self._after is None or self.asked <= self._after
        return {"busy": False, "untold": untold, "now": "2026-11-24T07:14:00+00:00"}


def test_the_clock_waits_until_slack_shows_what_is_new() -> None:
    """Seen: a reminder bore the time of the clock's next stop, minutes after it was due."""
    soon = Telling(3)
    assert soon.wait_at_rest(5.0, 5.0)
    assert soon.asked == 4
    assert Telling(None).wait_at_rest(5.0, 0.1), "while Slack is down the clock moves on"


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ("2026-12-02T17:00", "2026-12-03T08:05"),
        ("2026-12-03T08:05", "2026-12-03T08:05"),
        ("2026-12-03T08:06", "2026-12-07T08:05"),  # Friday is the day after
        ("2026-12-05T12:00", "2026-12-07T08:05"),
        ("2026-03-28T23:00", "2026-03-30T08:05"),  # the clock goes forward in between
    ],
)
def test_its_day_begins_in_the_morning_of_a_weekday(now: str, begins: str) -> None:
    """At night nobody is on shift, and in the afternoon the day's digest is no news."""
    morning = story.find_morning(datetime.fromisoformat(now).replace(tzinfo=story.ZONE))
    assert morning == datetime.fromisoformat(begins).replace(tzinfo=story.ZONE)


def test_the_digest_is_there_at_first_and_says_who_is_on_shift() -> None:
    with Stage() as stage:
        digest = stage.slack.wait_for(story.SOCIAL, "6 posts, the first at")
        assert "On shift:* Maya <!date^" in str(digest.blocks)
        assert "Tom <!date^" in str(digest.blocks)
