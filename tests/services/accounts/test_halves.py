"""An account's connection is whatever its network's client is: one that is told what people write, or takes answers."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import pytest

from bot.networks.protocol import AccountClient, AccountSettings, Who
from bot.networks.receiving import Answering, Receiving, as_answering, as_receiving
from bot.networks.registry import load_network
from bot.services.accounts.connection import Connection, Opened, make_connection
from tests.backend import NoVault


@dataclass
class Told:
    """It is told what people write, and takes no answers."""

    streams: tuple[str, ...] = ()

    def poll(self, *_: Any, **__: Any) -> None: ...

    def thread(self, _: str) -> None: ...

    def look(self, *_: Any) -> None: ...


def open_client(network: str) -> AccountClient:
    secrets = {"TOKEN": "token", "PASSWORD": "password"}
    account = AccountSettings("dock", network, "https://dock.example", "dock.example", secrets=secrets)
    return load_network(network).open(account, NoVault())


def judge(who: Who, *, learns: bool = True) -> str | None:
    return None


def connect(client: Any) -> Connection:
    return make_connection(Opened(client, ""), judge)


@pytest.mark.parametrize("network", ["mastodon", "bluesky", "facebook", "instagram", "threads"])
def test_one_that_takes_answers(network: str) -> None:
    connection = connect(open_client(network))
    assert as_receiving(connection) is connection
    assert as_answering(connection) is connection


def test_one_that_is_only_told() -> None:
    connection = connect(Told())
    assert as_receiving(connection) is connection
    assert as_answering(connection) is None


def test_one_that_only_publishes() -> None:
    connection = connect(open_client("manual"))
    assert as_receiving(connection) is None
    assert as_answering(connection) is None


@pytest.mark.parametrize(("client", "half"), [(Told(), Receiving), (open_client("mastodon"), Answering)])
def test_it_is_one_for_newer_pythons_too(client: Any, half: type) -> None:
    """From 3.12 on, what only `__getattr__` knows does not count when it is asked whether it is one: nothing would be
    fetched there, and nothing answered."""
    connection = connect(client)
    names = [name for each in half.__mro__ for name in vars(each) if not name.startswith("_")]
    assert "poll" in names
    for name in names:
        assert inspect.getattr_static(connection, name, None) is not None, name
