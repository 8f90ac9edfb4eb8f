"""A server that answers every request alike, but for whose account it is, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

US = {"data": {"id": "2244994945", "name": "Dock Bakery", "username": "dockbakery"}}


class Scripted(ThreadingHTTPServer):
    def __init__(self, status: int, body: Any = b"", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), ScriptedHandler)
        self.status, self.headers = status, dict(headers or {})
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
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
        if self.path.startswith("/2/users/me"):
            status, more, answer = 200, {}, json.dumps(US).encode()
        else:
            status, more, answer = self.server.status, self.server.headers, self.server.body
        self.send_response_only(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)
        self.close_connection = True
