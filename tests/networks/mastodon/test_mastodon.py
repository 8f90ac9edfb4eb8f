"""What is Mastodon's own: its limits, unfinished images, error bodies, and recognising a status again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import bot.sandbox.networks.mastodon.server as sandbox
from bot.domain.outcomes import (
    Absent,
    CannotTell,
    Found,
    Later,
    Look,
    NeedsLogin,
    NotSent,
    Refused,
    Sent,
    Unknown,
)
from bot.networks.http import Answer, Http, Lost
from bot.networks.mastodon import lookup, uploads
from bot.networks.mastodon.client import MastodonClient
from bot.networks.mastodon.errors import Owner
from bot.networks.mastodon.limits import DOCUMENTED, Limits
from bot.networks.mastodon.shown import Shown
from bot.networks.protocol import AccountSettings, Attempt, Content, PrepareFailed
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.publishing import is_open
from bot.sandbox.networks.mastodon import about
from bot.sandbox.networks.server import Fault
from tests.networks import scripted as scripted_server

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SETTLE = timedelta(seconds=60)
LATER = "Fri, 20 Nov 2026 09:05:00 GMT"


def now() -> datetime:
    return datetime.now(UTC)


def connect(
    url: str, token: str = "token", wait: Callable[[float], None] = lambda _: None, **settings: Any
) -> MastodonClient:
    account = AccountSettings("dock-mastodon", "mastodon", url, **settings)
    return MastodonClient(account, Http(url, from_settings=True, whole_call=5), token, {}, wait)


@pytest.fixture
def server() -> Iterator[sandbox.MastodonServer]:
    started = sandbox.MastodonServer(now)
    started.start()
    yield started
    started.stop()


class Scripted(scripted_server.Scripted):
    asks_who = "/verify_credentials$"
    who = json.dumps({"id": "1", "username": "dockbakery"}).encode()


@pytest.fixture
def scripted() -> Iterator[Callable[..., tuple[MastodonClient, Scripted]]]:
    servers: list[Scripted] = []

    def script(status: int, body: Any, **headers: str) -> tuple[MastodonClient, Scripted]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        servers.append(Scripted(status, body, named))
        return connect(servers[-1].url), servers[-1]

    yield script
    for one in servers:
        one.end()


def test_the_request_is_json_with_key_token_and_visibility(scripted: Any) -> None:
    connection, server = scripted(200, {"id": "7", "url": "https://dock.example/@dockbakery/7"})
    payload = connection.render(Content("Rye", language="de"), {}, "key", now())
    assert connection.publish(payload, "key", is_open) == Sent("7", "https://dock.example/@dockbakery/7")
    ((method, path, headers, body),) = server.asked
    assert (method, path) == ("POST", "/api/v1/statuses")
    assert headers["content-type"] == "application/json"
    assert headers["idempotency-key"] == "key"
    assert headers["authorization"] == "Bearer token"
    assert json.loads(body) == {"status": "Rye", "visibility": "public", "language": "de"}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"id": 7}, Sent("7")),
        (200, {"id": ""}, Unknown),
        (200, [], Unknown),
        (200, b"", Unknown),
        (301, b"", Unknown),
        (400, {"error": "Bad"}, Refused("Bad", None, 400)),
        (401, {"error": "The access token was revoked"}, NeedsLogin("The access token was revoked", 401)),
        (401, b"<html>Who are you?</html>", Unknown),
        (403, {"error": "This action is not allowed"}, Refused("This action is not allowed", None, 403)),
        (403, b"<html>Blocked by a firewall</html>", Unknown),
        (404, {"error": "Record not found"}, Refused("Record not found", None, 404)),
        (408, {"error": "Slow"}, Unknown),
        (409, {"error": "What"}, Unknown),
        (422, {"error": "Validation failed"}, Refused("Validation failed", None, 422)),
        (429, b"slow down", Later("slow down", None, 429)),
        (500, {"error": "There was an error"}, Unknown),
        (503, b"<html/>", Unknown),
    ],
)  # fmt: skip
def test_what_each_answer_to_a_publish_means(scripted: Any, status: int, body: Any, expected: Any) -> None:
    connection, _ = scripted(status, body)
    outcome = connection.publish(b"{}", "key", is_open)
    if isinstance(expected, type):
        assert isinstance(outcome, expected), outcome
    else:
        assert outcome == expected


@pytest.mark.parametrize(
    ("headers", "at"),
    [
        ({"x_ratelimit_reset": "2026-11-20T09:15:31.000Z"}, datetime(2026, 11, 20, 9, 15, 31, tzinfo=UTC)),
        ({"retry_after": "90", "date": "Fri, 20 Nov 2026 09:00:00 GMT"}, START + timedelta(seconds=90)),
        ({"x_ratelimit_reset": "soon", "retry_after": "never"}, None),
    ],
)
def test_throttled_until(scripted: Any, headers: dict[str, str], at: datetime | None) -> None:
    connection, _ = scripted(429, {"error": "Too many requests"}, **headers)
    assert connection.publish(b"{}", "key", is_open) == Later("Too many requests", at, 429)


def test_limits_are_the_servers_own(server: sandbox.MastodonServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(about, "MAX_CHARACTERS", 120)
    monkeypatch.setattr(about, "PER_URL", 25)
    connection = connect(server.url, server.tokens["dockbakery"])
    assert connection.capabilities.max_length == 500, "not asked yet"
    assert connection.check().sentence == "Signed in as @dockbakery@dock.example"
    assert connection.capabilities.max_length == 120
    measure = connection.measure(Content("x" * 96 + " https://d.example"))
    assert (measure.length, measure.limit) == (122, 120)
    assert measure.problem is not None
    assert measure.problem.endswith(": 122 of 120 characters, a link counts as 25.")


@pytest.mark.parametrize(
    ("maker", "matrix", "gif"), [("mastodon", 33_177_600, 921_600), ("mastodon", 70_000_000, None), ("akkoma", 9, None)]
)  # fmt: skip
def test_how_large_a_gif_may_be_mastodon_does_not_state(
    server: sandbox.MastodonServer, monkeypatch: pytest.MonkeyPatch, maker: str, matrix: int, gif: int | None
) -> None:
    """Whoever runs a server with a raised limit may have raised the other, and other makers have none."""
    monkeypatch.setattr(about, "MAX_MATRIX", matrix)
    server.maker = maker
    connection = connect(server.url, server.tokens["dockbakery"])
    connection.check()
    assert connection.capabilities.max_picture_pixels == matrix
    assert connection.capabilities.max_pixels_of.get("image/gif") == gif


def test_the_stand_in_refuses_what_has_too_many_pixels(
    server: sandbox.MastodonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(about, "MAX_MATRIX", 47)
    connection = connect(server.url, server.tokens["dockbakery"])
    content = Content("", (make_picture("A loaf"),))  # 8 x 6 pixels
    with pytest.raises(PrepareFailed, match="8x6 images are not supported"):
        connection.prepare(content, {}, now())
    connection.check()
    assert "at most 47 pixels; this one is 8 × 6" in str(connection.measure(content).problem)


def test_sentences_name_the_account_as_people_do(server: sandbox.MastodonServer) -> None:
    """A card spoke of an address and its port."""
    titled = connect(server.url, server.tokens["dockbakery"], title="Mastodon (bakery)")
    too_much = titled.measure(Content("x" * 501, (make_picture("x" * 1501),))).misfits
    assert [misfit.sentence for misfit in too_much] == [
        "Too long for Mastodon (bakery): 501 of 500 characters.",
        "The alt text is too long for Mastodon (bakery): 1,501 of 1,500 characters.",
    ]


@pytest.mark.parametrize("odd", [None, [], "x", {"statuses": {"max_characters": "many"}}, {"statuses": 5}])
def test_limits_that_make_no_sense_are_the_documented_ones(odd: Any) -> None:
    read = Limits.read({"configuration": odd}).capabilities
    assert replace(read, stated=False) == DOCUMENTED.capabilities


def test_an_unfinished_image_is_waited_for(server: sandbox.MastodonServer) -> None:
    server.media_looks = 3
    waits: list[float] = []
    connection = connect(server.url, server.tokens["dockbakery"], waits.append)
    content = Content("", (make_picture("A loaf"),))
    prepared = connection.prepare(content, {}, now())
    assert len(waits) == 3
    payload = connection.render(content, prepared, "key", now())
    assert isinstance(connection.publish(payload, "key", is_open), Sent)


def test_an_image_that_is_never_finished_fails_the_preparing(
    server: sandbox.MastodonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.media_looks = 10**6
    monkeypatch.setattr(uploads, "MEDIA_PATIENCE", 0.05)
    with pytest.raises(PrepareFailed) as failed:
        connect(server.url, server.tokens["dockbakery"]).prepare(Content("", (make_picture("x"),)), {}, now())
    assert isinstance(failed.value.outcome, NotSent)


def test_an_upload_is_made_anew_once_the_server_may_have_swept_it(server: sandbox.MastodonServer) -> None:
    connection = connect(server.url, server.tokens["dockbakery"])
    content = Content("", (make_picture("A loaf"),))
    first = connection.prepare(content, {}, now())
    assert connection.prepare(content, first, now() + timedelta(hours=11)) == first
    assert connection.prepare(content, first, now() + timedelta(hours=13)) != first


def test_a_refused_upload_is_final(server: sandbox.MastodonServer) -> None:
    connection = connect(server.url, server.tokens["dockbakery"])
    with pytest.raises(PrepareFailed) as failed:
        connection.prepare(Content("", (make_picture("x" * 1501),)), {}, now())
    assert isinstance(failed.value.outcome, Refused)
    assert "1500" in failed.value.outcome.reason


def test_a_wrong_token_and_a_wrong_account_are_said(server: sandbox.MastodonServer) -> None:
    wrong = connect(server.url).check()
    assert not wrong.ok
    assert "BYHAND_DOCK_MASTODON_TOKEN" in wrong.sentence
    other = connect(server.url, server.tokens["dockbakery"], handle="@harbour").check()
    assert other.sentence == "The token belongs to @dockbakery@dock.example, not to @harbour."


def status(content: str, made: datetime, **more: Any) -> dict[str, Any]:
    stamp = made.isoformat().replace("+00:00", "Z")
    return {
        "id": "9",
        "url": "https://d.example/9",
        "content": f"<p>{content}</p>",
        "created_at": stamp,
        "visibility": "public",
        **more,
    }


US = Owner("1", "dockbakery", "https://d.example/@dockbakery")
OLD = status("Long ago", START - timedelta(days=1), id="1")
OLD_ANSWER = status("Long ago", START - timedelta(days=1), id="2", in_reply_to_id="7")
SECOND = timedelta(seconds=1)


class MemoryVault(dict[str, str]):
    def load(self, name: str) -> str | None:
        return self.get(name)

    def save(self, name: str, value: str) -> None:
        self[name] = value


def look_with(shown: Shown, *pages: list[dict[str, Any]], date: str = LATER, **wanted: Any) -> Look:
    left = list(pages)

    def ask(_: dict[str, str]) -> Answer:
        page = left.pop(0) if left else []
        return Answer(200, {"date": date}, json.dumps(page).encode())

    payload = json.dumps({"status": "Fresh *rye* today", "visibility": "public", **wanted}).encode()
    return lookup.find(lookup.Own(ask, US, shown, "Mastodon"), Attempt("key", payload, START), SETTLE)


def look(
    *pages: list[dict[str, Any]], words: str = "Fresh *rye* today", date: str = LATER, **wanted: Any
) -> Look:
    return look_with(Shown(MemoryVault(), "https://d.example"), *pages, date=date, status=words, **wanted)


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([], CannotTell),  # 200 with [] proves nothing
        ([[OLD]], Absent),
        ([[status("Fresh *rye* today", START + SECOND), OLD]], Found),
        ([[status("Fresh *rye* today", START - 30 * SECOND)]], Found),  # the server's clock is behind
        ([[status("Fresh *rye* today", START - 300 * SECOND)]], CannotTell),  # far behind, or an older post
        ([[status("Fresh *rye* today", START - timedelta(days=1))]], Absent),
        ([[status("Fresh <em>rye</em> today", START + SECOND)]], CannotTell),  # it reads Markdown
        ([[status("We close at noon", START + SECOND)], [OLD]], Absent),
        ([[status("We close at noon", START + SECOND), OLD]], Absent),  # its end comes after it
        (
            [[status("We close at noon", START + SECOND)]],
            CannotTell,
        ),  # it ends before it comes to the attempt
        ([[status("Fresh *rye* today", START + SECOND, in_reply_to_id="5"), OLD]], Absent),
        ([[status("Fresh *rye* today", START + SECOND, media_attachments=[{"id": "3"}])]], CannotTell),
        ([[status("Fresh *rye* today", START + SECOND, reblog={"id": "2"}), OLD]], Absent),
        ([[status("Other", START + SECOND, id=str(n))] for n in range(6)], CannotTell),  # more than we read
    ],
)
def test_recognising_a_status(pages: list[Any], expected: type) -> None:
    assert isinstance(look(*pages), expected)


@pytest.mark.parametrize(
    "page",
    [
        [status("A boost", START - timedelta(days=1), reblog={"id": "2"})],
        [status("Pinned", START - timedelta(days=1), pinned=True)],
        [status("Somebody else's", START - timedelta(days=1), account={"id": "2"})],
        [status("Hidden from most", START - timedelta(days=1), visibility="unlisted")],
        [OLD_ANSWER],
        [status("It names none", START - timedelta(days=1), visibility=None)],
    ],
    ids=["boosts", "pinned", "another's", "another visibility", "answers", "no visibility"],
)
def test_a_list_that_never_showed_the_like_proves_nothing(page: list[dict[str, Any]]) -> None:
    told = look(page)
    assert isinstance(told, CannotTell)
    assert told.why.startswith("Mastodon has never shown Byhand ")
    assert "d.example" not in told.why
    assert "look" in told.why


@pytest.mark.parametrize(
    "pages",
    [
        [
            [OLD, status("Newer", START + SECOND, id="3")]
        ],  # by id, or an import, or something pinned without a word
        [[status("Newer", START + SECOND, id="3"), OLD], [status("Newest", START + SECOND, id="4")], [OLD]],
        [
            [status("Newer", START + SECOND, id="3")],
            [status("Newer", START + SECOND, id="3")],
        ],  # the same page again
        [[status("Newer", START + SECOND, id="3"), {"id": "4"}], []],  # cut short
    ],
)
def test_a_list_that_may_not_hold_everything_since_proves_nothing(pages: list[list[dict[str, Any]]]) -> None:
    vault = MemoryVault()
    Shown(vault, "https://d.example").learn([OLD], US)
    told = look_with(Shown(vault, "https://d.example"), *pages)
    assert isinstance(told, CannotTell), told
    assert "look" in told.why


def test_absence_says_what_it_rests_on() -> None:
    absent = look([OLD, OLD_ANSWER], in_reply_to_id="8")
    assert isinstance(absent, Absent)
    assert absent.rests_on.startswith("Mastodon's own list")
    assert "public answer" in absent.rests_on


def test_what_was_shown_is_remembered_for_this_server_and_this_owner() -> None:
    vault = MemoryVault()
    Shown(vault, "https://d.example").learn(
        [status("Psst", START, visibility="direct", in_reply_to_id="5")], US
    )
    narrow = {"visibility": "direct", "in_reply_to_id": "8"}
    assert isinstance(look_with(Shown(vault, "https://d.example"), [OLD], **narrow), Absent)
    assert isinstance(look_with(Shown(vault, "https://other.example"), [OLD], **narrow), CannotTell)
    assert not Shown(vault, "https://d.example").has(
        "direct answer", Owner("2", "other", "https://d.example")
    )


def test_two_processes_add_to_what_was_shown() -> None:
    vault = MemoryVault()
    one, other = Shown(vault, "https://d.example"), Shown(vault, "https://d.example")
    one.learn([OLD], US)
    other.learn([OLD_ANSWER], US)
    assert one.has("public answer", US)
    assert Shown(vault, "https://d.example").has("public post", US)


def test_a_vault_that_fails_proves_nothing_and_hinders_nothing() -> None:
    class Broken(MemoryVault):
        def load(self, name: str) -> str | None:
            raise OSError(name)

        def save(self, name: str, value: str) -> None:
            raise OSError(name)

    for vault in (Broken(), MemoryVault({"shown-statuses": "[]"}), MemoryVault({"shown-statuses": "{"})):
        assert isinstance(look_with(Shown(vault, "https://d.example"), [], visibility="direct"), CannotTell)
        assert isinstance(look_with(Shown(vault, "https://d.example"), [OLD]), Absent)


def _never(_: dict[str, str]) -> Answer:
    raise AssertionError("nothing to look for")


def _own(ask: Callable[[dict[str, str]], Answer | Lost]) -> lookup.Own:
    return lookup.Own(ask, US, Shown(None, "https://d.example"), "Mastodon")


def _answering(result: Answer | Lost) -> Callable[[dict[str, str]], Answer | Lost]:
    return lambda _: result


def test_an_image_is_recognised_by_its_id_whatever_the_clock_says() -> None:
    shown = status("", START - timedelta(hours=2), media_attachments=[{"id": "3"}])
    assert isinstance(look([shown], words="", media_ids=["3"]), Found)
    assert isinstance(look([shown, OLD], words="", media_ids=["4"]), Absent)


@pytest.mark.parametrize("date", ["", "Fri, 20 Nov 2026 09:00:59 GMT"])
def test_an_answer_made_too_early_proves_nothing(date: str) -> None:
    """A cache between us and the server answers with the moment it was filled."""
    assert isinstance(look([OLD], date=date), CannotTell)


def test_a_look_up_that_fails_proves_nothing() -> None:
    for payload in (b"", b"[]"):
        assert isinstance(lookup.find(_own(_never), Attempt("key", payload, START), SETTLE), CannotTell)
    attempt = Attempt("key", b'{"status": "x"}', START)
    for result in (Lost("gone"), Answer(500, {}, b""), Answer(200, {}, b"<html>"), Answer(200, {}, b'["x"]')):
        assert isinstance(lookup.find(_own(_answering(result)), attempt, SETTLE), CannotTell)


def test_a_delete_that_is_refused_says_why(server: sandbox.MastodonServer) -> None:
    connection = connect(server.url, server.tokens["dockbakery"])
    payload = connection.render(Content("Rye"), {}, "key", now())
    sent = connection.publish(payload, "key", is_open)
    assert isinstance(sent, Sent)
    server.faults.order(Fault.REFUSES_DELETE)
    assert connection.delete(sent.remote_id) == Refused("This action is not allowed", http_status=403)
    assert isinstance(connection.delete(sent.remote_id), Sent)


def test_while_nobody_knows_absence_takes_ten_minutes(server: sandbox.MastodonServer) -> None:
    server.maker = "takahe"
    connection = connect(server.url, server.tokens["dockbakery"])
    assert connection.capabilities.settle_after == timedelta(minutes=10)
    connection.check()
    assert connection.capabilities.settle_after == timedelta(minutes=10)
    server.maker = "mastodon"
    connection.check()
    assert connection.capabilities.settle_after == timedelta(minutes=1)


def test_a_content_warning_goes_along_and_counts() -> None:
    """Mastodon hides words and images behind it, and counts it with the words."""
    client = connect("http://127.0.0.1:9")
    told = Content("Rye bread", warning="Food")
    sent = json.loads(client.render(told, {}, "key", datetime(2026, 11, 24, tzinfo=UTC)))
    assert (sent["spoiler_text"], sent["sensitive"]) == ("Food", True)
    plain = json.loads(client.render(Content("Rye bread"), {}, "key", datetime(2026, 11, 24, tzinfo=UTC)))
    assert "spoiler_text" not in plain
    assert client.measure(told).length > client.measure(Content("Rye bread")).length
    assert client.measure(Content("x" * 497, warning="Food")).misfits
    assert not client.measure(Content("x" * 496, warning="Food")).misfits, "nothing stands between the two"
