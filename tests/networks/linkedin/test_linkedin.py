"""What is LinkedIn's own: its headers, posts that are cut, duplicates and their ghosts, a version that has ended, calls
that are counted by the day, and lists that are empty for the wrong role."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from bot.domain.outcomes import CannotTell, Found, Later, NeedsLogin, NotSent, Refused, Sent, Unknown
from bot.networks.http import Http, Unsent
from bot.networks.linkedin.api import HOST, VERSION, Api
from bot.networks.linkedin.client import NETWORK, LinkedInClient
from bot.networks.linkedin.control import _read_page
from bot.networks.protocol import AccountSettings, Attempt, Content, PrepareFailed, Who
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.publishing import is_open
from bot.sandbox.networks.linkedin.answers import EXPIRED, INVALID, REVOKED
from bot.sandbox.networks.linkedin.server import LinkedInServer
from bot.sandbox.networks.linkedin.state import RECRUITING_POSTER
from bot.sandbox.networks.server import Fault
from tests.backend import NoVault
from tests.networks.linkedin.scripted import Scripted

URN = "urn:li:organization:2414183"
SHARE = "urn:li:share:7400000000000000001"


def now() -> datetime:
    return datetime.now(UTC)


def connect(url: str, token: str = "token", handle: str = "dockbakery") -> LinkedInClient:
    account = AccountSettings("dock-linkedin", "linkedin", url, handle)
    return LinkedInClient(account, Http(url, from_settings=True, whole_call=5), token, wait=lambda _: None)


@pytest.fixture
def server() -> Iterator[LinkedInServer]:
    started = LinkedInServer(now)
    started.add_past("dockbakery")
    started.start()
    yield started
    started.stop()
    assert started.in_addresses == [], "a token never stands in an address"


@pytest.fixture
def client(server: LinkedInServer) -> LinkedInClient:
    return connect(server.url, server.tokens["dockbakery"])


def begin(client: LinkedInClient, content: Content) -> Attempt:
    handle = client.new_handle(now())
    return Attempt(handle, client.render(content, client.prepare(content, {}, now()), handle, now()), now())


def publish(client: LinkedInClient, content: Content) -> Any:
    attempt = begin(client, content)
    return client.publish(attempt.payload, attempt.handle, is_open)


Script = Callable[..., tuple[LinkedInClient, Scripted]]


@pytest.fixture
def scripted() -> Iterator[Script]:
    servers: list[Scripted] = []

    def script(*answer: Any) -> tuple[LinkedInClient, Scripted]:
        servers.append(Scripted(*answer))
        return connect(servers[-1].url), servers[-1]

    yield script
    for one in servers:
        one.end()


# --- what is sent -------------------------------------------------------------------------------------


def test_each_request_names_the_version_and_no_address_the_token(scripted: Script) -> None:
    client, server = scripted(201, b"", {"x-restli-id": SHARE})
    assert publish(client, Content("Rye (fresh)")) == Sent(
        SHARE, f"https://www.linkedin.com/feed/update/{SHARE}/"
    )
    assert [(method, path.partition("?")[0]) for method, path, _, _ in server.asked] == [
        ("GET", "/rest/organizations"),
        ("POST", "/rest/posts"),
        ("GET", f"/rest/posts/{quote(SHARE, safe='')}"),
    ]
    for _, path, headers, _ in server.asked:
        assert headers["linkedin-version"] == VERSION
        assert headers["x-restli-protocol-version"] == "2.0.0"
        assert headers["authorization"] == "Bearer token"
        assert "token" not in path
    assert json.loads(server.asked[1][3]) == {
        "author": URN,
        "commentary": "Rye \\(fresh\\)",
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }


def test_what_is_stored_is_what_is_sent(scripted: Script) -> None:
    client, server = scripted(201, b"", {"x-restli-id": SHARE})
    attempt = begin(client, Content("Rye 👩‍🍳"))
    client.publish(attempt.payload, attempt.handle, is_open)
    assert server.asked[1][3] == attempt.payload


def test_one_image_and_several(client: LinkedInClient, server: LinkedInServer) -> None:
    one = json.loads(begin(client, Content("Rye", (make_picture("A loaf"),))).payload)["content"]
    assert one["media"]["altText"] == "A loaf"
    many = json.loads(begin(client, Content("Rye", (make_picture("A"), make_picture("", shade=9)))).payload)[
        "content"
    ]
    assert [image.get("altText") for image in many["multiImage"]["images"]] == ["A", None]
    assert server.ledger == ()


def test_an_image_is_waited_for(server: LinkedInServer) -> None:
    """And is not uploaded again by the next try."""
    server.state.working = 3
    waited: list[float] = []
    account = AccountSettings("dock-linkedin", "linkedin", server.url, "dockbakery")
    http = Http(server.url, from_settings=True)
    client = LinkedInClient(account, http, server.tokens["dockbakery"], waited.append)
    content = Content("Rye", (make_picture("A loaf"),))
    prepared = client.prepare(content, {}, now())
    assert waited == [1.0, 2.0, 4.0]
    assert client.prepare(content, prepared, now()) == prepared
    assert len(server.state.images) == 1


def test_an_image_that_takes_long_is_gone_on_with(
    server: LinkedInServer, client: LinkedInClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.networks.linkedin.uploads.PATIENCE", 0.0)
    server.state.working = 2
    content = Content("Rye", (make_picture("A loaf"),))
    with pytest.raises(PrepareFailed) as failed:
        client.prepare(content, {}, now())
    assert isinstance(failed.value.outcome, Later)
    with pytest.raises(PrepareFailed) as again:
        client.prepare(content, failed.value.so_far or {}, now())
    prepared = client.prepare(content, again.value.so_far or {}, now())
    assert len(server.state.images) == 1
    attempt = Attempt("", client.render(content, prepared, "", now()), now())
    assert isinstance(client.publish(attempt.payload, "", is_open), Sent)


def test_an_image_it_cannot_work_with(client: LinkedInClient) -> None:
    broken = replace(make_picture("A loaf"), load=lambda: b"not an image")
    with pytest.raises(PrepareFailed) as failed:
        client.prepare(Content("Rye", (broken,)), {}, now())
    assert isinstance(failed.value.outcome, Refused)


@pytest.mark.parametrize(
    "address", ["https://evil.example/x", "http://127.0.0.1:1/x", "file:///etc/passwd", "x", "https://["]
)
def test_the_token_goes_to_no_other_server(scripted: Script, address: str) -> None:
    client, server = scripted(200, {"value": {"uploadUrl": address, "image": "urn:li:image:1"}})
    with pytest.raises(PrepareFailed) as failed:
        client.prepare(Content("Rye", (make_picture("A loaf"),)), {}, now())
    assert isinstance(failed.value.outcome, NotSent)
    assert "LinkedIn named an address for the image that is" in failed.value.outcome.why
    assert [method for method, *_ in server.asked] == ["GET", "POST"]


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("https://www.linkedin.com/dms-uploads/sp/x?ut=1", True),
        ("https://linkedin.com/x", True),
        ("http://www.linkedin.com/x", False),
        ("https://linkedin.com.evil.example/x", False),
        ("https://evillinkedin.com/x", False),
        ("https://www.linkedin.com@evil.example/x", False),
        ("https://evil.example/www.linkedin.com", False),
        ("https://127.0.0.1/x", False),
    ],
)
def test_which_servers_are_linkedins(address: str, ours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []

    def call(http: Http, method: str, path: str, **_: Any) -> Unsent:
        called.append(http.server + path)
        return Unsent("Not in a test.")

    monkeypatch.setattr(Http, "call", call)
    Api(Http(HOST, from_settings=True), "token").put(address, b"x", "image/jpeg")
    assert called == ([address] if ours else [])


# --- what LinkedIn answers ----------------------------------------------------------------------------

LOOK_THERE = "Open the Page and look"


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (201, b"", {}),
        (201, {"id": SHARE}, {}),
        (201, b"", {"x-restli-id": ""}),
        (201, b"", {"x-restli-id": "7400"}),
        (201, b"", {"x-restli-id": "urn:li:share:1 2"}),
        (201, b"", {"x-restli-id": "urn:li:share:" + "9" * 300}),
        (200, b"", {"x-restli-id": SHARE}),
        (204, b"", {}),
        (200, b"<html>Welcome</html>", {}),
        (302, b"", {}),
        (400, b"<html>Bad</html>", {}),
        (401, b"", {}),
        (403, {"message": "Forbidden"}, {}),
        (409, {"status": 409, "message": "Conflict"}, {}),
        (422, {"status": 400, "message": "Two minds"}, {}),
        (426, b"Upgrade Required", {}),
        (500, {"status": 500, "message": "Internal Server Error"}, {}),
        (503, {"status": 503, "message": "Service Unavailable"}, {}),
        (422, {"status": 422, "message": "Content is a duplicate of urn:li:share:1"}, {}),
        (422, {"status": 422, "code": "DUPLICATE_POST", "message": "Duplicate"}, {}),
        (400, {"status": 400, "message": "x", "errorDetails": {"inputErrors": [{"code": "DUPLICATE_POST"}]}}, {}),
    ],
)  # fmt: skip
def test_what_names_no_post_is_unknown(
    scripted: Script, status: int, body: Any, headers: dict[str, str]
) -> None:
    client, _ = scripted(status, body, headers)
    assert isinstance(publish(client, Content("Rye")), Unknown)


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_definite_no(scripted: Script, status: int) -> None:
    client, _ = scripted(status, {"status": status, "message": "ERROR :: /commentary", "code": "NO"})
    outcome = publish(client, Content("Rye"))
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("ERROR :: /commentary")
    assert outcome.http_status == status


@pytest.mark.parametrize(
    "details", [None, 7, [], {"inputErrors": None}, {"inputErrors": [7, None, {}]}, {"inputErrors": {}}]
)
def test_details_of_any_shape(scripted: Script, details: Any) -> None:
    client, _ = scripted(422, {"status": 422, "message": "No", "errorDetails": details})
    assert isinstance(publish(client, Content("Rye")), Refused)


def test_an_id_may_be_longer_than_64_bits(scripted: Script) -> None:
    urn = f"urn:li:share:{2**70}"
    client, _ = scripted(201, b"", {"x-restli-id": urn})
    outcome = publish(client, Content("Rye"))
    assert isinstance(outcome, Sent)
    assert outcome.remote_id == urn


def test_a_version_that_has_ended_is_said_in_words(server: LinkedInServer, client: LinkedInClient) -> None:
    attempt = begin(client, Content("Rye"))
    server.versions.discard(VERSION)
    outcome = client.publish(attempt.payload, attempt.handle, is_open)
    assert isinstance(outcome, Refused)
    assert f"version {VERSION}" in outcome.reason
    assert "before Byhand is updated" in outcome.reason
    assert server.ledger == ()
    health = client.check()
    assert not health.ok
    assert "before Byhand is updated" in health.sentence


@pytest.mark.parametrize("code", [INVALID, REVOKED, EXPIRED])
def test_a_token_that_does_not_hold(server: LinkedInServer, client: LinkedInClient, code: int) -> None:
    attempt = begin(client, Content("Rye"))
    server.revoke("dockbakery", code)
    assert isinstance(client.publish(attempt.payload, attempt.handle, is_open), NeedsLogin)
    health = client.check()
    assert (health.ok, health.heard) == (False, True)
    assert "BYHAND_DOCK_LINKEDIN_TOKEN" in health.sentence
    assert server.ledger == ()


def test_the_calls_of_a_day_begin_anew_at_midnight(server: LinkedInServer, client: LinkedInClient) -> None:
    attempt = begin(client, Content("Rye"))
    server.calls_a_day = server.count_calls("dockbakery")
    outcome = client.publish(attempt.payload, attempt.handle, is_open)
    assert isinstance(outcome, Later)
    assert outcome.at is not None
    assert (outcome.at.hour, outcome.at.minute, outcome.at.utcoffset()) == (0, 0, timedelta())
    assert timedelta() < outcome.at - now() <= timedelta(days=1)
    assert server.ledger == ()


# --- duplicates ---------------------------------------------------------------------------------------


def test_a_duplicate_is_unknown_and_named(server: LinkedInServer, client: LinkedInClient) -> None:
    """It may be of an earlier try whose answer was lost."""
    first = publish(client, Content("Rye"))
    again = publish(client, Content("Rye"))
    assert isinstance(again, Unknown)
    assert first.url in again.evidence
    assert len(server.ledger) == 1


def test_a_duplicate_of_this_very_post_is_found(server: LinkedInServer, client: LinkedInClient) -> None:
    attempt = begin(client, Content("Rye"))
    server.faults.order(Fault.LOST_ANSWER)
    assert isinstance(client.publish(attempt.payload, attempt.handle, is_open), Unknown)
    assert isinstance(client.publish(attempt.payload, attempt.handle, is_open), Unknown)
    look = client.find(attempt)
    assert look == Found(
        server.ledger[0].remote_id, f"https://www.linkedin.com/feed/update/{server.ledger[0].remote_id}/"
    )


def test_a_duplicate_of_a_post_that_is_gone(server: LinkedInServer, client: LinkedInClient) -> None:
    """The ghost of a deleted post: nothing can be opened, and nothing is taken for ours."""
    first = publish(client, Content("Rye"))
    assert isinstance(client.delete(first.remote_id), Sent)
    attempt = begin(client, Content("Rye"))
    outcome = client.publish(attempt.payload, attempt.handle, is_open)
    assert isinstance(outcome, Unknown)
    assert first.remote_id in outcome.evidence
    assert "there is no such post" in outcome.evidence
    assert first.url not in outcome.evidence
    look = client.find(attempt)
    assert isinstance(look, CannotTell)
    assert LOOK_THERE in look.why


def test_a_duplicate_of_an_old_post_is_not_taken_for_ours(
    server: LinkedInServer, client: LinkedInClient
) -> None:
    server.state.add_post(server.page("dockbakery"), "Rye", at=now() - timedelta(days=7))
    attempt = begin(client, Content("Rye"))
    assert isinstance(client.publish(attempt.payload, attempt.handle, is_open), Unknown)
    assert isinstance(client.find(attempt), CannotTell)
    assert server.ledger == ()


# --- looking ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [True, False])
def test_an_empty_list_is_no_proof(server: LinkedInServer, client: LinkedInClient, sent: bool) -> None:
    """Whoever may post but not read is told of no posts."""
    server.give_role("dockbakery", RECRUITING_POSTER)
    attempt = begin(client, Content("Rye"))
    server.faults.order(Fault.LOST_ANSWER if sent else Fault.CUT_BEFORE)
    assert isinstance(client.publish(attempt.payload, attempt.handle, is_open), Unknown)
    look = client.find(replace(attempt, started_at=now() - timedelta(hours=1)))
    assert isinstance(look, CannotTell)
    assert "may post there but not read" in look.why
    assert len(server.ledger) == sent


def test_who_may_not_read_publishes_all_the_same(server: LinkedInServer, client: LinkedInClient) -> None:
    """The post cannot be read back, so nothing is said of its words."""
    server.give_role("dockbakery", RECRUITING_POSTER)
    outcome = publish(client, Content("Rye"))
    assert isinstance(outcome, Sent)
    assert outcome.changed is None


def test_words_that_were_cut_are_said(server: LinkedInServer, client: LinkedInClient) -> None:
    attempt = begin(client, Content("Rye (fresh) today"))
    cut = attempt.payload.replace(b"\\\\(", b"(")
    outcome = client.publish(cut, attempt.handle, is_open)
    assert isinstance(outcome, Sent)
    assert outcome.changed is None, "what was sent says the same"
    assert server.timeline()[0]["text"] == "Rye "
    server.state.posts[outcome.remote_id].commentary = "Rye "
    assert (
        client._read_back(json.loads(attempt.payload), outcome.remote_id).changed == "its words are different"
    )


def test_several_posts_with_the_same_words(server: LinkedInServer, client: LinkedInClient) -> None:
    attempt = begin(client, Content("Rye"))
    for _ in range(2):
        server.state.add_post(server.page("dockbakery"), "Rye")
    look = client.find(attempt)
    assert isinstance(look, CannotTell)
    assert "Several" in look.why


def test_images_are_known_by_their_names(server: LinkedInServer, client: LinkedInClient) -> None:
    """A picture post with the same words, but other images, is another one."""
    content = Content("Rye", (make_picture("A loaf"),))
    mine, other = begin(client, content), begin(client, content)
    server.faults.order(Fault.LOST_ANSWER)
    client.publish(mine.payload, mine.handle, is_open)
    assert isinstance(client.find(mine), Found)
    assert isinstance(client.find(other), CannotTell)


@pytest.mark.parametrize(
    "post",
    [
        {},
        {"id": 7, "commentary": "Rye", "publishedAt": 4_000_000_000_000},
        {"id": "share", "commentary": "Rye", "publishedAt": 4_000_000_000_000},
        {"id": SHARE, "commentary": "Rye"},
        {"id": SHARE, "commentary": "Rye", "publishedAt": True},
        {"id": SHARE, "commentary": "Rye", "publishedAt": -1},
        {"id": SHARE, "commentary": "Rye", "publishedAt": "now"},
        {"id": SHARE, "commentary": ["Rye"], "publishedAt": 4_000_000_000_000},
        {"id": SHARE, "commentary": None, "content": 7, "publishedAt": 4_000_000_000_000},
        {"id": SHARE, "commentary": "Rye", "publishedAt": 1_000},
    ],
)  # fmt: skip
def test_a_list_of_nonsense_finds_nothing(scripted: Script, post: dict[str, Any]) -> None:
    client, _ = scripted(200, {"elements": [post]})
    assert isinstance(client.find(begin(client, Content("Rye"))), CannotTell)


@pytest.mark.parametrize("body", [{}, [], b"<html/>", {"elements": 7}, {"elements": [7]}, {"data": []}])
def test_a_list_that_is_none(scripted: Script, body: Any) -> None:
    client, _ = scripted(200, body)
    assert isinstance(client.find(begin(client, Content("Rye"))), CannotTell)


def test_a_payload_that_is_not_ours(client: LinkedInClient, server: LinkedInServer) -> None:
    for payload in (b"", b"[]", b"{", b"{}", b'{"author": 7}'):
        assert isinstance(client.publish(payload, "", is_open), NotSent)
        assert isinstance(client.find(Attempt("", payload, now())), CannotTell)
    assert server.ledger == ()


# --- taking down --------------------------------------------------------------------------------------


def test_a_take_down_that_is_not_allowed(server: LinkedInServer, client: LinkedInClient) -> None:
    outcome = publish(client, Content("Rye"))
    server.give_role("dockbakery", None)
    assert isinstance(client.delete(outcome.remote_id), Refused)
    assert not server.timeline()[0]["deleted"]


@pytest.mark.parametrize("status", [200, 204])
def test_both_forms_of_done(scripted: Script, status: int) -> None:
    client, _ = scripted(status)
    assert client.delete(SHARE) == Sent(SHARE)


def test_not_there_is_asked_again(scripted: Script) -> None:
    client, server = scripted(404, {"status": 404, "message": "Entity not found"})
    assert client.delete(SHARE) == Sent(SHARE)
    assert [method for method, *_ in server.asked] == ["DELETE", "GET", "GET"]


def test_a_404_without_linkedins_words_is_not_believed(scripted: Script) -> None:
    client, _ = scripted(404, b"<html>Not found</html>")
    assert isinstance(client.delete(SHARE), Unknown)


# --- the Page -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("handle", ["dockbakery", "@dockbakery", "DockBakery", "2414183", URN])
def test_whose_page_it_is(server: LinkedInServer, handle: str) -> None:
    client = connect(server.url, server.tokens["dockbakery"], handle)
    assert client.who() == Who(URN, "dockbakery")
    assert client.check().account_id == URN
    assert client.profile_url() == "https://www.linkedin.com/company/dockbakery/"


@pytest.mark.parametrize("handle", ["nobody", "999", "a b/../c?x=1&y#z"])
def test_no_such_page(server: LinkedInServer, handle: str) -> None:
    client = connect(server.url, server.tokens["dockbakery"], handle)
    assert isinstance(client.who(), Refused)
    assert not client.check().ok
    with pytest.raises(PrepareFailed) as failed:
        client.prepare(Content("Rye"), {}, now())
    assert isinstance(failed.value.outcome, Refused)


@pytest.mark.parametrize("raw", [{}, {"id": None}, {"id": "x"}, {"id": -1}, {"id": True}, {"id": "²"}])
def test_a_page_without_a_number_is_none(raw: dict[str, Any]) -> None:
    assert _read_page(raw) is None


@pytest.mark.parametrize("handle", [None, "", "@"])
def test_a_page_needs_a_handle(handle: str | None) -> None:
    account = AccountSettings("dock-linkedin", "linkedin", "", handle, secrets={"TOKEN": "token"})
    with pytest.raises(ValueError, match="needs a handle"):
        NETWORK.open(account, NoVault())


def test_a_page_has_no_visibility() -> None:
    account = AccountSettings(
        "dock-linkedin", "linkedin", "", "dockbakery", "public", secrets={"TOKEN": "token"}
    )
    with pytest.raises(ValueError, match="no visibility"):
        NETWORK.open(account, NoVault())


# --- the words ----------------------------------------------------------------------------------------


def test_at_below_and_over_the_limit(client: LinkedInClient, server: LinkedInServer) -> None:
    """Escapes are not counted; an emoji is two."""
    for unit, most in (("(", 3000), ("🥐", 1500)):
        assert client.measure(Content(unit * (most - 1))).problem is None
        assert client.measure(Content(unit * most)).problem is None
        assert client.measure(Content(unit * (most + 1))).problem == (
            f"Too long for dockbakery: {3000 + (2 if most == 1500 else 1):,} of 3,000 characters."
        )
        assert isinstance(publish(client, Content(unit * most)), Sent)
        assert server.timeline()[0]["text"] == unit * most


def test_what_readers_see_otherwise(client: LinkedInClient) -> None:
    linked = Content("Rye: https://dock.example/rye")
    assert client.measure(linked).notes == (
        "dockbakery shows no card of a link in a post that comes from Byhand",
    )
    assert client.measure(replace(linked, pictures=(make_picture("A loaf"),))).notes == ()
    (note,) = client.measure(Content("Rye", warning="Flour")).notes
    assert "no content warnings" in note
