"""The way to LinkedIn's API.

Each request names the version it speaks; one that LinkedIn has ended is answered with 426. The names of things ("URNs")
are one part of a path, percent-encoded. The token goes to LinkedIn alone: the address that an upload is given is opened
only if it is LinkedIn's own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import copy
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from bot.networks import sanitize
from bot.networks.http import Answer, Http, Result, Unsent, is_loopback

VERSION = "202607"  # each is spoken for at least a year
HOST = "https://api.linkedin.com"
_HOME = "linkedin.com"
_NAMES = {"LinkedIn-Version": VERSION, "X-Restli-Protocol-Version": "2.0.0"}


class Api:
    """Calls with one token. Each part of a path is one part, whatever is in it."""

    def __init__(self, http: Http, token: str) -> None:
        self._http = http
        self._auth = {"authorization": f"Bearer {token}"}

    def get(self, *parts: str, criteria: str = "", **asked: str) -> Result:
        """`criteria`: what of a question has a form of its own, whose signs stand as they are."""
        path = _path(parts, asked)
        return self._http.call("GET", f"{path}&{criteria}" if criteria else path, headers=self._headers())

    def within(self, seconds: float) -> Api:
        """The same, with so much time for each whole call."""
        found = copy(self)
        found._http = self._http.to(whole_call=min(seconds, self._http.whole_call))
        return found

    def post(
        self, *parts: str, content: bytes, send_by: Callable[[], bool] | None = None, **asked: str
    ) -> Result:
        headers = self._headers({"content-type": "application/json"})
        return self._http.call("POST", _path(parts, asked), headers=headers, content=content, send_by=send_by)

    def put(self, address: str, data: bytes, media_type: str) -> Result:
        """A file to where LinkedIn wants it, which must be LinkedIn's own."""
        try:
            found = urlsplit(address)
            server = f"{found.scheme}://{found.netloc}"
            if not self._is_ours(server, found.hostname or ""):
                return Unsent("LinkedIn named an address for the image that is not its own.")
            http = self._http.to(server)
        except ValueError:
            return Unsent("LinkedIn named an address for the image that is none.")
        path = f"{found.path}?{found.query}" if found.query else found.path
        return http.call("PUT", path, headers={**self._auth, "content-type": media_type}, content=data)

    def delete(self, *parts: str) -> Result:
        return self._http.call("DELETE", _path(parts, {}), headers=self._headers())

    def _headers(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        return {**_NAMES, **self._auth, **(more or {})}

    def _is_ours(self, server: str, host: str) -> bool:
        if is_loopback(self._http.server):
            return server == self._http.server
        return server.startswith("https://") and (host == _HOME or host.endswith(f".{_HOME}"))


def to_json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, sort_keys=True).encode()


def read_elements(result: Result) -> list[dict[str, Any]] | None:
    """What a page of a list holds; None if the answer is none."""
    found = result.fields() if isinstance(result, Answer) and result.status == 200 else {}
    items = found.get("elements")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return None
    return items


def read_made(result: Result) -> str | None:
    """The name of what a request made: it stands in a header, and the body is empty."""
    if not isinstance(result, Answer) or result.status != 201:
        return None
    return read_urn(result.headers.get("x-restli-id"))


def read_urn(value: object) -> str | None:
    """The name of a thing, if it is one."""
    found = sanitize.identity(value)
    if found is None or not found.startswith("urn:li:") or not found.isascii() or not found.isprintable():
        return None
    return None if " " in found else found


def read_moment(value: object) -> datetime | None:
    """Milliseconds since 1970."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _path(parts: tuple[str, ...], asked: Mapping[str, str]) -> str:
    path = "/".join(("", "rest", *(quote(part, safe="") for part in parts)))
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
    return f"{path}?{query}" if query else path
