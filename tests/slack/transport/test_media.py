"""`/media/…` asked by anybody: only the address that is open gives an image, and nobody who asks holds anything up."""

from __future__ import annotations

import http.client
import io
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from bot.observability import Metrics, hide
from bot.services.deliveries.public_images import OpenImage
from bot.slack.transport import doorkeeper, media
from bot.slack.transport.web import Report, WebServer, build_web

TOKEN = "A-_7oV-RnWuPpjNGcpgfEaGFdtbvgrnty4wqqb6vsQ1"
PICTURE = bytes(range(256)) * 40
LARGE = b"x" * 8_000_000


class Shop:
    """A server whose one address leads to this picture."""

    def __init__(self) -> None:
        self.image: OpenImage | None = OpenImage("image/jpeg", PICTURE)
        self.asked: list[str] = []
        self.let_go = threading.Event()
        self.let_go.set()
        web = build_web(
            bolt_app=None, signing_secret="", health=Report, ready=Report, metrics=Metrics(), find_image=self.find
        )  # fmt: skip
        self.server = WebServer(web, "127.0.0.1", 0)

    def find(self, token: str) -> OpenImage | None:
        self.asked.append(token)
        self.let_go.wait(10)
        if self.image is None:
            raise OSError("the database is away")
        return self.image if token == TOKEN else None

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def is_healthy(self) -> bool:
        began = time.monotonic()
        return self.ask("/healthz").status == 200 and time.monotonic() - began < 2


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def shop() -> Iterator[Shop]:
    built = Shop()
    built.server.start()
    yield built
    built.let_go.set()
    built.server.stop()


def test_it_is_these_bytes_of_this_type_and_nobody_keeps_them(shop: Shop) -> None:
    answer = shop.ask(f"/media/{TOKEN}")
    assert (answer.status, answer.body) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-length"] == str(len(PICTURE))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_its_type_is_the_stored_one_whatever_the_bytes_look_like(shop: Shop) -> None:
    shop.image = OpenImage("image/png", b"<html><script>alert(1)</script>")
    assert shop.ask(f"/media/{TOKEN}").headers["content-type"] == "image/png"


def test_head_says_the_same_without_the_bytes(shop: Shop) -> None:
    got, head = shop.ask(f"/media/{TOKEN}"), shop.ask(f"/media/{TOKEN}", "HEAD")
    assert (head.status, head.body) == (200, b"")
    left_out = {"date"}
    assert {k: v for k, v in head.headers.items() if k not in left_out} == {
        k: v for k, v in got.headers.items() if k not in left_out
    }


def test_a_part_that_is_asked_for_is_answered_with_the_whole(shop: Shop) -> None:
    answer = shop.ask(f"/media/{TOKEN}", Range="bytes=0-9", **{"If-None-Match": "*"})
    assert (answer.status, answer.body) == (200, PICTURE)
    assert answer.headers["accept-ranges"] == "none"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
def test_nothing_else_is_done_there_whether_it_is_open_or_not(shop: Shop, method: str) -> None:
    answers = [shop.ask(f"/media/{token}", method) for token in (TOKEN, "x" * 43)]
    assert [one.status for one in answers] == [405, 405]
    assert answers[0].body == answers[1].body
    assert shop.asked == []


@pytest.mark.parametrize(
    "path",
    [
        "/media/../healthz", "/media/%2e%2e/healthz", "/media/..%2fmetrics", "/media/x/../../readyz",
        "/media", "/media/", f"/media/{TOKEN}/", f"/media//{TOKEN}", f"//media/{TOKEN}", f"/media/{TOKEN}/..",
        f"/media/../media/{TOKEN}", f"/media/%2e%2e/media/{TOKEN}", f"/media/..%2fmedia%2f{TOKEN}",
        f"/media%2F{TOKEN}", f"/%6dedia/{TOKEN}", f"/media/%41{TOKEN[1:]}", f"/media/{TOKEN}%00", f"/media/{TOKEN}.jpg",
        f"/media/{TOKEN}%0d%0aX: y".replace(" ", ""), f"/media/{TOKEN};x", f"/media/{TOKEN}%20", f"/MEDIA/{TOKEN}",
        f"/media/{TOKEN}%2f", f"/media/x/{TOKEN}", f"/media\\{TOKEN}", "/media/" + "x" * 5000, "/media/x", "/media/%ff",
        f"http://byhand.example/media/{TOKEN}/x", "/media/*", "/media/" + TOKEN.swapcase(), "/favicon.ico",
        "/robots.txt",
    ],
)  # fmt: skip
def test_no_other_path_leads_to_it(shop: Shop, path: str) -> None:
    answer = shop.ask(path)
    assert (answer.status, answer.body) == (404, b"Not Found")
    assert "location" not in answer.headers


def test_what_never_was_is_answered_as_what_is_over(shop: Shop) -> None:
    never, over = shop.ask("/media/" + "x" * 43), shop.ask("/media/" + TOKEN[::-1])
    assert never.status == over.status == 404
    assert never.body == over.body
    assert {**never.headers, "date": ""} == {**over.headers, "date": ""}


def test_without_a_public_address_there_is_no_such_place() -> None:
    web = build_web(bolt_app=None, signing_secret="", health=Report, ready=Report, metrics=Metrics())
    assert "/media/{token}" not in [getattr(route, "path", "") for route in web.routes]


def test_a_database_that_is_away_says_so_to_nobody(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.image = None
    with caplog.at_level(logging.WARNING):
        answer = shop.ask(f"/media/{TOKEN}")
    assert (answer.status, answer.body) == (503, b"Please ask again.")
    assert answer.headers["retry-after"]
    assert "could not be looked for" in caplog.text
    assert TOKEN not in hide(caplog.text)


def test_the_address_is_hidden_in_the_log() -> None:
    said = hide(f"Instagram: media download failed: https://byhand.example/media/{TOKEN}?x=1")
    assert TOKEN[3:] not in said
    assert "https://byhand.example/media/" in said


def test_those_who_guess_hold_up_nothing_but_each_other(shop: Shop) -> None:
    """Look-ups that hang, more than may wait: the rest is turned away at once, and health is answered."""
    shop.let_go.clear()
    with ExitStack() as stack:
        asking = [connect(shop, stack, "x" * 43) for _ in range(media.WAITING)]
        wait_until(lambda: len(shop.asked) == media.LOOKERS)
        time.sleep(0.2)
        assert shop.is_healthy()
        assert shop.ask(f"/media/{TOKEN}").status == 503
        assert len(shop.asked) == media.LOOKERS
        shop.let_go.set()
        for one in asking:
            assert b" 404 " in one.recv(100)
    assert shop.ask(f"/media/{TOKEN}").status == 200


def test_slow_readers_hold_up_nothing_but_each_other(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorkeeper, "HEADER_SECONDS", 0.5)
    monkeypatch.setattr(doorkeeper, "REQUEST_SECONDS", 1.0)
    shop.image = OpenImage("image/jpeg", LARGE)
    with ExitStack() as stack:
        for _ in range(media.ON_THEIR_WAY):
            connect(shop, stack, TOKEN)
        wait_until(lambda: len(shop.asked) == media.ON_THEIR_WAY)
        time.sleep(0.1)
        assert shop.ask(f"/media/{TOKEN}").status == 503
        assert shop.is_healthy()
        wait_until(lambda: shop.ask(f"/media/{TOKEN}").status == 200, "they were let go of")


def test_whoever_reads_gets_it_all_though_it_takes_longer_than_a_request_may_be_awaited(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handed to the system in one piece, it was taken for answered, and its connection for an idle one."""
    monkeypatch.setattr(doorkeeper, "HEADER_SECONDS", 0.3)
    shop.image = OpenImage("image/jpeg", LARGE)
    with ExitStack() as stack:
        sock = stack.enter_context(socket.socket())
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        sock.settimeout(10)
        sock.connect(("127.0.0.1", shop.server.port))
        sock.sendall(f"GET /media/{TOKEN} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        got = io.BytesIO()
        while got.tell() < len(LARGE) and (piece := sock.recv(100_000)):
            got.write(piece)
            time.sleep(0.01)
        while piece := sock.recv(100_000):  # until it is closed as an idle one
            got.write(piece)
    assert got.getvalue().partition(b"\r\n\r\n")[2] == LARGE


def test_readers_who_hang_up_leave_room(shop: Shop) -> None:
    shop.image = OpenImage("image/jpeg", LARGE)
    for _ in range(3 * media.ON_THEIR_WAY):
        with ExitStack() as stack:
            connect(shop, stack, TOKEN).recv(10)
    wait_until(lambda: shop.ask(f"/media/{TOKEN}").status == 200)


def connect(shop: Shop, stack: ExitStack, token: str) -> socket.socket:
    sock = stack.enter_context(socket.create_connection(("127.0.0.1", shop.server.port), timeout=10))
    sock.sendall(f"GET /media/{token} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    return sock


def wait_until(holds: object, what: str = "it") -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if callable(holds) and holds():
            return
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within ten seconds")
