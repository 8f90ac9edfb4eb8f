"""A pretend Mastodon: real HTTP on loopback, Mastodon's routes, words and limits, and a public timeline.

It knows nothing of the adapter and counts by itself, so that the two can disagree in a test.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.mastodon_words import countable_length, plain, to_html
from bot.sandbox.networks.stand import Fault, Stand

MAX_CHARACTERS = 500
MAX_MEDIA = 4
MAX_MEDIA_BYTES = 16 * 1024 * 1024
MAX_ALT = 1500
PER_URL = 23
KEY_LIVES = timedelta(hours=1)
WINDOW = timedelta(minutes=5)
_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"GIF8": "image/gif", b"RIFF": "image/webp"}


@dataclass
class _Media:
    id: str
    data: bytes
    media_type: str
    description: str | None
    looks: int  # how often it will still be unfinished
    attached: bool = False


@dataclass
class _Status:
    id: str
    account: str
    text: str
    visibility: str
    at: datetime
    media: list[_Media]
    reply_to: str | None
    language: str | None
    deleted: bool = False


@dataclass
class _Account:
    id: str
    username: str
    token: str
    calls: deque[datetime] = field(default_factory=deque)  # of the present rate window
    statuses: list[_Status] = field(default_factory=list)  # oldest first


class MastodonStand(Stand):
    """`tokens` maps each account to its token. Switches are plain attributes, to be set at any time."""

    def __init__(self, now: Callable[[], datetime], accounts: Iterable[str] = ("dockbakery",)) -> None:
        super().__init__(now)
        self.domain = "dock.example"
        self.honours_keys = True  # some compatible servers do not
        self.media_looks = 0  # > 0: uploads answer 202 and are unfinished for so many looks
        self.calls_per_window: int | None = None  # 300 on Mastodon; None: the header says so, nobody counts
        self.tokens: dict[str, str] = {}
        self._accounts: dict[str, _Account] = {}  # by token
        self._statuses: dict[str, _Status] = {}
        self._media: dict[str, _Media] = {}
        self._keys: dict[tuple[str, str], tuple[datetime, str]] = {}
        for username in accounts:
            self.add_account(username)

    def add_account(self, username: str) -> str:
        """A new account; returns its token."""
        token = "token-" + hashlib.sha256(username.encode()).hexdigest()[:24]
        self._accounts[token] = _Account(str(len(self._accounts) + 1), username, token)
        self.tokens[username] = token
        return token

    def timeline(self) -> list[dict[str, Any]]:
        """What the public sees, newest first; deleted posts are marked."""
        return [self._shown(status) for status in reversed(list(self._statuses.values()))]

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/api/v2/instance", self._instance),
            Route("/api/v1/accounts/verify_credentials", self._verify),
            Route("/api/v1/accounts/{id}/statuses", self._own),
            Route("/api/v2/media", self._upload, methods=["POST"]),
            Route("/api/v1/media/{id}", self._one_media, methods=["GET", "PUT"]),
            Route("/api/v1/statuses", self._post, methods=["POST"]),
            Route("/api/v1/statuses/{id}", self._one_status, methods=["GET", "DELETE"]),
            Route("/media/{id}", self._file),
            Route("/@{username}/{id}", self._page),
        ]

    def throttled(self) -> Response:
        reset = (self._now() + WINDOW).astimezone(UTC)
        return JSONResponse({"error": "Too many requests"}, 429, headers=_rate(300, 0, reset))

    def signed_out(self) -> Response:
        return _error(401, "The access token is invalid")

    async def _instance(self, _request: Request) -> Response:
        statuses = {
            "max_characters": MAX_CHARACTERS,
            "max_media_attachments": MAX_MEDIA,
            "characters_reserved_per_url": PER_URL,
        }
        media = {
            "supported_mime_types": sorted(_MAGIC.values()),
            "image_size_limit": MAX_MEDIA_BYTES,
            "description_limit": MAX_ALT,
        }
        configuration = {"statuses": statuses, "media_attachments": media}
        return JSONResponse({"domain": self.domain, "version": "4.7.0", "configuration": configuration})

    async def _verify(self, request: Request) -> Response:
        account = self._who(request)
        return self._with_rate(account, self._account(account)) if account else self.signed_out()

    async def _own(self, request: Request) -> Response:
        account = self._who(request)
        if account is None or account.id != request.path_params["id"]:
            return self.signed_out() if account is None else _error(404, "Record not found")
        limit = min(int(request.query_params.get("limit", "20")), 40)
        before = int(request.query_params.get("max_id") or 10**18)
        mine = [
            self._json(status)
            for status in reversed(account.statuses)
            if not status.deleted and int(status.id) < before
        ]
        return self._with_rate(account, mine[:limit])

    async def _upload(self, request: Request) -> Response:
        account = self._who(request)
        if account is None:
            return self.signed_out()
        async with request.form() as form:
            file, description = form.get("file"), form.get("description")
            data = await file.read() if isinstance(file, UploadFile) else b""
        media_type = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
        if media_type is None:
            return _error(422, "Validation failed: File content type is invalid, File is invalid")
        if len(data) > MAX_MEDIA_BYTES:
            return _error(422, "Validation failed: File file size must be less than 16 MB")
        words = description if isinstance(description, str) else None
        if words is not None and len(words) > MAX_ALT:
            return _error(
                422, f"Validation failed: Description is too long (maximum is {MAX_ALT} characters)"
            )
        media = _Media(str(len(self._media) + 1), data, media_type, words, self.media_looks)
        self._media[media.id] = media
        return JSONResponse(self._media_json(media), 202 if media.looks else 200)

    async def _one_media(self, request: Request) -> Response:
        media = self._media.get(request.path_params["id"])
        if self._who(request) is None:
            return self.signed_out()
        if media is None:
            return _error(404, "Record not found")
        if request.method == "PUT":
            media.description = str((await request.json()).get("description") or "")
        elif media.looks:
            media.looks -= 1
            return JSONResponse(self._media_json(media), 206)
        return JSONResponse(self._media_json(media))

    async def _post(self, request: Request) -> Response:
        return await self.publishing(request, self._accept)

    async def _accept(self, request: Request) -> Response:
        account = self._who(request)
        if account is None:
            return self.signed_out()
        if self._spent(account):
            return self.throttled()
        key = request.headers.get("idempotency-key")
        if (known := self._repeated(account, key)) is not None:
            return self._with_rate(account, self._json(known))
        body = await _body(request)
        if refusal := self._refusal(body):
            return refusal
        status = self._add(account, body)
        if key:
            self._keys[account.username, key] = (status.at, status.id)
        self._publish(account.username, status.id, key, plain(status.text))
        return self._with_rate(account, self._json(status))

    def _refusal(self, body: dict[str, Any]) -> Response | None:
        words, media_ids = str(body.get("status") or "").strip(), body.get("media_ids") or []
        if not words and not media_ids:
            return _error(422, "Validation failed: Text can't be blank")
        if countable_length(words, PER_URL) > MAX_CHARACTERS:
            return _error(422, f"Validation failed: Text character limit of {MAX_CHARACTERS} exceeded")
        if len(media_ids) > MAX_MEDIA:
            return _error(422, f"Cannot attach more than {MAX_MEDIA} files")
        media = [self._media.get(str(media_id)) for media_id in media_ids]
        if any(item is None or item.attached for item in media):
            return _error(422, "Validation failed: Media not found or already attached to another post")
        if any(item is not None and item.looks for item in media):
            return _error(
                422, "Cannot attach files that have not finished processing. Try again in a moment!"
            )
        if body.get("visibility", "public") not in {"public", "unlisted", "private", "direct"}:
            return _error(422, "Validation failed: Visibility is not included in the list")
        reply_to = body.get("in_reply_to_id")
        target = self._statuses.get(str(reply_to)) if reply_to else None
        if reply_to and (target is None or target.deleted):
            return _error(404, "The post you are trying to reply to does not appear to exist.")
        return None

    def _add(self, account: _Account, body: dict[str, Any]) -> _Status:
        media = [self._media[str(media_id)] for media_id in body.get("media_ids") or []]
        for item in media:
            item.attached = True
        status = _Status(
            id=str(110_000_000_000 + len(self._statuses)),
            account=account.username,
            text=str(body.get("status") or "").strip(),
            visibility=str(body.get("visibility") or "public"),
            at=self._now(),
            media=media,
            reply_to=body.get("in_reply_to_id"),
            language=body.get("language"),
        )
        self._statuses[status.id] = status
        account.statuses.append(status)
        return status

    async def _one_status(self, request: Request) -> Response:
        account, status = self._who(request), self._statuses.get(request.path_params["id"])
        if account is None:
            return self.signed_out()
        if status is None or status.deleted:
            return _error(404, "Record not found")
        if request.method == "DELETE":
            if status.account != account.username:
                return _error(404, "Record not found")
            if self.faults.takes(Fault.REFUSES_DELETE):
                return _error(403, "This action is not allowed")
            status.deleted = True
        return self._with_rate(account, self._json(status))

    async def _file(self, request: Request) -> Response:
        media = self._media.get(request.path_params["id"])
        return Response(media.data, media_type=media.media_type) if media else _error(404, "Record not found")

    async def _page(self, request: Request) -> Response:
        status = self._statuses.get(request.path_params["id"])
        if status is None or status.deleted:
            return HTMLResponse("<!doctype html><title>Gone</title><p>This post is not here.</p>", 404)
        title = f"@{status.account}@{self.domain}"
        return HTMLResponse(
            f"<!doctype html><meta charset=utf-8><title>{title}</title>{to_html(status.text)}"
        )

    def _who(self, request: Request) -> _Account | None:
        return self._accounts.get(request.headers.get("authorization", "").removeprefix("Bearer "))

    def _repeated(self, account: _Account, key: str | None) -> _Status | None:
        at, status_id = self._keys.get((account.username, key or ""), (None, ""))
        fresh = at is not None and self._now() - at < KEY_LIVES
        return self._statuses[status_id] if self.honours_keys and fresh else None

    def _spent(self, account: _Account) -> bool:
        """Counts a post against the account's rate; whether it was one too many."""
        now = self._now()
        while account.calls and now - account.calls[0] >= WINDOW:
            account.calls.popleft()
        account.calls.append(now)
        return self.calls_per_window is not None and len(account.calls) > self.calls_per_window

    def _with_rate(self, account: _Account, body: Any) -> Response:
        limit = self.calls_per_window or 300
        reset = (account.calls[0] if account.calls else self._now()) + WINDOW
        left = max(0, limit - len(account.calls))
        return JSONResponse(body, headers=_rate(limit, left, reset.astimezone(UTC)))

    def _account(self, account: _Account) -> dict[str, Any]:
        url = f"{self.url}/@{account.username}"
        return {"id": account.id, "username": account.username, "acct": account.username, "url": url}

    def _media_json(self, media: _Media) -> dict[str, Any]:
        url = None if media.looks else f"{self.url}/media/{media.id}"
        return {"id": media.id, "type": "image", "url": url, "description": media.description}

    def _json(self, status: _Status) -> dict[str, Any]:
        return {
            "id": status.id,
            "created_at": _iso(status.at),
            "in_reply_to_id": status.reply_to,
            "visibility": status.visibility,
            "language": status.language,
            "url": f"{self.url}/@{status.account}/{status.id}",
            "content": to_html(status.text),
            "account": self._account(self._accounts[self.tokens[status.account]]),
            "media_attachments": [self._media_json(media) for media in status.media],
            "reblog": None,
        }

    def _shown(self, status: _Status) -> dict[str, Any]:
        media = [
            {"url": f"{self.url}/media/{item.id}", "alt": item.description or ""} for item in status.media
        ]
        return {
            "id": status.id,
            "account": status.account,
            "acct": f"@{status.account}",
            "text": plain(status.text),
            "html": to_html(status.text),
            "created_at": _iso(status.at),
            "url": f"{self.url}/@{status.account}/{status.id}",
            "media": media,
            "visibility": status.visibility,
            "deleted": status.deleted,
        }


async def _body(request: Request) -> dict[str, Any]:
    """JSON, or Mastodon's forms."""
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            body = json.loads(await request.body())
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}
    async with request.form() as form:
        return dict(form)


def _error(status: int, words: str) -> Response:
    return JSONResponse({"error": words}, status)


def _rate(limit: int, left: int, reset: datetime) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(left),
        "x-ratelimit-reset": _iso(reset),
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
