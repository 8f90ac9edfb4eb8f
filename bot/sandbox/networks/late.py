"""Requests that are held up on the way to a pretend network, and land when its caller has long hung up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

Handler = Callable[[Request], Awaitable[Response]]
LANDS_AFTER = timedelta(seconds=150)


class OnTheWay:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._held: list[tuple[datetime, Request, Handler]] = []

    async def hold(self, request: Request, publish: Handler) -> None:
        await request.body()
        self._held.append((self._now() + LANDS_AFTER, request, publish))

    async def land(self) -> None:
        """What has arrived by now, before whoever asks next."""
        landed = [one for one in self._held if one[0] <= self._now()]
        self._held = [one for one in self._held if one not in landed]
        for _, request, publish in landed:
            await publish(request)
