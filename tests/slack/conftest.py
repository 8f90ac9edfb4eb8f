"""A pretend Slack that speaks the real Web API, a database, and a reconciler between the two."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from slack_sdk import WebClient

from bot.domain.hours import parse_hours
from bot.domain.policy import Policy
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.server import SlackServer
from bot.services.unit_of_work import Services
from bot.store.engine.store import Store
from tests.slack.bench import PATIENT, SOCIAL, Bench, PushedClock
from tests.slack.inbox_team import InboxTeam, open_inbox_team
from tests.slack.team import Team


@pytest.fixture
def clock() -> PushedClock:
    return PushedClock()


@pytest.fixture
def server(clock: PushedClock) -> Iterator[SlackServer]:
    slack = SlackServer(now=clock.now, ack_seconds=PATIENT)
    slack.start()
    yield slack
    slack.stop()


@pytest.fixture
def store(sqlite_url: str, clock: PushedClock) -> Iterator[Store]:
    """Slack's side does not care which database it is; the store's own tests run both."""
    with Store.open(sqlite_url, now=clock.now) as opened:
        yield opened


@pytest.fixture
def policy() -> Policy:
    zone = ZoneInfo("Europe/Berlin")
    return Policy(
        zone=zone, hours=parse_hours("Mon-Sat 08:00-18:00", zone), approvers=("U0TOM",), review_channel=SOCIAL
    )


@pytest.fixture
def services(store: Store, clock: PushedClock, policy: Policy) -> Services:
    return Services(store, clock, policy, {}, lambda what: None)


@pytest.fixture
def client(server: SlackServer) -> WebClient:
    return WebClient(server.bot_token, base_url=server.api_url, timeout=3, retry_handlers=[])


@pytest.fixture
def bench(server: SlackServer, services: Services, client: WebClient) -> Iterator[Bench]:
    with ExitStack() as running:
        yield Bench(server, services, client, running)


@pytest.fixture(scope="module")
def shared_counter(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InboxTeam]:
    file = tmp_path_factory.mktemp("counter") / "counter.db"
    shutil.copyfile(sqlite_template, file)
    with open_inbox_team(f"sqlite:///{file}") as running:
        yield running


@pytest.fixture
def counter(request: pytest.FixtureRequest) -> Iterator[InboxTeam]:
    """The bakery's inbox; a file's tests share it, each with customers of its own. For one to itself, or another
    policy: `@pytest.mark.parametrize("counter", [{"thread": "ask"}], indirect=True)`."""
    if not hasattr(request, "param"):
        yield request.getfixturevalue("shared_counter").afresh()
        return
    with open_inbox_team(request.getfixturevalue("sqlite_url"), **request.param) as running:
        yield running


@pytest.fixture
def team(store: Store, network: MastodonServer, clock: PushedClock, server: SlackServer) -> Iterator[Team]:
    """The bakery: Maya writes, Tom approves, Gil is a guest; Byhand is connected."""
    with Team(store, network, clock, server) as running:
        yield running
