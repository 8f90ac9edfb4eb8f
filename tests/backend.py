"""A whole backend for tests: store, a clock one can push, a pretend network, the services and their worker. No Slack.

The network is the stage's, spoken to over HTTP by the real adapter; its ledger is the judge of what was published.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import ClassVar, Protocol, Unpack
from zoneinfo import ZoneInfo

import pytest

from bot.domain.hours import parse_hours
from bot.domain.people import Person, Role
from bot.domain.policy import AccountPolicy, Policy
from bot.domain.posts import Image, Post, Seen, Status
from bot.networks.mastodon.client import NETWORK
from bot.networks.protocol import AccountClient, AccountSettings
from bot.networks.registry import connect
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.images.image_checks import StoredImage
from bot.services.posts import create, review
from bot.services.unit_of_work import Services, UnitOfWork
from bot.store import deliveries
from bot.store.engine.store import Store
from bot.store.pause import gate
from bot.store.posts import posts
from bot.workers.worker import Worker
from tests.policy_changes import PolicyChanges

MAYA = Person("U0MAYA", "Maya", Role.MEMBER, in_private_channel=True)
TOM = Person("U0TOM", "Tom", Role.MEMBER, approver=True, in_private_channel=True)
ANNA = Person("U0ANNA", "Anna", Role.MEMBER, approver=True, in_private_channel=True)
GIL = Person("U0GUEST", "Gil", Role.GUEST)
STRANGER = Person("U0WHO", "someone", Role.UNKNOWN, approver=False)
MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ACCOUNTS = ("bakery", "cafe")
BERLIN = ZoneInfo("Europe/Berlin")
LOAF = b"\x89PNG\r\n\x1a\n" + b"crumb" * 20  # enough of a picture for the pretend network
STEP, REST = timedelta(seconds=10), timedelta(minutes=1)  # of a clock that is pushed
_keys = count()


def key() -> str:
    """A fresh action key: another click."""
    return f"click-{next(_keys)}"


class PushableClock(Protocol):
    """A clock that tests turn on: one that stands still otherwise, or one that also runs by itself."""

    def now(self) -> datetime: ...
    def elapsed(self) -> float: ...
    def push(self, by: timedelta) -> None: ...
    def set(self, to: datetime) -> None: ...


class ManualClock:
    """Stands still until it is pushed."""

    def __init__(self, now: datetime = MORNING) -> None:
        self._now = now
        self._elapsed = 0.0

    def now(self) -> datetime:
        return self._now

    def elapsed(self) -> float:
        return self._elapsed

    def push(self, by: timedelta) -> None:
        self._now += by
        self._elapsed += by.total_seconds()

    def set(self, to: datetime) -> None:
        self.push(to - self._now)

    def put_wrong(self, by: timedelta) -> None:
        """Somebody sets the computer's clock: `elapsed` does not notice."""
        self._now += by


class NoVault:
    """The stage's tokens never change."""

    def load(self, name: str) -> str | None:
        return None

    def save(self, name: str, value: str) -> None:
        return None


def team(**changes: Unpack[PolicyChanges]) -> Policy:
    """The tests' policy: one approval, lead 30 min, two Mastodon accounts."""
    accounts = {name: AccountPolicy(name, "mastodon", name.title(), "public") for name in ACCOUNTS}
    policy = Policy(
        zone=BERLIN, hours=parse_hours("Mon-Sat 08:00-18:00", BERLIN), accounts=accounts,
        approvers=(TOM.id, ANNA.id), review_channel="C0SOCIAL",
    )  # fmt: skip
    return replace(policy, **changes)


@dataclass
class Backend:
    """Everything at once; verbs by their names, time by `at` and `push`."""

    store: Store
    network: MastodonServer
    clock: PushableClock = field(default_factory=ManualClock)
    policy: Policy = field(default_factory=team)
    worker_name: str = "worker-1"
    rest: ClassVar[timedelta] = REST

    def __post_init__(self) -> None:
        self.accounts: dict[str, AccountClient] = {name: self._connect(name) for name in self.policy.accounts}
        self.services = Services(self.store, self.clock, self.policy, self.accounts, lambda what: None)
        self.store.write(lambda db: gate.make_rows(db, self.accounts))
        self.worker = self.new_worker(self.worker_name)

    def _connect(self, name: str) -> AccountClient:
        if self.policy.accounts[name].network == "manual":
            return connect(AccountSettings(name, "manual", "", title=name.title()), NoVault())
        self.network.add_account(name)
        self.network.add_past(name)
        return self.connect_anew(name)

    def connect_anew(self, name: str) -> AccountClient:
        """The account's connection, as after a restart that has lost all it had learnt."""
        token = self.network.tokens[name]
        account = AccountSettings(
            name, "mastodon", self.network.url, visibility="public", secrets={"TOKEN": token}
        )
        return connect(account, NoVault())

    def new_worker(self, name: str, services: Services | None = None) -> Worker:
        return Worker(services or self.services, name=name, wake=lambda: None)

    # --- posts ---------------------------------------------------------------------------------------

    def plan(
        self,
        text: str = "Fresh bread at nine",
        *,
        minutes: float = 60,
        accounts: tuple[str, ...] = ("bakery",),
    ) -> Seen:
        """A post of Maya's, its slot so many minutes ahead."""
        wanted = create.NewPost(accounts, text, self.clock.now() + timedelta(minutes=minutes))
        post = self.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id)
        return Seen(post.id, 1)

    def with_image(
        self, text: str = "Fresh bread at nine", *, minutes: float = 20, alt: str = "A loaf"
    ) -> Seen:
        """A post with a picture, its slot so many minutes ahead."""
        loaf = StoredImage("a" * 64, "image/png", 640, 480, len(LOAF), LOAF)
        slot = self.clock.now() + timedelta(minutes=minutes)
        self.services.do(create.keep_image, loaf)
        wanted = create.NewPost(("bakery",), text, slot, images=(Image(loaf.sha256, alt),))
        post = self.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id)
        return Seen(post.id, 1)

    def in_review(
        self, text: str = "Fresh bread at nine", *, accounts: tuple[str, ...] = ("bakery",)
    ) -> Seen:
        """A post whose review is open, its slot twenty minutes ahead."""
        return self.plan(text, minutes=20, accounts=accounts)

    def approved(self, text: str = "Fresh bread at nine", *, accounts: tuple[str, ...] = ("bakery",)) -> Seen:
        seen = self.in_review(text, accounts=accounts)
        self.services.do(review.approve, TOM, seen, key())
        return seen

    def post(self, seen: Seen) -> Post:
        found = self.services.look(lambda work: posts.load(work.db, seen.post_id))
        assert found is not None
        return found

    def status(self, seen: Seen) -> Status:
        return self.post(seen).status

    def now_seen(self, seen: Seen) -> Seen:
        """What a person sees who looks at the card now."""
        return self.post(seen).version.seen

    def states(self, seen: Seen) -> dict[str, str]:
        """{account: state} of the post's deliveries."""
        found = self.services.look(lambda work: deliveries.list_of_post(work.db, seen.post_id))
        return {one.account: one.state.key for one in found}

    def delivery_id(self, seen: Seen, account: str = "bakery") -> str:
        found = self.services.look(lambda work: deliveries.list_of_post(work.db, seen.post_id))
        return next(one.id for one in found if one.account == account)

    def do(self, verb: Callable[[UnitOfWork], object]) -> object:
        return self.services.do(lambda work: verb(work))

    # --- time ----------------------------------------------------------------------------------------

    def run(self, worker: Worker | None = None) -> datetime | None:
        """Do everything that is due now, and wait for the calls under way (at most 20 real seconds). → when the worker
        has to do next; None: only a change can bring that."""
        worker = worker or self.worker
        until = time.monotonic() + 20
        while True:
            before, at = worker.jobs, worker.turn()
            while worker.busy():
                assert time.monotonic() < until, "the worker did not come to rest"
                time.sleep(0.002)
            if worker.jobs == before and (at is None or at > self.clock.now()):
                return at
            assert time.monotonic() < until, "the worker turns in circles"

    def push(self, worker: Worker | None = None, **by: float) -> None:
        """Push the clock, then do what is due."""
        self.clock.push(timedelta(**by))
        self.run(worker)

    def live(
        self,
        by: timedelta,
        worker: Worker | None = None,
        step: timedelta = STEP,
        over: Callable[[], bool] = lambda: False,
    ) -> None:
        """Push the clock step by step until it is `over`; a minute at once while the worker holds nothing, and says
        that nothing is due within it. `make prove` believes nobody and takes every step."""
        worker, end = worker or self.worker, self.clock.now() + by
        at: datetime | None = self.clock.now()  # nobody knows yet
        while (now := self.clock.now()) < end and not over():
            idle = worker.next_held() is None and (at is None or at > now + self.rest)
            self.clock.push(min(self.rest if idle else step, end - now))
            at = self.run(worker)

    def to_slot(self, seen: Seen, worker: Worker | None = None) -> None:
        """Push the clock to the post's slot, with a stop for the claim shortly before."""
        slot = self.post(seen).slot
        assert slot is not None
        for moment in (slot - timedelta(seconds=30), slot):
            if moment > self.clock.now():
                self.clock.set(moment)
            self.run(worker)

    @property
    def published(self) -> list[str]:
        """The texts that came into being on the network, in order."""
        return [line.text for line in self.network.ledger]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--steps", type=int, default=None, help="how many steps each simulation takes")
    parser.addoption(
        "--long", action="store_true", help="play as much of what is random as `make prove` does"
    )
    parser.addoption("--seed", type=int, default=None, help="play this seed again")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--long"):
        Backend.rest = STEP


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked `proof` is no part of `make test`: it is played with `--long`, or where a seed is played again."""
    if config.getoption("--long") or config.getoption("--seed"):
        return
    proofs = [item for item in items if item.get_closest_marker("proof")]
    if proofs:
        config.hook.pytest_deselected(items=proofs)
        items[:] = [item for item in items if item not in proofs]


def pytest_runtest_setup() -> None:
    """The network keeps what servers state about themselves for the whole process, and a server's port may be the next
    test's: whether its limits are known would depend on who came before."""
    NETWORK._limits.clear()


def how_many(config: pytest.Config, usually: int, proof: int) -> int:
    """Steps of what is random: as many as were asked for (`--steps`), as a proof has (`--long`), or the usual."""
    return int(config.getoption("--steps") or (proof if config.getoption("--long") else usually))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def network(clock: ManualClock) -> Iterator[MastodonServer]:
    """A pretend network on the test's clock."""
    server = MastodonServer(clock.now, accounts=())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def backend(store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    """On SQLite and on PostgreSQL in turn."""
    built = Backend(store, network, clock=clock)
    yield built
    built.worker.stop(timedelta(seconds=5))


@pytest.fixture
def sqlite_backend(sqlite_store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    """A backend on SQLite alone, for rules that are the same on both engines."""
    built = Backend(sqlite_store, network, clock=clock)
    yield built
    built.worker.stop(timedelta(seconds=5))
