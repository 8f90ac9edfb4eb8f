"""`GET /media/…`: one image that a network fetches, as long as its address is open; anything else is not there.

Whoever asks may be anybody, so everything is bounded: how many look-ups wait (in threads of their own, since health
checks and Slack have others), how many images are on their way, and how slowly somebody may read (`doorkeeper.py` ends
what takes longer than half a minute). What never was and what is over are answered alike.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

PATH = "/media/{token}"
LOOKERS = 2  # threads
WAITING = 32  # look-ups at once; more are told to come again
ON_THEIR_WAY = 8  # images at once, each whole in memory
PIECE = 65_536  # bytes; the next one waits until the reader has taken most of this one
AGAIN_SECONDS = 2

_TOKEN = re.compile(r"[\w-]{22,128}", re.ASCII)  # of 128 bits at least
_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "accept-ranges": "none",
}

log = logging.getLogger(__name__)


class Image(Protocol):
    """What is served: these bytes, as this type."""

    @property
    def media_type(self) -> str: ...

    @property
    def content(self) -> bytes: ...


class MediaDoor:
    """Finds what is asked for by `find(token)`, and counts who is served. All counting is on the event loop."""

    def __init__(self, find: Callable[[str], Image | None]) -> None:
        self._find = find
        self._threads = ThreadPoolExecutor(LOOKERS, "media")
        self._waiting = 0
        self._sending = 0

    def close(self) -> None:
        self._threads.shutdown(wait=False)

    async def answer(self, request: Request) -> Response:
        token = str(request.path_params["token"])
        if not _TOKEN.fullmatch(token) or request.scope.get("raw_path") != f"/media/{token}".encode():
            return _say_nothing_there()
        if self._waiting >= WAITING:
            return _say_come_again("too many ask for images at once")
        self._waiting += 1
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, self._look_for, token)
        finally:
            self._waiting -= 1
        if isinstance(found, Response):
            return found
        if self._sending >= ON_THEIR_WAY:
            return _say_come_again("too many images are on their way")
        self._sending += 1
        return ImageResponse(found, self._end)

    def _look_for(self, token: str) -> Image | Response:
        try:
            return self._find(token) or _say_nothing_there()
        except Exception:  # the boundary: the database may be away, and this is nobody's affair outside
            log.exception("an image could not be looked for")
            return _say_come_again("the database did not answer")

    def _end(self) -> None:
        self._sending -= 1


class ImageResponse(Response):
    """An image in pieces, so that one who reads slowly holds one of them up and not the whole."""

    def __init__(self, image: Image, end: Callable[[], None]) -> None:
        super().__init__(headers={**_HEADERS, "content-length": str(len(image.content))})
        self.headers["content-type"] = image.media_type
        self._content = image.content
        self._end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            content = memoryview(b"" if scope["method"] == "HEAD" else self._content)
            for place in range(0, len(content), PIECE):
                piece = bytes(content[place : place + PIECE])
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._end()


def _say_nothing_there() -> Response:
    """As of any other path."""
    return PlainTextResponse("Not Found", 404, _HEADERS)


def _say_come_again(why: str) -> Response:
    log.warning("whoever asks for an image is told to come again: %s", why)
    return PlainTextResponse("Please ask again.", 503, {**_HEADERS, "retry-after": str(AGAIN_SECONDS)})
