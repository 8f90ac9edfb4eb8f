"""What the client says of every way a call can end."""

from __future__ import annotations

import ast
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import httpcore
import httpx
import pytest

from bot import __version__
from bot.networks import http, http_deadline, proxies
from bot.networks.http import (
    FIRST_BYTE,
    NETWORK_ERRORS,
    Answer,
    Http,
    Lost,
    OneCall,
    Unsent,
    Upload,
    check_printable,
    clean_server,
)
from tests.networks.raw_server import BODY, OK, Server, after_reading, serving
from tests.ports import hold_silent_port


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


IN_TIME = 10.0  # seconds, on a busy machine; what has no end goes on for minutes


def post(
    server: Server, *, send_by: Callable[[], bool] | None = None, whole_call: float = IN_TIME
) -> Answer | Unsent | Lost:
    http = Http(server.url, from_settings=True, whole_call=whole_call, max_answer=100_000)
    return http.call("POST", "/posts", content=b'{"text":"Fresh rye"}', send_by=send_by)


def test_an_answer_comes_back_whole() -> None:
    with serving(after_reading(OK + BODY)) as server:
        answer = post(server)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.fields()) == (200, {"id": "1"})
    made = answer.date()
    assert made is not None
    assert made.isoformat() == "2026-11-20T09:15:31+00:00"


@pytest.mark.parametrize("status", [200, 301, 404, 429, 500, 503])
def test_no_status_is_an_exception_and_no_redirect_is_followed(status: int) -> None:
    head = f"HTTP/1.1 {status} X\r\nlocation: /elsewhere\r\ncontent-length: 7\r\n\r\n".encode()
    with serving(after_reading(head + b"<html/>")) as server:
        answer = post(server)
    assert isinstance(answer, Answer)
    assert answer.status == status
    assert answer.json() is None
    assert answer.fields() == {}
    assert server.connections == 1


@pytest.mark.parametrize(
    ("answer", "reset"),
    [
        (b"", False),
        (b"", True),
        (b"HTTP/1.1 200 OK\r\ncontent-le", False),
        (OK + BODY[:5], False),
        (OK + BODY[:5], True),
        (b"What do you mean?\r\n\r\n", False),
    ],
    ids=["closes", "resets", "half a head", "half a body", "reset in the body", "no HTTP"],
)
def test_read_but_not_answered_is_lost(answer: bytes, reset: bool) -> None:
    with serving(after_reading(answer, reset=reset)) as server:
        result = post(server)
    assert isinstance(result, Lost), result
    assert server.connections == 1, "nothing is repeated"
    assert b"Fresh rye" in server.received


def test_a_server_that_closes_before_reading_is_lost_too() -> None:
    """It cannot be told from one that closes afterwards."""
    with serving(lambda _, connection: connection.close()) as server:
        result = Http(server.url, from_settings=True, whole_call=2).call(
            "POST", "/posts", content=b"x" * 3_000_000
        )
    assert isinstance(result, Lost), result


def test_silence_is_lost_after_the_whole_calls_limit() -> None:
    def play(server: Server, connection: socket.socket) -> None:
        server.read(connection)
        connection.recv(1)

    with serving(play) as server:
        began = time.monotonic()
        result = post(server, whole_call=0.6)
    assert isinstance(result, Lost), result
    assert time.monotonic() - began < IN_TIME


@pytest.mark.parametrize("head", [b"", OK], ids=["in the head", "in the body"])
def test_a_dripping_answer_does_not_outlive_the_limit(head: bytes) -> None:
    drip = threading.Event()

    def play(server: Server, connection: socket.socket) -> None:
        server.read(connection)
        connection.sendall(head)
        for byte in (OK + BODY) * 50:
            connection.sendall(bytes([byte] if not head else [32]))
            drip.wait(0.1)

    with serving(play) as server:
        began = time.monotonic()
        result = post(server, whole_call=0.6)
        took = time.monotonic() - began
        drip.set()
    assert isinstance(result, Lost), result
    assert took < IN_TIME


def test_a_giant_answer_is_lost() -> None:
    def play(server: Server, connection: socket.socket) -> None:
        server.read(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(1000):
            connection.sendall(b"x" * 10_000)

    with serving(play) as server:
        result = post(server)
    assert isinstance(result, Lost), result
    assert result.status == 200


@pytest.mark.parametrize("sip", [0, 400_000], ids=["not at all", "in sips"])
def test_a_server_that_hardly_reads_does_not_hold_us(sip: int) -> None:
    hold = threading.Event()

    def play(_: Server, connection: socket.socket) -> None:
        while not hold.wait(0.05):
            connection.recv(sip)

    with serving(play) as server:
        began = time.monotonic()
        result = Http(server.url, from_settings=True, whole_call=0.6).call(
            "POST", "/", content=b"x" * 40_000_000
        )
        took = time.monotonic() - began
        hold.set()
    assert isinstance(result, Lost), result
    assert took < IN_TIME


def test_refused_is_unsent() -> None:
    with hold_silent_port() as port:
        result = Http(f"http://127.0.0.1:{port}", from_settings=True).call("POST", "/posts", content=b"x")
    assert isinstance(result, Unsent), result


@pytest.mark.parametrize("name", ["nowhere.invalid", f"{'a' * 70}.invalid"])
def test_an_unknown_name_is_unsent(name: str) -> None:
    result = Http(f"https://{name}").call("POST", "/posts", content=b"x")
    assert isinstance(result, Unsent), result


def test_tls_that_fails_is_unsent() -> None:
    with serving(after_reading(OK + BODY)) as server:
        https = server.url.replace("http:", "https:")
        result = Http(https, from_settings=True, whole_call=1).call("POST", "/posts", content=b"secret words")
    assert isinstance(result, Unsent), result
    assert b"secret words" not in server.received


def test_a_closed_send_window_sends_no_byte() -> None:
    """The question is asked when the connection stands and before the first byte."""
    accepted, ended, got = threading.Event(), threading.Event(), bytearray()

    def play(_: Server, connection: socket.socket) -> None:
        accepted.set()
        got.extend(connection.recv(65536))
        ended.set()

    def closed() -> bool:
        return not accepted.wait(5)  # the connection stands, and still it is not too late to say no

    with serving(play) as server:
        result = post(server, send_by=closed)
        assert ended.wait(5)
    assert isinstance(result, Unsent), result
    assert bytes(got) == b""


def test_the_trace_event_is_still_called_so() -> None:
    """httpcore's names are not a public promise; the proof that nothing was sent hangs on this one."""
    events: list[str] = []
    with serving(after_reading(OK + BODY)) as server, OneCall(None, 2, judged=False) as way:
        trace = {"trace": lambda name, _: events.append(name)}
        way.handle_request(httpx.Request("POST", server.url, content=b"x", extensions=trace)).read()
    sent = events.index(FIRST_BYTE)
    assert events[:2] == ["connection.connect_tcp.started", "connection.connect_tcp.complete"]
    assert sent == 2
    assert "http11.send_request_body.started" in events[sent:]


def test_no_connection_is_used_twice() -> None:
    def play(server: Server, connection: socket.socket) -> None:
        for _ in range(2):
            server.read(connection)
            connection.sendall(OK + BODY)

    with serving(play) as server:
        http = Http(server.url, from_settings=True, whole_call=2)
        assert isinstance(http.call("GET", "/"), Answer)
        assert isinstance(http.call("GET", "/"), Answer)
    assert server.connections == 2


def test_no_account_hands_a_servers_cookies_to_the_next() -> None:
    """All accounts once shared one client, whose jar kept what a server set for one and sent it along for the next."""
    setting = OK.replace(b"\r\n\r\n", b"\r\nset-cookie: session=tom; path=/\r\n\r\n")
    with serving(after_reading(setting + BODY)) as server:
        for token in ("tom", "maya"):
            Http(server.url, from_settings=True).call(
                "GET", "/", headers={"authorization": f"Bearer {token}"}
            )
    assert b"Bearer maya" in server.received
    assert b"cookie" not in server.received.lower()


def test_a_network_is_told_which_byhand_this_is() -> None:
    with serving(after_reading(OK + BODY)) as server:
        Http(server.url, from_settings=True).call("GET", "/")
    assert f"user-agent: byhand/{__version__}\r\n".encode() in server.received.lower()


def test_a_connection_that_never_came_to_tls_is_closed_too() -> None:
    """httpcore forgets it."""
    with serving(after_reading(OK + BODY)) as server:
        backend = http_deadline.DeadlineBackend(0)
        stream = backend.connect_tcp("127.0.0.1", server.port)
        with pytest.raises(httpcore.ConnectTimeout):
            stream.start_tls(httpcore.default_ssl_context())
        backend.close()
    assert stream.get_extra_info("socket").fileno() == -1


def test_errors_have_the_same_names_in_httpx() -> None:
    """What httpcore raises is raised again by its name."""
    raised = [
        each for each in vars(httpcore).values() if isinstance(each, type) and issubclass(each, Exception)
    ]
    ours = [error for error in raised if issubclass(error, NETWORK_ERRORS)]
    assert {error.__name__ for error in raised} - {error.__name__ for error in ours} == {
        "ConnectionNotAvailable"  # stays within its pool
    }
    assert all(issubclass(getattr(httpx, error.__name__), httpx.HTTPError) for error in ours)


@pytest.mark.parametrize("module", [http, http_deadline, proxies], ids=lambda module: str(module.__name__))
def test_only_what_the_libraries_promise_is_used(module: ModuleType) -> None:
    """Private names of httpx and httpcore come and go without notice."""
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    assert [name for name in read_names(tree) if name.startswith("_") and not name.startswith("__")] == []


def read_names(tree: ast.AST) -> Iterator[str]:
    """Attributes of anything but `self`, names given to getattr, and modules."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self")):
                continue
            case ast.Attribute(attr=name):
                yield name
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    yield from alias.name.split(".")
        if isinstance(node, ast.ImportFrom):
            yield from (node.module or "").split(".")


def test_a_multipart_upload_carries_file_and_fields() -> None:
    with serving(after_reading(OK + BODY)) as server:
        upload = Upload(b"\xff\xd8\xffbytes", "image/jpeg", {"description": "Ein Laib „Roggen“"})
        Http(server.url, from_settings=True).call("POST", "/media", upload=upload)
    assert b"\xff\xd8\xffbytes" in server.received
    assert "Ein Laib „Roggen“".encode() in server.received


@pytest.mark.parametrize(
    "address",
    [
        "",
        "dock.example",
        "ftp://dock.example",
        "http://dock.example",
        "https://dock.example/x",
        "https://u:p@x.y",
    ],
)
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        clean_server(address)


def test_addresses_that_are_one() -> None:
    assert clean_server(" https://dock.example/ ") == "https://dock.example"
    assert clean_server("http://localhost:3000") == "http://localhost:3000"
    assert clean_server("http://[::1]:3000") == "http://[::1]:3000"


@pytest.mark.parametrize("secret", ["", "a b", "line\n", "ü"])
def test_a_secret_that_cannot_be_a_header_is_not_shown(secret: str) -> None:
    with pytest.raises(ValueError, match="token") as refused:
        check_printable(secret, "token")
    assert secret == "" or secret not in str(refused.value)
