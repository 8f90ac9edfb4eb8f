"""Slack's requests over HTTP: signed ones reach Bolt, everything else gets a plain answer and never a 500."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

from bot import descriptors
from bot.observability import Metrics
from bot.slack.transport import web
from bot.slack.transport.web import Finding, Report, WebServer, build_web

SECRET = "the-signing-secret"
COMMAND = urlencode(
    {"command": "/social", "text": "help", "user_id": "U1", "team_id": "T1", "channel_id": "C1"}
)
FORM = "application/x-www-form-urlencoded"


class SlackStub(BaseHTTPRequestHandler):
    """auth.test, and nothing else."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = json.dumps(
            {"ok": True, "team_id": "T1", "user_id": "UBOT", "bot_id": "B1", "url": "x"}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        return


class Bot:
    """A Bolt app with one command, behind our web server."""

    def __init__(self, slack_url: str) -> None:
        self.calls: list[str] = []
        self.hold = threading.Event()
        self.entered = threading.Event()
        self.health = Report((Finding("database", True, "The database answers."),))
        self.ready = Report((Finding("slack", False, "Slack cannot be reached."),))
        self.metrics = Metrics()
        app = App(
            name="test",
            client=WebClient("xoxb-1", base_url=slack_url, retry_handlers=[]),
            signing_secret=SECRET,
            process_before_response=True,
        )
        app.command("/social")(self._command)
        self.server = WebServer(
            build_web(
                bolt_app=lambda: app,
                signing_secret=SECRET,
                health=lambda: self.health,
                ready=self._ready,
                metrics=self.metrics,
            ),
            "127.0.0.1",
            0,
        )

    def _command(self, ack: Ack, command: dict[str, Any]) -> None:
        self.calls.append(command["text"])
        if command["text"] == "wait":
            self.entered.set()
            self.hold.wait(10)
        ack("done")

    def _ready(self) -> Report:
        if not self.ready.findings:
            raise RuntimeError("broken")
        return self.ready

    def request(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def signed(self, body: bytes, content_type: str = FORM, age: float = 0) -> int:
        headers = sign(body, int(time.time() - age)) | {"Content-Type": content_type}
        return self.request("POST", "/slack/events", body, headers)[0]


def sign(body: bytes, stamp: int | str) -> dict[str, str]:
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=str(stamp), body=body)
    return {"X-Slack-Request-Timestamp": str(stamp), "X-Slack-Signature": signature or ""}


@pytest.fixture(scope="module")
def slack_url() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as environment:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "SLACK_CLIENT_ID"):
            environment.delenv(name, raising=False)
        yield from _stub()


def _stub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SlackStub)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/"
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def running(slack_url: str) -> Iterator[Bot]:
    started = Bot(slack_url)
    started.server.start()
    yield started
    started.hold.set()
    started.server.stop()


@pytest.fixture(scope="module")
def shared(slack_url: str) -> Iterator[Bot]:
    with running(slack_url) as started:
        yield started


@pytest.fixture
def bot(shared: Bot) -> Bot:
    """One for all tests that leave it running and idle."""
    shared.calls.clear()
    return shared


@pytest.fixture
def own_bot(slack_url: str) -> Iterator[Bot]:
    with running(slack_url) as started:
        yield started


def test_a_signed_command_reaches_its_listener(own_bot: Bot) -> None:
    bot = own_bot
    body = COMMAND.encode()
    headers = sign(body, int(time.time())) | {"Content-Type": FORM}
    assert bot.request("POST", "/slack/events", body, headers) == (200, b"done")
    assert bot.calls == ["help"]
    assert b'byhand_slack_requests_total{status="200"} 1.0' in bot.request("GET", "/metrics")[1]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Request-Timestamp": "NOW"},
        {"X-Slack-Request-Timestamp": "NOW", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "NOW", "X-Slack-Signature": "v0=\xe9"},
        {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=0"},
        {"X-Slack-Request-Timestamp": "9" * 5000, "X-Slack-Signature": "v0=0"},
        {"X-Slack-Request-Timestamp": "", "X-Slack-Signature": ""},
    ],
    ids=["none", "no signature", "forged", "not ASCII", "no number", "huge", "empty"],
)
def test_what_slack_did_not_sign_is_401(bot: Bot, headers: dict[str, str]) -> None:
    headers = {name: value.replace("NOW", str(int(time.time()))) for name, value in headers.items()}
    assert bot.request("POST", "/slack/events", COMMAND.encode(), headers)[0] == 401
    assert bot.calls == []


@pytest.mark.parametrize(("age", "status"), [(290, 200), (310, 401), (-310, 401)])
def test_a_signature_lasts_300_seconds(bot: Bot, age: float, status: int) -> None:
    assert bot.signed(COMMAND.encode(), age=age) == status


def test_a_changed_body_is_401(bot: Bot) -> None:
    headers = sign(COMMAND.encode(), int(time.time()))
    assert bot.request("POST", "/slack/events", COMMAND.encode() + b"x", headers)[0] == 401


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"[]", "application/json"),
        (b"{", "application/json"),
        (b"", "application/json"),
        (b"null", "application/json"),
        (b'{"type":"block_actions"}', "application/json"),
        (b'{"type":"event_callback","event":[]}', "application/json"),
        (b'{"type":"event_callback","event":{"type":7}}', "application/json"),
        (b'{"team":3,"user":"x","enterprise":[]}', "application/json"),
        (b'{"authorizations":{}}', "application/json"),
        (b'{"a":' * 50_000, "application/json"),
        (b"payload=", FORM),
        (b"payload=%5B%5D", FORM),
        (b"payload=%7B%22team%22%3A%5B%5D%7D", FORM),
        (b"payload=3", FORM),
        (b"\x00=%00", FORM),
        (b"command=", FORM),
    ],
)
def test_signed_nonsense_is_never_a_500(bot: Bot, body: bytes, content_type: str) -> None:
    assert bot.signed(body, content_type) in (400, 404)
    assert bot.calls == []


def test_what_is_not_utf_8_is_400(bot: Bot) -> None:
    headers = sign(b"x", int(time.time()))
    assert bot.request("POST", "/slack/events", b"\xff\xfe", headers) == (400, b"This is not UTF-8.")


def test_slacks_ssl_check_is_answered_unsigned(bot: Bot) -> None:
    assert bot.request("POST", "/slack/events", b"token=x&ssl_check=1") == (200, b"")
    assert bot.request("POST", "/slack/events", b"token=ssl_check=1")[0] == 401


def test_slacks_challenge_is_answered(bot: Bot) -> None:
    body = b'{"type":"url_verification","challenge":"abc"}'
    headers = sign(body, int(time.time())) | {"Content-Type": "application/json"}
    status, answer = bot.request("POST", "/slack/events", body, headers)
    assert (status, json.loads(answer)) == (200, {"challenge": "abc"})


def test_an_oversized_request_is_413_before_it_is_read(bot: Bot) -> None:
    with socket.create_connection(("127.0.0.1", bot.server.port), timeout=10) as connection:
        length = web.MAX_BODY + 1
        connection.sendall(
            f"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_an_oversized_request_that_does_not_say_so_is_413(bot: Bot) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", bot.server.port, timeout=10)
    chunks = iter([b"x" * 600_000, b"x" * 600_000])
    connection.request(
        "POST", "/slack/events", chunks, encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
    )
    assert connection.getresponse().status == 413
    connection.close()


def test_a_request_that_does_not_arrive_is_408(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "BODY_SECONDS", 0.05)
    with socket.create_connection(("127.0.0.1", bot.server.port), timeout=10) as connection:
        connection.sendall(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        assert connection.recv(100).startswith(b"HTTP/1.1 408 ")


def test_only_post_and_only_this_path(bot: Bot) -> None:
    assert bot.request("GET", "/slack/events")[0] == 405
    assert bot.request("POST", "/slack/install")[0] == 404


def test_health_and_readiness_speak_in_sentences(bot: Bot) -> None:
    status, body = bot.request("GET", "/healthz")
    assert status == 200
    assert json.loads(body) == {
        "ok": True,
        "checks": [{"name": "database", "ok": True, "sentence": "The database answers."}],
        "troubles": [],
    }
    status, body = bot.request("GET", "/readyz")
    assert (status, json.loads(body)["ok"]) == (503, False)


def test_a_trouble_is_said_and_drops_nobody(own_bot: Bot) -> None:
    own_bot.ready = Report((Finding("slack", True, "Connected to Slack."),), ("A pin was refused.",))
    status, body = own_bot.request("GET", "/readyz")
    assert (status, json.loads(body)["troubles"]) == (200, ["A pin was refused."])


def test_a_check_that_breaks_is_a_finding(own_bot: Bot) -> None:
    own_bot.ready = Report()
    status, body = own_bot.request("GET", "/readyz")
    assert status == 503
    assert b"The check itself broke" in body


def test_health_is_answered_while_listeners_are_busy(own_bot: Bot) -> None:
    bot = own_bot
    body = COMMAND.replace("help", "wait").encode()
    threads = [threading.Thread(target=bot.signed, args=(body,)) for _ in range(web.LISTENERS + 10)]
    for thread in threads:
        thread.start()
    assert bot.entered.wait(10)
    deadline = time.monotonic() + 10
    while len(bot.calls) < web.LISTENERS and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert bot.request("GET", "/healthz")[0] == 200
    assert len(bot.calls) == web.LISTENERS
    bot.hold.set()
    for thread in threads:
        thread.join(10)
    assert len(bot.calls) == web.LISTENERS + 10


def test_stop_lets_a_running_listener_acknowledge(own_bot: Bot) -> None:
    bot = own_bot
    statuses: list[int] = []
    body = COMMAND.replace("help", "wait").encode()
    clicking = threading.Thread(target=lambda: statuses.append(bot.signed(body)))
    clicking.start()
    assert bot.entered.wait(10)
    stopping = threading.Thread(target=bot.server.stop)
    stopping.start()
    deadline = time.monotonic() + 10
    while not _refused(bot.server.port) and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert _refused(bot.server.port), "no new connection is taken"
    bot.hold.set()
    clicking.join(10)
    stopping.join(10)
    assert statuses == [200]


def test_what_slack_signed_keeps_its_place_in_a_crowd(
    slack_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descriptors, "count_connections", lambda _kept: 5)
    body = COMMAND.replace("help", "wait").encode()
    statuses: list[int] = []
    with running(slack_url) as bot, ExitStack() as stack:
        clicking = threading.Thread(target=lambda: statuses.append(bot.signed(body)))
        clicking.start()
        assert bot.entered.wait(10)
        for _ in range(15):
            stack.enter_context(socket.create_connection(("127.0.0.1", bot.server.port), timeout=5))
        assert bot.request("GET", "/healthz")[0] == 200
        bot.hold.set()
        clicking.join(10)
    assert statuses == [200]


def _refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return True
    return False


def test_in_socket_mode_slack_has_no_route() -> None:
    application = build_web(bolt_app=None, signing_secret="", health=Report, ready=Report, metrics=Metrics())
    server = WebServer(application, "127.0.0.1", 0)
    server.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("POST", "/slack/events", b"")
    assert connection.getresponse().status == 404
    connection.close()
    server.stop()


def test_an_empty_signing_secret_is_refused_at_once(slack_url: str) -> None:
    app = App(client=WebClient("xoxb-1", base_url=slack_url), signing_secret=SECRET)
    with pytest.raises(ValueError, match="must not be empty"):
        build_web(bolt_app=lambda: app, signing_secret=" ", health=Report, ready=Report, metrics=Metrics())


def test_a_taken_port_is_said_at_once(bot: Bot) -> None:
    application = build_web(bolt_app=None, signing_secret="", health=Report, ready=Report, metrics=Metrics())
    with pytest.raises(OSError, match="in use"):
        WebServer(application, "127.0.0.1", bot.server.port).start()
