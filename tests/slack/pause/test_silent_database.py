"""A database that answers nothing, and somebody who pauses: whatever door of Slack's they come through, they hear in
time that it does not hold, and then it does not come later. What holds already is said in time, too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.sandbox.slack.find import the_control
from bot.services.pause import pause as pausing
from bot.slack.ids import Act
from bot.slack.pause import effects
from bot.slack.pause import pause as pause_handlers
from bot.store.engine.store import Store
from bot.store.inbox import piles
from bot.store.inbox.piles import Spike
from tests.slack.bench import SOCIAL
from tests.slack.pause.typed_pause import is_paused, pause
from tests.slack.team import Team
from tests.slack.transport.test_http_mode import team as http_team

__all__ = ["http_team"]
MAYA = "U0MAYA"
IN_TIME = (
    12.0  # seconds, on a busy machine; the silence lasts a minute. That it is two, test_pause_doors.py counts
)


class Silence:
    """From `begin` to `end` the database answers nothing; what it was asked meanwhile it does then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.speaks = threading.Event()
        self.speaks.set()
        monkeypatch.setattr(pausing, "PATIENCE_SECONDS", 0.3)
        monkeypatch.setattr(pause_handlers, "GLANCE_SECONDS", 0.3)
        for name in ("read", "write"):
            monkeypatch.setattr(Store, name, self._late(getattr(Store, name)))

    def _late(self, really: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*args: Any, **how: Any) -> Any:
            assert self.speaks.wait(60)
            return really(*args, **how)

        return ask

    def begin(self) -> None:
        self.speaks.clear()

    def end(self) -> None:
        """Until all that was asked meanwhile is done."""
        self.speaks.set()
        for each in threading.enumerate():
            if each.name.startswith("pause"):
                each.join(20)


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[Silence]:
    made = Silence(monkeypatch)
    yield made
    made.end()


Door = Callable[[Team], Callable[[], object]]  # made ready while all is well → what is done then


def typed(words: str) -> Door:
    def ready(team: Team) -> Callable[[], object]:
        def go() -> object:
            said = str(team.people.command(MAYA, SOCIAL, "/social", words).response)
            assert "NOT paused" in said, said
            return said

        return go

    return ready


def pressed(act: Act, value: str) -> Door:
    """A button of an answer, of a suggestion."""

    def ready(team: Team) -> Callable[[], object]:
        card = team.card(team.backend.in_review())
        control = the_control(card.blocks, text="Approve").action()
        spike = Spike("spike-1", "bakery", "root", None, 5, team.clock.now(), None, None)
        team.services.store.write(lambda db: piles.add_spike(db, spike))

        def go() -> object:
            act_of_slack = team.people.press(
                MAYA, SOCIAL, card.ts, control | {"action_id": act.value, "value": value}
            )
            assert act_of_slack.ok, act_of_slack.error
            return team.private(MAYA, "NOT paused")

        return go

    return ready


def sent_off(team: Team) -> Callable[[], object]:
    """Home's dialog."""
    team.people.open_home(MAYA)
    team.until(lambda: MAYA in team.server.workspace.homes)
    assert team.people.click_home(MAYA, text="Pause publishing").ok
    view = team.server.modal(MAYA)

    def go() -> object:
        filled = {"What": "Everything", "Why? Everybody in the channel reads it.": "recall"}
        said = str(team.people.fill(MAYA, filled, view.id).errors)
        assert "NOT paused" in said, said
        return said

    return go


DOORS: dict[str, Door] = {
    "slash": typed("pause recall"),
    "near miss": typed("puase recall"),
    "button": pressed(Act.PAUSE_NOW, "all recall"),
    "suggestion": pressed(Act.SPIKE_PAUSE, "spike-1"),
    "dialog": sent_off,
}


@pytest.mark.parametrize("through", ["team", "http_team"])
@pytest.mark.parametrize("door", DOORS)
def test_they_hear_in_time_that_it_does_not_hold_and_it_does_not_come_later(
    door: str, through: str, silence: Silence, request: pytest.FixtureRequest
) -> None:
    team: Team = request.getfixturevalue(through)
    team.knows(MAYA)
    go = DOORS[door](team)
    silence.begin()
    began = time.monotonic()
    go()
    took = time.monotonic() - began
    silence.end()
    assert took < IN_TIME
    assert (is_paused(team), is_paused(team, "bakery")) == (False, False)


def test_a_pause_that_holds_is_answered_although_nothing_more_can_be_read(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database took the pause, and then said nothing about what it had stopped: neither did Byhand."""
    team.knows(MAYA)
    speaks, read = threading.Event(), Store.read

    def late(store: Store, fn: Any, *, urgent: bool = False) -> Any:
        assert speaks.wait(60)
        return read(store, fn, urgent=urgent)

    with monkeypatch.context() as silent:
        silent.setattr(Store, "read", late)
        silent.setattr(effects, "ANSWER_SECONDS", 0.3)
        began = time.monotonic()
        said = pause(team, "recall")
        took = time.monotonic() - began
        speaks.set()
    assert f". I am telling <#{SOCIAL}> now." in said
    assert took < IN_TIME
    assert is_paused(team)


def test_neither_the_dialog_nor_a_near_miss_waits_for_what_is_only_good_to_know(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether this person had begun to type there, and whether it is paused already."""
    monkeypatch.setattr(pause_handlers, "GLANCE_SECONDS", 0.05)
    speaks = threading.Event()
    began = time.monotonic()
    assert pause_handlers._glance(lambda: speaks.wait(60)) is None
    assert time.monotonic() - began < IN_TIME
    speaks.set()
