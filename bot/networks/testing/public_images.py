"""A public address for tests: it serves over HTTP what is offered, as long as it is open."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bot.domain.outcomes import NotSent
from bot.networks.protocol import Picture, PrepareFailed


class PretendPublicImages:
    """A `PublicImages` on this machine; `open` and `serve` are for the test."""

    available = True

    def __init__(self) -> None:
        self.offered: list[str] = []  # every address there ever was
        self.fetched: list[str] = []  # as asked for, also what was shut already
        self.refuses = False  # as if publishing were paused
        self._open: dict[str, Picture] = {}
        self._place = ""

    @property
    def open(self) -> list[str]:
        """What can be fetched now."""
        return list(self._open)

    def offer(self, picture: Picture) -> str:
        if self.refuses:
            raise PrepareFailed(NotSent("publishing is paused"))
        url = f"{self._place}/media/{secrets.token_urlsafe(16)}"
        self._open[url] = picture
        self.offered.append(url)
        return url

    def close(self, url: str) -> None:
        self._open.pop(url, None)

    def find(self, path: str) -> Picture | None:
        """Somebody asks for that path."""
        self.fetched.append(self._place + path)
        return self._open.get(self._place + path)

    @contextmanager
    def serve(self) -> Iterator[PretendPublicImages]:
        """Answer on loopback meanwhile."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _make_handler(self))
        self._place = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(
            target=server.serve_forever, args=(0.01,), name="pretend images", daemon=True
        )
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _make_handler(images: PretendPublicImages) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            picture = images.find(self.path)
            body = picture.load() if picture else b""
            self.send_response(200 if picture else 404)
            if picture:
                self.send_header("content-type", picture.media_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name in the standard library
            """Nobody reads it."""

    return Handler
