"""The Facebook adapter keeps the contract, against the pretend server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from bot.networks.facebook.client import FacebookNetwork
from bot.networks.protocol import AccountClient, AccountSettings, Network
from bot.networks.receiving import CHAT
from bot.networks.testing.answering import AnsweringContract
from bot.networks.testing.arriving import ArrivingContract
from bot.networks.testing.publishing import Fault, NetworkContract, Posted
from bot.networks.testing.receiving import Answered, ReadFault, ReceivingBench, ReceivingContract
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

    direct_stream = CHAT
    knows_mentions = False
    tells_followers = False
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
        return self.server.customer_writes(name, text, reply_to=reply_to, private=private, images=images)

    def customer_edits(self, remote_id: str, text: str) -> None:
        self.server.customer_edits(remote_id, text)

    def customer_deletes(self, remote_id: str) -> None:
        self.server.customer_deletes(remote_id)

    def we_answer_in_app(self, remote_id: str, text: str) -> str:
        return self.server.we_answer_in_app(remote_id, text)

    def sign_out(self) -> None:
        self.server.revoke("dockbakery")

    def read_fault(self, fault: ReadFault) -> None:
        self.server.faults.order(server.Fault[fault.name])

    def mute(self, name: str) -> None:
        """A Page cannot mute: it hides what somebody writes."""
        self.server.state.hides.add(name)

    def block(self, name: str) -> None:
        self.server.state.hides.add(name)

    def show_late(self) -> None:
        self.server.show_late()

    def answers(self) -> list[Answered]:
        return [
            Answered(line.remote_id, line.text, line.reply_to, line.visibility == "direct")
            for line in self.server.ledger
            if line.reply_to
        ]


@pytest.fixture(params=["usual ids", "ids longer than 64 bits"])
def bench(request: pytest.FixtureRequest) -> Iterator[ReceivingBench]:
    bench = FacebookBench()
    bench.server.state.huge_ids = request.param == "ids longer than 64 bits"
    yield bench
    bench.stop()


class TestFacebook(NetworkContract):
    pass


class TestFacebookInbox(ReceivingContract, ArrivingContract, AnsweringContract):
    pass
