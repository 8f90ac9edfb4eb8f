"""What the client says of every way a call can end, against servers written by hand on raw sockets."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest

from bot.networks.http import FIRST_BYTE, Answer, Http, Lost, Unsent, Upload, clean_server, printable

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\ndate: Fri, 20 Nov 2026 09:15:31 GMT\r\n\r\n"
BODY = b'{"id": "1"}'
Play = Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Server:
    """Plays one part for every connection; counts them and the bytes that came."""

    def __init__(self, play: Play) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.connections = 0
        self.over = threading.Event()
        self.received = bytearray()
        self._play = play
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                if self.over.is_set():
                    return
                self.connections += 1
                with suppress(OSError):  # the client hung up, which some parts are about
                    self._play(connection)

    def read(self, connection: socket.socket) -> None:
        """One whole request."""
        data = bytearray()
        while b"\r\n\r\n" not in data:
            data += self._more(connection)
        head, _, rest = bytes(data).partition(b"\r\n\r\n")
        lines = [line.split(b":", 1) for line in head.lower().split(b"\r\n")[1:]]
        length = int(dict(lines).get(b"content-length", b"0"))
        while len(rest) < length:
            rest += self._more(connection)
        self.received += head + b"\r\n\r\n" + rest

    @staticmethod
    def _more(connection: socket.socket) -> bytes:
        data = connection.recv(65536)
        if not data:
            raise ConnectionError("The client hung up.")
        return data

    def close(self) -> None:
        self.over.set()
        with socket.create_connection(self.socket.getsockname()):
            pass
        self._thread.join(5)
        self.socket.close()


@contextmanager
def serving(play: Callable[[Server, socket.socket], None]) -> Iterator[Server]:
    holder: list[Server] = []
    ready = threading.Event()

    def part(connection: socket.socket) -> None:
        ready.wait(5)
        play(holder[0], connection)

    server = Server(part)
    holder.append(server)
    ready.set()
    try:
        yield server
    finally:
        server.close()


def post(server: Server, **more: object) -> Answer | Unsent | Lost:
    http = Http(server.url, whole_call=0.6, max_answer=100_000)
    return http.call("POST", "/posts", content=b'{"text":"Fresh rye"}', **more)  # type: ignore[arg-type]


def after_reading(answer: bytes, *, reset: bool = False) -> Callable[[Server, socket.socket], None]:
    def play(server: Server, connection: socket.socket) -> None:
        server.read(connection)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(answer)

    return play


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
        result = Http(server.url, whole_call=2).call("POST", "/posts", content=b"x" * 3_000_000)
    assert isinstance(result, Lost), result


def test_silence_is_lost_after_the_whole_calls_limit() -> None:
    def play(server: Server, connection: socket.socket) -> None:
        server.read(connection)
        connection.recv(1)

    with serving(play) as server:
        began = time.monotonic()
        result = post(server)
    assert isinstance(result, Lost), result
    assert time.monotonic() - began < 2


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
        result = post(server)
        took = time.monotonic() - began
        drip.set()
    assert isinstance(result, Lost), result
    assert took < 2


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
        result = Http(server.url, whole_call=0.6).call("POST", "/", content=b"x" * 40_000_000)
        took = time.monotonic() - began
        hold.set()
    assert isinstance(result, Lost), result
    assert took < 3


def test_refused_is_unsent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    result = Http(f"http://127.0.0.1:{port}").call("POST", "/posts", content=b"x")
    assert isinstance(result, Unsent), result


@pytest.mark.parametrize("name", ["nowhere.invalid", f"{'a' * 70}.invalid"])
def test_an_unknown_name_is_unsent(name: str) -> None:
    result = Http(f"https://{name}").call("POST", "/posts", content=b"x")
    assert isinstance(result, Unsent), result


def test_tls_that_fails_is_unsent() -> None:
    with serving(after_reading(OK + BODY)) as server:
        https = server.url.replace("http:", "https:")
        result = Http(https, whole_call=1).call("POST", "/posts", content=b"secret words")
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
    with (
        serving(after_reading(OK + BODY)) as server,
        httpx.Client(trust_env=False) as client,
    ):
        client.post(server.url, content=b"x", extensions={"trace": lambda name, _: events.append(name)})
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
        http = Http(server.url, whole_call=2)
        assert isinstance(http.call("GET", "/"), Answer)
        assert isinstance(http.call("GET", "/"), Answer)
    assert server.connections == 2


def test_no_account_hands_a_servers_cookies_to_the_next() -> None:
    """All accounts share one client; its jar kept what a server set for one and sent it along for the next."""
    setting = OK.replace(b"\r\n\r\n", b"\r\nset-cookie: session=tom; path=/\r\n\r\n")
    with serving(after_reading(setting + BODY)) as server:
        for token in ("tom", "maya"):
            Http(server.url).call("GET", "/", headers={"authorization": f"Bearer {token}"})
    assert b"Bearer maya" in server.received
    assert b"cookie" not in server.received.lower()


def test_a_multipart_upload_carries_file_and_fields() -> None:
    with serving(after_reading(OK + BODY)) as server:
        upload = Upload(b"\xff\xd8\xffbytes", "image/jpeg", {"description": "Ein Laib „Roggen“"})
        Http(server.url).call("POST", "/media", upload=upload)
    assert b"\xff\xd8\xffbytes" in server.received
    assert "Ein Laib „Roggen“".encode() in server.received


def tunnel(answer: bytes) -> Callable[[Server, socket.socket], None]:
    """A proxy that is asked for a tunnel."""

    def play(server: Server, connection: socket.socket) -> None:
        server.read(connection)
        connection.sendall(answer)
        connection.recv(65536)

    return play


@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 No\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_proxys_tunnel_that_leads_nowhere_is_unsent(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking a proxy for a tunnel is a request with the same trace event, but carries nothing of ours."""
    with serving(tunnel(answer)) as server:
        monkeypatch.setenv("HTTPS_PROXY", server.url)
        result = Http("https://dock.example", whole_call=1).call("POST", "/", content=b"secret words")
    assert isinstance(result, Unsent), result
    assert server.received.startswith(b"CONNECT dock.example:443")


def test_loopback_never_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with serving(after_reading(OK + BODY)) as server:
        assert isinstance(post(server), Answer)


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
        printable(secret, "token")
    assert secret == "" or secret not in str(refused.value)
