"""What can be asked of a pretend Facebook, and the bodies of its errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote

import regex
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.networks.facebook.state import FacebookState, Page

ELSEWHERE = "https://graph.elsewhere.example/v27.0/next"  # where `paging.next` leads: nobody should follow it
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


class Reads:
    """The questions. `find` says whose token a request has."""

    def __init__(self, state: FacebookState, late: Callable[[str], bool]) -> None:
        self._state = state
        self._late = late
        self.app = "Dock tools"
        self.ends_at = 0  # when tokens end; 0: never

    def me(self, page: Page, *, own: bool, request: Request) -> Response:
        if own:
            return cut(request, self._state.page_json(page))
        if "category" in request.query_params.get("fields", ""):
            return error(100, "(#100) Tried accessing nonexisting field (category) on node type (User)")
        return cut(request, {"id": "10220000000000001", "name": "Maya Okafor"})

    def published_posts(self, page: Page, request: Request) -> Response:
        shown = [post for post in page.posts if not post.deleted and post.id not in self._state.omits]
        visible = [post for post in shown if not self._late(post.id)]
        return list_page(request, [self._state.post_json(post) for post in reversed(visible)])

    def one(self, page: Page, object_id: str, request: Request) -> Response:
        state = self._state
        if object_id == page.id:
            return cut(request, state.page_json(page))
        post, photo = state.posts.get(object_id), state.photos.get(object_id)
        comment, message = state.comments.get(object_id), state.find_message(object_id)
        if comment is not None and not comment.deleted and comment.post.page is page:
            return cut(request, state.comment_json(comment))
        if message is not None and message.thread.page is page:
            return cut(request, state.message_json(message))
        if post is not None and not post.deleted and post.page is page:
            return cut(request, state.post_json(post))
        if photo is not None and not photo.deleted and photo.page is page:
            return cut(request, {"id": photo.id, **({"alt_text_custom": photo.alt} if photo.alt else {})})
        return not_found(object_id)

    def batch(
        self, request_body: dict[str, Any], find: Callable[[str], tuple[Page, bool] | None]
    ) -> Response:
        """Only `debug_token`, which is what it is used for."""
        answers = []
        for asked in request_body.get("batch") or []:
            name, _, query = str(asked.get("relative_url")).partition("?")
            token = parse_qs(query).get("input_token", [""])[0]
            answer = self._debug(token, find) if name == "debug_token" else not_found(name)
            body = answer.body.decode() if isinstance(answer.body, bytes) else ""
            answers.append({"code": answer.status_code, "body": body})
        return JSONResponse(answers)

    def _debug(self, token: str, find: Callable[[str], tuple[Page, bool] | None]) -> Response:
        found = find(token)
        if found is None:
            return JSONResponse({"data": {"is_valid": False, "scopes": []}})
        page, own = found
        said: dict[str, Any] = {
            "app_id": "1400000000000001",
            "application": self.app,
            "type": "PAGE" if own else "USER",
            "expires_at": self.ends_at,
            "is_valid": page.lost is None,
            "scopes": sorted(page.scopes),
            "user_id": "10220000000000001",
        }
        if own:
            said["profile_id"] = page.id
        if page.lost is not None:
            said["error"] = {
                "code": 190,
                "message": "The token does not hold any more.",
                "subcode": page.lost,
            }
        return JSONResponse({"data": said})


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
