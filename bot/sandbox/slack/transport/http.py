"""The Web API over HTTP: reads a call in whatever form it comes, lets faults happen, answers, keeps a log."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.sandbox.slack.faults import Fault, Faults, Kind
from bot.sandbox.slack.methods.files import receive
from bot.sandbox.slack.methods.table import METHODS
from bot.sandbox.slack.refusal import Refused
from bot.sandbox.slack.slack import Args, Json, Slack
from bot.sandbox.slack.transport.responses import respond
from bot.sandbox.slack.transport.serving import cut
from bot.sandbox.traffic import TO_SLACK, Traffic

NO_ANSWER = "no answer"
SIGN_IN_PAGE = "<!DOCTYPE html><title>Sign in | Slack</title>"


@dataclass(frozen=True)
class Call:
    """One call of the Web API, as a judge wants to see it."""

    method: str
    args: Mapping[str, Any]
    ok: bool
    error: str | None
    at: datetime
    ms: int
    status: str  # the HTTP status, or "no answer"
    body: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Tokens:
    bot: str
    app: str


class WebApi:
    def __init__(self, slack: Slack, tokens: Tokens, faults: Faults, traffic: Traffic) -> None:
        self.log: list[Call] = []
        self._slack = slack
        self._tokens = tokens
        self._faults = faults
        self._traffic = traffic

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/{method}", self._api, methods=["GET", "POST"]),
                Route("/upload/v1/{file}", self._upload, methods=["POST"]),
                Route("/files-pri/{name:path}", self._download),
                Route("/actions/{rest:path}", self._respond, methods=["POST"]),
                Route("/commands/{rest:path}", self._respond, methods=["POST"]),
                Route("/app/{rest:path}", self._respond, methods=["POST"]),
            ]
        )

    async def _api(self, request: Request) -> Response:
        method = request.path_params["method"]
        given, token = await _arguments(request)
        return await self._faulty(request, method, given, lambda: self._answer(method, token, Args(given)))

    async def _upload(self, request: Request) -> Response:
        content = await _uploaded(request)

        def take() -> Response:
            receive(self._slack, request.path_params["file"], content)
            return PlainTextResponse(f"OK - {len(content)}")

        return await self._faulty(request, "upload", {"file": request.path_params["file"]}, take)

    async def _respond(self, request: Request) -> Response:
        given, _ = await _arguments(request)

        def act() -> Response:
            respond(self._slack, self._slack.tickets.respond(request.url.path), given)
            return PlainTextResponse("ok")

        return await self._faulty(request, "response_url", given, act)

    async def _download(self, request: Request) -> Response:
        """Without the right token Slack shows its sign-in page, with status 200."""
        file_id = request.path_params["name"].split("/")[0].partition("-")[2]
        file = self._slack.workspace.files.get(file_id)
        if file is None or file.content is None or _bearer(request) != self._tokens.bot:
            return HTMLResponse(SIGN_IN_PAGE)
        return Response(file.content, media_type="application/octet-stream")

    async def _faulty(
        self, request: Request, method: str, given: Mapping[str, Any], act: Callable[[], Response]
    ) -> Response:
        """Answer as `act` does, unless a fault was ordered for this method; log either."""
        began, at = time.monotonic(), self._slack.workspace.now()
        fault = self._faults.next(method)
        kind = Kind.CUT if self._faults.down else fault.kind if fault else None
        if fault is not None and kind is Kind.SLOW:
            await asyncio.sleep(fault.seconds)
        if kind in (None, Kind.SLOW, Kind.LOST_ANSWER):
            response = await run_in_threadpool(_or_refusal, act, method)
        else:
            response = _broken(fault)
        unheard = kind in (Kind.CUT, Kind.LOST_ANSWER)
        if unheard:
            cut(request)
        body = json.loads(bytes(response.body)) if isinstance(response, JSONResponse) else {}
        self.log.append(
            Call(
                method,
                given,
                ok=response.status_code == 200 and body.get("ok", True) and kind is not Kind.CUT,
                error=body.get("error"),
                at=at,
                ms=round((time.monotonic() - began) * 1000),
                status=NO_ANSWER if unheard else str(response.status_code),
                body=body,
            )
        )
        self._show(self.log[-1])
        return response

    def _answer(self, name: str, token: str, args: Args) -> Response:
        method = METHODS.get(name)
        if method is None:
            raise Refused("unknown_method", req_method=name)
        if not token:
            raise Refused("not_authed")
        wanted = self._tokens.bot if method.token == "bot" else self._tokens.app
        if token not in (self._tokens.bot, self._tokens.app):
            raise Refused("invalid_auth")
        if token != wanted:
            raise Refused("not_allowed_token_type")
        if method.scopes:
            self._slack.rights.require(*method.scopes)
        self._slack.limits.count(name, method.per_minute)
        answer = method.answer(self._slack, args)
        headers = {"x-oauth-scopes": ",".join(sorted(self._slack.rights.scopes))}
        return JSONResponse({"ok": True, **answer}, headers=headers)

    def _show(self, call: Call) -> None:
        status = call.status if call.error is None or call.status != "200" else call.error
        self._traffic.record(TO_SLACK, call.method, call.ms, status)
        self._slack.workspace.touch()


def _or_refusal(act: Callable[[], Response], method: str) -> Response:
    try:
        return act()
    except Refused as refused:
        if refused.retry_after is not None:
            return _too_many(refused.retry_after)
        status = {"response_url": 404, "upload": 400}.get(method, 200)
        return JSONResponse(refused.body, status_code=status)


def _too_many(seconds: float) -> Response:
    body = {"ok": False, "error": "ratelimited"}
    return JSONResponse(body, status_code=429, headers={"Retry-After": str(max(1, round(seconds)))})


def _broken(fault: Fault | None) -> Response:
    if fault is not None and fault.kind is Kind.TOO_MANY:
        return _too_many(fault.seconds)
    return HTMLResponse("<h1>Internal Server Error</h1>", status_code=500)


def _bearer(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


async def _arguments(request: Request) -> tuple[dict[str, Any], str]:
    """(arguments, token); a body wins over the query, a bearer token over one among the arguments."""
    given: dict[str, Any] = dict(request.query_params)
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("application/json"):
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            body = {}
        given |= body if isinstance(body, dict) else {}
    elif "form" in content_type:
        given |= {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    token = given.pop("token", None)
    return given, _bearer(request) or str(token or "")


async def _uploaded(request: Request) -> bytes:
    """The file's bytes: the raw body, or the first file of a multipart form."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    for part in (await request.form()).values():
        if not isinstance(part, str):
            return await part.read()
    return b""
