"""Where the browser brings the answer of a sign-in: one path at 127.0.0.1, for one answer, and only for so long.

Every page that is open in the browser can have it call this port. So what counts is a GET of a whole page (never a
script's, an image's or a frame's) to 127.0.0.1 by that name, with the `state` of the question; whatever else comes is
turned away and changes nothing.
"""

from __future__ import annotations

import contextlib
import hmac
import logging
import socket
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

HOST = "127.0.0.1"
PATH = "/callback"
ROOM = 32  # connections at once; one more is closed unread
PATIENCE = 5.0  # seconds a connection has to say its request
WAKE_EVERY = 0.5  # seconds: a signal in the instant before a wait begins does not end it, so none is long
ORIGINS = frozenset({"", "null"})  # what a browser says that goes where a redirect leads
PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    "<meta name=color-scheme content='light dark'>"
    "<title>Byhand</title><p style='font: 18px/1.5 system-ui; max-width: 34em; margin: 4em auto; padding: 0 1em'>{}"
)
TAKEN = "Byhand has the answer and goes on where you typed the command. You can close this window."
ANOTHER = (
    "This answer belongs to another sign-in, so Byhand did not take it. Use the link that you were shown last. "
    "You can close this window."
)
TWICE = "Byhand had an answer already, and did not take this one. You can close this window."
NOTHING = "There is nothing here."

log = logging.getLogger(__name__)


class Listener:
    """Listens from the beginning of a `with` to its end, on a port that was free."""

    def __init__(self, port: int = 0) -> None:
        """0: whichever is free. Raises OSError."""
        self._server = (_Server if port == 0 else _ServerOnPort)((HOST, port), _Handler)
        self._server.listener = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="sign-in", daemon=True
        )
        self._lock = threading.Lock()
        self._answered = threading.Event()
        self._state: str | None = None
        self._query: str | None = None
        self.turned_away = 0  # answers with another state

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}{PATH}"

    def expect(self, state: str) -> None:
        """From now on the answer to the question with this `state` counts: before anybody is shown the link."""
        with self._lock:
            self._state = state

    def wait(self, seconds: float) -> str | None:
        """The query of the answer; None: none came."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0 and not self._answered.wait(min(left, WAKE_EVERY)):
            pass
        return self._query

    def take(self, query: str) -> tuple[int, str]:
        """Count an answer, if it is one: status and words for the browser."""
        try:
            states = parse_qs(query, max_num_fields=20).get("state", [])
        except ValueError:
            states = []
        with self._lock:
            known = (self._state or "").encode()
            if len(states) != 1 or not hmac.compare_digest(states[0].encode(), known):
                self.turned_away += 1
                return 400, ANOTHER
            if self._query is not None:
                return 409, TWICE
            self._query = query
            return 200, TAKEN

    def note_told(self) -> None:
        """The browser has its page: who waits may go on, if the answer is there."""
        if self._query is not None:
            self._answered.set()

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.close_all()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = False  # nobody else may have listened there a moment ago, where any port will do
    daemon_threads = False
    listener: Listener

    def __init__(self, *arguments: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        if len(self._open) >= ROOM:
            self.shutdown_request(request)
            return
        self._open.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        self._open.discard(request)
        super().close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  a browser that hung up
        log.debug("a connection to the sign-in's listener broke", exc_info=True)

    def close_all(self) -> None:
        """Connections that said nothing yet end as well, so that their threads do."""
        for one in tuple(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RD)
        self.server_close()


class _ServerOnPort(_Server):
    """Of a port that somebody chose: it may be tried again at once."""

    allow_reuse_address = True


class _Handler(BaseHTTPRequestHandler):
    timeout = PATIENCE
    server: _Server

    def do_GET(self) -> None:
        listener, address = self.server.listener, urlsplit(self.path)
        if self.headers.get_all("host") != [f"{HOST}:{listener.port}"] or not self._is_a_page():
            self._say(403, NOTHING)
        elif address.path != PATH:
            self._say(404, NOTHING)
        else:
            try:
                self._say(*listener.take(address.query))
            finally:
                listener.note_told()

    def _is_a_page(self) -> bool:
        """A browser that says what a request is for must not say that it is for a part of another page."""
        said = self.headers
        return (
            said.get("origin", "") in ORIGINS
            and said.get("sec-fetch-mode", "navigate") == "navigate"
            and said.get("sec-fetch-dest", "document") == "document"
        )

    def _refuse(self) -> None:
        self._say(405, NOTHING)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse  # noqa: N815  as `http.server` asks

    def _say(self, status: int, words: str) -> None:
        body = PAGE.format(words).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(body)),
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Connection": "close",
            **({"Allow": "GET"} if status == 405 else {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """What is no request at all."""
        self.command = getattr(self, "command", None) or "GET"
        self._say(code, NOTHING)

    def version_string(self) -> str:
        return "Byhand"

    def log_message(self, *_: Any) -> None:
        """Nothing: the address holds the code."""
