"""The Bluesky adapter keeps the contract, against the pretend server; the real one is in
`test_bluesky_real.py`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.networks.contract import Bench, Fault, NetworkContract, Posted
from bot.networks.protocol import AccountSettings, Connection
from bot.networks.registry import network
from bot.sandbox.networks import stand
from bot.sandbox.networks.bluesky import BlueskyStand


class MemoryVault(dict[str, str]):
    def load(self, name: str) -> str | None:
        return self.get(name)

    def save(self, name: str, value: str) -> None:
        self[name] = value


class BlueskyBench:
    handle = "dockbakery.test"

    def __init__(self) -> None:
        self.network = network("bluesky")
        self.same_handle_is_one = True
        self.server = BlueskyStand(self.now)
        self.server.start()

    def connect(self) -> Connection:
        secrets = {"PASSWORD": self.server.passwords[self.handle]}
        settings = AccountSettings("dock-bluesky", "bluesky", self.server.url, self.handle, secrets=secrets)
        return self.network.open(settings, MemoryVault())

    def stop(self) -> None:
        self.server.stop()

    def fault(self, fault: Fault) -> None:
        if fault is Fault.SIGNED_OUT:
            self.server.change_password(self.handle)
        else:
            self.server.faults.order(stand.Fault[fault.name])

    def ledger(self) -> list[Posted]:
        return [
            Posted(post["id"], post["text"], tuple(m["alt"] for m in post["media"]), post["deleted"])
            for post in reversed(self.server.timeline())
        ]

    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = BlueskyBench()
    yield bench
    bench.stop()


class TestBluesky(NetworkContract):
    pass
