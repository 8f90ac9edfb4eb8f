"""What stands before the bot on the stage: images pass, and nothing else does."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.sandbox.proxy import Proxy
from bot.sandbox.slack.transport.serving import LoopbackServer


class Before:
    """A bot that serves one path, a proxy before it, and what the proxy told the page."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.bot = LoopbackServer()
        self.proxy = Proxy(lambda what, _, status: self.told.append((what, status)))
        self.proxy.port = int(self.bot.address.rpartition(":")[2])

    def ask(self, method: str, path: str) -> tuple[int, str, bytes]:
        line = http.client.HTTPConnection("127.0.0.1", int(self.proxy.address.rpartition(":")[2]), timeout=5)
        try:
            line.request(method, path)
            answer = line.getresponse()
            return answer.status, answer.getheader("content-type", ""), answer.read()
        finally:
            line.close()


async def loaf(_: Request) -> Response:
    return Response(b"loaf", media_type="image/jpeg")


async def secret(_: Request) -> Response:
    return PlainTextResponse("ready")


@pytest.fixture
def before() -> Iterator[Before]:
    made = Before()
    made.bot.start(Starlette(routes=[Route("/media/kept", loaf), Route("/readyz", secret)]))
    made.proxy.start()
    yield made
    made.proxy.stop()
    made.bot.stop()


def test_images_pass_and_are_told_without_their_address(before: Before) -> None:
    assert before.ask("GET", "/media/kept") == (200, "image/jpeg", b"loaf")
    assert before.ask("GET", "/media/gone")[0] == 404
    assert before.told == [("GET /media/…", "200"), ("GET /media/…", "404")]


def test_nothing_else_passes(before: Before) -> None:
    assert before.ask("GET", "/readyz")[0] == 404
    assert before.ask("POST", "/media/kept")[0] == 405
    assert before.told == []


def test_a_bot_that_is_away_is_said(before: Before) -> None:
    before.bot.stop()
    assert before.ask("GET", "/media/kept")[0] == 502
    assert before.told == [("GET /media/…", "502")]
