"""The one leak that is mended for slack_sdk is mended, and no other socket's is hidden by it."""

from __future__ import annotations

import gc
import logging
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk.socket_mode.builtin.connection import Connection


@pytest.fixture
def blamed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the collector would blame a test for."""
    found: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda wrong: found.append(str(wrong.exc_value)))
    return found


@pytest.fixture
def refusing(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server that answers what it hears with `request.param`. → its address"""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept: list[socket.socket] = []

        def answer() -> None:
            peer, _ = listener.accept()
            kept.append(peer)
            peer.recv(4096)
            peer.sendall(request.param)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join(5)
        for peer in kept:
            peer.close()


@pytest.mark.parametrize(
    "refusing", [b"HTTP/1.1 403 Forbidden\r\n\r\n", b"HTTP/1.1 101 Fine\r\nSec-WebSocket-Accept: no\r\n\r\n"],
    indirect=True, ids=["refused", "not a WebSocket"],
)  # fmt: skip
def test_a_failed_handshake_leaves_no_socket(refusing: str, blamed: list[str]) -> None:
    Connection(refusing, logging.getLogger("test")).connect()
    gc.collect()
    assert blamed == []


def test_a_socket_of_ours_is_still_told_of(blamed: list[str]) -> None:
    """Control."""
    left: Any = socket.socket()
    del left
    gc.collect()
    (told,) = blamed
    assert "unclosed <socket.socket" in told


@pytest.mark.parametrize("refusing", [b""], indirect=True)
def test_a_socket_slack_sdk_keeps_is_still_told_of(refusing: str, blamed: list[str]) -> None:
    """Control: what is connected, and never closed by us, is our fault."""
    connection: Any = Connection(refusing, logging.getLogger("test"))
    host, port = refusing.removeprefix("ws://").strip("/").split(":")
    connection.sock = socket.create_connection((host, int(port)), 3)
    connection.sock.sendall(b"\r\n")
    del connection
    gc.collect()
    (told,) = blamed
    assert "unclosed <socket.socket" in told
