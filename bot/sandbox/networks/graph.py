"""What pretend networks of Meta's share: the bodies of errors, which fields of what was asked for, pages of a list, and
what is said of a token.

Each follows Meta's documents: the error body and 190 (Graph API, "Handling errors"), `fields` ("Field expansion"),
`paging` ("Paginated results"), batches ("Batch requests"), `debug_token` (its reference).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote

import regex
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

VERSION = "v27.0"
ELSEWHERE = (
    f"https://graph.elsewhere.example/{VERSION}/next"  # where `paging.next` leads: nobody should follow it
)
MOST = 100
_DEFAULT = ("id", "message", "created_time")
_NAME = regex.compile(r"([a-z_]+)(?:\.[a-z_]+\([^)]*\))*(\{(?:[^{}]|(?2))*\})?", regex.IGNORECASE)


def error(
    code: int,
    message: str,
    subcode: int | None = None,
    *,
    status: int = 400,
    kind: str = "OAuthException",
    **more: Any,
) -> Response:
    found: dict[str, Any] = {"message": message, "type": kind, "code": code, **more}
    if subcode is not None:
        found["error_subcode"] = subcode
    return JSONResponse({"error": {**found, "fbtrace_id": "AqrPd3nd-sAnDb0x"}}, status)


def signed_out(subcode: int = 460) -> Response:
    words = "The session has been invalidated because the user changed their password"
    return error(190, f"Error validating access token: {words}", subcode)


def not_found(object_id: str, method: str = "get") -> Response:
    words = (
        f"Unsupported {method} request. Object with ID '{object_id}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation."
    )
    return error(100, words, 33, kind="GraphMethodException")


def cut(request: Request, whole: dict[str, Any]) -> Response:
    """Of one object, the fields that were asked for."""
    wanted = request.query_params.get("fields")
    names = [match.group(1) for match in _NAME.finditer(wanted)] if wanted else list(_DEFAULT)
    return JSONResponse({name: whole[name] for name in dict.fromkeys(["id", *names]) if name in whole})


def list_page(
    request: Request,
    items: Sequence[dict[str, Any]],
    cut_out: Callable[[list[Any], int, int], list[Any]] | None = None,
) -> Response:
    """A page of a list, in the order of `items`; `cut_out` may repeat or shuffle it."""
    begin = int(request.query_params.get("after", "0"))
    limit = max(1, min(int(request.query_params.get("limit", "25")), MOST))
    wanted = request.query_params.get("fields")
    names = [match.group(1) for match in _NAME.finditer(wanted)] if wanted else list(_DEFAULT)
    page = [
        {name: item[name] for name in dict.fromkeys(["id", *names]) if name in item}
        for item in (cut_out or _cut_out)(list(items), begin, begin + limit)
    ]
    end = min(begin + limit, len(items))
    paging: dict[str, Any] = {"cursors": {"before": str(begin), "after": str(end)}}
    if end < len(items):
        paging["next"] = ELSEWHERE
    return JSONResponse({"data": page, **({"paging": paging} if page else {})})


def _cut_out(items: list[Any], begin: int, end: int) -> list[Any]:
    return items[begin:end]


async def read_body(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            body = json.loads(await request.body())
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}
    async with request.form() as form:
        return dict(form)


def read_part(request: Request, name: str) -> str:
    return unquote(str(request.path_params.get(name, "")))


def batch(body: dict[str, Any], debug: Callable[[str], dict[str, Any]]) -> Response:
    """Only `debug_token`, which is what it is used for; `debug` says what is known of a token."""
    answers = []
    for asked in body.get("batch") or []:
        name, _, query = str(asked.get("relative_url")).partition("?")
        token = parse_qs(query).get("input_token", [""])[0]
        answer = JSONResponse({"data": debug(token)}) if name == "debug_token" else not_found(name)
        said = answer.body.decode() if isinstance(answer.body, bytes) else ""
        answers.append({"code": answer.status_code, "body": said})
    return JSONResponse(answers)


def describe_token(
    kind: str,
    app: str,
    scopes: Iterable[str],
    *,
    ends_at: int = 0,
    data_ends_at: int = 0,
    page: str = "",
    lost: int | None = None,
) -> dict[str, Any]:
    """`ends_at`, and when the app may read nothing any more (`data_ends_at`): seconds since 1970, 0: never. `lost`: the
    subcode with which it is refused."""
    said: dict[str, Any] = {
        "app_id": "1400000000000001",
        "application": app,
        "type": kind,
        "expires_at": ends_at,
        "data_access_expires_at": data_ends_at,
        "is_valid": lost is None,
        "scopes": sorted(scopes),
        "user_id": "10220000000000001",
    }
    if page:
        said["profile_id"] = page
    if lost is not None:
        said["error"] = {"code": 190, "message": "The token does not hold any more.", "subcode": lost}
    return said
