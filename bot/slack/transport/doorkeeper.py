"""Who may stand in the door: a bound on open connections, and on how long one may take to say what it wants.

uvicorn has neither: it waits for ever for a first request, and counts connections only once one is complete. A
thousand connections that say nothing would take every file descriptor of the process, and with them the pause.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 5.0  # from the connection, or the last answer, to the end of the next request's headers
REQUEST_SECONDS = 30.0  # from there to the end of the answer; Slack itself gives up after three

SIGNED = "signed"  # in a request's state

log = logging.getLogger(__name__)


class Doorkeeper:
    """Knows every open connection of one server, by when it came or last brought a request of Slack's.

    Only what Slack has signed is safe from giving way: all else is answered in no time, or not worth it. All of it
    happens on the event loop.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._open: dict[Guarded, None] = {}

    def let_in(self, newcomer: Guarded) -> bool:
        """False: all who are here wait for the answer to a request of Slack's, and there is no room."""
        if len(self._open) >= self._room:
            oldest = next((one for one in self._open if not one.is_taken), None)
            if oldest is None:
                log.warning("too many requests of Slack's at once: a new connection is turned away")
                return False
            log.warning("too many connections: the oldest idle one is closed")
            self.forget(oldest)
            oldest.drop()
        self._open[newcomer] = None
        return True

    def move_back(self, one: Guarded) -> None:
        """A request of Slack's was answered there just now."""
        if one in self._open:
            del self._open[one]
            self._open[one] = None

    def forget(self, one: Guarded) -> None:
        self._open.pop(one, None)


class Guarded(H11Protocol):
    """One connection."""

    doorkeeper: Doorkeeper
    _timer: asyncio.TimerHandle | None = None

    @property
    def is_signed(self) -> bool:
        """The request it brought last is signed by Slack, as the route has found."""
        return self.cycle is not None and SIGNED in self.cycle.scope["state"]

    @property
    def is_taken(self) -> bool:
        """Such a request is being answered."""
        return self.is_signed and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if self.doorkeeper.let_in(self):
            self._wait_for_headers()
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.doorkeeper.forget(self)
        self._stop_timer()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        if self.is_signed:
            self.doorkeeper.move_back(self)
        self._wait_for_headers()
        super().on_response_complete()

    def drop(self) -> None:
        """Close it at once, whatever it is at."""
        self._stop_timer()
        self.transport.abort()

    def _wait_for_headers(self) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(HEADER_SECONDS, self._headers_are_late)

    def _headers_are_late(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            log.info("a connection is closed: no request within %s s", HEADER_SECONDS)
            self.drop()
        else:
            self._timer = self.loop.call_later(REQUEST_SECONDS, self._request_is_late)

    def _request_is_late(self) -> None:
        log.warning("a connection is closed: its request was not answered within %s s", REQUEST_SECONDS)
        self.drop()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def make_protocol(room: int) -> type[asyncio.Protocol]:
    """The class of one server's connections, which share a doorkeeper."""
    attributes: dict[str, Any] = {"doorkeeper": Doorkeeper(room)}
    return type("GuardedHere", (Guarded,), attributes)
