"""The server behind the browser page: the state as JSON, a stream that says when it changed, and the acts.

It listens on loopback only, and it answers only a page it served itself: a foreign site open in the same
browser must not be able to press Approve, so the Host header and the Origin of every POST are checked.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.sandbox.page.acts import StageActions, act
from bot.sandbox.page.state import list_people, state
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.transport.serving import LoopbackServer

STATIC = Path(__file__).parent / "static"
HEARTBEAT_SECONDS = 15.0
OUR_NAMES = ("localhost", "127.0.0.1")
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: http://127.0.0.1:* http://localhost:*; frame-ancestors 'none'"
)


class PageServer:
    """`actions` is the stage around Slack: networks and their people, clock, faults, the bot's process."""

    def __init__(
        self,
        server: SlackServer,
        actions: StageActions,
        *,
        port: int = 0,
        static: Path = STATIC,
    ) -> None:
        self._server = server
        self._actions = actions
        self._static = static
        self._http = LoopbackServer(port)
        self._watchers: set[Callable[[], None]] = set()
        self._stopping = False
        self._unlisten: Callable[[], None] = lambda: None
        self.address = self._http.address

    def start(self) -> None:
        self._unlisten = self._server.workspace.listen(self._tell_all)
        self._http.start(self._app())

    def stop(self) -> None:
        self._stopping = True
        self._tell_all(0)
        self._unlisten()
        self._http.stop()

    def touch(self) -> None:
        """Tell every page that something changed which is not Slack's: a post on the network, say."""
        self._server.workspace.touch()

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self._index),
                Route("/api/state", self._state),
                Route("/api/events", self._events),
                Route("/api/act", self._act, methods=["POST"]),
                Route("/files/{id}", self._file),
                Route("/buffer.csv", self._plan),
                Mount("/static", StaticFiles(directory=self._static, check_dir=False)),
            ],
            middleware=[Middleware(_OnlyOurPage)],
        )

    async def _index(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's form
        return FileResponse(self._static / "index.html")

    async def _state(self, request: Request) -> Response:
        user = request.query_params.get("user", "")
        if user not in self._server.workspace.users:
            told = {
                "ok": False, "error": "There is no such person here.", "users": list_people(self._server.workspace),
            }  # fmt: skip
            return JSONResponse(told, status_code=404)
        self._actions.welcome()
        return JSONResponse(
            await run_in_threadpool(state, self._server, user, self._actions),
            headers={"Cache-Control": "no-store"},
        )

    async def _act(self, request: Request) -> Response:
        try:
            asked = await request.json()
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            return JSONResponse({"ok": False, "error": "That was not understood."}, status_code=400)
        result = await run_in_threadpool(act, self._server, self._actions, asked)
        self.touch()
        return JSONResponse(result)

    async def _file(self, request: Request) -> Response:
        file = self._server.workspace.files.get(request.path_params["id"])
        if file is None or file.content is None:
            return PlainTextResponse("There is no such file.", status_code=404)
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return Response(file.content, media_type=_picture_type(file.content), headers=headers)

    async def _plan(self, request: Request) -> Response:  # noqa: ARG002
        """A plan to drop into the channel."""
        return PlainTextResponse(self._actions.plan_to_import(), media_type="text/csv")

    async def _events(self, request: Request) -> Response:  # noqa: ARG002
        return StreamingResponse(
            self._revisions(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    async def _revisions(self) -> AsyncIterator[str]:
        """One line for every burst of changes; a comment now and then, so that a dead page is noticed."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def watcher() -> None:
            loop.call_soon_threadsafe(changed.set)

        self._watchers.add(watcher)
        try:
            yield _data(self._server.workspace.revision)
            while not self._stopping:
                try:
                    await asyncio.wait_for(changed.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                changed.clear()
                if not self._stopping:
                    yield _data(self._server.workspace.revision)
        finally:
            self._watchers.discard(watcher)

    def _tell_all(self, revision: int) -> None:  # noqa: ARG002 - each page asks for the newest itself
        for watcher in tuple(self._watchers):
            watcher()


class _OnlyOurPage:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _ours(Request(scope)):
            await PlainTextResponse("Not from here.", status_code=403)(scope, receive, send)
            return

        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", POLICY.encode()),
                    (b"referrer-policy", b"no-referrer"),
                ]
            await send(message)

        await self._app(scope, receive, with_policy)


def _ours(request: Request) -> bool:
    host = request.headers.get("host", "")
    if urlsplit(f"//{host}").hostname not in OUR_NAMES:
        return False  # a name that somebody else's DNS points here
    if request.method in ("GET", "HEAD"):
        return True
    origin = request.headers.get("origin")
    typed = request.headers.get("content-type", "").startswith("application/json")
    return typed and origin in (None, f"http://{host}")


def _data(revision: int) -> str:
    body: dict[str, Any] = {"rev": revision}
    return f"data: {json.dumps(body)}\n\n"


def _picture_type(content: bytes) -> str:
    """By the first bytes: whoever uploaded it said nothing about its type."""
    kinds = {
        b"\x89PNG": "image/png",
        b"\xff\xd8\xff": "image/jpeg",
        b"GIF8": "image/gif",
        b"RIFF": "image/webp",
    }
    return next(
        (kind for start, kind in kinds.items() if content.startswith(start)), "application/octet-stream"
    )
