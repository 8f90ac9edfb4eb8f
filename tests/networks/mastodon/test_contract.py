"""The Mastodon adapter keeps the contract, against servers that honour its idempotency key, servers that ignore it, and
one of another maker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from bot.networks.mastodon.client import MastodonNetwork
from bot.networks.protocol import AccountClient, AccountSettings, Network
from bot.networks.receiving import NOTICES
from bot.networks.testing.answering import AnsweringContract
from bot.networks.testing.arriving import ArrivingContract
from bot.networks.testing.publishing import Fault, NetworkContract, Posted
from bot.networks.testing.receiving import Answered, ReadFault, ReceivingBench, ReceivingContract
from bot.sandbox.networks import server
from bot.sandbox.networks.mastodon.dialects import OtherMakersServer
from bot.sandbox.networks.mastodon.server import MastodonServer


class MemoryVault(dict[str, str]):
    def load(self, name: str) -> str | None:
        return self.get(name)

    def save(self, name: str, value: str) -> None:
        self[name] = value


class MastodonBench:
    def __init__(self, made: type[MastodonServer] = MastodonServer) -> None:
        self.network: Network = (
            MastodonNetwork()
        )  # its own: a port may be that of a server another test has asked
        self.same_handle_is_one = True
        self.server = made(self.now)
        self.server.add_past("dockbakery")
        self.server.start()

    def connect(self) -> AccountClient:
        secrets = {"TOKEN": self.server.tokens["dockbakery"]}
        settings = AccountSettings("dock-mastodon", "mastodon", self.server.url, secrets=secrets)
        return self.network.open(settings, MemoryVault())

    def stop(self) -> None:
        self.server.stop()

    def fault(self, fault: Fault) -> None:
        if fault is Fault.SIGNED_OUT:
            self.sign_out()
        else:
            self.server.faults.order(server.Fault[fault.name])

    def hide_narrower(self) -> None:
        self.server.hide_narrower()

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
        self.server.state.muted.add(self.server.state.customer(name, None, 12).acct)

    def block(self, name: str) -> None:
        self.server.state.blocked.add(self.server.state.customer(name, None, 12).acct)

    def show_late(self) -> None:
        self.server.show_late()

    def answers(self) -> list[Answered]:
        words = {post["id"]: post["text"] for post in self.server.timeline()}
        return [
            Answered(line.remote_id, words[line.remote_id], line.reply_to, line.visibility == "direct")
            for line in self.server.ledger
            if line.reply_to
        ]


@pytest.fixture(params=["honours keys", "ignores keys", "another maker's"])
def bench(request: pytest.FixtureRequest) -> Iterator[ReceivingBench]:
    """A server that ignores keys is also one whose ids are no numbers."""
    bench = MastodonBench(OtherMakersServer if request.param == "another maker's" else MastodonServer)
    bench.same_handle_is_one = bench.server.honours_keys = request.param == "honours keys"
    bench.server.state.odd_ids = request.param == "ignores keys"
    yield bench
    bench.stop()


class TestMastodon(NetworkContract):
    pass


class TestMastodonInbox(ReceivingContract, ArrivingContract, AnsweringContract):
    pass
