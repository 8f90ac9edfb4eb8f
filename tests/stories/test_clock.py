"""The worker hangs in a turn: clicks and a pause still work, and people hear that nothing is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest

from bot import clock_watch
from tests.stories.bakery import ANNA, TOM, Bakery
from tests.stories.test_database import told


@pytest.fixture
def hanging(bakery: Bakery, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Every turn from now on waits until this is set; a few seconds are enough to tell."""
    free = threading.Event()
    monkeypatch.setattr(clock_watch, "LATE", 3.0)
    assert bakery.bot is not None
    turn = bakery.bot.scheduler._turn

    def hang() -> object:
        free.wait(60)
        return turn()

    monkeypatch.setattr(bakery.bot.scheduler, "_turn", hang)
    yield free
    free.set()


def test_a_clock_that_stands_still_is_told_and_the_pause_still_holds(
    bakery: Bakery, hanging: threading.Event
) -> None:
    bot = bakery.bot
    assert bot is not None
    bakery.until(lambda: len(told(bakery)) == 2, "both approvers are told")
    assert told(bakery) == [(ANNA,), (TOM,)]
    checks = {one["name"]: one for one in json.loads(bakery.get("/healthz"))["checks"]}
    assert "has stopped" in checks["clock"]["sentence"]
    assert [one.ok for one in bot.ready().findings] == [True, True], "it takes clicks, and the pause"
    hanging.set()
    bakery.until(lambda: bot.clock_watch.trouble is None, "it turns again")
    bakery.until(lambda: bot.slack.health.sentences() == (), "and nobody is warned any more")
