"""How a pretend X answers: both kinds of error bodies, and what its words are."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_TYPES = "https://api.twitter.com/2/problems/"
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
REPLY_RULES = {
    "not-authorized-for-resource": "You can only reply to or quote posts where you are mentioned or are the author",
    "": "You cannot reply to this conversation because you have not been mentioned or otherwise engaged by the author "
    "of the post you are replying to.",
}
CREDITS = {
    "depleted": {
        "title": "CreditsDepleted",
        "detail": "Your enrolled account [1460323737035677698] does not have any credits to fulfill this request.",
        "type": "https://api.twitter.com/2/problems/credits",
    },
    "payment required": {
        "title": "Payment Required",
        "detail": "credits depleted",
        "type": "https://api.x.com/2/problems/credits-depleted",
        "status": 402,
    },
}


def problem(status: int, title: str, detail: str, kind: str = "", **more: Any) -> Response:
    where = _TYPES + kind if kind else "about:blank"
    body = {"title": title, "detail": detail, "type": where, "status": status, **more}
    return JSONResponse(body, status, media_type="application/problem+json")


def old(status: int, code: int, message: str) -> Response:
    return JSONResponse({"errors": [{"code": code, "message": message}]}, status)


def invalid(message: str, **parameters: str) -> Response:
    first = {"parameters": {name: [value] for name, value in parameters.items()}, "message": message}
    return JSONResponse(
        {
            "errors": [first],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": f"{_TYPES}invalid-request",
        },
        400,
    )


def unauthorized() -> Response:
    return problem(401, "Unauthorized", "Unauthorized")


def forbidden(detail: str, kind: str = "") -> Response:
    return problem(403, "Forbidden", detail, kind)


def describe_missing(post_id: str) -> dict[str, Any]:
    return {
        "value": post_id,
        "detail": f"Could not find tweet with id: [{post_id}].",
        "title": "Not Found Error",
        "resource_type": "tweet",
        "parameter": "id",
        "resource_id": post_id,
        "type": f"{_TYPES}resource-not-found",
    }


def missing(post_id: str) -> Response:
    """Of what is not there X says so with a 200."""
    return JSONResponse({"errors": [describe_missing(post_id)]})


def with_rate(answer: Response, left: int, reset: datetime, limit: int = 300) -> Response:
    answer.headers["x-rate-limit-limit"] = str(limit)
    answer.headers["x-rate-limit-remaining"] = str(left)
    answer.headers["x-rate-limit-reset"] = str(int(reset.timestamp()))
    return answer


async def read_json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
