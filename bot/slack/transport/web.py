"""Everything inbound over HTTP: Slack's requests (HTTP mode), images for networks, health, readiness, metrics.

Bolt is handed only what is signed and well-formed: by itself it answers 500 to a timestamp that is no number,
and reads the body before the signature (facts of Slack, section 1). It is called in threads of its own, because
a listener commits before it acknowledges and must hold up neither the event loop nor the health checks meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

import uvicorn
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import descriptors
from bot.observability import Metrics
from bot.slack.transport.doorkeeper import SIGNED, make_protocol
from bot.slack.transport.media import PATH, Image, MediaDoor
from bot.slack.transport.shapes import clean, find_fault

MAX_BODY = 1_000_000  # bytes; Slack's largest, a view_submission, stays under 250 kB of view
BODY_SECONDS = 10  # for a request to arrive whole
LISTENERS = 32  # at once
AT_A_TIME = 32  # connections accepted before the doorkeeper looks
QUEUE = 1024  # connections the system keeps for us meanwhile
STOP_SECONDS = 8  # for running listeners to commit and acknowledge

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """One thing looked at, in a sentence."""

    name: str  # "database"
    ok: bool
    sentence: str  # "The database answers." or what is wrong and how to fix it


@dataclass(frozen=True)
class Report:
    findings: tuple[Finding, ...] = ()
    troubles: tuple[str, ...] = ()  # that are no reason to send Slack's requests elsewhere

    @property
    def ok(self) -> bool:
        return all(finding.ok for finding in self.findings)


Check = Callable[[], Report]
Endpoint = Callable[[Request], Awaitable[Response]]


def build_web(
    *,
    bolt_app: Callable[[], App | None] | None,
    signing_secret: str,
    health: Check,
    ready: Check,
    metrics: Metrics,
    find_image: Callable[[str], Image | None] | None = None,
) -> Starlette:
    """`bolt_app` is None in Socket Mode: no route for Slack then. In HTTP mode it gives the app once there is one,
    since Slack may be away when we start. `find_image` gives the image that has this token; None: no network fetches
    any. Raises ValueError for an empty secret."""
    routes = [
        Route("/healthz", _reporting(health), methods=["GET"]),
        Route("/readyz", _reporting(ready), methods=["GET"]),
        Route("/metrics", _metrics(metrics), methods=["GET"]),
    ]
    close = []
    if find_image is not None:
        media = MediaDoor(find_image)
        routes.append(Route(PATH, media.answer, methods=["GET"]))
        close.append(media.close)
    if bolt_app is not None:
        door = SlackDoor(bolt_app, SignatureVerifier(signing_secret), metrics)
        routes.append(Route("/slack/events", door.answer, methods=["POST"]))
        close.append(door.close)

    @asynccontextmanager
    async def serve(_web: Starlette) -> AsyncIterator[None]:
        """As long as the server serves; the doors' threads end with it, each after what it runs."""
        yield
        for end in close:
            end()

    web = Starlette(routes=routes, lifespan=serve)
    web.router.redirect_slashes = False  # one path each, and to no other host's
    return web


def _reporting(check: Check) -> Endpoint:
    async def endpoint(_request: Request) -> Response:
        report = await run_in_threadpool(_checked, check)
        checks = [asdict(finding) for finding in report.findings]
        said = {"ok": report.ok, "checks": checks, "troubles": list(report.troubles)}
        return JSONResponse(said, status_code=200 if report.ok else 503)

    return endpoint


def _checked(check: Check) -> Report:
    try:
        return check()
    except Exception:  # the boundary: whatever a check fails with is what it was meant to find
        log.exception("a health check broke")
        return Report((Finding("check", False, "The check itself broke; the log says why."),))


def _metrics(metrics: Metrics) -> Endpoint:
    async def endpoint(_request: Request) -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return endpoint


class _NotTaken(Exception):
    """A request that is answered here, without Bolt."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class SlackDoor:
    """`POST /slack/events`: size, encoding, signature, and only then Bolt."""

    def __init__(self, app: Callable[[], App | None], verifier: SignatureVerifier, metrics: Metrics) -> None:
        self._app = app
        self._verifier = verifier
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(LISTENERS, "listener")

    def close(self) -> None:
        self._threads.shutdown(wait=False)

    async def answer(self, request: Request) -> Response:
        began = time.perf_counter()
        try:
            response = await self._taken(request)
        except _NotTaken as refusal:
            log.warning("a request to Slack's door was answered %s: %s", refusal.status, refusal)
            response = PlainTextResponse(str(refusal), refusal.status)
        self._metrics.requests.labels(response.status_code).inc()
        self._metrics.request_seconds.observe(time.perf_counter() - began)
        return response

    async def _taken(self, request: Request) -> Response:
        body = await _read(request)
        if _is_ssl_check(body):  # unsigned, by Slack's design, and without any effect
            return Response()
        self._verify(body, request)
        bolt_request = _parsed(request, body)
        app = self._app()
        if app is None:
            raise _NotTaken(503, "Not connected to Slack yet: please deliver this again.")
        setattr(request.state, SIGNED, True)
        loop = asyncio.get_running_loop()
        return to_starlette_response(await loop.run_in_executor(self._threads, _dispatch, app, bolt_request))

    def _verify(self, body: bytes, request: Request) -> None:
        stamp = request.headers.get("x-slack-request-timestamp")
        signature = request.headers.get("x-slack-signature")
        try:
            valid = self._verifier.is_valid(body, stamp, signature)
        except (
            ValueError,
            TypeError,
            OverflowError,
        ):  # a timestamp that is no number or a huge one, a signature that is not ASCII
            valid = False
        if not valid:
            raise _NotTaken(401, "The signature is missing, forged or over 300 seconds old.")


def _parsed(request: Request, body: bytes) -> BoltRequest:
    """Signed, and still perhaps no JSON, no object, or of another shape than anything of Slack's."""
    try:
        parsed = to_bolt_request(request, body)
        parsed.body = clean(parsed.body)
        fault = find_fault(parsed.body)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        fault = "it cannot be read"
    if fault is not None:
        raise _NotTaken(400, f"This is not a request of Slack: {fault}.")
    return parsed


def _dispatch(app: App, request: BoltRequest) -> BoltResponse:
    """What a listener raises, Bolt hands to our own answer; this is what Bolt itself stumbles over."""
    try:
        return app.dispatch(request)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise _NotTaken(400, f"This is not a request of Slack: {type(error).__name__}.") from None


async def _read(request: Request) -> bytes:
    """The body, bounded in size and time, and UTF-8."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _read_bounded(request)
        body.decode()
    except TimeoutError:
        raise _NotTaken(408, "The request did not arrive in time.") from None
    except ClientDisconnect:
        raise _NotTaken(400, "The connection was closed early.") from None
    except UnicodeDecodeError:
        raise _NotTaken(400, "This is not UTF-8.") from None
    return body


async def _read_bounded(request: Request) -> bytes:
    too_large = _NotTaken(413, f"More than {MAX_BODY} bytes.")
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > MAX_BODY:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise too_large
    return bytes(body)


def _is_ssl_check(body: bytes) -> bool:
    return len(body) < 1000 and b"ssl_check=1" in body.split(b"&")


class _Server(uvicorn.Server):
    """uvicorn in a thread: says when it listens. It sets signal handlers only in the main thread."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or ():  # asyncio has one number for both; a short queue turns Slack away
            listening.listen(QUEUE)
        self.listening.set()


class WebServer:
    """The web application on a thread of its own."""

    def __init__(self, web: Starlette, host: str, port: int) -> None:
        self.host = host
        self.port = port  # the real one after start(), also where 0 was asked for
        self._server = _Server(
            uvicorn.Config(
                web,
                lifespan="on",
                ws="none",
                access_log=False,
                log_config=None,  # the journal's handler takes uvicorn's lines
                log_level=logging.WARNING,
                proxy_headers=False,
                server_header=False,
                http=make_protocol(descriptors.count_connections(AT_A_TIME)),
                backlog=AT_A_TIME,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen; returns once connections are taken. Raises OSError if the address is taken or not ours."""
        family = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((self.host, self.port), family=family)
        self.port = listening.getsockname()[1]
        self._thread = threading.Thread(target=self._server.run, args=([listening],), name="web", daemon=True)
        self._thread.start()
        if not self._server.listening.wait(timeout=10):
            raise OSError("The HTTP server did not start within 10 seconds.")

    def stop(self) -> None:
        """Take no new connection, let running requests end, up to STOP_SECONDS."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(timeout=STOP_SECONDS + 2)
