"""Connections that say nothing, half of something, or do not read, while Slack's own requests come in."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from bot import descriptors
from bot.observability import Metrics
from bot.slack.transport import doorkeeper
from bot.slack.transport.web import Finding, Report, WebServer, build_web

WELL = Report((Finding("database", True, "The database answers."),))
ROOM = 20
ASKED = 2000  # more answers than any buffer holds


@contextmanager
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server with little room; its port."""
    monkeypatch.setattr(descriptors, "count_connections", lambda _kept: ROOM)
    web = build_web(bolt_app=None, signing_secret="", health=lambda: WELL, ready=Report, metrics=Metrics())
    server = WebServer(web, "127.0.0.1", 0)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def connect(port: int, stack: ExitStack, says: bytes = b"") -> socket.socket:
    sock = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
    sock.sendall(says)
    return sock


def healthy(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return sock.recv(100).startswith(b"HTTP/1.1 200 ")


def is_closed(sock: socket.socket, within: float = 5.0) -> bool:
    """By the other side, whether politely or not."""
    sock.settimeout(within)
    try:
        return sock.recv(65_536) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"POST /slack/events HTTP/1.1\r\nHost: x\r\n",
        b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 200,
    ],
    ids=["nothing", "half a header", "half a body", "kept alive", "answers not read"],
)
def test_idle_connections_give_way_the_oldest_first(monkeypatch: pytest.MonkeyPatch, says: bytes) -> None:
    with serving(monkeypatch) as port, ExitStack() as stack:
        for _ in range(ROOM * 3):
            connect(port, stack, says)
        assert healthy(port)
        newest = connect(port, stack, b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        newest.sendall(b"\r\n")
        assert newest.recv(100).startswith(b"HTTP/1.1 200 ")


def test_the_oldest_is_closed_and_the_newest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(monkeypatch) as port, ExitStack() as stack:
        idle = [connect(port, stack) for _ in range(ROOM + 5)]
        assert all(is_closed(sock) for sock in idle[:5])
        assert not any(is_closed(sock, 0.05) for sock in idle[5:])


def test_headers_that_never_end_have_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorkeeper, "HEADER_SECONDS", 0.2)
    with serving(monkeypatch) as port, ExitStack() as stack:
        silent = connect(port, stack)
        slow = connect(port, stack, b"GET /healthz HTTP/1.1\r\n")
        began = time.monotonic()
        with pytest.raises(OSError, match=r"(?i)reset|pipe"):
            while time.monotonic() - began < 5:
                slow.sendall(b"x")
                time.sleep(0.02)
        assert is_closed(silent)


def test_a_request_has_a_deadline_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorkeeper, "HEADER_SECONDS", 0.1)
    monkeypatch.setattr(doorkeeper, "REQUEST_SECONDS", 0.1)
    with serving(monkeypatch) as port, ExitStack() as stack:
        deaf = stack.enter_context(socket.socket())
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # what waits to be read fills up soon
        deaf.connect(("127.0.0.1", port))
        deaf.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * ASKED)
        time.sleep(1.5)  # reads nothing
        deaf.settimeout(2)
        answers = 0
        with suppress(ConnectionError):
            while part := deaf.recv(65_536):
                answers += part.count(b"HTTP/1.1 200")
        assert answers < ASKED
