"""What is Facebook's own: its requests, tokens of the wrong kind, lists that prove nothing, and photos in no post."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.outcomes import CannotTell, Found, NeedsLogin, NotSent, Refused, Sent, Unknown
from bot.networks.facebook.client import DOCUMENTED, FacebookClient, FacebookNetwork
from bot.networks.http import Http
from bot.networks.protocol import AccountSettings, Attempt, Content, PrepareFailed
from bot.networks.receiving import OWN
from bot.networks.receiving import Page as Came
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.publishing import is_open
from bot.sandbox.networks.facebook.server import FacebookServer
from bot.sandbox.networks.server import Fault
from tests.networks.meta.scripted import Scripted, make_batch

PAGE = "615500000000001"


def now() -> datetime:
    return datetime.now(UTC)


def connect(url: str, token: str = "token", **settings: Any) -> FacebookClient:
    account = AccountSettings("dock-facebook", "facebook", url, **settings)
    return FacebookClient(account, Http(url, from_settings=True, whole_call=5), token)


DAY = 86_400


@pytest.fixture
def server() -> Iterator[FacebookServer]:
    started = FacebookServer(now)
    started.add_past("dockbakery")
    started.start()
    yield started
    started.stop()
    assert started.in_addresses == [], "a token never stands in an address"


@pytest.fixture
def client(server: FacebookServer) -> FacebookClient:
    return connect(server.url, server.tokens["dockbakery"])


def begin(client: FacebookClient, content: Content) -> Attempt:
    handle = client.new_handle(now())
    return Attempt(handle, client.render(content, client.prepare(content, {}, now()), handle, now()), now())


def publish(client: FacebookClient, content: Content) -> Any:
    attempt = begin(client, content)
    return client.publish(attempt.payload, attempt.handle, is_open)


ME = {"id": PAGE, "name": "Dock Bakery", "link": "https://www.facebook.com/dockbakery", "category": "Bakery"}
Script = Callable[..., tuple[FacebookClient, Scripted]]


@pytest.fixture
def scripted() -> Iterator[Script]:
    servers: list[Scripted] = []

    def script(status: int, body: Any, me: Any = ME, **settings: Any) -> tuple[FacebookClient, Scripted]:
        servers.append(Scripted(status, body, me))
        return connect(servers[-1].url, **settings), servers[-1]

    yield script
    for one in servers:
        one.end()


def test_the_request_names_the_version_the_page_and_no_token(scripted: Script) -> None:
    client, server = scripted(200, {"id": f"{PAGE}_7"})
    outcome = publish(client, Content("Rye: https://dock.example/rye and https://dock.example/more"))
    assert outcome == Sent(f"{PAGE}_7", f"https://www.facebook.com/{PAGE}_7")
    (_, me, _, _), (method, path, headers, body) = server.asked
    assert me.startswith("/v27.0/me?")
    assert (method, path) == ("POST", f"/v27.0/{PAGE}/feed")
    assert headers["authorization"] == "Bearer token"
    assert headers["content-type"] == "application/json"
    message = "Rye: https://dock.example/rye and https://dock.example/more"
    assert json.loads(body) == {"message": message, "link": "https://dock.example/rye"}


def test_images_take_the_place_of_the_link_card(client: FacebookClient) -> None:
    words = "Rye: https://dock.example/rye"
    stored = json.loads(begin(client, Content(words, (make_picture("A loaf"),))).payload)
    assert set(stored["body"]) == {"message", "attached_media"}
    assert client.measure(Content(words, (make_picture("A loaf"),))).notes == ()
    assert client.measure(Content(words)).notes == (
        "dock-facebook shows a card of https://dock.example/rye below the text",
    )


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"error": {"message": "Oops", "code": 190}}),
        (200, {"id": f"{PAGE}_7", "error": {"message": "Oops", "code": 1}}),
        (200, {"success": True}),
        (200, {"id": ""}),
        (200, {"id": "../../me"}),
        (200, {"id": "7?fields=x"}),
        (200, {"id": True}),
        (200, {"id": 1e30}),
        (200, {"id": "9" * 301}),
        (200, {"id": [7]}),
        (200, []),
        (200, b"<html>Welcome</html>"),
        (200, b'{"id": ' + b"9" * 5000 + b"}"),
        (302, b""),
        (400, b"<html>Bad</html>"),
        (400, {"error": {"message": "An unknown error", "code": 1, "is_transient": True}}),
        (400, {"error": {"message": "Service temporarily unavailable", "code": 2, "is_transient": True}}),
        (400, {"error": {"message": "Duplicate status message", "code": 506}}),
        (500, {"error": {"message": "Down", "code": 190}}),
    ],
)  # fmt: skip
def test_what_names_no_post_is_unknown(scripted: Script, status: int, body: Any) -> None:
    client, _ = scripted(status, body)
    assert isinstance(publish(client, Content("Rye")), Unknown)


@pytest.mark.parametrize("remote_id", [2**70, str(2**70), f"{PAGE}_{2**70}"])
def test_an_id_may_be_longer_than_64_bits(scripted: Script, remote_id: object) -> None:
    client, _ = scripted(200, {"id": remote_id})
    outcome = publish(client, Content("Rye"))
    assert isinstance(outcome, Sent)
    assert outcome.remote_id == str(remote_id)


# --- whose token, and which kind -----------------------------------------------------------------


def test_check_says_who_and_what_it_cannot_see(client: FacebookClient) -> None:
    health = client.check()
    assert (health.ok, health.identity, health.account_id, health.lacks) == (True, "dockbakery", PAGE, ())
    assert health.sentence == (
        "Signed in as dockbakery. Facebook does not say whether “Dock tools” is open to the public (“Live”). If it is "
        "not, only people with a role in that app see your posts: look at the first one signed out."
    )
    assert client.profile_url() == "https://www.facebook.com/dockbakery"


def test_a_persons_token_is_of_the_wrong_kind(server: FacebookServer) -> None:
    """With it, lists are empty without an error."""
    client = connect(server.url, server.page("dockbakery").user_token)
    health = client.check()
    assert not health.ok
    assert health.sentence == (
        "Facebook refuses the token (it is not a Page's own token). Take the Page's own: ask Facebook for /me/accounts "
        "with the person's token, and copy its access_token."
    )
    with pytest.raises(PrepareFailed) as failed:
        client.prepare(Content("Rye"), {}, now())
    assert isinstance(failed.value.outcome, NeedsLogin)
    attempt = Attempt("key", b'{"to": ["615500000000001", "feed"], "body": {"message": "Rye"}}', now())
    look = client.find(attempt)
    assert look == CannotTell("it is not a Page's own token"), "its empty list is no answer"


def test_a_thing_without_a_category_is_no_page(scripted: Script) -> None:
    client, _ = scripted(200, {"data": []}, me={"id": "1022", "name": "Maya"})
    assert isinstance(client.who(), NeedsLogin)


@pytest.mark.parametrize(
    ("username", "path"), [("dockbakery", "dockbakery"), (None, PAGE), ("", PAGE), ("a/../b?c", "a/../b%3Fc")]
)
def test_where_the_page_is(scripted: Script, username: str | None, path: str) -> None:
    """Its last part is what cards call us."""
    client, _ = scripted(200, batch(), me={**ME, "username": username})
    client.check()
    assert client.profile_url() == f"https://www.facebook.com/{path}"


def batch(**said: Any) -> list[dict[str, Any]]:
    return make_batch(**{"scopes": SCOPES, **said})


SCOPES = [
    "pages_manage_posts",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_manage_engagement",
    "pages_messaging",
]


@pytest.mark.parametrize(
    ("said", "ok", "words"),
    [
        ({"type": "USER"}, False, "This is a person's token, and not the Page's own. Take the Page's own:"),
        ({"type": "SYSTEM_USER"}, False, "a system user's token"),
        ({"type": "APP"}, False, "an app's token"),
        ({"type": None}, False, "another token"),
        ({"scopes": SCOPES[1:]}, False, "The token lacks pages_manage_posts: nothing can be published"),
        ({"scopes": []}, False, "The token lacks pages_read_engagement:"),
        ({"is_valid": False, "error": {"code": 190, "message": "No role", "subcode": 492}}, False,
         "(No role). The person who made the token lost their role"),
        ({"is_valid": False}, False, "is not valid (it does not say why)."),
        ({"expires_at": 1_800_000_000}, True, "The token ends on 15 Jan 2027."),
        ({"expires_at": 10**30}, True, "Signed in as Dock Bakery. Facebook does not say"),
        ({"application": ["x"]}, True, "whether its app is open to the public"),
    ],
)  # fmt: skip
def test_what_check_says_of_a_token(scripted: Script, said: dict[str, Any], ok: bool, words: str) -> None:
    client, server = scripted(200, batch(**said))
    health = client.check()
    assert (health.ok, health.account_id) == (ok, PAGE)
    assert words in health.sentence
    assert "token=" not in "".join(path for _, path, _, _ in server.asked)
    assert json.loads(server.asked[-1][3])["batch"][0]["relative_url"] == "debug_token?input_token=token"


def test_check_lists_what_only_customers_need(scripted: Script) -> None:
    client, _ = scripted(200, batch(scopes=SCOPES[:2]))
    assert [sentence.partition(":")[0] for sentence in client.check().lacks] == [
        "The token lacks pages_read_user_content",
        "The token lacks pages_manage_engagement",
        "The token lacks pages_messaging",
    ]


@pytest.mark.parametrize("body", [[], {}, [{"code": 200, "body": None}], [None], b"<html>", [{"code": 500}]])
def test_a_token_that_cannot_be_asked_about_is_no_failure(scripted: Script, body: Any) -> None:
    """Who it is, is known by then."""
    health = scripted(200, body)[0].check()
    assert health.ok
    assert health.lacks[0].startswith("Facebook did not say what the token may do: ")


@pytest.mark.parametrize(
    ("token", "data", "first"), [(0, 0, None), (DAY, 0, DAY), (0, DAY, DAY), (9 * DAY, DAY, DAY)]
)
def test_it_says_when_a_person_has_to_act(
    server: FacebookServer, client: FacebookClient, token: int, data: int, first: int | None
) -> None:
    """A Page's token has no end, and still its app may stop to read the Page's data."""
    server.reads.ends_at, server.reads.data_ends_at = token, data
    health = client.check()
    assert health.until == (datetime.fromtimestamp(first, UTC) if first else None)
    assert health.endless is (first is None)
    assert ("may read the account's data until" in health.sentence) is bool(data)


@pytest.mark.parametrize("subcode", [460, 463, 492])
def test_a_token_that_ended_is_said(server: FacebookServer, client: FacebookClient, subcode: int) -> None:
    server.revoke("dockbakery", subcode)
    health = client.check()
    assert not health.ok
    mend = "lost their role" if subcode == 492 else "Set a new BYHAND_DOCK_FACEBOOK_TOKEN."
    assert mend in health.sentence


@pytest.mark.parametrize(
    ("handle", "ok"), [("dockbakery", True), ("@DockBakery", True), (PAGE, True), ("pier", False)]
)
def test_the_handle_says_whose_it_should_be(server: FacebookServer, handle: str, ok: bool) -> None:
    health = connect(server.url, server.tokens["dockbakery"], handle=handle).check()
    assert health.ok is ok
    assert ok or health.sentence == f"The token belongs to dockbakery ({PAGE}), not to pier."


@pytest.mark.parametrize(
    ("settings", "words"),
    [({}, "token of a is empty"), ({"secrets": {"TOKEN": "t"}, "visibility": "public"}, "has no visibility")],
)
def test_settings_that_cannot_be_used_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        FacebookNetwork().open(AccountSettings("a", "facebook", "", **settings), None)  # type: ignore[arg-type]


def test_without_a_server_in_the_settings_it_is_metas_own() -> None:
    account = AccountSettings("a", "facebook", "", secrets={"TOKEN": "t"})
    client = FacebookNetwork().open(account, None)  # type: ignore[arg-type]
    assert isinstance(client, FacebookClient)
    assert client._graph._http.server == "https://graph.facebook.com"


# --- was it published? -------------------------------------------------------------------------------


def lose(
    server: FacebookServer, client: FacebookClient, content: Content, fault: Fault = Fault.LOST_ANSWER
) -> Attempt:
    attempt = begin(client, content)
    server.faults.order(fault)
    assert isinstance(client.publish(attempt.payload, attempt.handle, is_open), Unknown)
    return attempt


def test_a_post_that_the_list_omits_stays_unknown(server: FacebookServer, client: FacebookClient) -> None:
    attempt = lose(server, client, Content("Rye"))
    (line,) = server.ledger
    server.state.omits.add(line.remote_id)
    for age in (timedelta(), timedelta(hours=1)):
        look = client.find(replace(attempt, started_at=attempt.started_at - age))
        assert isinstance(look, CannotTell), look
        assert "Open the Page and look before it is sent again." in look.why
    server.state.omits.clear()
    assert client.find(attempt) == Found(line.remote_id, f"https://www.facebook.com/{line.remote_id}")


def test_the_same_words_of_another_moment_are_left_to_a_person(
    server: FacebookServer, client: FacebookClient
) -> None:
    page = server.page("dockbakery")
    server.state.add_post(page, "We close at noon", at=now() - timedelta(minutes=5))
    look = client.find(begin(client, Content("We close at noon")))
    assert isinstance(look, CannotTell)
    assert "from another moment" in look.why


def test_a_duplicate_says_that_it_is_there(server: FacebookServer, client: FacebookClient) -> None:
    """Perhaps an earlier try of ours: so nothing is called refused."""
    server.refuses_duplicates = True
    attempt = begin(client, Content("Rye"))
    assert isinstance(client.publish(attempt.payload, attempt.handle, is_open), Sent)
    again = client.publish(attempt.payload, attempt.handle, is_open)
    assert isinstance(again, Unknown)
    assert "there already" in again.evidence
    assert isinstance(client.find(attempt), Found)
    assert len(server.ledger) == 1


def test_the_pages_of_a_list_are_followed_by_their_cursor(
    server: FacebookServer, client: FacebookClient
) -> None:
    """`paging.next` leads elsewhere here."""
    attempt = lose(server, client, Content("Rye"))
    for n in range(60):
        server.state.add_post(server.page("dockbakery"), f"Something else entirely, number {n}")
    before = len(server.requests)
    assert isinstance(client.find(attempt), Found)
    assert [one.path for one in server.requests[before:]] == [f"/v27.0/{PAGE}/published_posts"] * 2


def test_a_list_that_never_ends_is_left(scripted: Script) -> None:
    page = {"data": [{"id": "1", "message": "Other", "created_time": "2999-01-01T00:00:00+0000"}]}
    paging = {"paging": {"cursors": {"after": "same"}, "next": "https://elsewhere.example"}}
    client, server = scripted(200, page | paging)
    look = client.find(Attempt("key", b'{"to": ["1", "feed"], "body": {"message": "Rye"}}', now()))
    assert isinstance(look, CannotTell)
    assert len(server.asked) == 3, "whose, the first page, and the one that repeats it"


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"id": 7}, {}]},
        {"data": [{"id": "7", "message": 7, "created_time": 7, "attachments": {"data": [{"target": 7}, 8]}}]},
        {"data": ["x"]},
        {"data": None},
        {"data": [], "error": {"code": 1, "message": "Oops"}},
        [],
        b"<html>",
    ],
)
def test_a_hostile_list_proves_nothing(scripted: Script, body: Any) -> None:
    client, _ = scripted(200, body)
    stored = b'{"to": ["1", "feed"], "body": {"message": "Rye", "attached_media": [{"media_fbid": "9"}]}}'
    assert isinstance(client.find(Attempt("key", stored, now())), CannotTell)


def test_a_hundred_long_posts_hinder_nobody(scripted: Script) -> None:
    """Nor do the longest comments there are: an answer too large to be read would stop all that comes."""
    more = {"created_time": "2026-11-20T09:00:00+0000", "comments": {"summary": {"total_count": 0}}}
    posts = [{"id": f"1_{n}", "message": "x" * 63_206, **more} for n in range(100)]
    client, _ = scripted(200, {"data": posts})
    found = client.poll(OWN, None, direct=True)
    assert isinstance(found, Came), found
    assert len(found.posts) == 100


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        b'{"to": ["1"], "body": {}}',
        b'{"to": ["1", "feed"], "body": []}',
        b'{"to": ["1", ""], "body": {"message": "x"}}',
        b'{"to": ["1", "likes"], "body": {}}',
    ],
)
def test_what_cannot_be_read_is_not_sent(client: FacebookClient, payload: bytes) -> None:
    assert isinstance(client.publish(payload, "key", is_open), NotSent)
    assert isinstance(client.find(Attempt("key", payload, now())), CannotTell)


# --- images ------------------------------------------------------------------------------------------


def test_what_a_refused_post_leaves_behind_is_deleted(server: FacebookServer, client: FacebookClient) -> None:
    """And tried again, the image is uploaded anew."""
    content = Content(
        "x" * (DOCUMENTED.max_length + 1), (make_picture("A loaf"), make_picture("Two", shade=90))
    )
    prepared = client.prepare(content, {}, now())
    payload = client.render(content, prepared, "key", now())
    assert len(server.list_orphans()) == 2
    assert isinstance(client.publish(payload, "key", is_open), Refused)
    assert server.list_orphans() == []
    shorter = replace(content, text="Rye")
    again = client.prepare(shorter, prepared, now())
    assert again != prepared
    assert isinstance(client.publish(client.render(shorter, again, "key", now()), "key", is_open), Sent)


def test_an_unknown_post_keeps_its_images(server: FacebookServer, client: FacebookClient) -> None:
    lose(server, client, Content("Rye", (make_picture("A loaf"),)), Fault.ERROR_BEFORE)
    assert len(server.list_orphans()) == 1


def test_an_image_is_uploaded_anew_once_it_may_have_been_swept_away(client: FacebookClient) -> None:
    content = Content("", (make_picture("A loaf"),))
    first = client.prepare(content, {}, now())
    assert client.prepare(content, first, now() + timedelta(hours=11)) == first
    assert client.prepare(content, first, now() + timedelta(hours=13)) != first


def test_an_image_that_is_not_there_after_its_upload_is_uploaded_again(
    server: FacebookServer, client: FacebookClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the next try, which nobody has to ask for: nothing is out yet."""
    add_photo = server.state.add_photo

    def lose_it(*photo: Any) -> Any:
        lost = add_photo(*photo)
        lost.deleted = True
        return lost

    content = Content("Rye", (make_picture("A loaf"),))
    with monkeypatch.context() as patch:
        patch.setattr(server.state, "add_photo", lose_it)
        with pytest.raises(PrepareFailed) as failed:
            client.prepare(content, {}, now())
    assert failed.value.outcome == NotSent("Facebook took the image and does not have it any more")
    assert isinstance(publish(client, content), Sent)


def test_an_alt_text_that_facebook_changes_stops_the_post(
    server: FacebookServer, client: FacebookClient
) -> None:
    server.state.keeps_alt = str.upper
    with pytest.raises(PrepareFailed) as failed:
        client.prepare(Content("", (make_picture("A loaf"),)), {}, now())
    assert failed.value.outcome == Refused(
        'dock-facebook changes the alt text of the image. Approved: "A loaf". It would show: "A LOAF". Nothing was'
        " sent; change the alt text."
    )
    assert server.list_orphans() == []


@pytest.mark.parametrize("media_type", ["image/tiff", "image/heif", "image/bmp", "image/svg+xml"])
def test_an_image_of_a_kind_that_is_not_taken(client: FacebookClient, media_type: str) -> None:
    odd = replace(make_picture("Odd"), media_type=media_type)
    assert "does not take" in str(client.measure(Content("", (odd,))).problem)


@pytest.mark.parametrize(("size", "fits"), [(3_999_998, True), (3_999_999, True), (4_000_000, False)])
def test_how_large_an_image_may_be(
    server: FacebookServer, client: FacebookClient, size: int, fits: bool
) -> None:
    """By our measure, and by the server's."""
    data = make_picture("x").load().ljust(size, b"\0")
    picture = replace(make_picture("A loaf"), size=size, load=lambda: data)
    assert (client.measure(Content("", (picture,))).problem is None) is fits
    if fits:
        client.prepare(Content("", (picture,)), {}, now())
        assert len(server.list_orphans()) == 1
        return
    with pytest.raises(PrepareFailed) as failed:
        client.prepare(Content("", (picture,)), {}, now())
    assert isinstance(failed.value.outcome, Refused)
    assert failed.value.outcome.reason.startswith("Your photos couldn't be uploaded.")


# --- words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["x", "é", "ß", "🥐"])
def test_texts_at_the_limit(server: FacebookServer, client: FacebookClient, unit: str) -> None:
    """One below, at, and one over, in UTF-16 units."""
    most = DOCUMENTED.max_length // (2 if unit == "🥐" else 1)
    for count, fits in ((most - 1, True), (most, True), (most + 1, False)):
        content = Content(unit * count)
        assert (client.measure(content).problem is None) is fits
        assert isinstance(publish(client, content), Sent if fits else Refused)
    assert len(server.ledger) == 2


def test_a_content_warning_is_said_to_be_missing(client: FacebookClient) -> None:
    (note,) = client.measure(Content("Rye", warning="Food")).notes
    assert "has no content warnings" in note


# --- taking down -------------------------------------------------------------------------------------


def test_what_is_gone_is_believed_of_the_pages_own_token_only(scripted: Script) -> None:
    """Facebook says the same of what a token may not see."""
    gone = {"error": {"message": "does not exist", "code": 100, "error_subcode": 33}}
    assert scripted(400, gone)[0].delete("1_2") == Sent("1_2")
    assert isinstance(scripted(400, gone, me={"id": "1022"})[0].delete("1_2"), Refused)


def test_a_refused_delete_is_told(server: FacebookServer, client: FacebookClient) -> None:
    sent = publish(client, Content("Rye"))
    server.faults.order(Fault.REFUSES_DELETE)
    assert isinstance(client.delete(sent.remote_id), Refused)
    server.page("dockbakery").scopes.discard("pages_manage_posts")
    refused = client.delete(sent.remote_id)
    assert isinstance(refused, Refused)
    assert "`byhand check` says which" in refused.reason
    assert not server.timeline()[0]["deleted"]


@pytest.mark.parametrize("body", [{"success": False}, {}, [], b"<html>", {"success": "true"}])
def test_a_delete_that_is_not_confirmed_is_unknown(scripted: Script, body: Any) -> None:
    assert isinstance(scripted(200, body)[0].delete("1_2"), Unknown)
