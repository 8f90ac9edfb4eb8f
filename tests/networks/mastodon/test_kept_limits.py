"""What a server has said it takes holds in a later run too, before anybody has asked it again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

import bot.sandbox.networks.mastodon.server as sandbox
from bot.networks.http import Http
from bot.networks.mastodon.client import NETWORK, MastodonClient
from bot.networks.mastodon.kept_limits import KEPT_AS, MOST
from bot.networks.mastodon.limits import DOCUMENTED
from bot.networks.mastodon.software import SETTLE_WITH_KEYS, SETTLE_WITHOUT
from bot.networks.protocol import AccountSettings, Content
from bot.networks.testing.pictures import make_picture
from bot.sandbox.networks.mastodon import about


class MemoryVault(dict[str, str]):
    saved = 0

    def load(self, name: str) -> str | None:
        return self.get(name)

    def save(self, name: str, value: str) -> None:
        self.saved += 1
        self[name] = value


class Broken:
    def load(self, name: str) -> str | None:
        raise RuntimeError("another key")

    def save(self, name: str, value: str) -> None:
        raise RuntimeError("another key")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[sandbox.MastodonServer]:
    """One that takes more than is documented."""
    monkeypatch.setattr(about, "MAX_CHARACTERS", 900)
    monkeypatch.setattr(about, "MAX_MATRIX", 1_000_000)
    started = sandbox.MastodonServer(lambda: datetime.now(UTC))
    started.start()
    yield started
    started.stop()


def _open(url: str, vault: Any) -> MastodonClient:
    account = AccountSettings("dock", "mastodon", url, title="Mastodon")
    return MastodonClient(account, Http(url, from_settings=True, whole_call=5), "token", {}, vault=vault)


def test_a_later_run_judges_by_what_the_server_said(server: sandbox.MastodonServer) -> None:
    """An import while no bot ran judged by the documented limits, and the card by others."""
    vault = MemoryVault()
    first = _open(server.url, vault)
    assert not first.capabilities.stated
    first.check()
    server.stop()
    later = _open(server.url, vault)
    careful = replace(first.capabilities, settle_after=SETTLE_WITHOUT)
    assert later.capabilities == careful
    assert (later.capabilities.stated, later.capabilities.max_length) == (True, 900)
    assert later.measure(Content("x" * 900)).misfits == ()
    vast = replace(make_picture("Vast"), width=1001, height=1000)
    (misfit,) = later.measure(Content("x", (vast,))).misfits
    assert "at most 1,000,000 pixels" in misfit.sentence


def test_how_long_the_unknown_waits_is_asked_anew(server: sandbox.MastodonServer) -> None:
    vault = MemoryVault()
    first = _open(server.url, vault)
    first.check()
    assert first.capabilities.settle_after == SETTLE_WITH_KEYS
    again = _open(server.url, vault)
    assert again.capabilities.settle_after == SETTLE_WITHOUT
    again.check()
    assert again.capabilities.settle_after == SETTLE_WITH_KEYS


def test_what_is_known_is_not_written_again(server: sandbox.MastodonServer) -> None:
    vault = MemoryVault()
    for _ in range(3):
        client = _open(server.url, vault)
        client.check()
        client.check()
    assert vault.saved == 1


@pytest.mark.parametrize(
    "kept",
    [
        "{",
        "[]",
        "null",
        "{}",
        '{"server": "https://other.example", "said": {"max_toot_chars": 900}}',
        '{"server": "SERVER", "said": [900]}',
        '{"server": "SERVER", "said": {}}',
    ],
)
def test_what_cannot_be_used_is_as_if_nobody_had_been_asked(kept: str) -> None:
    here = "https://dock.example"
    client = _open(here, MemoryVault({KEPT_AS: kept.replace("SERVER", here)}))
    assert client.capabilities == DOCUMENTED.capabilities


def test_each_value_is_checked_by_itself() -> None:
    here = "https://dock.example"
    said = {
        "configuration": {"statuses": {"max_characters": "many"}, "media_attachments": 7},
        "max_toot_chars": 900,
    }
    kept = json.dumps({"server": here, "said": said, "software": {"name": 5}})
    can = _open(here, MemoryVault({KEPT_AS: kept})).capabilities
    assert (can.max_length, can.max_alt, can.moving_types) == (900, 1500, None)


def test_a_vault_that_fails_stops_nothing(server: sandbox.MastodonServer) -> None:
    client = _open(server.url, Broken())
    assert client.capabilities == DOCUMENTED.capabilities
    client.check()
    assert client.capabilities.max_length == 900


def test_a_server_that_tells_a_novel_is_asked_each_time(
    server: sandbox.MastodonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(about, "MAGIC", {b"x": "image/" + "x" * MOST})
    vault = MemoryVault()
    _open(server.url, vault).check()
    assert vault == {}


@pytest.mark.parametrize("turn", [1, 2])
def test_no_test_knows_what_a_server_told_the_one_before_it(turn: int) -> None:
    """An import found the limits of a server whose port it had got, and said nothing of accounts nobody had asked."""
    assert NETWORK._limits == {}, turn
    NETWORK._limits["http://127.0.0.1:1"] = DOCUMENTED
