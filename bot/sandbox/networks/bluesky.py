"""A pretend Bluesky server (PDS): real HTTP on loopback, the real one's codes, messages and put semantics.

It knows nothing of the adapter and validates by itself, so that the two can disagree in a test.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import regex
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.stand import Fault, Stand

COLLECTION = "app.bsky.feed.post"
MAX_GRAPHEMES = 300
MAX_BYTES = 3000
MAX_IMAGES = 4
MAX_IMAGE_BYTES = 2_000_000
WINDOW = timedelta(minutes=5)
CALLS = 3000


@dataclass
class _Record:
    cid: str
    value: dict[str, Any]
    at: datetime


@dataclass
class _Account:
    did: str
    handle: str
    password: str
    access: set[str] = field(default_factory=set)  # tokens that hold
    expired: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=set)
    records: dict[str, _Record] = field(default_factory=dict)  # by rkey
    gone: dict[str, _Record] = field(default_factory=dict)
    blobs: dict[str, tuple[bytes, str]] = field(default_factory=dict)  # cid to bytes and type


class BlueskyStand(Stand):
    """`passwords` maps each account's handle to its app password."""

    def __init__(self, now: Callable[[], datetime], accounts: Iterable[str] = ("dockbakery.test",)) -> None:
        super().__init__(now)
        self.names_own_server = True  # didDoc in the session
        self.passwords: dict[str, str] = {}
        self.sign_ins = 0
        self.refreshes = 0
        self._accounts: dict[str, _Account] = {}  # by handle
        self._holders: dict[str, _Account] = {}  # by token of either kind, also of expired ones
        for handle in accounts:
            self.add_account(handle)

    def add_account(self, handle: str) -> str:
        """A new account; returns its app password."""
        digest = hashlib.sha256(handle.encode())
        did = "did:plc:" + base64.b32encode(digest.digest()).decode().lower()[:24]
        password = f"app-{digest.hexdigest()[:12]}"
        self._accounts[handle] = _Account(did, handle, password)
        self.passwords[handle] = password
        return password

    def expire(self, handle: str, *, refresh_too: bool = False) -> None:
        """Let the access tokens expire; with `refresh_too` the refresh tokens are revoked as well."""
        account = self._accounts[handle]
        account.expired |= account.access
        account.access = set()
        if refresh_too:
            account.refresh = set()

    def change_password(self, handle: str) -> None:
        """As if a person revoked the app password; its sessions end."""
        self.expire(handle, refresh_too=True)
        self._accounts[handle].password = self.passwords[handle] = "app-changed"

    def put_behind_its_back(self, handle: str, rkey: str, words: str) -> None:
        """Another program writes a record at a key."""
        value = {"$type": COLLECTION, "text": words, "createdAt": self._now().isoformat()}
        self._accounts[handle].records[rkey] = _Record(_cid(value), value, self._now())

    def timeline(self) -> list[dict[str, Any]]:
        """What the public sees, newest first; deleted posts are marked."""
        shown = [
            self._shown(account, rkey, record, deleted)
            for account in self._accounts.values()
            for records, deleted in ((account.records, False), (account.gone, True))
            for rkey, record in records.items()
        ]
        return sorted(shown, key=lambda post: str(post["created_at"]), reverse=True)

    def routes(self) -> list[BaseRoute]:
        def route(name: str, call: Callable[..., Any], method: str = "POST") -> Route:
            return Route(f"/xrpc/{name}", call, methods=[method])

        return [
            route("com.atproto.server.describeServer", self._describe, "GET"),
            route("com.atproto.server.createSession", self._sign_in),
            route("com.atproto.server.refreshSession", self._refresh),
            route("com.atproto.server.getSession", self._session, "GET"),
            route("com.atproto.identity.resolveHandle", self._resolve, "GET"),
            route("com.atproto.repo.uploadBlob", self._upload),
            route("com.atproto.repo.putRecord", self._put),
            route("com.atproto.repo.getRecord", self._get, "GET"),
            route("com.atproto.repo.deleteRecord", self._delete),
            Route("/media/{did}/{cid}", self._file),
        ]

    def throttled(self) -> Response:
        headers = self._rate(0) | {"retry-after": str(int(WINDOW.total_seconds()))}
        return JSONResponse(
            {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, 429, headers=headers
        )

    def signed_out(self) -> Response:
        return _error(401, "AuthenticationRequired", "Invalid identifier or password")

    async def _describe(self, _request: Request) -> Response:
        return self._json(
            {"did": "did:web:localhost", "availableUserDomains": [".test"], "inviteCodeRequired": False}
        )

    async def _sign_in(self, request: Request) -> Response:
        body = await _body(request)
        account = self._accounts.get(str(body.get("identifier")))
        self.sign_ins += 1
        if account is None or account.password != body.get("password"):
            return self.signed_out()
        return self._new_session(account)

    async def _refresh(self, request: Request) -> Response:
        self.refreshes += 1
        account = self._holders.get(_bearer(request))
        if account is not None and _bearer(request) in account.refresh:
            return self._new_session(account)
        return _error(400, "ExpiredToken", "Token has been revoked")

    async def _session(self, request: Request) -> Response:
        account = self._who(request)
        if isinstance(account, Response):
            return account
        return self._json({"did": account.did, "handle": account.handle, "active": True})

    async def _resolve(self, request: Request) -> Response:
        account = self._accounts.get(request.query_params.get("handle", ""))
        if account is None:
            return _error(400, "InvalidRequest", "Unable to resolve handle")
        return self._json({"did": account.did})

    async def _upload(self, request: Request) -> Response:
        account = self._who(request)
        if isinstance(account, Response):
            return account
        data, media_type = await request.body(), request.headers.get("content-type", "")
        cid = "bafkrei" + hashlib.sha256(data).hexdigest()[:52]
        account.blobs[cid] = (data, media_type)
        blob = {"$type": "blob", "ref": {"$link": cid}, "mimeType": media_type, "size": len(data)}
        return self._json({"blob": blob})

    async def _put(self, request: Request) -> Response:
        return await self.publishing(request, self._accept)

    async def _accept(self, request: Request) -> Response:
        account = self._who(request)
        if isinstance(account, Response):
            return account
        body = await _body(request)
        if body.get("repo") not in {account.did, account.handle}:
            return _error(400, "InvalidRequest", "Invalid repo")
        rkey, value = str(body.get("rkey")), body.get("record")
        if refusal := _refusal(account, value):
            return refusal
        there = account.records.get(rkey)
        uri, cid = f"at://{account.did}/{COLLECTION}/{rkey}", _cid(value)
        answer: dict[str, Any] = {"uri": uri, "cid": cid, "validationStatus": "valid"}
        if there is not None and there.cid == cid:
            return self._json(answer)
        if there is not None and "swapRecord" in body and body["swapRecord"] != there.cid:
            return _error(400, "InvalidSwap", f"Record was at {there.cid}")
        account.records[rkey] = _Record(cid, dict(value or {}), self._now())
        self._publish(account.handle, uri, rkey, str((value or {})["text"]))
        return self._json(answer | {"commit": {"cid": cid, "rev": rkey}})

    async def _get(self, request: Request) -> Response:
        wanted = request.query_params
        account = self._by_repo(wanted.get("repo", ""))
        record = account.records.get(wanted.get("rkey", "")) if account else None
        if account is None or record is None:
            uri = f"at://{wanted.get('repo')}/{wanted.get('collection')}/{wanted.get('rkey')}"
            return _error(400, "RecordNotFound", f"Could not locate record: {uri}")
        uri = f"at://{account.did}/{COLLECTION}/{wanted['rkey']}"
        return self._json({"uri": uri, "cid": record.cid, "value": record.value})

    async def _delete(self, request: Request) -> Response:
        account = self._who(request)
        if isinstance(account, Response):
            return account
        rkey = str((await _body(request)).get("rkey"))
        if self.faults.takes(Fault.REFUSES_DELETE):
            return _error(403, "Forbidden", "This record may not be deleted")
        if rkey in account.records:
            account.gone[rkey] = account.records.pop(rkey)
        return self._json({})

    async def _file(self, request: Request) -> Response:
        account = self._by_repo(request.path_params["did"])
        data, media_type = account.blobs.get(request.path_params["cid"], (b"", "")) if account else (b"", "")
        return Response(data, 200 if data else 404, media_type=media_type or None)

    def _new_session(self, account: _Account) -> Response:
        access, refresh = f"access-{len(self._holders)}", f"refresh-{len(self._holders)}"
        self._holders |= {access: account, refresh: account}
        account.access.add(access)
        account.refresh.add(refresh)
        body: dict[str, Any] = {
            "did": account.did,
            "handle": account.handle,
            "accessJwt": access,
            "refreshJwt": refresh,
            "active": True,
        }
        if self.names_own_server:
            service = {
                "id": "#atproto_pds",
                "type": "AtprotoPersonalDataServer",
                "serviceEndpoint": self.url,
            }
            body["didDoc"] = {"id": account.did, "service": [service]}
        return self._json(body)

    def _who(self, request: Request) -> _Account | Response:
        token = _bearer(request)
        if not token:
            return _error(401, "AuthMissing", "Authentication Required")
        account = self._holders.get(token)
        if account is not None and token in account.access:
            return account
        if account is not None and token in account.expired:
            return _error(400, "ExpiredToken", "Token has expired")
        return _error(400, "InvalidToken", "Token could not be verified")

    def _by_repo(self, repo: str) -> _Account | None:
        found = (account for account in self._accounts.values() if repo in {account.did, account.handle})
        return next(found, None)

    def _json(self, body: dict[str, Any]) -> Response:
        return JSONResponse(body, headers=self._rate(CALLS - 1))

    def _rate(self, left: int) -> dict[str, str]:
        return {
            "ratelimit-limit": str(CALLS),
            "ratelimit-remaining": str(left),
            "ratelimit-reset": str(int((self._now() + WINDOW).timestamp())),
            "ratelimit-policy": f"{CALLS};w={int(WINDOW.total_seconds())}",
        }

    def _shown(self, account: _Account, rkey: str, record: _Record, deleted: bool) -> dict[str, Any]:
        images = (record.value.get("embed") or {}).get("images", [])
        return {
            "id": f"at://{account.did}/{COLLECTION}/{rkey}",
            "account": account.handle,
            "acct": f"@{account.handle}",
            "text": record.value["text"],
            "html": None,
            "created_at": record.value["createdAt"],
            "url": f"https://bsky.app/profile/{account.handle}/post/{rkey}",
            "media": [
                {"url": f"{self.url}/media/{account.did}/{_blob_cid(image)}", "alt": image["alt"]}
                for image in images
            ],
            "visibility": "public",
            "deleted": deleted,
        }


def _refusal(account: _Account, value: Any) -> Response | None:
    """What the real server's validation says of a record, in its words."""
    if not isinstance(value, dict) or value.get("$type") != COLLECTION:
        return _error(400, "InvalidRequest", f"Invalid $type: expected {COLLECTION}")
    for name in ("text", "createdAt"):
        if not isinstance(value.get(name), str):
            return _invalid(f'Missing required key "{name}" at $.record')
    size, length = len(value["text"].encode()), len(regex.findall(r"\X", value["text"]))
    if size > MAX_BYTES:
        return _invalid(f"string too big (maximum {MAX_BYTES}, got {size}) at $.record.text")
    if length > MAX_GRAPHEMES:
        return _invalid(f"grapheme too big (maximum {MAX_GRAPHEMES}, got {length}) at $.record.text")
    images = (value.get("embed") or {}).get("images", [])
    if len(images) > MAX_IMAGES:
        where = "$.record.embed.images"
        return _invalid(f"array too big (maximum {MAX_IMAGES}, got {len(images)}) at {where}")
    for place, image in enumerate(images):
        if not isinstance(image.get("alt"), str):
            return _invalid(f'Missing required key "alt" at $.record.embed.images[{place}]')
        data, _ = account.blobs.get(_blob_cid(image), (b"", ""))
        if not data:
            return _error(400, "BlobNotFound", f"Could not find blob: {_blob_cid(image)}")
        if len(data) > MAX_IMAGE_BYTES:
            return _invalid(
                f"blob too big (maximum {MAX_IMAGE_BYTES}, got {len(data)}) at $.record.embed.images[{place}]"
            )
    return None


def _invalid(words: str) -> Response:
    return _error(400, "InvalidRequest", f"Invalid {COLLECTION} record: {words}")


def _error(status: int, error: str, message: str) -> Response:
    return JSONResponse({"error": error, "message": message}, status)


def _bearer(request: Request) -> str:
    return str(request.headers.get("authorization", "")).removeprefix("Bearer ")


def _blob_cid(image: dict[str, Any]) -> str:
    return str((image.get("image") or {}).get("ref", {}).get("$link"))


def _cid(value: Any) -> str:
    return "bafyrei" + hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:52]


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
