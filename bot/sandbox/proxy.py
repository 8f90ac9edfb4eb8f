"""What stands before the bot on the stage, as a proxy does for a real one: it passes `/media` on, and nothing else.

So a network that fetches images reaches them as it would outside, and under the same address after a restart, though
the bot listens on another port then.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.sandbox.slack.transport.serving import LoopbackServer

PATIENCE = 5.0  # seconds for the bot's answer

Record = Callable[[str, float, str], object]  # what was asked for, in how many ms, what was answered


class Proxy:
    """Its address is known, and free for nobody else, before the bot starts."""

    def __init__(self, record: Record) -> None:
        self._http = LoopbackServer()
        self._record = record
        self.address = self._http.address
        self.port = 0  # the bot's; 0: it is not there

    def start(self) -> None:
        self._http.start(Starlette(routes=[Route("/media/{token}", self._pass_on)]))

    def stop(self) -> None:
        self._http.stop()

    async def _pass_on(self, request: Request) -> Response:
        began = time.perf_counter()
        answer = await run_in_threadpool(self._ask, request.method, request.scope["raw_path"].decode("ascii"))
        ms = (time.perf_counter() - began) * 1000
        self._record(f"{request.method} /media/…", ms, str(answer.status_code))
        return answer

    def _ask(self, method: str, path: str) -> Response:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            line.request(method, path)
            answer = line.getresponse()
            return Response(answer.read(), answer.status, media_type=answer.getheader("content-type"))
        except (OSError, http.client.HTTPException):
            return PlainTextResponse("Byhand does not answer.", 502)
        finally:
            line.close()
