"""The pretend networks misbehave exactly as ordered, and their ledgers tell what came into being."""

from __future__ import annotations

import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.server import Fault, Seen

LATER = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0 a loaf"


@pytest.fixture
def server() -> Iterator[MastodonServer]:
    server = MastodonServer(lambda: LATER, ("dockbakery", "harbour"))
    server.start()
    yield server
    server.stop()


def call(
    server: MastodonServer,
    path: str,
    body: Any = None,
    *,
    key: str = "",
    method: str | None = None,
    timeout: float = 5,
) -> tuple[int, Any, dict[str, str]]:
    headers = {"authorization": f"Bearer {server.tokens['dockbakery']}", "content-type": "application/json"}
    if key:
        headers["idempotency-key"] = key
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, json.loads(answer.read()), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read()), dict(error.headers)


def post(server: MastodonServer, words: str = "Rye", **more: Any) -> tuple[int, Any, dict[str, str]]:
    return call(server, "/api/v1/statuses", {"status": words}, **more)


def test_everything_is_told_in_the_stages_own_time(server: MastodonServer) -> None:
    status, body, headers = post(server)
    assert status == 200
    assert body["created_at"] == "2031-05-06T07:08:09.000Z"
    assert headers["date"] == "Tue, 06 May 2031 07:08:09 GMT"
    assert headers["x-ratelimit-reset"] == "2031-05-06T07:13:09.000Z"
    assert server.ledger[0].at == LATER


@pytest.mark.parametrize(
    ("fault", "status", "published"),
    [
        (Fault.ERROR_BEFORE, 500, 0),
        (Fault.ERROR_AFTER, 500, 1),
        (Fault.THROTTLED, 429, 0),
        (Fault.SIGNED_OUT, 401, 0),
        (Fault.NO_ID, 200, 1),
        (Fault.SLOW, 200, 1),
    ],
)
def test_faults_with_an_answer(server: MastodonServer, fault: Fault, status: int, published: int) -> None:
    server.slow_seconds = 0.01
    server.faults.order(fault)
    assert post(server)[0] == status
    assert len(server.ledger) == published
    assert post(server)[0] == 200, "it was ordered once"


@pytest.mark.parametrize(
    ("fault", "published"),
    [
        (Fault.LOST_ANSWER, 1),
        (Fault.CUT_BEFORE, 0),
        (Fault.TIME_OUT, 0),
        (Fault.TIME_OUT_AFTER, 1),
        (Fault.DOWN, 0),
    ],
)
def test_faults_without_an_answer(server: MastodonServer, fault: Fault, published: int) -> None:
    noted = threading.Event()
    seen: list[Seen] = []

    def note(one: Seen) -> None:
        seen.append(one)
        noted.set()

    server.on_request = note
    server.faults.order(fault, None)
    with pytest.raises(OSError):
        post(server, timeout=0.2)
    assert noted.wait(5)
    assert len(server.ledger) == published
    assert (seen[0].method, seen[0].path, seen[0].status) == ("POST", "/api/v1/statuses", "no answer")
    server.faults.lift()
    assert post(server)[0] == 200


def test_a_key_holds_for_an_hour_and_only_where_it_is_honoured(server: MastodonServer) -> None:
    first = post(server, key="k")[1]["id"]
    assert post(server, key="k")[1]["id"] == first
    server._now = lambda: LATER + timedelta(minutes=61)
    assert post(server, key="k")[1]["id"] != first
    server.honours_keys = False
    post(server, key="k")
    assert [line.key for line in server.ledger] == ["k", "k", "k"]


def test_an_accounts_rate(server: MastodonServer) -> None:
    server.calls_per_window = 2
    assert [post(server)[0] for _ in range(3)] == [200, 200, 429]
    assert len(server.ledger) == 2


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"status": "  "}, 422, "Text can't be blank"),
        ({"status": "x" * 501}, 422, "Text character limit of 500 exceeded"),
        ({"status": "x", "visibility": "all"}, 422, "Visibility"),
        ({"status": "x", "media_ids": ["77"]}, 422, "Media not found"),
        ({"status": "x", "in_reply_to_id": "77"}, 404, "trying to reply"),
        ({"status": "x", "media_ids": ["1"] * 5}, 422, "more than 4"),
    ],
)
def test_refuses_what_mastodon_refuses(server: MastodonServer, body: Any, status: int, words: str) -> None:
    got, answer, _ = call(server, "/api/v1/statuses", body)
    assert got == status
    assert words in answer["error"]
    assert server.ledger == ()


def test_the_timeline_shows_words_media_and_what_was_taken_down(server: MastodonServer) -> None:
    boundary = b"--b\r\n"
    part = b'content-disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    form = (
        boundary
        + part % (b"file", b'; filename="f"', JPEG)
        + boundary
        + part % (b"description", b"", b"A loaf")
    )
    request = urllib.request.Request(
        server.url + "/api/v2/media",
        form + b"--b--\r\n",
        {
            "authorization": f"Bearer {server.tokens['dockbakery']}",
            "content-type": "multipart/form-data; boundary=b",
        },
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        media_id = json.loads(answer.read())["id"]
    words = "See <b> https://dock.example/a-rather-long-way-to-go\nwith @anna@far.example"
    _, made, _ = call(server, "/api/v1/statuses", {"status": words, "media_ids": [media_id]})
    (shown,) = server.timeline()
    assert shown["text"] == words.replace("@far.example", "")
    assert "&lt;b&gt;" in shown["html"]
    assert shown["html"].count("<br") == 1
    assert (shown["acct"], shown["visibility"], shown["deleted"]) == ("@dockbakery", "public", False)
    assert shown["media"][0]["alt"] == "A loaf"
    with urllib.request.urlopen(shown["media"][0]["url"], timeout=5) as answer:
        assert answer.read() == JPEG
    with urllib.request.urlopen(shown["url"], timeout=5) as answer:
        assert b"&lt;b&gt;" in answer.read()
    path = f"/api/v1/statuses/{made['id']}"
    assert call(server, path, method="DELETE")[0] == 200
    assert call(server, path, method="DELETE")[0] == 404
    assert server.timeline()[0]["deleted"] is True


def test_a_refused_delete_is_of_deletes_alone(server: MastodonServer) -> None:
    server.faults.order(Fault.REFUSES_DELETE)
    status, made, _ = post(server)
    assert status == 200, "a post does not use it up"
    path = f"/api/v1/statuses/{made['id']}"
    assert call(server, path, method="DELETE")[:2] == (403, {"error": "This action is not allowed"})
    assert server.timeline()[0]["deleted"] is False
    assert call(server, path, method="DELETE")[0] == 200


def test_stopped_means_refused_and_started_again_it_remembers(server: MastodonServer) -> None:
    post(server)
    address = server.url
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])))
    server.start()
    assert server.url == address
    post(server)
    assert len(server.ledger) == 2
    assert [seen.n for seen in server.requests] == [1, 2]
