"""A stage with a canned state: serves the page, records its orders, changes when a test says so."""

from __future__ import annotations

import asyncio
import copy
import io
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image, ImageDraw
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

import bot.sandbox
from tests.sandbox.page import canned

STATIC = Path(bot.sandbox.__file__).parent / "page" / "static"
LOOK_SECONDS = 0.01
JSON = dict[str, Any]


class PageStage:
    """`acts` holds every order, `answer` makes the reply to one, `change(fn)` alters the state."""

    def __init__(self) -> None:
        self.state = canned.state()
        self.acts: list[JSON] = []
        self._acted = threading.Condition()
        self.answer: Callable[[JSON], JSON] = lambda _: {"ok": True, "ack_ms": 3}
        self._gate = threading.Event()
        self._gate.set()
        self._stopping = False
        self.watched_by = 0  # pages that listen for changes
        self.fetched = 0  # the newest revision a page has asked for
        routes = [
            Route("/", lambda _: FileResponse(STATIC / "index.html")),
            Route("/api/state", self._state),
            Route("/api/act", self._act, methods=["POST"]),
            Route("/api/events", self._events),
            Route("/files/{name}", lambda _: Response(_picture(), media_type="image/png")),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes), port=0, log_level="error", ws="none", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> str:
        """Serves on a free loopback port; returns the page's address."""
        ready = threading.Event()
        original = self._server.startup

        async def startup(sockets: Any = None) -> None:
            await original(sockets)
            ready.set()

        self._server.startup = startup  # type: ignore[method-assign]  # uvicorn has no other way to say that it serves
        self._thread.start()
        assert ready.wait(10), "the page's stage did not start"
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        self._stopping = True
        self._gate.set()
        self._server.should_exit = True
        self._thread.join(10)

    def reset(self) -> None:
        """The canned state again, with no orders recorded; the page is to be opened anew."""
        self.state = canned.state()
        self.acts.clear()
        self.fetched = 0
        self.answer = lambda _: {"ok": True, "ack_ms": 3}
        self._gate.set()

    def change(self, alter: Callable[[JSON], None]) -> None:
        fresh = copy.deepcopy(self.state)
        alter(fresh)
        fresh["rev"] += 1
        self.state = fresh

    def ordered(self, count: int) -> list[JSON]:
        """The orders, once there are `count` of them."""
        with self._acted:
            assert self._acted.wait_for(lambda: len(self.acts) >= count, 5), f"only {self.acts}"
            return list(self.acts)

    def wait_alone(self) -> None:
        """Until no page listens: the stage has nothing more to do."""
        until = time.monotonic() + 10
        while self.watched_by:
            assert time.monotonic() < until, "a page is still there"
            time.sleep(0.005)

    def wait_fetched(self) -> None:
        """Until a page has asked for the newest state."""
        until = time.monotonic() + 10
        while self.fetched < self.state["rev"]:
            assert time.monotonic() < until, "nobody asked"
            time.sleep(0.005)

    def hold_acts(self) -> None:
        """Orders get no answer until `free_acts`: what the page shows meanwhile can be looked at."""
        self._gate.clear()

    def free_acts(self) -> None:
        self._gate.set()

    async def _state(self, request: Request) -> Response:
        user = request.query_params.get("user")
        if user not in {one["id"] for one in self.state["users"]}:
            return JSONResponse({"ok": False, "users": self.state["users"]}, status_code=404)
        state = copy.deepcopy(self.state)
        self.fetched = max(self.fetched, state["rev"])
        if user == canned.GIL:
            state["channels"] = [one for one in state["channels"] if one["id"] != canned.PRIVATE]
        for channel, messages in state["messages"].items():
            state["messages"][channel] = [
                item for item in messages if not item["ephemeral"] or user == canned.MAYA
            ]
        return JSONResponse(state)

    async def _act(self, request: Request) -> Response:
        order = await request.json()
        with self._acted:
            self.acts.append(order)
            self._acted.notify_all()
        while not self._gate.is_set():
            await asyncio.sleep(LOOK_SECONDS)
        return JSONResponse(self.answer(order))

    async def _events(self, _: Request) -> Response:
        async def revisions() -> AsyncIterator[str]:
            told = None
            self.watched_by += 1
            try:
                while not self._stopping:
                    if told != self.state["rev"]:
                        told = self.state["rev"]
                        yield f'data: {{"rev": {told}}}\n\n'
                    await asyncio.sleep(LOOK_SECONDS)
            finally:
                self.watched_by -= 1

        return StreamingResponse(revisions(), media_type="text/event-stream")


def _picture() -> bytes:
    """A still life: a table and rows of loaves."""
    image = Image.new("RGB", (840, 480), "#e9dcc5")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 330, 840, 480), fill="#8f6b45")
    for row in range(2):
        for at in range(5):
            left, top = 60 + at * 150 - row * 40, 200 + row * 90
            pen.ellipse((left, top, left + 150, top + 100), fill="#b9783b", outline="#8a5323", width=5)
            for cut in range(3):
                pen.line(
                    (left + 40 + cut * 28, top + 22, left + 58 + cut * 28, top + 58), fill="#e9c48d", width=7
                )
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
