"""The direct message of a plan is there once, whatever ends or is lost; and says when the plan is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.find import labels, the_control, words
from bot.services.plans import dropped
from bot.slack.answers import Answers
from bot.slack.plans import messages
from bot.slack.plans.messages import NotTold
from bot.slack.transport.calls import SaidNo
from tests.slack.plans.test_dropped_plans import (
    BAD,
    GOOD,
    MAYA,
    direct,
    drop,
    list_all,
    press,
    press_late,
    restart,
    told,
)
from tests.slack.team import Team

WEEK = timedelta(days=7)


def bring_in(team: Team) -> None:
    """By the one message there is."""
    (shown,) = there(team)
    team.until(lambda: not team.services.look(dropped.list_due))
    press(team, shown, "Import 2 posts")
    done = told(team, "2 posts imported")
    assert done.ts == shown.ts
    assert len(there(team)) == 1
    assert len(list_all(team)) == 2


def there(team: Team) -> list[Any]:
    return [each for each in direct(team) if not each.deleted]


def test_ended_between_slacks_answer_and_the_note_of_it_it_is_told_once(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the restart it was told again, in a second message with buttons of its own."""

    def end(*_given: Any) -> None:
        raise NotTold("the process ends here")

    with monkeypatch.context() as patched:
        patched.setattr(messages, "_note_place", end)
        drop(team, GOOD)
        told(team, "2 good")
        team.slack_app.stop(2.0)
    restart(team)
    team.until(lambda: not team.services.look(dropped.list_due))
    bring_in(team)


def test_an_answer_of_slacks_that_is_lost_makes_no_second_message(team: Team) -> None:
    team.server.faults.order("chat.postMessage", Kind.LOST_ANSWER)
    drop(team, GOOD)
    told(team, "2 good")
    team.until(lambda: not team.services.look(dropped.list_due))
    bring_in(team)


def test_what_is_not_there_is_posted_again(team: Team) -> None:
    team.server.faults.order("chat.postMessage", Kind.CUT)
    drop(team, GOOD)
    told(team, "2 good")
    bring_in(team)


def test_an_app_without_the_right_to_look_tells_it_all_the_same(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed before Byhand asked for `im:history`."""
    monkeypatch.setattr(Answers, "find_directly", lambda *_given: SaidNo("missing_scope"))
    team.server.faults.order("chat.postMessage", Kind.CUT)
    drop(team, GOOD)
    told(team, "2 good")
    bring_in(team)


def test_a_message_says_when_its_plan_is_forgotten_and_then_that_it_is(team: Team) -> None:
    drop(team, GOOD)
    shown = told(team, "Import it by ")
    late = the_control(shown.blocks, text="Import 2 posts")
    team.until(lambda: not team.services.look(dropped.list_due))
    team.clock.push(WEEK + timedelta(seconds=1))
    team.services.do(dropped.forget_old)
    over = told(team, "nobody pressed anything for a week")
    assert (over.ts, labels(over)) == (shown.ts, [])
    press_late(team, shown, late)
    told(team, "has forgotten this one. Drop the file again to import it: nothing comes in twice.")
    assert list_all(team) == []


def test_an_imported_plan_that_is_forgotten_keeps_what_came_of_it(team: Team) -> None:
    drop(team, BAD)
    shown = told(team, "2 good rows")
    team.until(lambda: not team.services.look(dropped.list_due))
    press(team, shown, "Import the 2 good rows")
    done = told(team, "Show all rows works until ")
    assert labels(done) == ["Show all rows"]
    team.until(lambda: not team.services.look(dropped.list_due))
    team.clock.push(WEEK + timedelta(seconds=1))
    team.services.do(dropped.forget_old)
    team.until(lambda: not labels(told(team, "2 posts imported, 1 problem left out.")))
    over = told(team, "2 posts imported, 1 problem left out.")
    assert "Left out:" in words(over)
    assert "until" not in words(over)


def test_whoever_deleted_the_message_gets_no_new_one_when_it_is_forgotten(team: Team) -> None:
    drop(team, GOOD)
    shown = told(team, "2 good")
    team.until(lambda: not team.services.look(dropped.list_due))
    team.people.delete(MAYA, shown.channel, shown.ts)
    team.clock.push(WEEK + timedelta(seconds=1))
    team.services.do(dropped.forget_old)
    team.until(lambda: not team.services.look(dropped.list_due))
    assert there(team) == []
