"""The Bluesky adapter keeps the contract, against the pretend server; the real one is in
`test_real_pds.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from bot.networks.protocol import AccountClient, AccountSettings
from bot.networks.receiving import CHAT
from bot.networks.registry import load_network
from bot.networks.testing.answering import AnsweringContract
from bot.networks.testing.arriving import ArrivingContract
from bot.networks.testing.publishing import Fault, NetworkContract, Posted
from bot.networks.testing.receiving import Answered, ReadFault, ReceivingBench, ReceivingContract
from bot.sandbox.networks import server
from bot.sandbox.networks.bluesky.server import BlueskyServer


class MemoryVault(dict[str, str]):
    def load(self, name: str) -> str | None:
        return self.get(name)

    def save(self, name: str, value: str) -> None:
        self[name] = value


class BlueskyBench:
    handle = "dockbakery.test"

    def __init__(self) -> None:
        self.network = load_network("bluesky")
        self.same_handle_is_one = True
        self.server = BlueskyServer(self.now)
        self.server.start()

    def connect(self) -> AccountClient:
        secrets = {"PASSWORD": self.server.passwords[self.handle]}
        settings = AccountSettings("dock-bluesky", "bluesky", self.server.url, self.handle, secrets=secrets)
        return self.network.open(settings, MemoryVault())

    def stop(self) -> None:
        self.server.stop()

    def fault(self, fault: Fault) -> None:
        if fault is Fault.SIGNED_OUT:
            self.server.change_password(self.handle)
        else:
            self.server.faults.order(server.Fault[fault.name])

    def hide_narrower(self) -> None:
        pytest.skip("Bluesky has no visibilities")

    def ledger(self) -> list[Posted]:
        return [
            Posted(post["id"], post["text"], tuple(m["alt"] for m in post["media"]), post["deleted"])
            for post in reversed(self.server.timeline())
        ]

    def now(self) -> datetime:
        return datetime.now(UTC)

    direct_stream = CHAT
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
        return self.server.customer_writes(name, text, reply_to=reply_to, private=private, images=images)

    def customer_edits(self, remote_id: str, text: str) -> None:
        pytest.skip("Bluesky knows no edits")

    def customer_deletes(self, remote_id: str) -> None:
        self.server.customer_deletes(remote_id)

    def we_answer_in_app(self, remote_id: str, text: str) -> str:
        return self.server.we_answer_in_app(remote_id, text)

    def sign_out(self) -> None:
        self.server.change_password(self.handle)

    def read_fault(self, fault: ReadFault) -> None:
        self.server.faults.order(server.Fault[fault.name])

    def mute(self, name: str) -> None:
        self.server.state.muted.add(self.server.state.customer(name, None, 12).did)

    def block(self, name: str) -> None:
        self.server.state.blocked.add(self.server.state.customer(name, None, 12).did)

    def show_late(self) -> None:
        self.server.show_late()

    def answers(self) -> list[Answered]:
        return [
            Answered(line.remote_id, line.text, line.reply_to, line.visibility == "direct")
            for line in self.server.ledger
            if line.reply_to
        ]


@pytest.fixture
def bench() -> Iterator[ReceivingBench]:
    bench = BlueskyBench()
    yield bench
    bench.stop()


class TestBluesky(NetworkContract):
    pass


class TestBlueskyInbox(ReceivingContract, ArrivingContract, AnsweringContract):
    pass
