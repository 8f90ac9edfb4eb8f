"""A server that answers every request alike, but for whose account it is, and keeps what it was asked."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar


class Scripted(ThreadingHTTPServer):
    """Of each network a subclass: what a path ends with or begins with that asks whose account it is, and the
    answer."""

    asks_who: ClassVar[str]  # a pattern of the path
    who: Any

    def __init__(self, status: int, body: Any = b"", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), ScriptedHandler)
        self.status, self.headers, self.body = status, dict(headers or {}), to_bytes(body)
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def end(self) -> None:
        self.shutdown()
        self.server_close()


class ScriptedHandler(BaseHTTPRequestHandler):
    server: Scripted

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((self.command, self.path, headers, body))
        if re.search(self.server.asks_who, self.path.partition("?")[0]):
            status, more, answer = 200, {}, to_bytes(self.server.who)
        else:
            status, more, answer = self.server.status, self.server.headers, self.server.body
        self.send_response_only(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)
        self.close_connection = True


def to_bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()
