"""Whoever pauses hears within two seconds whether it holds, whatever is silent, through whatever door they came."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from slack_sdk import WebClient

from bot.domain.gate import ALL
from bot.domain.people import Person, Role
from bot.domain.refusals import NotPausedUnknown
from bot.services.pause import pause
from bot.services.unit_of_work import Services
from bot.slack import payloads, people
from bot.slack.ids import Act, Dialog
from bot.slack.inbox import buttons
from bot.slack.payloads import Typed
from bot.slack.people import Directory
from bot.slack.routes import COMMANDS
from bot.slack.workspace import Workspace
from bot.store.engine.store import Store
from bot.store.inbox import piles
from bot.store.inbox.piles import Spike
from bot.store.pause import gate
from tests.backend import MAYA, Backend, ManualClock, key
from tests.patience import OURS


class Quick:
    """A directory in which only who waits for nothing is asked."""

    def at_once(self, user_id: str, team_id: str | None = None) -> Person:
        return MAYA

    def recall_names(self) -> Callable[[str], str | None]:
        return lambda _user: None


def typed(directory: Directory, body: dict[str, Any]) -> Typed:
    return payloads.read_typed(directory, body, COMMANDS)


def pressed(act: Act) -> dict[str, Any]:
    action = {"type": "button", "action_id": act.value, "value": "all", "action_ts": "1.1"}
    return {"type": "block_actions", "user": {"id": MAYA.id}, "actions": [action], "container": {}}


def sent_off() -> dict[str, Any]:
    view = {"id": "V1", "callback_id": Dialog.PAUSE.value, "state": {"values": {}}}
    return {"type": "view_submission", "user": {"id": MAYA.id}, "view": view}


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (typed, {"user_id": MAYA.id, "command": "/social", "text": "pause recall <@U0TOM>"}),
        (typed, {"user_id": MAYA.id, "command": "/social", "text": "puase recall <@U0TOM>"}),
        (payloads.read_submit, sent_off()),
        (payloads.read_click, pressed(Act.HOME_PAUSE)),
        (payloads.read_click, pressed(Act.SPIKE_PAUSE)),
        (payloads.read_click, pressed(Act.PAUSE_NOW)),
        (payloads.read_click, pressed(Act.STOP_REPLIES)),
    ],
    ids=["slash", "near miss", "dialog", "home", "spike", "now", "replies"],
)
def test_no_door_waits_to_learn_who_it_is(read: Callable[..., Any], body: dict[str, Any]) -> None:
    """The suggested pause and Home's button asked the database first, which was silent for as long as it liked."""
    assert read(cast(Directory, Quick()), body).person == MAYA


def test_all_it_waits_for_together_is_less_than_two_seconds() -> None:
    """Who they are, the names in their reason, and the pause itself: with a database that said nothing it took three,
    which is when Slack gives up."""
    who = people.A_GLANCE + people.A_MOMENT
    assert who + people.A_GLANCE + OURS[pause, "PATIENCE_SECONDS"] + pause.AT_COMMIT_SECONDS < 2


class Silent:
    """A database that answers nothing."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.asked = 0

    def read(self, _look: object) -> None:
        self.asked += 1
        self.answers.wait(20)
        raise OSError

    write = read


@pytest.fixture
def silent() -> Iterator[Silent]:
    database = Silent()
    yield database
    database.answers.set()


def test_a_silent_database_is_waited_for_once_however_many_names_a_reason_has(
    silent: Silent, client: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited, clock = list[float](), ManualClock()

    def no_answer(_asked: object, patience: float) -> None:
        waited.append(patience)
        clock.push(timedelta(seconds=patience))

    directory = Directory(cast(Store, silent), client, clock, Workspace(), ())
    with monkeypatch.context() as patch:
        patch.setattr(people, "wait", no_answer)
        assert directory.at_once("U0NEVER").role in (Role.UNKNOWN, Role.OUTSIDER)
        assert sum(waited) <= people.A_GLANCE + people.A_MOMENT
        waited.clear()
        recall = directory.recall_names()
        assert [recall(f"U{number}") for number in range(20)] == [None] * 20
        assert sum(waited) <= people.A_GLANCE
    silent.answers.set()
    directory.close()


def test_a_suggested_pause_reads_which_account_it_is_with_the_gate(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It read the whole card before, on a connection that an ordinary question has to wait for."""
    spike = Spike("spike-1", "bakery", "root", None, 5, sqlite_backend.clock.now(), None, None)
    sqlite_backend.store.write(lambda db: piles.add_spike(db, spike))
    click = SimpleNamespace(person=MAYA, key=key(), value=spike.id)
    context = SimpleNamespace(services=sqlite_backend.services)

    def silent_database(*_: object, **__: object) -> None:
        raise AssertionError("something was read before the gate was shut")

    with monkeypatch.context() as patch:
        patch.setattr(Services, "look", silent_database)
        patch.setattr(Store, "read", silent_database)
        buttons.pause_for_spike(cast(Any, context), cast(Any, click))
        gone = SimpleNamespace(person=MAYA, key=key(), value="of-another-database")
        with pytest.raises(NotPausedUnknown):
            buttons.pause_for_spike(cast(Any, context), cast(Any, gone))
    rows = sqlite_backend.store.read(gate.read).rows
    assert (rows["bakery"].paused, rows[ALL].paused) == (True, False)
