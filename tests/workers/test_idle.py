"""What an account costs on which nothing happens: the table in docs/accounts.md, held true."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.domain.policy import AccountPolicy
from bot.housekeeping import WATCH_EVERY, Housekeeping
from bot.networks import registry
from bot.networks.meta import inbox as meta_inbox
from bot.networks.protocol import AccountSettings
from bot.networks.receiving import as_receiving
from bot.networks.registry import load_network
from bot.networks.threads import inbox as threads_inbox
from bot.observability import Metrics
from bot.sandbox.networks.bluesky.server import BlueskyServer
from bot.sandbox.networks.facebook.server import FacebookServer
from bot.sandbox.networks.instagram.server import InstagramServer
from bot.sandbox.networks.linkedin.server import LinkedInServer
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.server import NetworkServer
from bot.sandbox.networks.threads.server import ThreadsServer
from bot.sandbox.networks.x.server import XServer
from bot.services.unit_of_work import Services
from bot.store.engine.store import Store
from bot.store.pause import gate
from bot.workers.poller import Poller
from tests.backend import ManualClock, NoVault, team
from tests.inbox_backend import INBOX, PRIVATE

ROOT = Path(__file__).parents[2]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SERVERS: dict[str, Callable[[Callable[[], datetime]], NetworkServer]] = {
    "bluesky": BlueskyServer,
    "facebook": FacebookServer,
    "instagram": InstagramServer,
    "linkedin": LinkedInServer,
    "mastodon": MastodonServer,
    "threads": ThreadsServer,
    "x": XServer,
}


class Asker(StrEnum):
    POLLER = "the poller"
    WATCH = "a look at the sign-in"


class Idle:
    """One account, and how often its network is asked."""

    def __init__(self, name: str, store: Store, clock: ManualClock) -> None:
        self.name, self.clock = name, clock
        self.server = SERVERS[name](clock.now)
        self.server.start()
        self.requests: Counter[Asker] = Counter()
        self.asker = Asker.POLLER
        self.server.on_request = lambda _seen: self.requests.update([self.asker])
        accounts = {"dock": AccountPolicy("dock", name, "Dock")}
        policy = replace(team(inbox_channel=INBOX, private_channel=PRIVATE), accounts=accounts)
        self.client = load_network(name).open(self._read_settings(), NoVault())
        clients = {"dock": self.client}
        store.write(lambda db: gate.make_rows(db, clients))
        services = Services(store, clock, policy, clients, lambda what: None)
        self.poller = Poller(services, name="poller-1")
        self.chores = Housekeeping(services, Metrics(), name="one process")

    def _read_settings(self) -> AccountSettings:
        if isinstance(self.server, BlueskyServer):
            (handle,) = self.server.passwords
            secrets = {"PASSWORD": self.server.passwords[handle]}
            return AccountSettings("dock", self.name, self.server.url, handle, secrets=secrets)
        (token,) = cast(Any, self.server).tokens.values()
        return AccountSettings("dock", self.name, self.server.url, "dockbakery", secrets={"TOKEN": token})

    def live(self, how_long: timedelta) -> None:
        """Minute by minute, all that Byhand asks by itself."""
        for minute in range(how_long // MINUTE):
            if minute % int(WATCH_EVERY / 60) == 0:
                self.asker = Asker.WATCH
                self.chores._watch_accounts()
            self.asker = Asker.POLLER
            while self.poller.turn():
                while self.poller.busy():
                    time.sleep(0.001)
            self.clock.push(MINUTE)

    def count(self) -> str:
        """The row of the table, without its last column."""
        can = self.client.capabilities
        hours = max(1, (can.check_every or HOUR) // HOUR)
        self.live(HOUR)  # the first sync, and the first looks
        self.requests.clear()
        self.live(hours * HOUR)
        watch, every = self.requests[Asker.WATCH], (can.poll_every or MINUTE) // MINUTE
        often = "every minute" if every == 1 else f"every {every} minutes"
        if as_receiving(self.client) is None:
            often = "not at all"
        total = self.requests.total()
        title = load_network(self.name).title
        return f"| {title} | {often} | {round(total / hours, 1):g} | {round(watch / hours, 1):g} |"


@pytest.fixture(params=SERVERS)
def idle(
    request: pytest.FixtureRequest, sqlite_store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Idle]:
    for module in (meta_inbox, threads_inbox):  # what was told a moment ago is measured by another clock
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=clock.elapsed))
    built = Idle(request.param, sqlite_store, clock)
    yield built
    built.poller.stop(timedelta(seconds=5))
    built.server.stop()


def test_the_table_says_what_an_idle_account_costs(idle: Idle) -> None:
    row = idle.count()
    assert [line for line in list_rows() if line.startswith(row)], row


@pytest.mark.parametrize(
    ("idle", "ago", "more", "said"),
    [
        ("facebook", timedelta(), 6, "6 an hour on Facebook"),
        ("instagram", timedelta(), 3, "3 an hour on Instagram"),
        ("threads", timedelta(), 33, "33 an hour in its first day"),
        ("threads", timedelta(days=2), 12, "12 an hour after that"),
    ],
    indirect=["idle"],
)
def test_what_a_post_with_comments_adds(idle: Idle, ago: timedelta, more: int, said: str) -> None:
    """The comment itself is looked at with each of three sweeps."""
    server = cast(Any, idle.server)
    server.add_past("dockbakery", ago)
    (post_id,) = server.state.media if idle.name == "instagram" else server.state.posts
    server.customer_writes("lena", "Is it vegan?", reply_to=post_id)
    idle.live(HOUR)
    idle.requests.clear()
    idle.live(HOUR)
    title = load_network(idle.name).title
    (row,) = [line for line in list_rows() if line.startswith(f"| {title} ")]
    assert idle.requests.total() == int(row.split("|")[3]) + more + 3
    assert said in " ".join(read_section().split())


def test_the_table_has_every_network() -> None:
    asked = set(registry.list_names()) - {"manual"}
    assert set(SERVERS) == asked
    titles = {load_network(name).title for name in asked}
    assert {line.split("|")[1].strip() for line in list_rows()} == titles


def test_one_person_a_day_is_enough_for_a_page_or_an_account_of_metas() -> None:
    """4,800 calls in 24 hours for each; half of them are left for posts, answers and threads."""
    for name in ("facebook", "instagram"):
        (row,) = [line for line in list_rows() if line.startswith(f"| {load_network(name).title} ")]
        assert int(row.split("|")[3]) * 24 <= 4800 / 2, name


def list_rows() -> list[str]:
    return [line for line in read_section().splitlines() if line.startswith("| ")][1:]


def read_section() -> str:
    page = (ROOT / "docs" / "accounts.md").read_text(encoding="utf-8")
    return page.split("## What an account costs")[1].partition("\n## ")[0]
