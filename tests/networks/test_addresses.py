"""Where calls may lead: out into the open internet, judged after the name is looked up, and what was judged is what is
connected to. Names answer from a list; whoever is not public sits on loopback and keeps what it was asked."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpcore
import pytest

from bot.domain.outcomes import CannotTell
from bot.networks import addresses
from bot.networks.addresses import NoHost, NotPublic, find_public, is_public, judge_unresolved
from bot.networks.bluesky.client import NETWORK as BLUESKY
from bot.networks.bluesky.session import Session
from bot.networks.http import Answer, Http, Unsent, get_public
from bot.networks.mastodon.client import NETWORK as MASTODON
from bot.networks.protocol import AccountSettings, Attempt
from bot.services.images.image_checks import ImageProblem
from bot.services.images.sources import fetch_image
from bot.services.plans.plan_images import fetch_over_http

PUBLIC = "93.184.216.34"
OTHER = "2606:4700::1111"


class Names(dict[str, list[list[str]]]):
    """What a name answers, look-up by look-up; the last answer stays."""

    def __init__(self, **answers: list[list[str]]) -> None:
        super().__init__({f"{name}.example": answer for name, answer in answers.items()})
        self.asked: list[str] = []

    def resolve(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        answers = self.get(host)
        if answers is None:
            return resolve_numbers(host)
        return answers.pop(0) if len(answers) > 1 else answers[0]


def resolve_numbers(host: str) -> list[str]:
    """As the system does, without asking a network."""
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(entry[4][0]) for entry in found]


class Connections:
    """Stands for httpcore's own way: keeps where it was sent; what is public is this machine's server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.to: list[str] = []
        self.dead: set[str] = set()
        self._inner = httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, *more: Any) -> httpcore.NetworkStream:
        self.to.append(host)
        if host in self.dead:
            raise httpcore.ConnectError("nobody there")
        return self._inner.connect_tcp("127.0.0.1", self.port, 2)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["host"]))  # type: ignore[attr-defined]  # it is our own
        if self.path == "/inside":
            self.send_response(302)
            self.send_header("location", "https://127.0.0.1/secret")
        else:
            self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None: ...


class Inside(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str]] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def inside() -> Iterator[Inside]:
    server = Inside()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def connections(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> Connections:
    found = Connections(inside.server_port)
    monkeypatch.setattr(httpcore, "SyncBackend", lambda: found)
    return found


def name(monkeypatch: pytest.MonkeyPatch, **answers: list[list[str]]) -> Names:
    names = Names(**answers)
    monkeypatch.setattr(addresses, "resolve", names.resolve)
    return names


@pytest.mark.parametrize(
    ("address", "public"),
    [
        (PUBLIC, True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff0e::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("localhost", False),
        ("2001:0:7f00:1::", False),
        ("::127.0.0.1", False),
        ("fec0::1", False),
        ("fd00:ec2::254", False),
        ("100.100.100.200", False),
        ("168.63.129.16", False),
        ("192.0.0.192", False),
        ("192.88.99.1", False),
        ("::ffff:0:127.0.0.1", False),
        ("3fff::1", False),
        ("5f00::1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "::1", "::ffff:10.0.0.1", "0.0.0.0", "0",
        "169.254.169.254", "fe80::1%lo", "64:ff9b::a00:1",
    ],
)  # fmt: skip
def test_every_spelling_of_an_inner_address_is_refused(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    name(monkeypatch)
    with pytest.raises(NotPublic, match="is inside a private network"):
        find_public(host, 443)
    with pytest.raises(NotPublic):
        judge_unresolved(host)


@pytest.mark.parametrize("host", ["localhost", "localhost.", "LOCALHOST", "a.localhost", "a.localhost."])
def test_names_of_this_machine_are_refused_to_a_proxy_too(host: str) -> None:
    with pytest.raises(NotPublic):
        judge_unresolved(host)


def test_a_proxy_is_given_what_looks_public() -> None:
    for host in ("dock.example", PUBLIC, OTHER, "localhost.example"):
        judge_unresolved(host)


def test_the_systems_own_names_of_this_machine_are_refused() -> None:
    with pytest.raises(NotPublic):
        find_public("localhost", 443)


def test_one_inner_address_among_public_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    name(monkeypatch, both=[[PUBLIC, "10.0.0.5"]], none=[[]], two=[[PUBLIC, OTHER]])
    with pytest.raises(NotPublic, match=r"both\.example is inside a private network"):
        find_public("both.example", 443)
    with pytest.raises(NoHost, match=r"there is no host none\.example"):
        find_public("none.example", 443)
    with pytest.raises(NoHost):
        find_public("a" * 70 + ".example", 443)
    assert find_public("two.example", 443) == [PUBLIC, OTHER]


def test_a_name_is_looked_up_once_and_what_was_judged_is_connected_to(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second answer would lead inside."""
    names = name(monkeypatch, turns=[[PUBLIC], ["127.0.0.1"]])
    result = Http("https://turns.example").call("GET", "/")
    assert isinstance(result, Unsent), "this machine's server speaks no TLS"
    assert (names.asked, connections.to) == (["turns.example"], [PUBLIC])


def test_the_next_address_is_tried_and_only_judged_ones(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    name(monkeypatch, two=[[OTHER, PUBLIC]])
    connections.dead = {OTHER}
    Http("https://two.example").call("GET", "/")
    assert connections.to == [OTHER, PUBLIC]
    connections.dead, connections.to = {OTHER, PUBLIC}, []
    assert Http("https://two.example").call("GET", "/") == Unsent("it could not be reached")
    assert connections.to == [OTHER, PUBLIC]


def test_a_call_inside_is_not_sent_and_says_why(inside: Inside) -> None:
    result = Http(f"http://127.0.0.1:{inside.server_port}").call("GET", "/")
    assert result == Unsent("127.0.0.1 is inside a private network")
    assert inside.asked == []


def test_what_the_settings_name_may_be_inside(inside: Inside) -> None:
    here = f"http://127.0.0.1:{inside.server_port}"
    ours = Http(here, from_settings=True)
    assert isinstance(ours.call("GET", "/"), Answer)
    assert isinstance(ours.to().call("GET", "/"), Answer)
    assert isinstance(ours.to(f"http://localhost:{inside.server_port}").call("GET", "/"), Answer), (
        "both are here"
    )
    assert isinstance(Http(here).to().call("GET", "/"), Unsent), "trust is not made on the way"
    account = MASTODON.open(AccountSettings("dock", "mastodon", here, secrets={"TOKEN": "t"}), None)  # type: ignore[arg-type]  # it needs none
    account.check()
    assert ("/api/v2/instance", f"127.0.0.1:{inside.server_port}") in inside.asked


@pytest.mark.parametrize(
    "server", ["http://127.0.0.1", "https://10.0.0.5", "https://[fd00::1]", "https://2130706433"]
)
def test_a_server_that_a_server_names_may_not_be_inside(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    name(monkeypatch)
    result = Http("https://dock.example", from_settings=True).to(server).call("GET", "/")
    assert isinstance(result, Unsent)
    assert result.why.endswith("is inside a private network")


class Kept:
    """A vault with a session whose DID document named a server inside."""

    def load(self, name: str) -> str | None:
        session = Session("did:plc:x", "rye.example", "a.b.c", "d.e.f", "https://10.0.0.5")
        return json.dumps(asdict(session))

    def save(self, name: str, value: str) -> None: ...


def test_blueskys_own_server_by_its_document_may_not_be_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    name(monkeypatch)
    settings = AccountSettings(
        "sky", "bluesky", "https://bsky.example", "rye.example", secrets={"PASSWORD": "p"}
    )
    client = BLUESKY.open(settings, Kept())
    assert "10.0.0.5 is inside a private network" in client.check().sentence
    look = client.find(Attempt("3k", b"{}", datetime.now(UTC)))
    assert look == CannotTell("10.0.0.5 is inside a private network")


def test_behind_a_proxy_the_spelling_is_judged(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{inside.server_port}")
    assert Http("https://10.0.0.5").call("GET", "/") == Unsent("10.0.0.5 is inside a private network")
    assert inside.asked == []
    assert Http("https://10.0.0.5", from_settings=True).call("GET", "/") == Unsent(
        "the proxy did not let the call through"
    )


def test_an_image_is_fetched_from_public_addresses_only(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    name(monkeypatch, inner=[["10.0.0.5"]])
    for host in ("inner.example", "127.0.0.1", "2130706433", "[::1]"):
        with pytest.raises(NotPublic):
            get_public(f"https://{host}:{inside.server_port}/", limit=10)
        with pytest.raises(ImageProblem, match="is inside a private network"):
            fetch_image(f"https://{host}/a.png", None, fetch_over_http)
    with pytest.raises(NoHost):
        get_public("https://none_at_all.example/", limit=10)


def test_a_redirect_inside_is_judged_like_the_first_address(
    inside: Inside, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without TLS, which a server of a test has not; all else is as in an import."""
    name(monkeypatch, dock=[[PUBLIC]])
    get = lambda url, *, limit: fetch_over_http(url.replace("https://dock", "http://dock"), limit=limit)  # noqa: E731
    with pytest.raises(ImageProblem, match=r"127\.0\.0\.1 is inside a private network"):
        fetch_image("https://dock.example/inside", None, get)
    assert inside.asked == [("/inside", "dock.example")]
    assert connections.to == [PUBLIC]
