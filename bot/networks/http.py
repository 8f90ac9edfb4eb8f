"""The one client policy: how a call leaves this machine, and what is known when it did not come back.

The only module that imports httpx; adapters see `Answer`, `Unsent` and `Lost`. HTTP/1.1, no redirects, no
retries, no cookies. A fresh connection for every call, though it costs a handshake: an idle connection that the
server closes in the instant we write to it cannot be told from a lost answer.

Where it leads is judged at one place, too: `addresses.py`, asked when a connection is opened.

Whether bytes left is known, not guessed: httpcore's trace names the moment before the first byte of the
request is written, and raising there sends nothing. The event's name is httpcore's and is pinned by a test.

Requests and answers are httpx's, connections httpcore's, and `OneCall` joins the two by what both promise in public.
"""

from __future__ import annotations

import functools
import ipaddress
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore
import httpx

from bot import __version__
from bot.networks import addresses
from bot.networks.http_deadline import DeadlineBackend
from bot.networks.proxies import find_proxy
from bot.observability import get_logger

log = get_logger("http")

WHOLE_CALL = 30.0  # seconds, from the connection's first step to the answer's last byte
CONNECT = 10.0  # seconds for each address of the server
MAX_ANSWER = 4 * 1024 * 1024  # bytes; a page of 40 statuses is about 400 kB
HEADERS = {
    "user-agent": f"byhand/{__version__}",
    "accept": "application/json",
    "accept-encoding": "identity",
}
FIRST_BYTE = "http11.send_request_headers.started"
NETWORK_ERRORS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


@dataclass(frozen=True)
class Answer:
    """A complete answer, of whatever status. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body's JSON, or None if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def fields(self) -> dict[str, Any]:
        """The body's JSON object, or an empty one."""
        found = self.json()
        return found if isinstance(found, dict) else {}

    def date(self) -> datetime | None:
        """When the server made this answer, by its own clock (a cache keeps the old moment)."""
        try:
            return parsedate_to_datetime(self.headers.get("date", "")).astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            return None


@dataclass(frozen=True)
class Unsent:
    """Proven: no byte of the request left."""

    why: str


@dataclass(frozen=True)
class Lost:
    """Bytes left and no complete answer came back."""

    why: str
    status: int | None = None


Result = Answer | Unsent | Lost


@dataclass(frozen=True)
class Upload:
    """A multipart body: one file, and fields beside it."""

    data: bytes = field(repr=False)
    media_type: str
    fields: Mapping[str, str] = field(default_factory=dict)
    name: str = "file"  # of the file's field


class _Held(Exception):
    """Raised out of the trace: the moment to send has passed."""


@dataclass
class _Watch:
    """Hears httpcore's trace: the last to say no before the first byte, and knows later whether one left."""

    send_by: Callable[[], bool] | None
    left: bool = False

    def __call__(self, event: str, info: dict[str, Any]) -> None:
        if event != FIRST_BYTE or info["request"].method == b"CONNECT":
            return  # opening a proxy's tunnel carries nothing of ours yet
        if self.send_by is not None and not self.send_by():
            raise _Held("The moment to send had passed before the first byte left.")
        self.left = True


class Http:
    """Calls to one server. Cheap to make, safe to share between threads."""

    def __init__(
        self,
        server: str,
        *,
        from_settings: bool = False,
        whole_call: float = WHOLE_CALL,
        max_answer: int = MAX_ANSWER,
    ) -> None:
        """`server` is `https://host[:port]`; raises ValueError with a sentence if it cannot be one. It must be out in
        the open internet, unless the operator wrote it: `from_settings`."""
        self.server = clean_server(server)
        self._from_settings = from_settings
        self._max_answer, self.whole_call = max_answer, whole_call
        self._timeout = _timeout(whole_call).as_dict()
        self._proxy = None if is_loopback(self.server) else _proxy_to(self.server)

    def to(
        self, server: str | None = None, *, whole_call: float = WHOLE_CALL, max_answer: int = MAX_ANSWER
    ) -> Http:
        """Calls to the same server, or to one it named: that one is judged, unless both are on this machine."""
        there = clean_server(server) if server else self.server
        same = there == self.server or (is_loopback(there) and is_loopback(self.server))
        ours = self._from_settings and same
        return Http(there, from_settings=ours, whole_call=whole_call, max_answer=max_answer)

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str | Sequence[str]] | None = None,
        content: bytes | None = None,
        upload: Upload | None = None,
        send_by: Callable[[], bool] | None = None,
    ) -> Result:
        """One request, once. Never raises for anything the network does."""
        watch = _Watch(send_by)
        files = {upload.name: ("picture", upload.data, upload.media_type)} if upload else None
        try:
            request = httpx.Request(
                method,
                self.server + path,
                headers={**HEADERS, **(headers or {})},
                params=params,
                content=content,
                files=files,
                data=upload.fields if upload else None,
                extensions={"trace": watch, "timeout": self._timeout},
            )
            with OneCall(self._proxy, self.whole_call, judged=not self._from_settings) as way:
                return self._read(way.handle_request(request))
        except (_Held, addresses.NotPublic, addresses.NoHost) as error:
            return Unsent(str(error))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # UnicodeError: no host name
            return Lost(_words(error)) if watch.left else Unsent(_words(error))

    def _read(self, response: httpx.Response) -> Answer | Lost:
        body = bytearray()
        try:
            for part in response.iter_bytes():
                body += part
                if len(body) > self._max_answer:
                    return Lost(f"The answer is over {self._max_answer} bytes.", response.status_code)
        except httpx.HTTPError as error:
            return Lost(_words(error), response.status_code)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, bytes(body))


def get_public(url: str, *, limit: int) -> Answer:
    """One GET of a file anybody can open, straight there. Reads at most `limit` + 1 bytes and follows no redirect.

    Raises ValueError (it is no address), NotPublic, NoHost (`addresses.py`), and another OSError if no answer comes.
    """
    try:
        request = httpx.Request(
            "GET",
            url,
            headers={**HEADERS, "accept": "image/*"},
            extensions={"timeout": _timeout(WHOLE_CALL).as_dict()},
        )
    except httpx.InvalidURL as error:
        raise ValueError("it is not an address") from error
    body = bytearray()
    try:
        with OneCall(None, WHOLE_CALL) as way:
            response = way.handle_request(request)
            for part in response.iter_bytes():
                body += part
                if len(body) > limit:
                    break
    except httpx.HTTPError as error:
        raise OSError(_words(error)) from error
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, bytes(body[: limit + 1]))


_SENTENCES: tuple[tuple[type[Exception], str], ...] = (  # the first that fits; cards show these to people
    (httpx.ConnectTimeout, "it could not be reached in time"),
    (httpx.PoolTimeout, "no connection could be made"),
    (httpx.TimeoutException, "no answer came in time"),
    (httpx.ProxyError, "the proxy did not let the call through"),
    (httpx.ConnectError, "it could not be reached"),
    (httpx.NetworkError, "the connection broke"),
    (httpx.RemoteProtocolError, "the connection broke before the answer came"),
    (httpx.DecodingError, "the answer cannot be read"),
)


def _words(error: Exception) -> str:
    """A sentence for people; the exception itself goes into the log."""
    log.info("a call to a network failed", error=f"{type(error).__name__}: {error}".removesuffix(": "))
    return next((words for kind, words in _SENTENCES if isinstance(error, kind)), "the call failed")


@functools.lru_cache(1024)
def clean_server(server: str) -> str:
    """`https://host[:port]` without a path; plain http only for loopback. ValueError says what is wrong."""
    wrong = f"{server!r} is not a server's address: write https://host"
    try:
        url = httpx.URL(server.strip().rstrip("/"))
    except httpx.InvalidURL:
        raise ValueError(wrong) from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError(wrong)
    if url.userinfo or url.query or url.fragment or url.path not in {"", "/"}:
        raise ValueError(wrong)
    if url.scheme == "http" and not is_loopback(str(url)):
        raise ValueError(f"{server!r} is not encrypted, and would show the account's secret: write https://")
    return str(url).rstrip("/")


@functools.lru_cache(1024)
def is_loopback(server: str) -> bool:
    """Whether a server is on this machine: no proxy, and plain http is allowed."""
    host = httpx.URL(server).host
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_printable(secret: str, what: str) -> str:
    """A secret that can stand in a header; raises ValueError without showing it."""
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise ValueError(f"The {what} is empty or holds a character that cannot be in one.")
    return secret


def _timeout(whole_call: float) -> httpx.Timeout:
    return httpx.Timeout(whole_call, connect=min(CONNECT, whole_call))


def _proxy_to(server: str) -> httpx.Proxy | None:
    """The environment's proxy for a server; raises ValueError with a sentence if it cannot be used."""
    address = find_proxy(server, urllib.request.getproxies())
    if address is None:
        return None
    try:
        proxy = httpx.Proxy(address)
        OneCall(proxy, WHOLE_CALL).close()
    except (httpx.InvalidURL, ValueError):  # their words quote the address, and with it a password
        raise ValueError(
            "The proxy of the environment cannot be used: its address cannot be read. Write it like "
            '"http://name:password@host:3128", and in a password @ as %40 and / as %2F.'
        ) from None
    except RuntimeError as error:  # no library for SOCKS
        raise ValueError(f"The proxy of the environment cannot be used: {error}") from error
    return proxy


class OneCall(httpx.BaseTransport):
    """Carries one request over a connection of its own. Whatever it opened is closed with it.

    `judged`: to public addresses only. A proxy looks names up itself, so of those only the spelling can be judged.
    """

    def __init__(self, proxy: httpx.Proxy | None, whole_call: float, *, judged: bool = True) -> None:
        self._unresolved = judged and proxy is not None
        self._backend = DeadlineBackend(
            whole_call, addresses.find_public if judged and proxy is None else None
        )
        self._pool = _make_pool(proxy, self._backend)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._unresolved:
            addresses.judge_unresolved(request.url.host)
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        with _errors_of_httpx():
            response = self._pool.handle_request(
                httpcore.Request(
                    request.method,
                    url,
                    headers=request.headers.raw,
                    content=request.read(),
                    extensions=request.extensions,
                )
            )
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    def close(self) -> None:
        self._pool.close()
        self._backend.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _errors_of_httpx():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


def _make_pool(proxy: httpx.Proxy | None, backend: DeadlineBackend) -> httpcore.ConnectionPool:
    with _one_reads:
        shared: dict[str, Any] = {"ssl_context": _certificates(), "network_backend": backend}
    if proxy is None:
        return httpcore.ConnectionPool(**shared)
    url = httpcore.URL(scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=b"/")
    if proxy.url.scheme.startswith("socks5"):
        return httpcore.SOCKSProxy(url, proxy_auth=proxy.raw_auth, **shared)
    return httpcore.HTTPProxy(url, proxy_auth=proxy.raw_auth, proxy_headers=proxy.headers.raw, **shared)


@contextmanager
def _errors_of_httpx() -> Iterator[None]:
    """A transport raises httpx's errors. httpcore's have the same names, which a test holds."""
    try:
        yield
    except NETWORK_ERRORS as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error
    except _socks_errors() as error:
        raise httpx.ProxyError(str(error)) from error


@functools.cache
def _socks_errors() -> tuple[type[Exception], ...]:
    """What httpcore lets through of its library for SOCKS, where that is installed."""
    try:
        from socksio import SOCKSError
    except ImportError:
        return ()
    return (SOCKSError,)


_one_reads = threading.Lock()


@functools.cache
def _certificates() -> Any:
    """Under `_one_reads`: a certificate store takes 20 ms and 2 MB, and eight senders may make their first calls
    together. SSL_CERT_FILE and SSL_CERT_DIR are honoured."""
    return httpx.create_ssl_context(trust_env=True)
