"""`byhand disconnect`: each step is on record when it is done, and only what was signed out is revoked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.control import signing
from bot.networks.bluesky import sign_in as bluesky_sign_in
from bot.networks.bluesky.client import NETWORK
from bot.networks.protocol import AccountSettings
from bot.networks.signin.protocol import Forgetful, Revoked
from bot.sandbox.networks.bluesky.server import BlueskyServer
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.accounts import sign_ins, sign_outs
from bot.services.accounts.sign_ins import Proof
from bot.services.unit_of_work import Services
from bot.settings.load import load_settings
from bot.store import record
from bot.store.engine.store import Store
from bot.store.engine.vault import KeyRing, load_secret, open_keys
from tests.services.accounts.test_connections import Clock
from tests.stores import NOW

MAYA, TOM = "cli:maya@desk", "cli:tom@desk"
HANDLE = "loft.test"
OUT, REVOKED = "account signed out", "former sign-in revoked there"
NOT_REVOKED = "former sign-in not revoked there"


@pytest.fixture
def bluesky() -> Iterator[BlueskyServer]:
    server = BlueskyServer(lambda: NOW, accounts=(HANDLE,))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def mastodon() -> Iterator[MastodonServer]:
    server = MastodonServer(lambda: NOW, accounts=("loft",))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return open_keys(None, tmp_path / "byhand.key")


@pytest.fixture
def services(store: Store, tmp_path: Path) -> Services:
    file = tmp_path / "byhand.toml"
    file.write_text("", encoding="utf-8")
    settings = load_settings(file, {}, networks={}, need_slack=False)
    return Services(store, Clock(), settings.policy(), {}, lambda _whom: None)


def connect(services: Services, keys: KeyRing, secrets: dict[str, str], kept: dict[str, str]) -> None:
    seen = services.look(sign_ins.find_seen, "loft")
    services.do(sign_ins.sign_in, keys, MAYA, "loft", secrets, kept, Proof("1", "@loft"), seen)


def disconnect(services: Services, keys: KeyRing, network: str, server: str, who: str = MAYA) -> Any:
    asked = {"who": who, "account": "loft", "network": network, "server": server, "handle": HANDLE}
    return signing.run(services, keys, None, "disconnect", asked)


def facts(services: Services) -> list[tuple[str, str | None, dict[str, Any]]]:
    """What the record says of its end."""
    kinds = (OUT, REVOKED, NOT_REVOKED)
    found = services.store.read(lambda db: record.list_of_kinds(db, "account:loft", *kinds))
    return [(fact.what, fact.who, dict(fact.data or {})) for fact in found]


def open_session(server: BlueskyServer) -> dict[str, str]:
    vault = Forgetful()
    secrets = {"PASSWORD": server.passwords[HANDLE]}
    account = AccountSettings("loft", "bluesky", server.url, HANDLE, secrets=secrets)
    assert NETWORK.open(account, vault).check().ok
    return vault.kept


def test_who_signed_it_out_is_on_record_before_the_network_is_told(
    services: Services, keys: KeyRing, mastodon: MastodonServer
) -> None:
    """Whatever happens in between: by then nothing goes out any more."""
    connect(services, keys, {"TOKEN": "a"}, {})
    services.do(sign_outs.sign_out, keys, MAYA, "loft")  # and then the machine went off
    whose = {"identity": "1", "name": "@loft"}
    assert facts(services) == [(OUT, MAYA, {**whose, "again": False})]
    disconnect(services, keys, "mastodon", mastodon.url, TOM)
    assert [(what, who) for what, who, _ in facts(services)] == [(OUT, MAYA), (OUT, TOM), (NOT_REVOKED, TOM)]
    assert facts(services)[1][2] == {**whose, "again": True}


def test_what_became_of_it_at_the_network_is_on_record(
    services: Services, keys: KeyRing, mastodon: MastodonServer, bluesky: BlueskyServer
) -> None:
    connect(services, keys, {"TOKEN": "made-by-hand"}, {})
    disconnect(services, keys, "mastodon", mastodon.url)
    connect(services, keys, {"PASSWORD": bluesky.passwords[HANDLE]}, open_session(bluesky))
    disconnect(services, keys, "bluesky", bluesky.url)
    whats = [what for what, _, _ in facts(services)]
    assert whats == [OUT, NOT_REVOKED, OUT, REVOKED]
    assert "Revoke it on your server: Preferences, Development" in facts(services)[1][2]["sentence"]
    assert facts(services)[3][2]["sentence"].startswith("Its session on Bluesky has ended.")


def test_only_the_session_that_was_signed_out_ends(
    services: Services, keys: KeyRing, bluesky: BlueskyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody signs it in anew while the network is told."""
    secrets, account = {"PASSWORD": bluesky.passwords[HANDLE]}, bluesky.state.accounts[HANDLE]
    connect(services, keys, secrets, open_session(bluesky))
    (former,) = account.refresh
    honest = bluesky_sign_in.SIGN_IN.revoke

    def revoke(*asked: Any) -> Any:
        connect(services, keys, secrets, open_session(bluesky))
        return honest(*asked)

    monkeypatch.setattr(bluesky_sign_in.SIGN_IN, "revoke", revoke, raising=False)
    disconnect(services, keys, "bluesky", bluesky.url)
    (left,) = account.refresh
    assert left != former
    kept = services.store.read(lambda db: load_secret(db, keys, "loft", f"bluesky-session:{HANDLE}"))
    assert left in (kept or "")


def test_what_a_later_sign_out_has_to_tell_the_network_is_not_forgotten_by_an_earlier_one(
    services: Services, keys: KeyRing
) -> None:
    connect(services, keys, {"TOKEN": "first"}, {})
    former = services.do(sign_outs.sign_out, keys, MAYA, "loft")
    connect(services, keys, {"TOKEN": "second"}, {})
    services.do(sign_outs.sign_out, keys, TOM, "loft")
    services.do(sign_outs.forget, MAYA, former, Revoked(False, "By hand."))
    kept = services.store.read(lambda db: load_secret(db, keys, "loft", "sign-in"))
    assert kept == '{"TOKEN": "second"}'


@pytest.mark.parametrize("unreadable", [True, False])
def test_what_cannot_be_revoked_is_forgotten_all_the_same_and_says_where(
    services: Services, keys: KeyRing, tmp_path: Path, unreadable: bool
) -> None:
    """Its key is gone; or its server's address is none any more."""
    connect(services, keys, {"TOKEN": "a", "CLIENT_ID": "b", "CLIENT_SECRET": "c"}, {})
    others = open_keys(None, tmp_path / "another.key") if unreadable else keys
    answer = disconnect(services, others, "mastodon", "https://" if not unreadable else "https://a.example")
    assert answer["revoked"] is False
    assert "Revoke it on your server: Preferences, Development" in answer["sentence"]
    assert services.store.read(lambda db: load_secret(db, keys, "loft", "sign-in")) is None
