"""A server that answers everything alike, but for whose token it is, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Scripted(ThreadingHTTPServer):
    def __init__(self, status: int, body: Any, me: Any) -> None:
        super().__init__(("127.0.0.1", 0), ScriptedHandler)
        self.answer = (status, body if isinstance(body, bytes) else json.dumps(body).encode())
        self.me = json.dumps(me).encode()
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
        me = self.path.partition("?")[0].endswith("/me")
        status, answer = (200, self.server.me) if me else self.server.answer
        self.send_response_only(status)
        self.end_headers()
        self.wfile.write(answer)
        self.close_connection = True


def make_batch(scopes: list[str], **said: Any) -> list[dict[str, Any]]:
    """What `debug_token` answers, asked for in a batch."""
    facts = {"is_valid": True, "type": "PAGE", "application": "Dock tools", "scopes": scopes, "expires_at": 0}
    return [{"code": 200, "body": json.dumps({"data": facts | said})}]
