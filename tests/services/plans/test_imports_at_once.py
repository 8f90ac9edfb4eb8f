"""Two people import the same file at the same moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.plans.report import Report
from bot.store.engine.store import Store
from bot.store.posts import posts
from tests.backend import Backend, ManualClock
from tests.postgres import PostgresServer
from tests.services.plans.test_import_plan import count, imported, plan_file


def test_each_post_comes_in_once(
    postgres_store: Store, network: MastodonServer, clock: ManualClock, postgres_server: PostgresServer,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Both had asked which rows are here already before either had added any: the second one failed."""
    backend = Backend(postgres_store, network, clock)
    path = plan_file(
        tmp_path, "2026-12-01 10:00,bakery,Stollen,,,", "2026-12-02 10:00,bakery cafe,Wreaths,,,"
    )
    postgres_server.deadlocks()
    both, real = threading.Barrier(2), posts.find_known_imports

    def find_known_imports(*given: Any) -> set[str]:
        found = real(*given)
        with suppress(threading.BrokenBarrierError):
            both.wait(0.5)
        return found

    monkeypatch.setattr(posts, "find_known_imports", find_known_imports)
    with ThreadPoolExecutor(2) as people:
        turns = [people.submit(imported, backend, path) for _ in range(2)]
        done: list[Report] = [turn.result(30) for turn in turns]
    assert sorted((len(report.added), report.known) for report in done) == [(0, 2), (2, 0)]
    assert count(backend, "posts") == 2
    assert postgres_server.deadlocks() == []
