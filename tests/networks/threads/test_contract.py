"""The Threads adapter keeps the contract, against the pretend server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.networks.http import Http
from bot.networks.protocol import AccountClient, AccountSettings, Network
from bot.networks.testing.public_images import PretendPublicImages
from bot.networks.testing.publishing import Bench, Fault, NetworkContract, Posted
from bot.networks.threads.client import ThreadsClient, ThreadsNetwork
from bot.sandbox.networks import server
from bot.sandbox.networks.threads.server import ThreadsServer


class ThreadsBench:
    def __init__(self, images: PretendPublicImages) -> None:
        self.network: Network = ThreadsNetwork()
        self.same_handle_is_one = False  # Threads knows no such key
        self.images = images
        self.server = ThreadsServer(self.now)
        self.server.add_past("dockbakery")
        self.server.start()

    def connect(self) -> AccountClient:
        token = self.server.tokens["dockbakery"]
        settings = AccountSettings(
            "dock-threads", "threads", self.server.url, secrets={"TOKEN": token}, images=self.images
        )
        http = Http(self.server.url, from_settings=True)
        return ThreadsClient(settings, http, token, wait=lambda _seconds: None)

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
        pytest.skip("a Threads account has no visibilities")

    def ledger(self) -> list[Posted]:
        return [
            Posted(post["id"], post["text"], tuple(m["alt"] for m in post["media"]), post["deleted"])
            for post in reversed(self.server.timeline())
        ]

    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture(params=["usual ids", "ids longer than 64 bits"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with PretendPublicImages().serve() as images:
        bench = ThreadsBench(images)
        bench.server.state.huge_ids = request.param == "ids longer than 64 bits"
        yield bench
        bench.stop()
        assert images.open == [], "what was fetched is shut"
        assert bench.server.in_addresses == []


class TestThreads(NetworkContract):
    pass
