"""The X adapter keeps the contract, against the pretend server, with either kind of sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.networks.protocol import AccountClient, AccountSettings, Network
from bot.networks.testing.publishing import Bench, Fault, NetworkContract, Posted
from bot.networks.x.client import XNetwork
from bot.sandbox.networks import server
from bot.sandbox.networks.x.server import XServer
from tests.backend import NoVault


class XBench:
    def __init__(self) -> None:
        self.network: Network = XNetwork()
        self.same_handle_is_one = False  # X knows no such key
        self.by_browser = False
        self.server = XServer(self.now)
        self.server.refuses_duplicates = False  # the suite sends one twice, to see two
        self.server.add_past("dockbakery")
        self.server.start()

    def connect(self) -> AccountClient:
        us = self.server.account("dockbakery")
        token = self.server.oauth.sign_in(us).access if self.by_browser else us.keys.line
        secrets = {"TOKEN": token}
        return self.network.open(AccountSettings("dock-x", "x", self.server.url, secrets=secrets), NoVault())

    def stop(self) -> None:
        self.server.stop()

    def fault(self, fault: Fault) -> None:
        if fault is Fault.SIGNED_OUT:
            self.sign_out()
        else:
            self.server.faults.order(server.Fault[fault.name])

    def sign_out(self) -> None:
        self.server.revoke("dockbakery")

    def hide_narrower(self) -> None:
        pytest.skip("an X account has no visibilities here")

    def ledger(self) -> list[Posted]:
        return [
            Posted(post["id"], post["text"], tuple(m["alt"] for m in post["media"]), post["deleted"])
            for post in reversed(self.server.timeline())
        ]

    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture(params=["keys, usual ids", "a token, ids longer than 64 bits, and posts for tweets"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    bench = XBench()
    newer = str(request.param).startswith("a token")
    bench.by_browser = bench.server.state.huge_ids = bench.server.state.says_posts = newer
    yield bench
    bench.stop()
    assert bench.server.in_addresses == [], "a token never stands in an address"


class TestX(NetworkContract):
    pass
