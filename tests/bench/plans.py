"""A plan of five thousand rows: how long a running bot takes to import it, and the most memory it takes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.control.client import Bot
from bot.control.socket import to_control_folder
from bot.sandbox.slack.server import SlackServer
from bot.store.engine.sqlite import to_database_path
from tests.bench.byhand import Byhand
from tests.bench.figures import Figure, exactly, under

ROWS, WORDS_A_ROW = 5_000, 30
PATIENCE = 300.0
WORDS = (Path(__file__).parents[2] / "LICENSE").read_text().split()
ACCOUNTS = {"bakery": "token-1", "cafe": "token-2"}


def measure(folder: Path, slack: SlackServer, *, quick: bool) -> Iterator[Figure]:
    rows = ROWS // 10 if quick else ROWS
    byhand = Byhand(folder / "plans", slack, network="http://127.0.0.1:9", accounts=ACCOUNTS)
    plan = _plan(folder, rows)
    try:
        byhand.start()
        bot = Bot(to_control_folder(to_database_path(byhand.url)))
        report, seconds = _bring_in(bot, plan)
        again, seconds_again = _bring_in(bot, plan)
        assert byhand.child is not None
        peak = byhand.child.peak()
    finally:
        byhand.stop()
    yield exactly("rows of a plan imported", len(report["added"]), rows)
    yield exactly("rows of it imported a second time", len(again["added"]), 0)
    yield under(f"import of {rows:,} rows", seconds * 1000, 10_000, "ms")
    yield under("the same file again", seconds_again * 1000, 10_000, "ms")
    yield under(f"import of {rows:,} rows: peak memory", peak, 200, "MB")


def _bring_in(bot: Bot, plan: Path) -> tuple[dict[str, Any], float]:
    began = time.perf_counter()
    asked = {"file": str(plan), "partial": False, "who": "cli:bench@host"}
    return bot.ask("import", asked, timeout=PATIENCE), time.perf_counter() - began


def _plan(folder: Path, rows: int) -> Path:
    """Each with other words, for one account or both."""
    chance, slot = random.Random(1), datetime.now(UTC) + timedelta(days=1)
    lines = ["Time,Accounts,Text,Image,Alt text,Label"]
    for number in range(rows):
        at = slot + timedelta(minutes=90 * number)
        accounts = " ".join(list(ACCOUNTS)[: 1 + number % 2])
        text = f"No. {number}: " + " ".join(chance.choices(WORDS, k=WORDS_A_ROW)).replace('"', "'")
        lines.append(f'{at:%Y-%m-%dT%H:%M}Z,{accounts},"{text}",,,week {number // 100}')
    plan = folder / "plan.csv"
    plan.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return plan
