"""A pretend server of another maker that speaks Mastodon's API, with the habits that were seen on real ones.

It says 404, 410 and 500 in HTML and refuses a token with 400 in plain text, ignores idempotency keys, and takes an
answer to what is gone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.mastodon.server import MastodonServer

_IN_HTML = frozenset({404, 410, 500})
_IN_PLAIN_TEXT = frozenset({400, 401})
Answering = Callable[[Request], Awaitable[Response]]


class OtherMakersServer(MastodonServer):
    """Switches are plain attributes, to be set at any time."""

    gone_status = 404  # or 410
    walled = False  # something in between answers every call with 404 in HTML
    walled_publishing: int | None = None  # it answers a new status alone, with this status in HTML

    def routes(self) -> list[BaseRoute]:
        return [
            Route(route.path, self._in_dialect(route.endpoint), methods=list(route.methods or ["GET"]))
            for route in super().routes()
            if isinstance(route, Route)
        ]

    def signed_out(self) -> Response:
        return PlainTextResponse("invalid_token", 400)

    def _in_dialect(self, endpoint: Answering) -> Answering:
        async def answered(request: Request) -> Response:
            if self.walled:
                return _page(404)
            if self.walled_publishing and request.method == "POST" and request.url.path.endswith("/statuses"):
                return _page(self.walled_publishing)
            answer = await endpoint(request)
            if answer.status_code in _IN_PLAIN_TEXT:
                return self.signed_out()
            if answer.status_code in _IN_HTML:
                return _page(self.gone_status if answer.status_code == 404 else answer.status_code)
            return answer

        return answered

    def _refusal(self, body: dict[str, Any]) -> Response | None:
        return super()._refusal({name: value for name, value in body.items() if name != "in_reply_to_id"})


def _page(status: int) -> Response:
    return HTMLResponse(
        f"<!doctype html><html><body><h1>{status}</h1><p>Nothing here.</p></body></html>", status
    )
