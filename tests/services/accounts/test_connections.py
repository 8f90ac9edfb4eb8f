"""A running bot's connections: exchanged at once, refused as somebody else, and silent where nobody is signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot.control import signing
from bot.domain.outcomes import CannotTell, Later, NeedsLogin, Sent
from bot.domain.refusals import AnotherIdentity, SignedInMeanwhile
from bot.networks.mastodon.client import NETWORK
from bot.networks.protocol import AccountClient, AccountSettings, Attempt, Content, PrepareFailed, Vault
from bot.networks.receiving import NOTICES, Trouble, as_receiving
from bot.networks.registry import connect
from bot.networks.signin.protocol import Revoked
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.accounts import connections as opening
from bot.services.accounts import sign_ins, sign_outs
from bot.services.accounts.connections import Connections, NeverSignedIn
from bot.services.accounts.sign_ins import Proof
from bot.services.unit_of_work import Services
from bot.settings.load import Settings, load_settings
from bot.store import accounts as health_rows
from bot.store import record
from bot.store import sign_ins as rows
from bot.store.engine.store import Store
from bot.store.engine.vault import KeyRing, load_secret, open_keys
from bot.store.pause import gate
from tests.stores import NOW

SETTINGS = '[accounts.dock]\nnetwork = "mastodon"\nserver = "{url}"\n'
CONTENT = Content("Fresh rolls", visibility="public")
WHO = "cli:maya@desk"


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def elapsed(self) -> float:
        return 0.0


@pytest.fixture
def server() -> Iterator[MastodonServer]:
    started = MastodonServer(lambda: NOW, accounts=("dockbakery", "other"))
    started.start()
    yield started
    started.stop()


Load = Callable[[str | None], Settings]


@pytest.fixture
def load(server: MastodonServer, tmp_path: Path) -> Load:
    file = tmp_path / "byhand.toml"
    file.write_text(SETTINGS.format(url=server.url), encoding="utf-8")

    def read(token: str | None) -> Settings:
        environ = {"BYHAND_DOCK_TOKEN": token} if token else {}
        return load_settings(file, environ, networks={"mastodon": NETWORK}, need_slack=False)

    return read


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return open_keys(None, tmp_path / "byhand.key")


def services_of(store: Store, settings: Settings) -> Services:
    store.write(lambda db: gate.make_rows(db, settings.accounts))
    return Services(store, Clock(), settings.policy(), {}, lambda _whom: None)


def sign_in(
    services: Services, keys: KeyRing, connections: Connections | None, token: str, identity: str = "1"
) -> None:
    arguments = {
        "who": WHO, "account": "dock", "network": "mastodon", "server": "http://127.0.0.1:9", "handle": "",
        "secrets": {"TOKEN": token}, "kept": {},
        "proof": Proof(identity, "@dockbakery").to_json(), "seen": services.look(sign_ins.find_seen, "dock"),
        "replaces": False,
    }  # fmt: skip
    signing.run(services, keys, connections, "connect", arguments)


def publish(client: AccountClient) -> object:
    handle = client.new_handle(NOW)
    return client.publish(client.render(CONTENT, {}, handle, NOW), handle, lambda: True)


def identity_of(server: MastodonServer, username: str) -> str:
    account = server.state.ours[server.tokens[username]]
    return f"{server.state.account_json(account)['id']}@{server.url.removeprefix('http://')}"


def test_an_account_without_any_secret_is_refused_at_the_start(
    sqlite_store: Store, keys: KeyRing, load: Load
) -> None:
    with pytest.raises(NeverSignedIn, match="byhand connect mastodon dock, or set BYHAND_DOCK_TOKEN"):
        Connections(load(None), sqlite_store, keys)


def test_whose_it_is_is_heard_before_the_first_post_and_on_record(
    store: Store, keys: KeyRing, load: Load, server: MastodonServer
) -> None:
    connections = Connections(load(server.tokens["dockbakery"]), store, keys)
    assert isinstance(publish(connections.clients["dock"]), Sent)
    kept = store.read(lambda db: rows.load(db, "dock"))
    assert kept is not None
    assert (kept.identity, kept.by_user) == (identity_of(server, "dockbakery"), None)
    facts = store.read(lambda db: record.list_of_kinds(db, "account:dock", "account signed in"))
    assert [(fact.data or {})["secret"] for fact in facts] == ["environment"]


def test_what_an_upload_has_come_to_is_passed_on(
    sqlite_store: Store, keys: KeyRing, load: Load, server: MastodonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the next try to go on with."""
    connection = cast(Any, Connections(load(server.tokens["dockbakery"]), sqlite_store, keys).clients["dock"])

    def fail(*_: object) -> object:
        raise PrepareFailed(Later("busy"), {"container": "17"})

    for step, arguments in (("prepare", (CONTENT, {}, NOW)), ("prepare_reply", ({}, CONTENT, {}, NOW))):
        monkeypatch.setattr(connection.opened.client, step, fail)
        with pytest.raises(PrepareFailed) as failed:
            getattr(connection, step)(*arguments)
        assert failed.value.so_far == {"container": "17"}


def test_whose_it_is_is_learnt_of_a_sign_in_that_did_not_say(
    sqlite_store: Store, keys: KeyRing, load: Load, server: MastodonServer
) -> None:
    """It is no name that stands there in place of an id, so nothing is another account."""
    settings = load(None)
    services = services_of(sqlite_store, settings)
    services.do(
        sign_ins.sign_in, keys, WHO, "dock", {"TOKEN": server.tokens["dockbakery"]}, {},
        Proof.from_json(Proof(None, "@dockbakery").to_json()), "",
    )  # fmt: skip
    client = Connections(settings, sqlite_store, keys).clients["dock"]
    assert isinstance(publish(client), Sent)
    kept = sqlite_store.read(lambda db: rows.load(db, "dock"))
    assert kept is not None
    assert (kept.identity, kept.by_user) == (identity_of(server, "dockbakery"), WHO)
    facts = sqlite_store.read(lambda db: record.list_of_kinds(db, "account:dock", "account signed in"))
    assert [("secret" in (fact.data or {}), (fact.data or {})["identity"]) for fact in facts] == [
        (False, None),
        (False, kept.identity),
    ]


def test_another_account_behind_the_same_variable_sends_nothing(
    sqlite_store: Store, keys: KeyRing, load: Load, server: MastodonServer
) -> None:
    """Somebody mixed up two tokens: what was approved for the bakery does not go out on the other profile."""
    assert Connections(load(server.tokens["dockbakery"]), sqlite_store, keys).clients["dock"].check().ok
    made = len(server.ledger)
    client = Connections(load(server.tokens["other"]), sqlite_store, keys).clients["dock"]
    outcome = publish(client)
    assert isinstance(outcome, NeedsLogin)
    assert "opens the account @other@dock.example, not @dockbakery@dock.example" in outcome.why
    with pytest.raises(PrepareFailed):
        client.prepare(CONTENT, {}, NOW)
    assert isinstance(client.delete("1"), NeedsLogin)
    assert isinstance(client.find(Attempt("h", b"{}", NOW)), CannotTell)
    receiving = as_receiving(client)
    assert receiving is not None
    assert isinstance(receiving.poll(NOTICES, None, direct=False), Trouble)
    assert isinstance(receiving.thread("1"), Trouble)
    assert isinstance(receiving.look(NOTICES, ["1"]), Trouble)
    health = client.check()
    assert (health.ok, health.sentence) == (False, outcome.why)
    assert len(server.ledger) == made
    assert client.measure(CONTENT).length == len(CONTENT.text), "it can be written for all the same"


def test_a_running_bot_uses_what_was_signed_in_at_once(
    sqlite_store: Store, keys: KeyRing, load: Load, server: MastodonServer
) -> None:
    settings, identity = load(None), identity_of(server, "dockbakery")
    services = services_of(sqlite_store, settings)
    sign_in(services, keys, None, "revoked-long-ago", identity)
    connections = Connections(settings, sqlite_store, keys)
    client = connections.clients["dock"]
    outcome = publish(client)
    assert isinstance(outcome, NeedsLogin)
    assert outcome.mend == "Sign it in again: byhand connect mastodon dock."
    later(services)
    sign_in(services, keys, connections, server.tokens["dockbakery"], identity)
    assert connections.clients["dock"] is client, "whoever holds it goes on with it"
    assert isinstance(publish(client), Sent)


def later(services: Services) -> None:
    clock = services.clock
    assert isinstance(clock, Clock)
    clock.at += timedelta(minutes=1)


def test_another_process_sees_it_at_its_next_look(
    sqlite_store: Store, keys: KeyRing, load: Load, server: MastodonServer
) -> None:
    settings, identity = load(None), identity_of(server, "dockbakery")
    services = services_of(sqlite_store, settings)
    sign_in(services, keys, None, "revoked-long-ago", identity)
    connections = Connections(settings, sqlite_store, keys)
    later(services)
    sign_in(services, keys, None, server.tokens["dockbakery"], identity)
    assert isinstance(publish(connections.clients["dock"]), NeedsLogin)
    connections.refresh()
    assert isinstance(publish(connections.clients["dock"]), Sent)


def test_signed_out_nothing_goes_out_and_the_next_start_comes_up(
    sqlite_store: Store, keys: KeyRing, load: Load, server: MastodonServer
) -> None:
    settings = load(None)
    services = services_of(sqlite_store, settings)
    sign_in(services, keys, None, server.tokens["dockbakery"], identity_of(server, "dockbakery"))
    connections = Connections(settings, sqlite_store, keys)
    asked = {"who": WHO, "account": "dock", "network": "mastodon", "server": server.url, "handle": ""}
    answer = signing.run(services, keys, connections, "disconnect", asked)
    assert answer["bot"] == "knows it"
    for client in (
        connections.clients["dock"],
        Connections(settings, sqlite_store, keys).clients["dock"],
    ):
        outcome = publish(client)
        assert isinstance(outcome, NeedsLogin)
        assert outcome.why == "Nobody is signed in there."
        assert not client.check().ok
    assert sqlite_store.read(lambda db: load_secret(db, keys, "dock", "sign-in")) is None
    kept = sqlite_store.read(lambda db: rows.load(db, "dock"))
    assert kept is not None
    assert kept.identity == identity_of(server, "dockbakery"), "whose it is stays known"
    (red,) = sqlite_store.read(lambda db: health_rows.list_sign_ins(db, ["dock"]))
    assert red.healthy is False


def test_two_who_sign_in_at_once(store: Store, keys: KeyRing, load: Load) -> None:
    services = services_of(store, load(None))
    proof = Proof("1", "@dockbakery")
    services.do(sign_ins.sign_in, keys, WHO, "dock", {"TOKEN": "first"}, {}, proof, "")
    with pytest.raises(SignedInMeanwhile, match="by cli:maya@desk at 09:30"):
        services.do(sign_ins.sign_in, keys, "cli:tom@desk", "dock", {"TOKEN": "second"}, {}, proof, "")
    assert store.read(lambda db: load_secret(db, keys, "dock", "sign-in")) == '{"TOKEN": "first"}'


def test_another_identity_is_refused_and_changes_nothing(
    sqlite_store: Store, keys: KeyRing, load: Load
) -> None:
    services = services_of(sqlite_store, load(None))
    sign_in(services, keys, None, "token-1", "1")
    later(services)
    with pytest.raises(AnotherIdentity):
        sign_in(services, keys, None, "token-2", "2")
    assert sqlite_store.read(lambda db: load_secret(db, keys, "dock", "sign-in")) == '{"TOKEN": "token-1"}'


def test_a_crash_between_signing_out_and_forgetting_can_be_finished(
    sqlite_store: Store, keys: KeyRing, load: Load, server: MastodonServer
) -> None:
    settings = load(None)
    services = services_of(sqlite_store, settings)
    sign_in(services, keys, None, server.tokens["dockbakery"], identity_of(server, "dockbakery"))
    services.do(sign_outs.sign_out, keys, WHO, "dock")  # and then the machine went off
    client = Connections(settings, sqlite_store, keys).clients["dock"]
    assert isinstance(publish(client), NeedsLogin), "the secret is still there, and is not used"
    asked = {"who": WHO, "account": "dock", "network": "mastodon", "server": server.url, "handle": ""}
    signing.run(services, keys, None, "disconnect", asked)
    assert sqlite_store.read(lambda db: load_secret(db, keys, "dock", "sign-in")) is None


def test_whoever_signs_in_while_another_signs_out_stays_signed_in(
    store: Store, keys: KeyRing, load: Load
) -> None:
    """The network is told of the end in between, which takes its time."""
    services = services_of(store, load(None))
    sign_in(services, keys, None, "token-1")
    former = services.do(sign_outs.sign_out, keys, WHO, "dock")
    sign_in(services, keys, None, "token-2")
    services.do(sign_outs.forget, WHO, former, Revoked(True, "Revoked."))
    assert store.read(lambda db: load_secret(db, keys, "dock", "sign-in")) == '{"TOKEN": "token-2"}'


def test_a_network_that_cannot_be_asked_whose_it_is_gets_no_byte_of_the_post(
    sqlite_store: Store, keys: KeyRing, load: Load, server: MastodonServer
) -> None:
    settings = load(server.tokens["dockbakery"])
    gone = replace(
        settings, accounts={"dock": replace(settings.accounts["dock"], server="http://127.0.0.1:9")}
    )
    client = Connections(gone, sqlite_store, keys).clients["dock"]
    assert "could not be reached" in str(publish(client))


def test_networks_can_fetch_images_where_the_settings_name_an_address(
    server: MastodonServer, sqlite_store: Store, keys: KeyRing, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[AccountSettings] = []

    def note(account: AccountSettings, vault: Vault) -> AccountClient:
        opened.append(account)
        return connect(account, vault)

    monkeypatch.setattr(opening, "connect", note)
    settings = load(server.tokens["dockbakery"])
    for public_url in ("", "https://byhand.example"):
        Connections(replace(settings, public_url=public_url), sqlite_store, keys)
    assert [account.images.available for account in opened] == [False, True]
