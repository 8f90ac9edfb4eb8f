"""The Mastodon adapter keeps the contract, against servers that honour its idempotency key and
servers that ignore it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.networks.contract import Bench, Fault, NetworkContract, Posted
from bot.networks.protocol import AccountSettings, Connection
from bot.networks.registry import network
from bot.sandbox.networks import stand
from bot.sandbox.networks.mastodon import MastodonStand


class NoVault:
    def load(self, name: str) -> str | None:
        return None

    def save(self, name: str, value: str) -> None:
        raise AssertionError("a token never changes")


class MastodonBench:
    def __init__(self) -> None:
        self.network = network("mastodon")
        self.same_handle_is_one = True
        self.server = MastodonStand(self.now)
        self.server.start()

    def connect(self) -> Connection:
        secrets = {"TOKEN": self.server.tokens["dockbakery"]}
        settings = AccountSettings("dock-mastodon", "mastodon", self.server.url, secrets=secrets)
        return self.network.open(settings, NoVault())

    def stop(self) -> None:
        self.server.stop()

    def fault(self, fault: Fault) -> None:
        self.server.faults.order(stand.Fault[fault.name])

    def ledger(self) -> list[Posted]:
        return [
            Posted(post["id"], post["text"], tuple(m["alt"] for m in post["media"]), post["deleted"])
            for post in reversed(self.server.timeline())
        ]

    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture(params=[True, False], ids=["honours keys", "ignores keys"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    bench = MastodonBench()
    bench.same_handle_is_one = bench.server.honours_keys = request.param
    yield bench
    bench.stop()


class TestMastodon(NetworkContract):
    pass
