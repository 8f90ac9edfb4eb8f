"""A Starlette app on a loopback port, in a thread: start, stop, and cut a connection without an answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from contextlib import closing, suppress
from email.utils import formatdate
from threading import Thread
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from bot.sandbox.listening import stop_listening

GRACE = 2.0  # seconds for answers on their way when the server stops


class _CuttableProtocol(H11Protocol):
    """Hands every request the means to break its own connection; ASGI itself has none."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn only takes asyncio's
        super().connection_made(transport)
        now = formatdate(usegmt=True).encode()
        self.server_state.default_headers = [(b"date", now)]  # by which `byhand check` judges its clock
        self.app_state = {**self.app_state, "cut": transport.abort}


def cut(request: Request) -> None:
    """Close the connection of this request now. Whatever is answered afterwards goes nowhere."""
    request.scope["state"]["cut"]()


class LoopbackServer:
    """Listens from the start on, so that its address is known before it serves."""

    def __init__(self, port: int = 0) -> None:
        self._socket = socket.create_server(("127.0.0.1", port), backlog=128)
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._thread: Thread | None = None

    def start(self, app: Starlette) -> None:
        config = uvicorn.Config(
            app,
            http=_CuttableProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
        )
        config.load()
        self._loop = asyncio.new_event_loop()
        serving = _serve(self._socket, config, self._stopping)
        self._thread = Thread(target=_run, args=(self._loop, serving), name="stage-http", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(5)
            self._loop = self._thread = None
        self._socket.close()


def _run(loop: asyncio.AbstractEventLoop, serving: Coroutine[Any, Any, None]) -> None:
    with closing(loop):
        loop.run_until_complete(serving)


async def _serve(listener: socket.socket, config: uvicorn.Config, stopping: asyncio.Event) -> None:
    """uvicorn's protocol without its server, which looks every 100 ms whether it shall stop and then waits as long.
    What is being answered may end; what does not is cut off."""
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: _CuttableProtocol(config, state, {}), sock=listener
    )
    await stopping.wait()
    await stop_listening(server, listener)
    for connection in list(state.connections):
        connection.shutdown()
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE):
            while state.connections or state.tasks:
                await asyncio.sleep(0.002)
    for connection in list(state.connections):
        connection.transport.abort()
    for task in list(state.tasks):
        task.cancel()
    await asyncio.gather(*state.tasks, return_exceptions=True)
