"""The X adapter keeps the contract, against the pretend server, with either kind of sign-in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from bot.networks.protocol import AccountClient, AccountSettings, Network
from bot.networks.receiving import NOTICES
from bot.networks.testing.answering import AnsweringContract
from bot.networks.testing.arriving import ArrivingContract
from bot.networks.testing.publishing import Fault, NetworkContract, Posted
from bot.networks.testing.receiving import Answered, ReadFault, ReceivingBench, ReceivingContract
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

    direct_stream = NOTICES
    knows_mentions = True
    tells_followers = True
    tells_names = True
    tells_images = True
    nests = False

    def customer_writes(
        self,
        name: str,
        text: str,
        *,
        reply_to: str | None = None,
        private: bool = False,
        images: Sequence[tuple[str, str]] = (),
    ) -> str:
        if private:
            pytest.skip("private messages of X do not come in yet")
        return self.server.customer_writes(name, text, reply_to=reply_to, images=images)

    def customer_edits(self, remote_id: str, text: str) -> None:
        self.server.customer_edits(remote_id, text)

    def customer_deletes(self, remote_id: str) -> None:
        self.server.customer_deletes(remote_id)

    def we_answer_in_app(self, remote_id: str, text: str) -> str:
        return self.server.we_answer_in_app(remote_id, text)

    def read_fault(self, fault: ReadFault) -> None:
        self.server.faults.order(server.Fault[fault.name])

    def mute(self, name: str) -> None:
        self.server.mute("dockbakery", name)

    def block(self, name: str) -> None:
        self.server.mute("dockbakery", name, blocks=True)

    def show_late(self) -> None:
        self.server.show_late()

    def answers(self) -> list[Answered]:
        return [
            Answered(line.remote_id, line.text, line.reply_to, private=False)
            for line in self.server.ledger
            if line.reply_to
        ]


@pytest.fixture(params=["keys, usual ids", "a token, ids longer than 64 bits, and posts for tweets"])
def bench(request: pytest.FixtureRequest) -> Iterator[ReceivingBench]:
    bench = XBench()
    newer = str(request.param).startswith("a token")
    bench.by_browser = bench.server.state.huge_ids = bench.server.state.says_posts = newer
    yield bench
    bench.stop()
    assert bench.server.in_addresses == [], "a token never stands in an address"


class TestX(NetworkContract):
    pass


class TestXInbox(ReceivingContract, ArrivingContract, AnsweringContract):
    pass
