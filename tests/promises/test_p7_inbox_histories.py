"""P7: every customer's message reaches people once, every answer its customer at most once, and none without its Send.

Random histories (`histories/`), judged from the logs of the pretend Slack and the pretend networks alone. On
PostgreSQL, and with guards taken away, they are played in `test_p7_inbox_guards.py`.
"""

from __future__ import annotations

import pytest

from bot.store.engine.store import Store
from tests.backend import how_many
from tests.promises.histories.history import History
from tests.promises.histories.life import without_waiting

STEPS, PROOF = 300, 12_500  # of each of three seeds


@pytest.fixture
def steps(request: pytest.FixtureRequest) -> int:
    return how_many(request.config, STEPS, PROOF)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(3))
def test_histories(
    request: pytest.FixtureRequest,
    sqlite_store: Store,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    steps: int,
) -> None:
    """`--seed` plays one of your own."""
    without_waiting(monkeypatch)
    own = request.config.getoption("--seed")
    history = History(sqlite_store, seed if own is None else own)
    judge = history.live(steps)
    assert judge.replied > steps / 40, history.done
    assert len(judge.relays) > steps / 10, history.done
    assert history.state.notes.crashes > steps / 100
