"""What pretend networks share: a real HTTP server on loopback, faults to order, and a ledger.

Tests judge by the ledger: it has a line for each post, answer and private message that came into being through the API,
whatever the caller was told. What customers write, and what we write in the network's own app, is not in it:
`conversation` shows all of it. uvicorn's protocol class is extended, because an ASGI application cannot hang up.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Router
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from bot.sandbox.listening import stop_listening, take_turns
from bot.sandbox.networks.late import Handler, OnTheWay

_REPEATED = 3  # messages a repeated page shows again


class Fault(StrEnum):
    """What a network can be told to do with the next post, take-down, or (from READ_ERROR on) question."""

    ERROR_BEFORE = "answer 500, publish nothing"
    ERROR_AFTER = "publish, then answer 500"
    LOST_ANSWER = "publish, then hang up"
    CUT_BEFORE = "read the request, then hang up, publish nothing"
    TIME_OUT = "read the request, say nothing, publish nothing"
    TIME_OUT_AFTER = "publish, then say nothing"
    THROTTLED = "answer 429"
    SIGNED_OUT = "answer that the token is not valid"
    LANDS_LATE = "hang up, and publish two and a half minutes later"
    SLOW = "publish and answer, slowly"
    NONSENSE = "publish, then answer 200 with a page of HTML"
    NO_ID = "publish, then answer 200 with an object that names nothing"
    DOWN = "hang up on every call of any kind"
    REFUSES_DELETE = "say that it may not be deleted"
    READ_ERROR = "answer a question with 500"
    READ_THROTTLED = "answer a question with 429"
    READ_CUT = "hang up on a question"
    READ_TIME_OUT = "hear a question and say nothing"
    READ_NONSENSE = "answer a question with a page of HTML"
    PAGES_REPEATED = "show again what a page of messages showed before"
    PAGES_REORDERED = "shuffle a page of messages"
    APPEARS_LATE = "give the next message its id and its time, and show it in no list before `show_late`"
    FEED_SKIPS = "leave the next message out of the feed; its thread shows it"


_NOT_PUBLISHED = frozenset(
    {Fault.ERROR_BEFORE, Fault.CUT_BEFORE, Fault.TIME_OUT, Fault.THROTTLED, Fault.SIGNED_OUT}
)

READING = frozenset(
    {Fault.READ_ERROR, Fault.READ_THROTTLED, Fault.READ_CUT, Fault.READ_TIME_OUT, Fault.READ_NONSENSE}
)
_FEED = frozenset({Fault.PAGES_REPEATED, Fault.PAGES_REORDERED, Fault.FEED_SKIPS, Fault.APPEARS_LATE})
PUBLISHING = frozenset(Fault) - READING - _FEED - {Fault.DOWN, Fault.REFUSES_DELETE}


class Faults:
    """Orders for the next posts and questions. A count runs out by itself; an order without one holds until lifted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: dict[Fault, int | None] = {}

    def order(self, fault: Fault, times: int | None = 1) -> None:
        with self._lock:
            self._orders[fault] = times

    def lift(self, fault: Fault | None = None) -> None:
        """Lift one order, or all."""
        with self._lock:
            if fault is None:
                self._orders.clear()
            else:
                self._orders.pop(fault, None)

    def ordered(self, fault: Fault) -> bool:
        return fault in self._orders

    def take(self, among: frozenset[Fault] = PUBLISHING) -> Fault | None:
        """The fault the next post (or other thing) meets; uses up one of its count."""
        with self._lock:
            fault = next((one for one in self._orders if one in among), None)
            if fault is not None:
                self._use_up(fault)
            return fault

    def takes(self, fault: Fault) -> bool:
        """Whether this one is ordered; uses up one of its count."""
        return self.take(frozenset({fault})) is not None

    def _use_up(self, fault: Fault) -> None:
        times = self._orders[fault]
        if times is not None:
            self._orders[fault] = times - 1
            if times <= 1:
                del self._orders[fault]


@dataclass(frozen=True)
class Published:
    """A line of the ledger: one post that came into being."""

    at: datetime
    account: str
    remote_id: str
    key: str | None  # idempotency key or record key
    text: str
    reply_to: str | None = None  # remote id of what it answers
    visibility: str = "public"


@dataclass(frozen=True)
class Seen:
    """One request, for the traffic pane."""

    n: int
    at: datetime
    method: str
    path: str
    status: str  # "200", or "no answer"
    ms: float


class _HangUp(Exception):
    """The caller gets no answer."""


class _Protocol(H11Protocol):
    """Puts the connection within the application's reach."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class NetworkServer(ABC):
    """A pretend network. Subclasses give the routes and the words of their refusals."""

    slow_seconds = 2.0

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._made: list[Published] = []
        self._seen: deque[Seen] = deque(maxlen=1000)
        self._count = 0
        self._on_the_way = OnTheWay(now)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._thread: threading.Thread | None = None
        self._port = 0
        self.faults = Faults()
        self.late: set[str] = set()  # remote ids of messages that no list shows yet
        self.on_request: Callable[[Seen], None] | None = None
        self.lock = threading.RLock()  # around everything the network remembers
        self._routes = Router(self.routes())  # an application would answer 500 before it hangs up

    @abstractmethod
    def routes(self) -> list[BaseRoute]: ...

    @abstractmethod
    def throttled(self) -> Response: ...

    @abstractmethod
    def signed_out(self) -> Response: ...

    @abstractmethod
    def customer_writes(
        self,
        name: str,
        text: str,
        *,
        to: str | None = None,
        reply_to: str | None = None,
        private: bool = False,
        at: datetime | None = None,
        handle: str | None = None,
        followers: int = 12,
        images: Sequence[tuple[str, str]] = (),
        language: str = "en",
    ) -> str:
        """Somebody writes to the account `to` (else the one they answer, else our first): below `reply_to`,
        which may be anybody's, or as a mention, or privately. `images` are (url, alt). Returns the remote id."""

    @abstractmethod
    def customer_edits(self, remote_id: str, text: str) -> None:
        """Only where the network knows edits."""

    @abstractmethod
    def customer_deletes(self, remote_id: str) -> None: ...

    @abstractmethod
    def we_answer_in_app(self, remote_id: str, text: str) -> str:
        """A colleague answers a customer's message with the network's own app. Returns the remote id."""

    @abstractmethod
    def conversation(self, remote_id: str) -> list[dict[str, Any]]:
        """The whole thread a message is in as customers see it, the oldest first:
        {"id", "by", "text", "ours", "deleted", "edited", "private"}."""

    @abstractmethod
    def latest(self, handle: str) -> str:
        """Remote id of the newest message of somebody, by handle or name. LookupError if there is none."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def ledger(self) -> tuple[Published, ...]:
        """Every post that came into being, oldest first, deleted ones too."""
        return tuple(self._made)

    @property
    def requests(self) -> tuple[Seen, ...]:
        """The last thousand requests, oldest first."""
        return tuple(self._seen)

    def start(self) -> None:
        """Serve from now on; after a stop on the same port again."""
        listener = socket.create_server(("127.0.0.1", self._port), backlog=2048)
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._application,
            http=_Protocol,
            interface="asgi3",
            proxy_headers=False,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
        )
        config.load()
        self._loop, self._stopping = asyncio.new_event_loop(), asyncio.Event()
        serving = _serve(listener, config, self._stopping)
        self._thread = threading.Thread(target=_run, args=(self._loop, serving), name="stand", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Hang up on everybody and refuse connections from now on."""
        if self._loop is None or self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)
        self._loop = self._thread = None

    def show_late(self) -> None:
        """What was held back is where it belongs from now on: before what came after it."""
        with self.lock:
            self.late.clear()

    def _written(self, remote_id: str) -> str:
        """A message that has come into being."""
        if self.faults.takes(Fault.APPEARS_LATE):
            self.late.add(remote_id)
        return remote_id

    async def publishing(self, request: Request, publish: Handler) -> Response:
        """A request that publishes, under whatever fault is ordered."""
        fault = self.faults.take()
        if fault is None:
            return await publish(request)
        if fault is Fault.LANDS_LATE:
            await self._on_the_way.hold(request, publish)
        answer = None if fault in {*_NOT_PUBLISHED, Fault.LANDS_LATE} else await publish(request)
        if answer is not None and answer.status_code >= 400:
            return answer
        if fault in {Fault.LOST_ANSWER, Fault.CUT_BEFORE, Fault.LANDS_LATE}:
            raise _HangUp
        if fault in {Fault.TIME_OUT, Fault.TIME_OUT_AFTER}:
            await _until_gone(request)
            raise _HangUp
        if fault is Fault.SLOW and answer is not None:
            await asyncio.sleep(self.slow_seconds)
            return answer
        return self._spoiled(fault)

    async def reading(self, request: Request, read: Callable[[Request], Response]) -> Response:
        """A question, under whatever fault is ordered."""
        fault = self.faults.take(READING)
        if fault is None:
            with self.lock:
                return read(request)
        if fault is Fault.READ_TIME_OUT:
            await _until_gone(request)
        if fault in {Fault.READ_TIME_OUT, Fault.READ_CUT}:
            raise _HangUp
        if fault is Fault.READ_THROTTLED:
            return self.throttled()
        return self._spoiled(Fault.NONSENSE if fault is Fault.READ_NONSENSE else fault)

    def _page(self, messages: list[Any], begin: int, end: int) -> list[Any]:
        """`messages[begin:end]`, the oldest first, or what an order makes of it."""
        if self.faults.takes(Fault.PAGES_REPEATED):
            begin = max(0, begin - _REPEATED)
        page = messages[begin:end]
        if self.faults.takes(Fault.PAGES_REORDERED):
            page = page[1::2][::-1] + page[::2]
        return page

    def _spoiled(self, fault: Fault) -> Response:
        match fault:
            case Fault.THROTTLED:
                return self.throttled()
            case Fault.SIGNED_OUT:
                return self.signed_out()
            case Fault.NONSENSE:
                return HTMLResponse("<html><body>Welcome</body></html>")
            case Fault.NO_ID:
                return JSONResponse({"ok": True})
            case _:
                return JSONResponse({"error": "InternalServerError", "message": "Internal Server Error"}, 500)

    def _publish(self, line: Published) -> None:
        self._made.append(line)

    async def _application(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        date = format_datetime(self._now(), usegmt=True).encode()

        async def noted(message: Message) -> None:
            """Whoever has the answer finds the request in the list."""
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"date", date)]
                self._note(scope, str(message["status"]), began)
            await send(message)

        try:
            if self.faults.ordered(Fault.DOWN):
                raise _HangUp
            await self._on_the_way.land()
            raw = {**scope, "path": scope["raw_path"].decode("ascii")}  # an id with a slash stays one part
            await self._routes(raw, receive, noted)
        except _HangUp:
            self._note(scope, "no answer", began)
            scope["state"]["transport"].abort()
            while (await receive())["type"] != "http.disconnect":
                pass

    def _note(self, scope: Scope, status: str, began: float) -> None:
        self._count += 1
        ms = (time.perf_counter() - began) * 1000
        seen = Seen(self._count, self._now(), scope["method"], scope["path"], status, ms)
        self._seen.append(seen)
        if self.on_request is not None:
            self.on_request(seen)


def _run(loop: asyncio.AbstractEventLoop, serving: Coroutine[Any, Any, None]) -> None:
    with closing(loop):
        loop.run_until_complete(serving)


async def _serve(listener: socket.socket, config: uvicorn.Config, stopping: asyncio.Event) -> None:
    """uvicorn's protocol without its server, which notices only every 100 ms that it shall stop."""
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: _Protocol(config, state, {}), sock=listener, backlog=2048
    )
    await stopping.wait()
    await stop_listening(server, listener)
    await _hang_up(state)


async def _hang_up(state: ServerState) -> None:
    """End every connection, and whatever still works for one."""
    for connection in list(state.connections):
        connection.transport.abort()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await take_turns()


async def _until_gone(request: Request) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(0.02)
