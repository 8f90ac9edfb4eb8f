"""What is Bluesky's own: the session and who renews it, the record, its key, and what may be at that key."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.outcomes import CannotTell, Found, Later, NeedsLogin, NotSent, Refused, Sent, Unknown
from bot.networks.bluesky import record as bluesky_record
from bot.networks.bluesky import session
from bot.networks.protocol import AccountClient, AccountSettings, Attempt, Content, PrepareFailed
from bot.networks.receiving import as_answering
from bot.networks.registry import load_network
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.publishing import is_open
from bot.sandbox.networks.bluesky.server import BlueskyServer
from bot.sandbox.networks.server import Fault

HANDLE = "dockbakery.test"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class MemoryVault(dict[str, str]):
    def load(self, name: str) -> str | None:
        return self.get(name)

    def save(self, name: str, value: str) -> None:
        self[name] = value


@pytest.fixture
def server() -> Iterator[BlueskyServer]:
    started = BlueskyServer(lambda: datetime.now(UTC), (HANDLE, "anna.test"))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


def connect(server: BlueskyServer, vault: MemoryVault, **settings: Any) -> AccountClient:
    secrets = {"PASSWORD": server.passwords[HANDLE]}
    account = AccountSettings(
        "dock-bluesky", "bluesky", server.url, "@DockBakery.test", secrets=secrets, **settings
    )
    return load_network("bluesky").open(account, vault)


def publish(connection: AccountClient, words: str = "Rye") -> tuple[Attempt, Any]:
    now = datetime.now(UTC)
    handle = connection.new_handle(now)
    prepared = connection.prepare(Content(words), {}, now)
    payload = connection.render(Content(words), prepared, handle, now)
    return Attempt(handle, payload, now), connection.publish(payload, handle, is_open)


def test_signs_in_once_and_keeps_the_session(server: BlueskyServer, vault: MemoryVault) -> None:
    for _ in range(3):
        assert isinstance(publish(connect(server, vault))[1], Sent)
    assert server.sign_ins == 1


def test_a_link_to_our_post_outlives_our_handle(server: BlueskyServer, vault: MemoryVault) -> None:
    """By its DID, which stays: a link by handle leads nowhere once the handle has changed."""
    connection = connect(server, vault)
    attempt, sent = publish(connection)
    did, _, key = sent.remote_id.removeprefix("at://").split("/")
    assert did.startswith("did:")
    assert sent.url == f"https://bsky.app/profile/{did}/post/{key}"
    found = connection.find(attempt)
    assert isinstance(found, Found)
    assert found.url == sent.url


def test_an_expired_token_is_renewed_and_the_post_goes_out(server: BlueskyServer, vault: MemoryVault) -> None:
    connection = connect(server, vault)
    publish(connection)
    server.expire(HANDLE)
    assert isinstance(publish(connection)[1], Sent)
    assert (server.sign_ins, server.refreshes, len(server.ledger)) == (1, 1, 2)


def test_many_threads_and_two_connections_renew_once(server: BlueskyServer, vault: MemoryVault) -> None:
    connections = [connect(server, vault), connect(server, vault)]
    for connection in connections:
        connection.check()
    server.expire(HANDLE)
    outcomes: list[Any] = []

    def post(connection: AccountClient) -> None:
        outcomes.append(publish(connection)[1])

    threads = [threading.Thread(target=post, args=(connections[n % 2],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(outcome) for outcome in outcomes] == [Sent] * 8
    assert (server.sign_ins, server.refreshes) == (1, 1)


def test_signs_in_anew_once_the_refresh_token_is_gone(server: BlueskyServer, vault: MemoryVault) -> None:
    connection = connect(server, vault)
    publish(connection)
    server.expire(HANDLE, refresh_too=True)
    assert isinstance(publish(connection)[1], Sent)
    assert server.sign_ins == 2


def test_a_vault_with_nonsense_means_a_new_session(server: BlueskyServer, vault: MemoryVault) -> None:
    publish(connect(server, vault))
    for nonsense in ("", "{", '{"did": 1}', "[]", "null"):
        vault.update(dict.fromkeys(vault, nonsense))
        assert connect(server, vault).check().ok


def test_works_without_a_did_document(server: BlueskyServer, vault: MemoryVault) -> None:
    server.names_own_server = False
    assert isinstance(publish(connect(server, vault))[1], Sent)


def test_sends_to_the_accounts_own_server(server: BlueskyServer, vault: MemoryVault) -> None:
    """Signed in at one address, the session names another."""
    publish(connect(server, vault))
    (stored,) = vault.values()
    assert json.loads(stored)["pds"] == server.url
    vault.update({name: value.replace(server.url, "http://127.0.0.1:9") for name, value in vault.items()})
    now = datetime.now(UTC)
    assert isinstance(
        connect(server, vault).publish(b"{}", connect(server, vault).new_handle(now), is_open), NotSent
    )


def test_a_sign_in_that_fails_publishes_nothing(server: BlueskyServer) -> None:
    wrong = AccountSettings("x", "bluesky", server.url, HANDLE, secrets={"PASSWORD": "wrong"})
    refused = load_network("bluesky").open(wrong, MemoryVault())
    assert refused.publish(b"{}", "3k", is_open) == NeedsLogin("Invalid identifier or password", 401)
    assert "BYHAND_X_PASSWORD" in refused.check().sentence
    with pytest.raises(PrepareFailed) as failed:
        refused.prepare(Content("x"), {}, NOON)
    assert isinstance(failed.value.outcome, NeedsLogin)
    assert server.ledger == ()


@pytest.mark.parametrize(
    ("home", "named", "own"),
    [
        ("https://bsky.example", "https://pds7.bsky.example", "https://pds7.bsky.example"),
        ("https://bsky.example", "http://localhost:9", None),
        ("https://bsky.example", "http://pds.example", None),
        ("https://bsky.example", 7, None),
        ("http://localhost:1", "http://localhost:9", "http://localhost:9"),
    ],
)
def test_the_accounts_own_server_by_its_did_document(home: str, named: Any, own: str | None) -> None:
    service = {"id": "did:plc:x#atproto_pds", "serviceEndpoint": named}
    assert session._own_server({"service": [None, {"id": "#other"}, service]}, home) == own
    assert session._own_server(None, home) is None


def test_a_stored_request_that_cannot_be_read_proves_nothing(
    server: BlueskyServer, vault: MemoryVault
) -> None:
    connection = connect(server, vault)
    attempt, _ = publish(connection)
    for payload in (b"", b"{", b"[]", b'{"record": 1}'):
        assert isinstance(connection.find(Attempt(attempt.handle, payload, NOON)), CannotTell)


def test_find_needs_no_token_that_holds(server: BlueskyServer, vault: MemoryVault) -> None:
    attempt, _ = publish(connect(server, vault))
    server.change_password(HANDLE)
    assert isinstance(connect(server, vault).find(attempt), Found)


def test_another_record_at_the_key_is_unknown_and_a_person_looks(
    server: BlueskyServer, vault: MemoryVault
) -> None:
    connection = connect(server, vault)
    now = datetime.now(UTC)
    handle = connection.new_handle(now)
    server.put_behind_its_back(HANDLE, handle, "Somebody else's words")
    payload = connection.render(Content("Ours"), connection.prepare(Content("Ours"), {}, now), handle, now)
    outcome = connection.publish(payload, handle, is_open)
    assert isinstance(outcome, Unknown)
    assert "Record was at bafyrei" in outcome.evidence
    assert isinstance(connection.find(Attempt(handle, payload, now)), CannotTell)
    assert [post["text"] for post in server.timeline()] == ["Somebody else's words"]


def test_throttled_until_the_second_the_header_names(server: BlueskyServer, vault: MemoryVault) -> None:
    connection = connect(server, vault)
    connection.check()
    server.faults.order(Fault.THROTTLED)
    outcome = publish(connection)[1]
    assert isinstance(outcome, Later)
    assert outcome.at is not None
    assert outcome.at.microsecond == 0


def test_the_record(server: BlueskyServer, vault: MemoryVault) -> None:
    connection = connect(server, vault, language="de")
    words = "👩‍🍳 Danke @anna.test und @nobody.test: https://dock.example/ä."
    content = Content(words, (make_picture("Ein Laib"),))
    prepared = connection.prepare(content, {}, NOON)
    body = json.loads(connection.render(content, prepared, "3kabcdefghij2", NOON + timedelta(milliseconds=5)))
    record = body.pop("record")
    assert body == {
        "repo": prepared["repo"],
        "collection": "app.bsky.feed.post",
        "rkey": "3kabcdefghij2",
        "swapRecord": None,
    }
    assert record["createdAt"] == "2026-11-20T12:00:00.005Z"
    assert record["langs"] == ["de"]
    spans = [(f["index"]["byteStart"], f["index"]["byteEnd"]) for f in record["facets"]]
    assert [words.encode()[a:b].decode() for a, b in spans] == ["@anna.test", "https://dock.example/ä"]
    (image,) = record["embed"]["images"]
    assert image["alt"] == "Ein Laib"
    assert image["aspectRatio"] == {"width": 8, "height": 6}
    assert image["image"]["$type"] == "blob"


def test_plain_words_make_a_plain_record() -> None:
    record = bluesky_record.make_record("Rye", (), {}, NOON, None)
    assert set(record) == {"$type", "text", "createdAt"}


def test_blobs_are_uploaded_anew_before_the_server_sweeps_them(
    server: BlueskyServer, vault: MemoryVault
) -> None:
    connection = connect(server, vault)
    content = Content("", (make_picture("x"),))
    first = connection.prepare(content, {}, NOON)
    assert connection.prepare(content, first, NOON + timedelta(minutes=29)) == first
    later = connection.prepare(content, first, NOON + timedelta(minutes=31))
    assert later != first
    assert later["pictures"][0]["blob"] == first["pictures"][0]["blob"], "same bytes, same id"


def test_keys_are_tids_in_the_order_of_time() -> None:
    keys = [bluesky_record.make_key(NOON + timedelta(days=days)) for days in range(3000, 3100)]
    assert keys == sorted(keys)
    assert all(len(key) == 13 and set(key) <= set("234567abcdefghijklmnopqrstuvwxyz") for key in keys)


def test_measures_graphemes_and_bytes(server: BlueskyServer, vault: MemoryVault) -> None:
    connection = connect(server, vault, title="Bluesky")
    assert connection.measure(Content("x" * 312)).problem == "Too long for Bluesky: 312 of 300 characters."
    many = connection.measure(Content("👨‍👩‍👧‍👦" * 130))
    assert many.length == 130
    assert many.problem == (
        "Too long for Bluesky: 3,250 of 3,000 bytes, of which an emoji or an accented letter takes several."
    )


def test_a_delete_that_is_refused_says_why(server: BlueskyServer, vault: MemoryVault) -> None:
    connection = connect(server, vault)
    _, sent = publish(connection)
    server.faults.order(Fault.REFUSES_DELETE)
    assert connection.delete(sent.remote_id) == Refused("This record may not be deleted", "Forbidden", 403)
    assert [post["deleted"] for post in server.timeline()] == [False]
    assert isinstance(connection.delete(sent.remote_id), Sent)


def test_the_measure_names_the_hashtags_of_posts_and_replies(
    server: BlueskyServer, vault: MemoryVault
) -> None:
    connection = connect(server, vault)
    words = Content("#rye and #oat, #rye")
    assert connection.measure(words).tags == ("#rye", "#oat")
    half = as_answering(connection)
    assert half is not None
    assert half.measure_reply({"parent": {}}, words).tags == ("#rye", "#oat")


def test_that_there_is_no_content_warning_is_said(server: BlueskyServer, vault: MemoryVault) -> None:
    client = connect(server, vault)
    assert client.measure(Content("Rye", warning="Food")).notes == (
        "@DockBakery.test has no content warnings: people see everything straight away",
    )
    assert client.measure(Content("Rye")).notes == ()


def test_whoever_signs_in_as_another_account_than_before_sends_nothing(
    server: BlueskyServer, vault: MemoryVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose it is was asked once; the server hands out somebody else's session later."""
    connection = connect(server, vault)
    publish(connection)
    kept = dict(vault)
    monkeypatch.setattr(server.state.accounts[HANDLE], "did", server.state.accounts["anna.test"].did)
    server.expire(HANDLE)
    outcome = publish(connection)[1]
    assert isinstance(outcome, NeedsLogin)
    assert "signs in as another account now" in outcome.why
    assert (dict(vault), len(server.ledger)) == (kept, 1)
