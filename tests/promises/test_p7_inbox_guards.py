"""P7 on PostgreSQL; and its controls: with one guard gone the judge must notice, or it would prove nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.store.engine.store import Store
from tests.backend import how_many
from tests.promises.histories import weaknesses
from tests.promises.histories.history import History, Judgement
from tests.promises.histories.life import without_waiting
from tests.stores import NOW

STEPS, PROOF = 200, 2000
SOME, FEW = (
    150,
    50,
)  # steps of a control, with much of what its guard is for; where nearly every step shows it, few
SEEDS = range(1, 7)  # of a control: one of them is enough
NOBODY = dict.fromkeys(
    (
        "take", "chat", "ask", "change", "send", "keep", "reply", "done", "hand_over", "next_for_me",
        "delete_card", "slack_fails", "slack_clicks_again", "network_fails", "network_loses_answers",
    ),
    0,
)  # fmt: skip


@pytest.mark.timeout(1800)
def test_histories(
    request: pytest.FixtureRequest, postgres_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waiting(monkeypatch)
    steps = how_many(request.config, STEPS, PROOF)
    judge = History(postgres_store, 100).live(steps)
    assert judge.replied > steps / 60


@pytest.mark.parametrize(
    ("takes_away", "steps", "often", "wrong"),
    [
        (
            weaknesses.with_the_cursor_first,
            SOME,
            NOBODY | {"light_a_fuse": 50, "customer_writes": 50},
            "never relayed",
        ),
        (
            weaknesses.posting_again_without_looking,
            SOME,
            {"slack_fails": 30, "customer_writes": 40},
            "relayed twice",
        ),
        (weaknesses.with_previews_that_send, FEW, {"ask": 30}, "went out without its Send"),
        (
            weaknesses.with_errors_as_retries,
            SOME,
            {"network_loses_answers": 30, "send": 40},
            "went out twice",
        ),
        (weaknesses.with_one_channel_for_all, FEW, {}, "in the wrong channel"),
        (weaknesses.with_words_in_notifications, FEW, {}, "a notification tells"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_judge_notices(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, takes_away: Callable[..., None],
    steps: int, often: dict[str, int], wrong: str,
) -> None:  # fmt: skip
    without_waiting(monkeypatch)
    takes_away(monkeypatch)
    for seed in SEEDS:
        file = shutil.copyfile(sqlite_template, tmp_path / f"{seed}.db")
        with Store.open(f"sqlite:///{file}", now=lambda: NOW) as store:
            try:
                History(store, seed, often=often).live(steps)
            except Judgement as judgement:
                if wrong in str(judgement):
                    return
    pytest.fail("the judge noticed nothing: it proves nothing")
