"""What reading has in common on Facebook, Instagram and Threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from bot.networks.facebook.client import FacebookClient
from bot.networks.http import Http
from bot.networks.instagram.client import InstagramClient
from bot.networks.meta.client import MetaClient
from bot.networks.protocol import AccountSettings
from bot.networks.receiving import NOTICES, Trouble
from bot.networks.threads.client import ThreadsClient
from bot.sandbox.networks.facebook.server import FacebookServer
from bot.sandbox.networks.instagram.server import InstagramServer
from bot.sandbox.networks.server import Fault
from bot.sandbox.networks.threads.server import ThreadsServer

Server = FacebookServer | InstagramServer | ThreadsServer
Start = Callable[[Callable[[], datetime]], Server]
Connect = Callable[[AccountSettings, Http, str], MetaClient]
ALL: dict[str, tuple[Start, Connect]] = {
    "facebook": (FacebookServer, FacebookClient),
    "instagram": (InstagramServer, InstagramClient),
    "threads": (ThreadsServer, ThreadsClient),
}


@pytest.fixture(params=ALL)
def here(request: pytest.FixtureRequest) -> Iterator[tuple[Server, MetaClient]]:
    start, connect = ALL[request.param]
    server = start(lambda: datetime.now(UTC))
    server.start()
    account = AccountSettings("dock", request.param, server.url)
    http = Http(server.url, from_settings=True, whole_call=5)
    yield server, connect(account, http, server.tokens["dockbakery"])
    server.stop()


def ask(client: MetaClient, what: str) -> object:
    return client.thread("1") if what == "thread" else client.look(NOTICES, ["1"])


@pytest.mark.parametrize("what", ["thread", "look"])
@pytest.mark.parametrize(("fault", "alone"), [(Fault.READ_ERROR, True), (Fault.READ_CUT, False)])
def test_only_an_answer_shows_that_one_thing_fails_alone(
    here: tuple[Server, MetaClient], what: str, fault: Fault, alone: bool
) -> None:
    """A line that was cut says nothing about what was asked for: the next question may be lost with it."""
    server, client = here
    client.who()
    server.faults.order(fault)
    trouble = ask(client, what)
    assert isinstance(trouble, Trouble), trouble
    assert trouble.alone is alone
