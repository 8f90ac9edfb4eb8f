"""The way to X's API, by either kind of sign-in: a token of OAuth 2, or the keys of OAuth 1.0a.

Ids are opaque: each part of a path is one part, whatever is in it. What is asked for is encoded here, since OAuth 1.0a
signs the address as it is sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, Literal
from urllib.parse import quote, urlencode

from bot.networks import sanitize
from bot.networks.http import Answer, Http, Result, Upload
from bot.networks.signin.signatures import Keys, sign

HOST = "https://api.x.com"
VERSION = "2"
JSON = {"content-type": "application/json"}


class Api:
    """Calls as one account."""

    def __init__(self, http: Http, secret: Keys | str) -> None:
        self._http = http
        self._secret = secret

    def get(self, *parts: str, **asked: str) -> Result:
        path = _path(parts, asked)
        return self._http.call("GET", path, headers=self._auth("GET", path))

    def within(self, seconds: float) -> Api:
        """The same, with so much time for each whole call."""
        found = copy(self)
        found._http = self._http.to(whole_call=min(seconds, self._http.whole_call))
        return found

    def post(self, *parts: str, content: bytes, send_by: Callable[[], bool] | None = None) -> Result:
        path = _path(parts, {})
        headers = {**self._auth("POST", path), **JSON}
        return self._http.call("POST", path, headers=headers, content=content, send_by=send_by)

    def upload(self, *parts: str, upload: Upload) -> Result:
        path = _path(parts, {})
        return self._http.call("POST", path, headers=self._auth("POST", path), upload=upload)

    def delete(self, *parts: str) -> Result:
        path = _path(parts, {})
        return self._http.call("DELETE", path, headers=self._auth("DELETE", path))

    def _auth(self, method: Literal["GET", "POST", "DELETE"], path: str) -> dict[str, str]:
        if isinstance(self._secret, Keys):
            return {"authorization": sign(self._secret, method, self._http.server + path)}
        return {"authorization": f"Bearer {self._secret}"}


def to_json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, sort_keys=True).encode()


def read_data(result: Result) -> dict[str, Any]:
    """The one thing that a success tells of; {}: it tells of none."""
    found = result.fields() if isinstance(result, Answer) and 200 <= result.status < 300 else {}
    data = found.get("data")
    return data if isinstance(data, dict) else {}


def read_list(result: Result) -> list[dict[str, Any]] | None:
    """What a page of a list holds, where an empty one has no `data`; None if the answer is none."""
    found = result.fields() if isinstance(result, Answer) and result.status == 200 else {}
    meta = found.get("meta")
    empty = isinstance(meta, dict) and meta.get("result_count") == 0
    items: object = found.get("data", [] if empty else None)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return None
    return items


def read_next(result: Result) -> str | None:
    """The cursor of the page behind this one; None: it is the last."""
    meta = result.fields().get("meta") if isinstance(result, Answer) else None
    return sanitize.identity(meta.get("next_token")) if isinstance(meta, dict) else None


def read_id(said: Mapping[str, Any]) -> str | None:
    """Of an id only what can stand in an address."""
    found = sanitize.identity(said.get("id"))
    return found if found is not None and found.isascii() and found.isalnum() else None


def _path(parts: tuple[str, ...], asked: Mapping[str, str]) -> str:
    path = "/".join(("", VERSION, *(quote(part, safe="") for part in parts)))
    return f"{path}?{urlencode(asked, quote_via=quote)}" if asked else path
