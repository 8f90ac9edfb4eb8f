"""Where a history happens: a pretend Slack, two pretend networks, a clock that is pushed, and whoever writes.

Every text has a marker, a word that stands nowhere else: c00012v1 is the first version of the twelfth customer's
message, r… what somebody asked to be sent, t… what colleagues say among themselves. The judge reads nothing else.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from bot.domain.policy import AccountPolicy
from bot.domain.posts import Seen
from bot.networks.protocol import AccountSettings
from bot.networks.registry import connect
from bot.sandbox.networks.bluesky.server import BlueskyServer
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.server import Fault, NetworkServer
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import Channel, User
from bot.services.posts import create, review
from bot.slack.transport.connection import Access
from bot.store.engine.store import Store
from bot.store.pause import gate
from tests.backend import ANNA, MAYA, TOM, ManualClock, NoVault, key, team
from tests.promises.crashes import Crash
from tests.promises.histories.life import Life
from tests.promises.histories.mail import Mail

INBOX, PRIVATE = "C0CUSTOMERS", "G0PRIVATE"
MASTODON, BLUESKY = "bakery", "dock"
NETWORKS = (MASTODON, BLUESKY)
HANDLE = "dockbakery.test"
POSTS = 2  # of ours, under which people comment; on each network
CROWD = 14  # people who write to an account


@dataclass
class Written:
    """A customer's message, as the network has it; what the judge knows of it."""

    number: int
    account: str
    name: str
    conversation: tuple[str, str, str]  # (account, name, root of the thread or "private")
    remote_id: str
    at: datetime
    private: bool = False
    older: bool = False  # than the first sync: it is only offered
    hidden: bool = False  # from the feed: only its thread shows it
    versions: int = 1
    deleted: bool = False

    @property
    def markers(self) -> list[str]:
        return [f"c{self.number:05}v{version}" for version in range(1, self.versions + 1)]


@dataclass(frozen=True)
class Pressed:
    """Somebody's Send: exactly these words, when the networks' ledgers had so many lines, by account."""

    marker: str
    text: str
    lines: Mapping[str, int]
    draft: str  # as the button names it; a dialog is one, too. Pressed twice, it is one Send


@dataclass
class Notes:
    written: list[Written] = field(default_factory=list)
    pressed: list[Pressed] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)  # texts of our own
    crashes: int = 0


class World:
    """`start` before the first life; `close` at the end."""

    def __init__(self, store: Store, clock: ManualClock, chance: random.Random) -> None:
        self.store, self.clock, self.chance = store, clock, chance
        self.slack = SlackServer(now=clock.now, limits=False, ack_seconds=0.0)
        self.mastodon = MastodonServer(clock.now, accounts=())
        self.bluesky = BlueskyServer(clock.now, accounts=())
        self.mastodon.honours_keys = False  # a network that forgives a second send hides it from the judge
        self.stands: dict[str, NetworkServer] = {MASTODON: self.mastodon, BLUESKY: self.bluesky}
        self.notes = Notes()
        self.roots: dict[str, list[str]] = {}
        self.mail = Mail(self.slack.delivery, chance, clock.elapsed)
        self.slack.delivery.wire = self.mail
        self._numbers, self._lives = count(1), count(1)
        self._secrets: dict[str, str] = {}
        accounts = {name: AccountPolicy(name, name, name.title()) for name in NETWORKS}
        self.policy = team(
            accounts=accounts, inbox_channel=INBOX, private_channel=PRIVATE, look_first=("broken",),
        )  # fmt: skip
        self.life: Life

    # --- life -----------------------------------------------------------------------------------------

    def start(self) -> None:
        for network in self.stands.values():
            network.start()
        self.slack.start()
        self._secrets = {
            MASTODON: self.mastodon.add_account(MASTODON),
            BLUESKY: self.bluesky.add_account(HANDLE),
        }
        self.mastodon.add_past(MASTODON)
        here = frozenset({MAYA.id, TOM.id, ANNA.id, "U0BOT"})
        self.slack.workspace.add_channel(Channel(PRIVATE, "customers-private", here, kind="group"))
        self.slack.workspace.add_user(User(ANNA.id, "Anna"), "C0SOCIAL", INBOX, PRIVATE)
        self.store.write(lambda db: gate.make_rows(db, NETWORKS))
        self.be_born()

    def close(self) -> None:
        self.life.bury()
        self.slack.stop()
        for network in self.stands.values():
            network.stop()

    def be_born(self) -> None:
        access = Access(self.slack.bot_token, None, self.slack.signing_secret, self.slack.api_url)
        name = f"life-{next(self._lives)}"
        self.life = Life(name, self.store, self.clock, self.policy, self._connections, access)
        self.mail.app = self.life.app

    def _connections(self) -> dict[str, Any]:
        made = (
            AccountSettings(
                MASTODON, "mastodon", self.mastodon.url, visibility="public",
                secrets={"TOKEN": self._secrets[MASTODON]},
            ),
            AccountSettings(
                BLUESKY, "bluesky", self.bluesky.url, handle=HANDLE, secrets={"PASSWORD": self._secrets[BLUESKY]}
            ),
        )  # fmt: skip
        return {account.name: connect(account, NoVault()) for account in made}

    def rest(self) -> None:
        """Do everything that can be done now; a process that dies of it is started again."""
        while True:
            with suppress(Crash):
                self.life.rest(self.mail.deliver)
            if not self.life.fuse.gone:
                return
            self.notes.crashes += 1
            self.life.bury()
            self.be_born()

    def push(self, seconds: float) -> None:
        self.clock.push(timedelta(seconds=seconds))

    # --- our own posts --------------------------------------------------------------------------------

    def publish_posts(self) -> None:
        """By a person's approval, like everything; people comment on them."""
        for number in range(POSTS):
            text = f"Fresh bread at the dock, number {number}"
            slot = self.clock.now() + timedelta(minutes=10)
            wanted = create.NewPost(NETWORKS, text, slot)
            post = self.life.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id)
            self.life.services.do(review.approve, TOM, Seen(post.id, 1), key())
            for seconds in (570, 30, 5):
                self.push(seconds)
                self.rest()
            self.notes.posts.append(text)
        for account, server in self.stands.items():
            self.roots[account] = [line.remote_id for line in server.ledger]
            assert len(self.roots[account]) == POSTS

    # --- customers ------------------------------------------------------------------------------------

    def marker(self, kind: str) -> str:
        return f"{kind}{next(self._numbers):05}v1"

    def words(self, marker: str, most: int = 7) -> str:
        """A sentence with its marker in it."""
        some = [
            "".join(self.chance.choices("abcdefghiklmnoprstuw", k=self.chance.randint(3, 8)))
            for _ in range(self.chance.randint(2, most))
        ]
        some.insert(self.chance.randint(0, len(some)), marker)
        return " ".join(some) + self.chance.choice(
            ("", "!", " <!channel>", " @Byhand", " https://evil.example")
        )

    def comment(self, account: str) -> Written:
        """Below a post of ours, where a feed may forget somebody."""
        root, name = (
            self.chance.choices(self.roots[account], (3, 1))[0],
            self._somebody(),
        )  # a crowd makes piles
        hidden = self.chance.random() < 0.12
        if hidden:
            self.stands[account].faults.order(Fault.FEED_SKIPS)
        return self._write(account, name, root, reply_to=root, hidden=hidden)

    def mention(self, account: str, *, ago: timedelta | None = None) -> Written:
        """A thread of their own, or more of it."""
        mine = [
            each
            for each in self.notes.written[-40:]
            if each.account == account
            and each.conversation[2] == each.remote_id
            and not each.deleted
            and not each.older
        ]
        if mine and ago is None and self.chance.random() < 0.5:
            first = self.chance.choice(mine)
            return self._write(account, first.name, first.remote_id, reply_to=first.remote_id)
        return self._write(account, self._somebody(), None, ago=ago)

    def private(self, account: str) -> Written:
        return self._write(account, f"Secret{self.chance.randrange(CROWD)}", "private", private=True)

    def _somebody(self) -> str:
        return f"Lena{self.chance.randrange(CROWD)}"

    def _write(
        self, account: str, name: str, root: str | None, *, reply_to: str | None = None, private: bool = False,
        hidden: bool = False, ago: timedelta | None = None,
    ) -> Written:  # fmt: skip
        self.push(self.chance.randint(1, 4))
        marker, at = self.marker("c"), self.clock.now() - (ago or timedelta())
        remote_id = self.stands[account].customer_writes(
            name, self.words(marker), to=self._us(account), reply_to=reply_to, private=private, at=at
        )
        conversation = (account, name, root or remote_id)
        made = Written(
            int(marker[1:6]), account, name, conversation, remote_id, at, private, ago is not None, hidden
        )
        self.notes.written.append(made)
        return made

    @staticmethod
    def _us(account: str) -> str:
        return HANDLE if account == BLUESKY else account

    def ask(self, question: Callable[[Written], bool]) -> Written | None:
        """One of the youngest messages of which this is true."""
        fitting = [each for each in self.notes.written[-40:] if not each.deleted and question(each)]
        return self.chance.choice(fitting) if fitting else None
