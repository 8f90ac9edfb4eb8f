"""A pretend server that stops while somebody comes in leaves no socket to the garbage collector."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette

from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.transport.serving import LoopbackServer

Running = tuple[asyncio.AbstractEventLoop, int, Callable[[], None]]


def slacks() -> Running:
    """A server. → its loop, its port, and what stops it"""
    server = LoopbackServer()
    server.start(Starlette())
    assert server._loop is not None
    return server._loop, int(server.address.rpartition(":")[2]), server.stop


def networks() -> Running:
    server = MastodonServer(lambda: datetime.now(UTC))
    server.start()
    assert server._loop is not None
    return server._loop, int(server.url.rpartition(":")[2]), server.stop


@pytest.mark.parametrize("start", [slacks, networks])
def test_who_comes_in_as_it_stops_is_hung_up_on(
    start: Callable[[], Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    blamed: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda wrong: blamed.append(str(wrong.exc_value)))
    loop, port, stop = start()
    with socket.create_connection(("127.0.0.1", port)) as early:  # answered: now it listens
        early.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert early.recv(4)
    busy, go_on, call = threading.Event(), threading.Event(), loop.call_soon_threadsafe

    def work() -> None:
        busy.set()
        go_on.wait(10)

    def call_and_go_on(order: Callable[[], None]) -> object:
        """Who came in and the order to stop are met in one turn."""
        called = call(order)
        go_on.set()
        return called

    call(work)
    assert busy.wait(10)
    monkeypatch.setattr(loop, "call_soon_threadsafe", call_and_go_on)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as late:
        stop()
        with suppress(ConnectionResetError):
            assert late.recv(10) == b""
    gc.collect()
    assert [told for told in blamed if str(port) in told] == []
