"""The Facebook adapter keeps the contract, against the pretend server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.networks.facebook.client import FacebookNetwork
from bot.networks.protocol import AccountClient, AccountSettings, Network
from bot.networks.testing.publishing import Bench, Fault, NetworkContract, Posted
from bot.sandbox.networks import server
from bot.sandbox.networks.facebook.server import FacebookServer


class MemoryVault(dict[str, str]):
    def load(self, name: str) -> str | None:
        return self.get(name)

    def save(self, name: str, value: str) -> None:
        self[name] = value


class FacebookBench:
    def __init__(self) -> None:
        self.network: Network = FacebookNetwork()
        self.same_handle_is_one = False  # Facebook knows no such key
        self.server = FacebookServer(self.now)
        self.server.add_past("dockbakery")
        self.server.start()

    def connect(self) -> AccountClient:
        secrets = {"TOKEN": self.server.tokens["dockbakery"]}
        settings = AccountSettings("dock-facebook", "facebook", self.server.url, secrets=secrets)
        return self.network.open(settings, MemoryVault())

    def stop(self) -> None:
        self.server.stop()

    def fault(self, fault: Fault) -> None:
        if fault is Fault.SIGNED_OUT:
            self.sign_out()
        else:
            self.server.faults.order(server.Fault[fault.name])

    def hide_narrower(self) -> None:
        pytest.skip("a Facebook Page has no visibilities")

    def ledger(self) -> list[Posted]:
        return [
            Posted(post["id"], post["text"], tuple(m["alt"] for m in post["media"]), post["deleted"])
            for post in reversed(self.server.timeline())
        ]

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sign_out(self) -> None:
        self.server.revoke("dockbakery")


@pytest.fixture(params=["usual ids", "ids longer than 64 bits"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    bench = FacebookBench()
    bench.server.state.huge_ids = request.param == "ids longer than 64 bits"
    yield bench
    bench.stop()


class TestFacebook(NetworkContract):
    pass
