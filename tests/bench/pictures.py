"""The most memory a running bot takes while it imports a plan of large pictures, each of them another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from bot.control.client import Bot
from bot.control.socket import to_control_folder
from bot.sandbox.slack.server import SlackServer
from bot.store.engine.sqlite import to_database_path
from tests.bench.byhand import Byhand
from tests.bench.figures import Figure, exactly, under

PICTURES, SIDE = 120, 1300  # pixels; stored unpacked, three bytes each: 5 MB
PATIENCE = 300.0


def measure(folder: Path, slack: SlackServer, *, quick: bool) -> Iterator[Figure]:
    count = PICTURES // 4 if quick else PICTURES
    byhand = Byhand(folder / "pictures", slack, network="http://127.0.0.1:9", accounts={"bakery": "token"})
    plan = _plan(folder, count)
    try:
        byhand.start()
        bot = Bot(to_control_folder(to_database_path(byhand.url)))
        asked = {"file": str(plan), "partial": False, "who": "cli:bench@host"}
        report = bot.ask("import", asked, timeout=PATIENCE)
        assert byhand.child is not None
        peak = byhand.child.peak()
    finally:
        byhand.stop()
    yield exactly("pictures imported", len(report["added"]), count)
    yield under(f"import of {count} pictures of 5 MB: peak memory", peak, 250, "MB")


def _plan(folder: Path, count: int) -> Path:
    slot = datetime.now(UTC) + timedelta(days=30)
    rows = ["Time,Accounts,Text,Image,Alt text,Label"]
    for number in range(count):
        noise = Image.frombytes("RGB", (SIDE, SIDE), os.urandom(SIDE * SIDE * 3))
        noise.save(folder / f"{number}.png", "PNG", compress_level=0)
        at = slot + timedelta(hours=number)
        rows.append(f"{at:%Y-%m-%dT%H:%M}Z,bakery,Loaf {number},{number}.png,Noise,")
    plan = folder / "plan.csv"
    plan.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return plan
