"""The way to Meta's Graph API, which Facebook, Instagram and Threads share.

The version stands in every path: without one, the oldest that the app knows would answer. Threads counts its versions
by itself, and its documents show bodies only as forms. The token travels in a header, never in an address. Pages of a
list are asked for by their cursor; the address that the server offers (`paging.next`) is not followed: it could lead
anywhere, and the token with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from typing import Any
from urllib.parse import quote, urlencode

from bot.networks import sanitize
from bot.networks.http import Answer, Http, Result, Upload

VERSION = "v27.0"
HOST = "https://graph.facebook.com"


class Graph:
    """Calls with one account's token. Ids are opaque: each part of a path is one part, whatever is in it."""

    def __init__(self, http: Http, token: str, version: str = VERSION, *, forms: bool = False) -> None:
        self._http = http
        self._version = version
        self._forms = forms
        self._auth = {"authorization": f"Bearer {token}"}

    def get(self, *parts: str, **params: str) -> Result:
        return self._http.call("GET", self._path(parts), headers=self._auth, params=params or None)

    def within(self, seconds: float) -> Graph:
        """The same, with so much time for each whole call."""
        found = copy(self)
        found._http = self._http.to(whole_call=min(seconds, self._http.whole_call))
        return found

    def up_to(self, size: int) -> Graph:
        """The same, with answers of at most so many bytes."""
        found = copy(self)
        found._http = self._http.to(whole_call=self._http.whole_call, max_answer=size)
        return found

    def post(self, *parts: str, body: Mapping[str, Any], send_by: Callable[[], bool] | None = None) -> Result:
        media_type = "application/x-www-form-urlencoded" if self._forms else "application/json"
        headers = {**self._auth, "content-type": media_type}
        content = _to_form(body) if self._forms else to_json(body)
        return self._http.call("POST", self._path(parts), headers=headers, content=content, send_by=send_by)

    def upload(self, *parts: str, upload: Upload) -> Result:
        return self._http.call("POST", self._path(parts), headers=self._auth, upload=upload)

    def delete(self, *parts: str) -> Result:
        return self._http.call("DELETE", self._path(parts), headers=self._auth)

    def pages(self, *parts: str, most: int, **params: str) -> Iterator[Result]:
        """At most so many pages of a list, each asked for when it is wanted; the last one, if it is no page."""
        for _ in range(most):
            result = self.get(*parts, **params)
            yield result
            after = read_after(result)
            if after is None or after == params.get("after"):
                return
            params["after"] = after

    def _path(self, parts: tuple[str, ...]) -> str:
        return "/".join(("", self._version, *(quote(part, safe="") for part in parts)))


def to_json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, sort_keys=True).encode()


def read_list(result: Result) -> list[dict[str, Any]] | None:
    """What a page of a list holds; None if the answer is none."""
    found = result.fields() if isinstance(result, Answer) and result.status == 200 else {}
    items = found.get("data")
    if "error" in found or not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return None
    return items


def read_part(value: object) -> list[dict[str, Any]]:
    """What a list inside an answer holds, that was asked for along with it."""
    items = value.get("data") if isinstance(value, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def read_after(result: Result) -> str | None:
    """The cursor of the page behind this one; None: it is the last."""
    paging = result.fields().get("paging") if isinstance(result, Answer) else None
    if not isinstance(paging, dict) or not isinstance(paging.get("next"), str):
        return None
    cursors = paging.get("cursors")
    return sanitize.identity(cursors.get("after")) if isinstance(cursors, dict) else None


def read_id(result: Result) -> str | None:
    """What a success names; None if it is none, or names nothing. Of an id only what can stand in an address."""
    found = result.fields() if isinstance(result, Answer) and 200 <= result.status < 300 else {}
    if "error" in found:
        return None
    remote_id = sanitize.identity(found.get("id"))
    return remote_id if remote_id is not None and is_plain(remote_id) else None


def is_done(result: Result) -> bool:
    """{"success": true}, which is all that some calls say."""
    return isinstance(result, Answer) and result.status == 200 and result.fields().get("success") is True


def is_plain(remote_id: str) -> bool:
    """Can it stand in an address?"""
    return remote_id.isascii() and remote_id.replace("_", "").isalnum()


def _to_form(body: Mapping[str, Any]) -> bytes:
    """A list is its items with commas between them."""
    return urlencode({name: _to_field(value) for name, value in sorted(body.items())}).encode()


def _to_field(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
