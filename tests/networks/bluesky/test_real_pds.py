"""The Bluesky adapter against a real PDS, through the same contract.

The PDS cannot be told to lose an answer, so a proxy in front of it does: it forwards the call to the real
server and then hangs up, or answers something else. Skipped, with the reason, where Node or the packages
are not there.
"""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.domain.outcomes import Found, Later, NeedsLogin, Sent
from bot.networks.protocol import AccountClient, AccountSettings, Attempt, Content
from bot.networks.registry import load_network
from bot.networks.testing.publishing import Bench, Fault, NetworkContract, Posted, is_open
from tests.networks.real_pds import node

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(node.missing() is not None, reason=node.missing() or ""),
]
_count = itertools.count()


class Proxy(ThreadingHTTPServer):
    """Forwards to the PDS; spoils the next putRecord if told so."""

    daemon_threads = True

    def __init__(self, pds_port: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pds_port = pds_port
        self.spoil: Fault | None = None
        self.committed: list[str] = []  # what the real server said it made
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def forward(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any, bytes]:
        upstream = http.client.HTTPConnection("localhost", self.pds_port, timeout=10)
        try:
            upstream.request(method, path, body or None, headers)
            answer = upstream.getresponse()
            data = answer.read()
        finally:
            upstream.close()
        ours, theirs = (f"localhost:{port}".encode() for port in (self.server_port, self.pds_port))
        return answer.status, answer.headers, data.replace(theirs, ours)


class Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.pass_on()

    def do_GET(self) -> None:
        self.pass_on()

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        put = self.path.endswith("putRecord")
        spoil, self.server.spoil = (self.server.spoil, None) if put else (None, self.server.spoil)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        if spoil is Fault.CUT_BEFORE:
            self.hang_up()
            return
        if spoil is Fault.ERROR_BEFORE:
            self.answer(502, {}, b"bad gateway")
            return
        if spoil is Fault.SIGNED_OUT:
            headers["authorization"] += "x"
        status, found, data = self.server.forward(self.command, self.path, body, headers)
        if put and status == 200 and "commit" in (made := json.loads(data)):
            self.server.committed.append(made["uri"])
        match spoil:
            case Fault.LOST_ANSWER:
                self.hang_up()
            case Fault.ERROR_AFTER:
                self.answer(502, {}, b"bad gateway")
            case Fault.NONSENSE:
                self.answer(200, {}, b"<html>Welcome</html>")
            case Fault.NO_ID:
                self.answer(200, {}, b'{"ok": true}')
            case _:
                self.answer(status, found, data)

    def answer(self, status: int, headers: Any, body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def pds() -> Iterator[int]:
    found = node.find()
    assert found is not None
    ports = [_free_port(), _free_port()]
    script = node.PACKAGES.with_name("serve.mjs")
    command = [str(found), str(script), str(node.FOLDER), *map(str, ports)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if '"ready":true' in line:
                break
        threading.Thread(target=process.stdout.read, daemon=True).start()
        try:
            yield ports[0]
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(20)


def _free_port() -> int:
    """Five digits, so that the proxy can replace one address by another of the same length."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            if (port := int(listener.getsockname()[1])) >= 10_000:
                return port


class MemoryVault(dict[str, str]):
    def load(self, name: str) -> str | None:
        return self.get(name)

    def save(self, name: str, value: str) -> None:
        self[name] = value


class RealBench:
    same_handle_is_one = True

    def __init__(self, pds_port: int) -> None:
        self.network = load_network("bluesky")
        self.proxy = Proxy(pds_port)
        self.handle = f"dock{next(_count)}-{pds_port}.test"
        self.vault = MemoryVault()
        body = {"handle": self.handle, "email": f"{self.handle}@dock.example", "password": "main-password"}
        self.owner = self.call("com.atproto.server.createAccount", body)
        self.password = self.call("com.atproto.server.createAppPassword", {"name": "byhand"})["password"]

    def call(self, name: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """As the account's owner, past every fault."""
        headers = {"content-type": "application/json"} if body is not None else {}
        if hasattr(self, "owner"):
            headers["authorization"] = f"Bearer {self.owner['accessJwt']}"
        data = json.dumps(body).encode() if body is not None else b""
        _, _, answer = self.proxy.forward("GET" if body is None else "POST", f"/xrpc/{name}", data, headers)
        found: dict[str, Any] = json.loads(answer or b"{}")
        return found

    def connect(self) -> AccountClient:
        server = f"http://localhost:{self.proxy.server_port}"
        secrets = {"PASSWORD": self.password}
        settings = AccountSettings("dock-bluesky", "bluesky", server, self.handle, secrets=secrets)
        return self.network.open(settings, self.vault)

    def stop(self) -> None:
        self.proxy.shutdown()
        self.proxy.server_close()

    def fault(self, fault: Fault) -> None:
        if fault is Fault.THROTTLED:
            pytest.skip("it takes 1,600 posts to be throttled; signing in is, below")
        if fault is Fault.SIGNED_OUT:
            self.call("com.atproto.server.revokeAppPassword", {"name": "byhand"})
        self.proxy.spoil = fault

    def hide_narrower(self) -> None:
        pytest.skip("Bluesky has no visibilities")

    def ledger(self) -> list[Posted]:
        return [self._posted(uri) for uri in self.proxy.committed]

    def _posted(self, uri: str) -> Posted:
        repo, collection, key = uri.removeprefix("at://").split("/")
        record = self.call(f"com.atproto.repo.getRecord?repo={repo}&collection={collection}&rkey={key}")
        value = record.get("value", {})
        images = value.get("embed", {}).get("images", [])
        return Posted(uri, value.get("text", ""), tuple(i["alt"] for i in images), "value" not in record)

    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def bench(pds: int) -> Iterator[RealBench]:
    bench = RealBench(pds)
    yield bench
    bench.stop()


class TestBlueskyForReal(NetworkContract):
    def test_five_puts_at_once_make_one_post(self, bench: Bench) -> None:
        connection = bench.connect()
        attempt = self.begin(bench, connection, Content("All at once."))
        outcomes: list[object] = []

        def put() -> None:
            outcomes.append(connection.publish(attempt.payload, attempt.handle, is_open))

        threads = [threading.Thread(target=put) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(bench.ledger()) == 1
        assert isinstance(connection.find(attempt), Found)
        assert any(isinstance(outcome, Sent) for outcome in outcomes)

    def test_a_later_attempt_with_the_same_words_is_found_not_doubled(self, bench: Bench) -> None:
        connection = bench.connect()
        content, first = Content("The same words, a moment later."), bench.now()
        handle = connection.new_handle(first)
        prepared = connection.prepare(content, {}, first)
        connection.publish(connection.render(content, prepared, handle, first), handle, is_open)
        later = connection.render(content, prepared, handle, bench.now())
        outcome = connection.publish(later, handle, is_open)
        assert type(outcome).__name__ == "Unknown"
        assert isinstance(connection.find(Attempt(handle, later, bench.now())), Found)
        assert len(bench.ledger()) == 1

    def test_a_mention_and_a_link_become_facets(self, bench: RealBench) -> None:
        connection = bench.connect()
        words = f"Ahoj 👋 @{bench.handle}, see https://dock.example/rye."
        _, outcome = self.sent(bench, connection, Content(words))
        key = outcome.remote_id.rpartition("/")[2]
        query = f"repo={bench.owner['did']}&collection=app.bsky.feed.post&rkey={key}"
        record = bench.call(f"com.atproto.repo.getRecord?{query}")["value"]
        text = record["text"].encode()
        marked = [text[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode() for f in record["facets"]]
        assert marked == [f"@{bench.handle}", "https://dock.example/rye"]
        assert record["facets"][0]["features"][0]["did"] == bench.owner["did"]

    def test_a_session_outlives_the_process_and_is_renewed(self, bench: RealBench) -> None:
        bench.connect().check()
        stored = dict(bench.vault)
        assert bench.connect().check().ok
        assert bench.vault == stored, "no second sign-in"
        (name,) = stored
        bench.vault[name] = stored[name].replace('"access": "', '"access": "x')
        assert bench.connect().check().ok
        assert json.loads(bench.vault[name])["refresh"] != json.loads(stored[name])["refresh"]

    def test_a_throttled_sign_in_comes_back_at_the_networks_time(self, bench: RealBench) -> None:
        body = {"identifier": bench.handle, "password": "wrong"}
        for _ in range(31):
            bench.call("com.atproto.server.createSession", body)
        outcome = bench.connect().publish(b"{}", "3kabcdefghij2", is_open)
        assert isinstance(outcome, Later), outcome
        assert outcome.why == "Rate Limit Exceeded"
        assert outcome.at is not None
        assert timedelta(0) < outcome.at - bench.now() <= timedelta(minutes=5)

    def test_a_wrong_password_is_said(self, bench: RealBench) -> None:
        bench.password = "wrong"
        health = bench.connect().check()
        assert not health.ok
        assert "Invalid identifier or password" in health.sentence
        outcome = bench.connect().publish(b"{}", "3kabcdefghij2", is_open)
        assert isinstance(outcome, NeedsLogin)
