"""P7: every customer's message reaches people once, every answer its customer at most once, and none without its Send.

Thousands of random steps, judged from the logs of the pretend Slack and the pretend networks alone.
"""

from __future__ import annotations

import random

import pytest

from bot.store.store import Store
from tests.promises.histories.history import History
from tests.promises.histories.life import without_waiting

STEPS = 700


@pytest.fixture
def steps(request: pytest.FixtureRequest) -> int:
    longer = 10 if request.config.getoption("--long") else 1
    return (request.config.getoption("--steps") or STEPS) * longer


@pytest.mark.parametrize("seed", range(7))
def test_histories(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, seed: int, steps: int) -> None:
    without_waiting(monkeypatch)
    history = History(sqlite_store, seed)
    judge = history.live(steps)
    print(history.done, history.town.notes.crashes, judge.replied, len(judge.relays), len(history.town.notes.written))
