"""What `byhand run` takes while nothing happens, and how soon it is ready against importing its libraries."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bot.sandbox.slack.server import SlackServer
from tests.bench.byhand import Byhand
from tests.bench.figures import Figure, at_most, under

# What `byhand run` works with, of pyproject's dependencies; not what only the stage uses.
LIBRARIES = (
    "slack_bolt", "slack_sdk", "sqlalchemy", "alembic.command", "psycopg", "apscheduler.schedulers.background",
    "httpx", "httpcore", "starlette.applications", "uvicorn", "typer", "rich", "pydantic",
    "structlog", "prometheus_client", "cryptography.fernet", "PIL.Image", "regex", "yaml",
)  # fmt: skip
REST = 6.0  # seconds until what the start left behind is done
ACCOUNTS = {"mastodon": "token-1", "second": "token-2"}


def measure(folder: Path, slack: SlackServer, *, quick: bool) -> Iterator[Figure]:
    byhand = Byhand(folder / "idle", slack, network="http://127.0.0.1:9", accounts=ACCOUNTS, socket_mode=True)
    byhand.start()  # the first start makes the tables and compiles
    byhand.stop()
    ready, imported = [], []
    for _ in range(1 if quick else 5):
        imported.append(_import_libraries())
        ready.append(byhand.start())
        byhand.stop()
    byhand.start()
    time.sleep(REST)
    assert byhand.child is not None
    resident = byhand.child.rss()
    byhand.stop()
    yield under("idle memory of byhand run", resident, 160, "MB")
    yield at_most("ready, against importing its libraries", median(ready), median(imported), 2.5, "s")


def _import_libraries() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {', '.join(LIBRARIES)}"], check=True)
    return time.perf_counter() - began
