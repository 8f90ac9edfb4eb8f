"""The load generator, a process of its own: ready-made requests over keep-alive connections, each timed.

One thread and a selector over raw sockets: an HTTP library would cost more than the server that is measured.
Asked {"host", "port", "file", "connections"}: the file holds one whole request a line, in base 64.
"""

from __future__ import annotations

import base64
import selectors
import socket
import time
from collections import deque
from pathlib import Path
from typing import Any

from tests.bench.children import Json, serve

OK = b"HTTP/1.1 200"
ANSWER_SECONDS = 30.0


class Line:
    """One connection with one request under way."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.answer = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def hear(self) -> bool:
        """Read what is there; True once the answer is whole."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("the server hung up")
        self.answer += part
        head, end, body = self.answer.partition(b"\r\n\r\n")
        return bool(end) and len(body) >= _length(head)


def _length(head: bytes) -> int:
    for header in head.split(b"\r\n")[1:]:
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def fire(address: tuple[str, int], requests: list[bytes], connections: int) -> Json:
    """All requests, as fast as they are answered; returns the seconds in all and of each."""
    waiting = deque(requests)
    lines = [Line(address) for _ in range(min(connections, len(requests)))]
    took: list[float] = []
    bad: list[str] = []
    with selectors.DefaultSelector() as selector:
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
        began = time.perf_counter()
        for line in lines:
            line.send(waiting.popleft())
        while len(took) < len(requests):
            ready = selector.select(ANSWER_SECONDS)
            if not ready:
                raise TimeoutError(f"no answer within {ANSWER_SECONDS} s")
            for key, _ in ready:
                _heard(key.data, waiting, took, bad)
        seconds = time.perf_counter() - began
    for line in lines:
        line.socket.close()
    return {"seconds": seconds, "took": took, "bad": bad[:3], "bad_count": len(bad)}


def _heard(line: Line, waiting: deque[bytes], took: list[float], bad: list[str]) -> None:
    if not line.hear():
        return
    took.append(time.perf_counter() - line.sent_at)
    if not line.answer.startswith(OK):
        bad.append(line.answer.decode(errors="replace")[:300])
    if waiting:
        line.send(waiting.popleft())


def answer(asked: Json) -> dict[str, Any]:
    requests = [base64.b64decode(line) for line in Path(asked["file"]).read_bytes().splitlines()]
    return fire((asked["host"], asked["port"]), requests, asked["connections"])


if __name__ == "__main__":
    serve(answer)
