"""Which proxy leads to a server, and what is known of a call that goes through one."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.networks import http
from bot.networks.http import Answer, Http, Lost, Unsent
from bot.networks.http_deadline import DeadlineBackend
from bot.networks.proxies import find_proxy
from tests.networks.raw_server import BODY, OK, Part, Server, after_reading, serving

VIA, OTHER = "http://proxy.example:3128", "http://other.example:8080"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


# --- which ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, None),
        ({"https": VIA}, VIA),
        ({"http": VIA}, None),
        ({"all": VIA}, VIA),
        ({"https": VIA, "all": OTHER}, VIA),
        ({"https": "", "all": OTHER}, OTHER),
        ({"https": "proxy.example:3128"}, VIA),
        ({"all": "socks5://proxy.example"}, "socks5://proxy.example"),
    ],
)
def test_the_schemes_own_proxy_comes_first(environment: dict[str, str], proxy: str | None) -> None:
    assert find_proxy("https://dock.example", environment) == proxy


@pytest.mark.parametrize(
    ("exemptions", "straight", "not_straight"),
    [
        ("*", ["https://dock.example", "https://203.0.113.7"], []),
        ("a.example, *", ["https://dock.example"], []),
        (
            "dock.example",
            ["https://dock.example", "https://www.dock.example", "https://dock.example:8443"],
            ["https://harbourdock.example", "https://dock.example.org"],
        ),
        (".dock.example", ["https://www.dock.example"], ["https://dock.example"]),
        ("DOCK.example", ["https://dock.example"], []),
        ("one.example, dock.example ,", ["https://dock.example"], ["https://two.example"]),
        ("dock.example:8443", ["https://dock.example:8443"], ["https://dock.example"]),
        ("dock.example:443", ["https://dock.example"], ["https://dock.example:8443"]),
        ("https://dock.example", ["https://dock.example"], ["https://www.dock.example"]),
        ("http://dock.example", [], ["https://dock.example"]),
        ("all://*.dock.example", ["https://www.dock.example"], ["https://dock.example"]),
        ("203.0.113.7", ["https://203.0.113.7"], ["https://1.203.0.113.7", "https://203.0.113.8"]),
        ("203.0.113.0/24", [], ["https://203.0.113.7"]),
        ("2001:db8::7", ["https://[2001:db8::7]"], ["https://[2001:db8::8]"]),
        ("[2001:db8::7]", ["https://[2001:db8::7]"], []),
        ("bäckerei.example", ["https://xn--bckerei-5wa.example"], []),
        ("dock.example:port, [", [], ["https://dock.example"]),
    ],
)
def test_what_no_proxy_exempts(exemptions: str, straight: list[str], not_straight: list[str]) -> None:
    environment = {"https": VIA, "no": exemptions}
    assert [server for server in straight if find_proxy(server, environment)] == []
    assert [server for server in not_straight if not find_proxy(server, environment)] == []


def test_loopback_never_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with serving(after_reading(OK + BODY)) as server:
        assert isinstance(Http(server.url, from_settings=True, whole_call=2).call("POST", "/"), Answer)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://tom:geheim@dock.example",
        "http://tom:geheim@proxy.example:port",
        "http://tom:geheim/2@proxy.example",
        "http://tom:geheim",
    ],
)
def test_a_proxy_that_cannot_be_used_is_said_without_its_password(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(ValueError, match="The proxy of the environment cannot be used") as refused:
        Http("https://dock.example")
    assert "geheim" not in str(refused.value)


def test_socks_without_its_library_is_said_when_the_account_is_set_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise RuntimeError("the `socksio` package is not installed")  # httpcore's own words

    monkeypatch.setattr(httpcore, "SOCKSProxy", missing)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    with pytest.raises(ValueError, match=r"The proxy .* cannot be used: .*socksio"):
        Http("https://dock.example")


# --- through it ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For dock.example, signed by itself; the key stands in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dock.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("dock.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "dock.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def inside(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[socket.socket], ssl.SSLSocket]:
    """What stands at the tunnel's other end: dock.example's own TLS, which the client trusts."""
    trusted = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(http, "_certificates", lambda: trusted)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return lambda connection: context.wrap_socket(connection, server_side=True)


def http_tunnel(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")


def socks_tunnel(server: Server, connection: socket.socket) -> None:
    assert connection.recv(3) == b"\x05\x01\x00"
    connection.sendall(b"\x05\x00")
    server.received += connection.recv(64)
    connection.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")


BOTH = pytest.mark.parametrize(
    ("scheme", "open_tunnel"), [("http", http_tunnel), ("socks5", socks_tunnel)], ids=["http", "socks5"]
)


def proxy_of(server: Server, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{server.port}")


@BOTH
def test_a_call_goes_through_the_proxy_of_the_environment(
    scheme: str,
    open_tunnel: Part,
    inside: Callable[[socket.socket], ssl.SSLSocket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bool] = []

    def in_time() -> bool:
        asked.append(True)
        return True

    def play(server: Server, connection: socket.socket) -> None:
        open_tunnel(server, connection)
        with inside(connection) as tls:
            server.read(tls)
            tls.sendall(OK + BODY)

    with serving(play) as server:
        proxy_of(server, scheme, monkeypatch)
        call = Http("https://dock.example", whole_call=5).call
        result = call("POST", "/posts", content=b"Fresh rye", send_by=in_time)
    assert isinstance(result, Answer), result
    assert result.fields() == {"id": "1"}
    assert b"dock.example" in server.received
    assert server.received.endswith(b"Fresh rye")
    assert asked == [True], "the tunnel is not what is sent"


@BOTH
def test_a_closed_send_window_sends_no_byte_through_a_proxy(
    scheme: str,
    open_tunnel: Part,
    inside: Callable[[socket.socket], ssl.SSLSocket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    got = bytearray()

    def play(server: Server, connection: socket.socket) -> None:
        open_tunnel(server, connection)
        with inside(connection) as tls:
            got.extend(tls.recv(65536))

    with serving(play) as server:
        proxy_of(server, scheme, monkeypatch)
        result = Http("https://dock.example", whole_call=5).call("POST", "/", send_by=lambda: False)
    assert isinstance(result, Unsent), result
    assert " " in result.why, "not the name of an exception: people read it"
    assert bytes(got) == b""
    assert server.connections == 1


@BOTH
def test_a_dripping_answer_does_not_outlive_the_limit_through_a_proxy(
    scheme: str,
    open_tunnel: Part,
    inside: Callable[[socket.socket], ssl.SSLSocket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def play(server: Server, connection: socket.socket) -> None:
        open_tunnel(server, connection)
        with inside(connection) as tls:
            server.read(tls)
            for byte in (OK + BODY) * 50:
                tls.sendall(bytes([byte]))
                time.sleep(0.1)

    with serving(play) as server:
        proxy_of(server, scheme, monkeypatch)
        began = time.monotonic()
        result = Http("https://dock.example", whole_call=1).call("POST", "/")
        took = time.monotonic() - began
    assert isinstance(result, Lost), result
    assert took < 10  # its bytes take minutes


@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 No\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b""])
def test_a_proxys_tunnel_that_leads_nowhere_is_unsent(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking a proxy for a tunnel is a request with the same trace event, but carries nothing of ours."""

    def play(server: Server, connection: socket.socket) -> None:
        server.read(connection)
        connection.sendall(answer)
        connection.recv(65536)

    with serving(play) as server:
        proxy_of(server, "http", monkeypatch)
        result = Http("https://dock.example", whole_call=1).call("POST", "/", content=b"secret words")
    assert isinstance(result, Unsent), result
    assert " " in result.why, "not the name of an exception: people read it"
    assert server.received.startswith(b"CONNECT dock.example:443")
    assert b"secret words" not in server.received


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 No\r\n\r\n", b"\x05\xff"])
def test_a_socks_proxy_that_does_not_help_is_unsent(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def play(_: Server, connection: socket.socket) -> None:
        connection.recv(3)
        connection.sendall(answer)

    with serving(play) as server:
        proxy_of(server, "socks5", monkeypatch)
        result = Http("https://dock.example", whole_call=2).call("POST", "/", content=b"secret words")
    assert isinstance(result, Unsent), result
    assert " " in result.why, "not the name of an exception: people read it"


def test_a_proxys_password_is_for_the_proxy_alone(
    inside: Callable[[socket.socket], ssl.SSLSocket], monkeypatch: pytest.MonkeyPatch
) -> None:
    def play(server: Server, connection: socket.socket) -> None:
        http_tunnel(server, connection)
        server.received += b"-- tunnel --"
        with inside(connection) as tls:
            server.read(tls)
            tls.sendall(OK + BODY)

    with serving(play) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://tom:geheim@127.0.0.1:{server.port}")
        assert isinstance(Http("https://dock.example", whole_call=5).call("GET", "/"), Answer)
    before, _, after = bytes(server.received).lower().partition(b"-- tunnel --")
    assert b"proxy-authorization: basic dg9toMdLAGVPBQ==".lower() in before
    assert b"authorization" not in after


def test_an_exempted_server_is_not_asked_for_at_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(after_reading(b"HTTP/1.1 407 No\r\n\r\n")) as server:
        proxy_of(server, "http", monkeypatch)
        monkeypatch.setenv("NO_PROXY", "straight.invalid")
        for name in ("through.invalid", "straight.invalid"):
            assert isinstance(Http(f"https://{name}", whole_call=2).call("GET", "/"), Unsent)
    assert server.received.startswith(b"CONNECT through.invalid:443")
    assert server.connections == 1


def test_nothing_stays_open_when_a_proxy_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    """httpcore forgets the connection to a SOCKS proxy that refuses."""
    opened: list[httpcore.NetworkStream] = []

    class Backend(DeadlineBackend):
        def connect_tcp(self, *args: object, **options: object) -> httpcore.NetworkStream:
            opened.append(super().connect_tcp(*args, **options))  # type: ignore[arg-type]  # handed on
            return opened[-1]

    def play(_: Server, connection: socket.socket) -> None:
        connection.recv(3)
        connection.sendall(b"\x05\xff")

    monkeypatch.setattr(http, "DeadlineBackend", Backend)
    with serving(play) as server:
        proxy_of(server, "socks5", monkeypatch)
        result = Http("https://dock.example", whole_call=2).call("GET", "/")
    assert isinstance(result, Unsent), result
    assert " " in result.why, "not the name of an exception: people read it"
    assert [stream.get_extra_info("socket").fileno() for stream in opened] == [-1]
