"""The Threads adapter keeps the contract, against the pretend server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from bot.networks.http import Http
from bot.networks.protocol import AccountClient, AccountSettings, Network
from bot.networks.receiving import NOTICES
from bot.networks.testing.answering import AnsweringContract
from bot.networks.testing.arriving import ArrivingContract
from bot.networks.testing.public_images import PretendPublicImages
from bot.networks.testing.publishing import Fault, NetworkContract, Posted
from bot.networks.testing.receiving import Answered, ReadFault, ReceivingBench, ReceivingContract
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

    direct_stream = NOTICES
    knows_mentions = True
    tells_followers = False
    tells_names = False
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
            pytest.skip("Threads shows its private messages to nobody")
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
        """Threads knows restricting; what it does to a reply is told with it."""
        self.server.state.hides.add(name)

    def block(self, name: str) -> None:
        self.server.state.hides.add(name)

    def show_late(self) -> None:
        self.server.show_late()

    def answers(self) -> list[Answered]:
        return [
            Answered(line.remote_id, line.text, line.reply_to, private=False)
            for line in self.server.ledger
            if line.reply_to
        ]


@pytest.fixture(params=["usual ids", "ids longer than 64 bits"])
def bench(request: pytest.FixtureRequest) -> Iterator[ReceivingBench]:
    with PretendPublicImages().serve() as images:
        bench = ThreadsBench(images)
        bench.server.state.huge_ids = request.param == "ids longer than 64 bits"
        yield bench
        bench.stop()
        assert images.open == [], "what was fetched is shut"
        assert bench.server.in_addresses == []


class TestThreads(NetworkContract):
    pass


class TestThreadsInbox(ReceivingContract, ArrivingContract, AnsweringContract):
    pass
