"""The LinkedIn adapter keeps the contract, against the pretend server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.networks.linkedin.client import LinkedInNetwork
from bot.networks.protocol import AccountClient, AccountSettings, Network
from bot.networks.testing.publishing import Bench, Fault, NetworkContract, Posted
from bot.networks.testing.receiving import ReadFault
from bot.networks.testing.telling import TellingBench, TellingContract
from bot.sandbox.networks import server
from bot.sandbox.networks.linkedin.server import LinkedInServer


class MemoryVault(dict[str, str]):
    def load(self, name: str) -> str | None:
        return self.get(name)

    def save(self, name: str, value: str) -> None:
        self[name] = value


class LinkedInBench:
    def __init__(self) -> None:
        self.network: Network = LinkedInNetwork()
        self.same_handle_is_one = False  # LinkedIn knows no such key
        self.server = LinkedInServer(self.now)
        self.server.state.working = 0
        self.server.refuses_duplicates = False  # the suite sends one twice, to see two
        self.server.add_past("dockbakery")
        self.server.start()

    def connect(self) -> AccountClient:
        secrets = {"TOKEN": self.server.tokens["dockbakery"]}
        account = AccountSettings("dock-linkedin", "linkedin", self.server.url, "dockbakery", secrets=secrets)
        return self.network.open(account, MemoryVault())

    def stop(self) -> None:
        self.server.stop()

    def fault(self, fault: Fault) -> None:
        if fault is Fault.SIGNED_OUT:
            self.server.revoke("dockbakery")
        else:
            self.server.faults.order(server.Fault[fault.name])

    def hide_narrower(self) -> None:
        pytest.skip("a LinkedIn Page has no visibilities here")

    def ledger(self) -> list[Posted]:
        return [
            Posted(post["id"], post["text"], tuple(m["alt"] for m in post["media"]), post["deleted"])
            for post in reversed(self.server.timeline())
        ]

    def now(self) -> datetime:
        return datetime.now(UTC)

    def customer_writes(self, name: str, text: str, *, reply_to: str | None = None) -> str:
        return self.server.customer_writes(name, text, reply_to=reply_to)

    def we_write_in_app(self, reply_to: str, text: str) -> None:
        state = self.server.state
        state.add_comment(state.posts[reply_to], self.server.page("dockbakery"), text)

    def sign_out(self) -> None:
        self.server.revoke("dockbakery")

    def read_fault(self, fault: ReadFault) -> None:
        self.server.faults.order(server.Fault[fault.name])

    def show_late(self) -> None:
        self.server.show_late()


@pytest.fixture(params=["usual ids", "ids longer than 64 bits"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    bench = LinkedInBench()
    bench.server.state.huge_ids = request.param == "ids longer than 64 bits"
    yield bench
    bench.stop()
    assert bench.server.in_addresses == [], "a token never stands in an address"


class TestLinkedIn(NetworkContract):
    pass


class TestLinkedInInbox(TellingContract):
    @pytest.fixture(params=["newest first", "oldest first"])
    def bench(self, request: pytest.FixtureRequest) -> Iterator[TellingBench]:
        bench = LinkedInBench()
        bench.server.talk.newest_first = request.param == "newest first"
        yield bench
        bench.stop()
        assert bench.server.in_addresses == []
