"""Socket Mode over a real WebSocket: `apps.connections.open` gives an address, the app comes and stays.

A server of its own on a port of its own, because the library's threads fit this stand-in and Starlette's
event loop would not gain anything.
"""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Callable
from threading import Lock, Thread
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.slack import Json
from bot.sandbox.slack.state import APP
from bot.sandbox.slack.transport.delivery import Delivery, Envelope

MOST_CONNECTIONS = 10


class SocketMode:
    """A `Wire` over as many connections as the app opens; each envelope goes to one of them."""

    def __init__(self, delivery: Delivery, faults: Faults, changed: Callable[[], None]) -> None:
        self._delivery = delivery
        self._faults = faults
        self._changed = changed
        self._lock = Lock()
        self._tickets: set[str] = set()
        self._open: list[ServerConnection] = []
        self._retired: list[ServerConnection] = []  # told to leave; may still acknowledge
        self._turn = 0
        self._server: Server | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        self._server = serve(
            self._serve,
            "127.0.0.1",
            0,
            process_request=self._admit,
            ping_interval=None,  # the app's client pings; two heartbeats would hide a broken one
            close_timeout=1,
        )
        self._thread = Thread(target=self._server.serve_forever, name="stage-socket-mode", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        self.cut()
        self._server.shutdown()
        self._thread.join(5)

    def url(self) -> str:
        """A new address, good for one connection."""
        if self._server is None:
            raise RuntimeError("the stand-in was not started")
        ticket = secrets.token_hex(8)
        with self._lock:
            self._tickets.add(ticket)
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/link/?ticket={ticket}&app_id={APP}"

    @property
    def connections(self) -> int:
        with self._lock:
            return len(self._open)

    def send(self, envelope: Envelope) -> bool:
        with self._lock:
            self._turn += 1
            links = [self._open[(self._turn + each) % len(self._open)] for each in range(len(self._open))]
        return any(_sent(link, envelope.body) for link in links)

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to leave, as Slack does now and then; a good client comes back at once."""
        with self._lock:
            leaving, self._open = self._open, []
            self._retired += leaving
        for link in leaving:
            _sent(link, {"type": "disconnect", "reason": reason, "debug_info": {"host": "stage"}})
        self._changed()

    def warn(self) -> list[ServerConnection]:
        """Announce that every connection will be renewed; until `retire` they are still used."""
        with self._lock:
            leaving = list(self._open)
        for link in leaving:
            _sent(link, {"type": "disconnect", "reason": "warning", "debug_info": {"host": "stage"}})
        return leaving

    def retire(self, leaving: list[ServerConnection]) -> None:
        """Send nothing on these any more; what is acknowledged there still counts."""
        with self._lock:
            self._retired += [each for each in self._open if each in leaving]
            self._open = [each for each in self._open if each not in leaving]

    def cut(self) -> None:
        """Break every connection without a word."""
        with self._lock:
            links = [*self._open, *self._retired]
            self._open, self._retired = [], []
        for link in links:
            try:
                link.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # already gone

    def _admit(self, link: ServerConnection, request: Request) -> Response | None:
        ticket = parse_qs(urlsplit(request.path).query).get("ticket", [""])[0]
        with self._lock:
            known = ticket in self._tickets
            self._tickets.discard(ticket)
            full = len(self._open) >= MOST_CONNECTIONS
        if self._faults.refusing_sockets or full:
            return link.respond(503, "no connection to be had\n")
        return None if known else link.respond(403, "unknown ticket\n")

    def _serve(self, link: ServerConnection) -> None:
        with self._lock:
            self._open.append(link)
            count = len(self._open)
        try:
            hello = {"type": "hello", "num_connections": count, "connection_info": {"app_id": APP}}
            link.send(json.dumps(hello | {"debug_info": {"host": "stage"}}))
            self._changed()
            for frame in link:
                self._acknowledged(frame)
                _confirm_at_once(link.socket)
        except (ConnectionClosed, OSError):
            pass  # broken rather than closed: the app is gone either way
        finally:
            with self._lock:
                self._open = [each for each in self._open if each is not link]
                self._retired = [each for each in self._retired if each is not link]
            self._changed()

    def _acknowledged(self, frame: str | bytes) -> None:
        try:
            answer = json.loads(frame)
        except ValueError:
            return
        if isinstance(answer, dict) and "envelope_id" in answer:
            self._delivery.answered(str(answer["envelope_id"]), "200", answer.get("payload") or {})


def _confirm_at_once(connection: socket.socket) -> None:
    """Spare the app's next frame 40 ms: its client leaves Nagle on, and Linux delays confirmations."""
    if hasattr(socket, "TCP_QUICKACK"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _sent(link: ServerConnection, body: Json) -> bool:
    try:
        link.send(json.dumps(body))
    except (ConnectionClosed, OSError):
        return False
    return True
