"""Sentences name an account by its title, or by its handle or key where it has none; never by its server's address."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.domain.outcomes import CannotTell
from bot.networks.bluesky.client import NETWORK as BLUESKY
from bot.networks.mastodon.client import NETWORK as MASTODON
from bot.networks.protocol import AccountClient, AccountSettings, Attempt, Content
from bot.networks.receiving import Trouble

STARTED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
OWNER = {"id": "1", "username": "dockbakery"}


class NoVault:
    def load(self, name: str) -> str | None: ...

    def save(self, name: str, value: str) -> None: ...


class Server(ThreadingHTTPServer):
    """Answers everything alike; who we are, and an empty list, once it is told to be well."""

    daemon_threads = True
    status = 500
    body: object = {"error": "no", "message": "no"}
    is_well = False

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        status, body = server.status, server.body
        if server.is_well:
            status, body = 200, OWNER if "verify_credentials" in self.path else []
        said = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def _open(server: Server, network: str, handle: str | None = None, title: str = "") -> AccountClient:
    secrets = {"TOKEN": "t", "PASSWORD": "p"}
    account = AccountSettings("dock", network, f"http://{server.place}", handle, secrets=secrets, title=title)
    return (MASTODON if network == "mastodon" else BLUESKY).open(account, NoVault())


@pytest.mark.parametrize(
    ("network", "handle", "title", "called"),
    [
        ("mastodon", None, "", "dock"),
        ("mastodon", "@dockbakery", "", "@dockbakery"),
        ("mastodon", "@dockbakery", "The dock", "The dock"),
        ("bluesky", "dock.example", "", "dock.example"),
        ("bluesky", "dock.example", "The dock", "The dock"),
    ],
)
def test_what_does_not_fit(server: Server, network: str, handle: str | None, title: str, called: str) -> None:
    """ "Too long for 127.0.0.1:36141" stood on a card."""
    said = _open(server, network, handle, title).measure(Content("x" * 600)).problem
    assert said is not None
    assert said.startswith(f"Too long for {called}: 600 of ")


@pytest.mark.parametrize("network", ["mastodon", "bluesky"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 200])
def test_what_a_server_answers_when_it_is_asked(server: Server, network: str, status: int) -> None:
    """The account stands before each of these: in Home, on cards, in `check`."""
    server.status = status
    client = _open(server, network, "dock.example")
    trouble = client.poll(client.streams[0], None, direct=False)  # type: ignore[attr-defined]  # both can receive
    assert isinstance(trouble, Trouble)
    health = client.check()
    look = client.find(Attempt("key", b'{"status": "x"}', STARTED))
    sent = client.publish(b'{"status": "x"}', "key", lambda: True)
    assert health.sentence.startswith("The server ")
    for said in (health.sentence, trouble.sentence, str(look), str(sent)):
        assert server.place not in said
    assert not health.ok


def test_where_somebody_has_to_look(server: Server) -> None:
    server.is_well = True
    look = _open(server, "mastodon", title="The dock").find(Attempt("key", b'{"status": "x"}', STARTED))
    assert isinstance(look, CannotTell)
    assert look.why.startswith("The dock has never shown Byhand a post of this kind")
    assert server.place not in look.why
