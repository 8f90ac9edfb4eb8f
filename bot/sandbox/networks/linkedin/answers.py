"""How a pretend LinkedIn answers: error bodies, lists, and what a request says."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.networks.linkedin.state import Member

INVALID, REVOKED, EXPIRED = 65600, 65601, 65602
_LOST = {
    INVALID: ("INVALID_ACCESS_TOKEN", "Invalid access token"),
    REVOKED: ("REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user"),
    EXPIRED: ("EXPIRED_ACCESS_TOKEN", "The token used in the request has expired"),
}


def error(status: int, message: str, code: str = "", *, service: int | None = None, **more: Any) -> Response:
    body: dict[str, Any] = {"status": status, "message": message, **more}
    if code:
        body["code"] = code
    if service is not None:
        body["serviceErrorCode"] = service
    return JSONResponse(body, status)


def lost(service: int) -> Response:
    code, words = _LOST[service]
    return error(401, words, code, service=service)


def forbidden(what: str) -> Response:
    return error(403, f"Not enough permissions to access: {what}", "ACCESS_DENIED", service=100)


def not_found() -> Response:
    return error(404, "Entity not found", "NOT_FOUND")


def duplicate(urn: str) -> Response:
    words = (
        f"com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of {urn}"
    )
    one = {"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}
    kind = "com.linkedin.common.error.BadRequest"
    return error(422, words, errorDetailType=kind, errorDetails={"inputErrors": [one]})


def elements(found: list[dict[str, Any]]) -> Response:
    paging = {"start": 0, "count": len(found), "links": []}
    return JSONResponse({"paging": paging, "elements": found})


def read_part(request: Request) -> str:
    return unquote(str(request.path_params["id"]))


def refuse(member: Member, scope: str, what: str) -> Response | None:
    return None if scope in member.scopes else forbidden(what)


async def read_json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
