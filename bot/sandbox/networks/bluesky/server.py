"""A pretend Bluesky server (PDS): real HTTP on loopback, the real one's codes, messages and put semantics.

It knows nothing of the adapter and validates by itself, so that the two can disagree in a test.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.bluesky import state as memory
from bot.sandbox.networks.bluesky.chat import Chat
from bot.sandbox.networks.bluesky.reads import Reads, error
from bot.sandbox.networks.bluesky.rules import refusal
from bot.sandbox.networks.bluesky.state import COLLECTION, Account, BlueskyState, Notice, Record, cid_of
from bot.sandbox.networks.server import Fault, NetworkServer, Published

WINDOW = timedelta(minutes=5)
CALLS = 3000


class BlueskyServer(NetworkServer):
    """`passwords` maps each account's handle to its app password."""

    def __init__(self, now: Callable[[], datetime], accounts: Iterable[str] = ("dockbakery.test",)) -> None:
        self.state = BlueskyState(now, lambda: self.url)
        self.chat = Chat(
            self.state,
            now,
            self._json,
            self._who,
            self._page,
            lambda line: self._publish(line),
            lambda one: one in self.late,
        )
        self._reads = Reads(self.state, self._json, self._who, self._page, lambda one: one in self.late)
        super().__init__(now)
        self.names_own_server = True  # didDoc in the session
        self.passwords: dict[str, str] = {}
        self.sign_ins = 0
        self.refreshes = 0
        self._holders: dict[str, Account] = {}  # by token of either kind, also of expired ones
        for handle in accounts:
            self.add_account(handle)

    def add_account(self, handle: str) -> str:
        """A new account; returns its app password."""
        password = memory.make_app_password(handle)
        self.state.open(handle, password)
        self.passwords[handle] = password
        return password

    def expire(self, handle: str, *, refresh_too: bool = False) -> None:
        """Let the access tokens expire; with `refresh_too` the refresh tokens are revoked as well."""
        account = self.state.accounts[handle]
        account.expired |= account.access
        account.access = set()
        if refresh_too:
            account.refresh = set()

    def change_password(self, handle: str) -> None:
        """As if a person revoked the app password; its sessions end."""
        self.expire(handle, refresh_too=True)
        self.state.accounts[handle].password = self.passwords[handle] = memory.make_app_password(
            f"{handle}, changed"
        )

    def put_behind_its_back(self, handle: str, rkey: str, words: str) -> None:
        """Another program writes a record at a key."""
        value = {"$type": COLLECTION, "text": words, "createdAt": self._now().isoformat()}
        self.state.put(self.state.accounts[handle], rkey, value)

    def timeline(self) -> list[dict[str, Any]]:
        """What the public sees, newest first; deleted posts are marked."""
        with self.lock:
            ours = [record for record in self.state.everything() if record.by.password]
            shown = [self.state.shown(record) for record in reversed(ours)]
        return sorted(shown, key=lambda post: str(post["created_at"]), reverse=True)

    def routes(self) -> list[BaseRoute]:
        def route(name: str, call: Callable[..., Any], method: str = "POST") -> Route:
            return Route(f"/xrpc/{name}", call, methods=[method])

        return [
            route("com.atproto.server.describeServer", self._describe, "GET"),
            route("com.atproto.server.createSession", self._sign_in),
            route("com.atproto.server.refreshSession", self._refresh),
            route("com.atproto.server.deleteSession", self._end_session),
            route("com.atproto.server.getSession", self._session, "GET"),
            route("com.atproto.identity.resolveHandle", self._resolve, "GET"),
            route("com.atproto.repo.uploadBlob", self._upload),
            route("com.atproto.repo.putRecord", self._put),
            route("com.atproto.repo.getRecord", self._get, "GET"),
            route("com.atproto.repo.deleteRecord", self._delete),
            *self._reads.routes(self._question),
            *self.chat.routes(self._question, self.publishing),
            Route("/media/{did}/{cid}", self._file),
        ]

    # --- the customers' side -------------------------------------------------------------------------

    def customer_writes(
        self,
        name: str,
        text: str,
        *,
        to: str | None = None,
        reply_to: str | None = None,
        private: bool = False,
        at: datetime | None = None,
        handle: str | None = None,
        followers: int = 12,
        images: Sequence[tuple[str, str]] = (),
        language: str = "en",
        quotes: str | None = None,
    ) -> str:
        """A mention gets our handle in front; a reply needs none. `quotes`: the uri of a post of ours."""
        with self.lock:
            state, target = self.state, self.state.find(reply_to or "")
            quoted = state.find(quotes or "")
            if reply_to and target is None:
                raise LookupError(reply_to)
            ours, by = self._meant(to, target or quoted), state.customer(name, handle, followers)
            if private:
                return self._written(self.chat.say(ours, by, by, text, at))
            reason = "reply" if target else "quote" if quoted else "mention"
            if reason == "mention" and f"@{ours.handle}" not in text:
                text = f"@{ours.handle} {text}".strip()
            record = state.post(
                by, text, reply_to=target, quoted=quoted, images=images, language=language, at=at
            )
            if not self.faults.takes(Fault.FEED_SKIPS):
                ours.notices.append(Notice(reason, record, record.at))
            return self._written(record.uri)

    def customer_edits(self, remote_id: str, text: str) -> None:
        """A record that its author's program puts in the place of the other: no moment tells of it, only its cid."""
        with self.lock:
            record = self._theirs(remote_id)
            record.value = {**record.value, "text": text}
            record.cid = cid_of(record.value)

    def customer_deletes(self, remote_id: str) -> None:
        """A private message goes from the customer's own sight only; we still have it."""
        with self.lock:
            if said := self.chat.find(remote_id):
                said[1].hidden = True
            else:
                self.state.delete(self._theirs(remote_id))

    def we_answer_in_app(self, remote_id: str, text: str) -> str:
        with self.lock:
            if said := self.chat.find(remote_id):
                return self._written(self.chat.say(said[0].ours, said[0].customer, said[0].ours, text))
            theirs = self._theirs(remote_id)
            return self._written(self.state.post(self._meant(None, theirs), text, reply_to=theirs).uri)

    def conversation(self, remote_id: str) -> list[dict[str, Any]]:
        with self.lock:
            if said := self.chat.find(remote_id):
                return [said[0].seen(message) for message in said[0].messages]
            record = self.state.find(remote_id, gone_too=True)
            if record is None:
                raise LookupError(remote_id)
            return [_seen(one) for one in self.state.everything() if one.root == record.root]

    def latest(self, handle: str) -> str:
        wanted = handle.removeprefix("@")
        with self.lock:
            found = [
                (record.at, record.uri)
                for record in self.state.everything()
                if wanted in {record.by.handle, record.by.name}
            ]
            found += [
                (message.at, convo.remote_id(message))
                for convo in self.chat.convos.values()
                for message in convo.messages
                if wanted in {message.by.handle, message.by.name}
            ]
        if not found:
            raise LookupError(handle)
        return max(found)[1]

    def _meant(self, to: str | None, target: Record | None) -> Account:
        """Which of our accounts a customer writes to."""
        owners = []
        while target is not None:
            words = str(target.value["text"])
            named = [account for account in self.state.ours() if f"@{account.handle}" in words]
            owners += [target.by] if target.by.password else named
            target = self.state.find(target.parent or "", gone_too=True)
        named = [account for account in self.state.ours() if account.handle == to]
        return (named or owners or self.state.ours())[0]

    def _theirs(self, remote_id: str) -> Record:
        record = self.state.find(remote_id)
        if record is None or record.by.password:
            raise LookupError(f"{remote_id} is no customer's message, or gone")
        return record

    # --- the server's side ---------------------------------------------------------------------------

    def _question(
        self, read: Callable[[Request], Response]
    ) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def asked(request: Request) -> Response:
            return await self.reading(request, read)

        return asked

    def throttled(self) -> Response:
        headers = self._rate(0) | {"retry-after": str(int(WINDOW.total_seconds()))}
        body = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
        return JSONResponse(body, 429, headers=headers)

    def signed_out(self) -> Response:
        return error(401, "AuthenticationRequired", "Invalid identifier or password")

    async def _describe(self, _request: Request) -> Response:
        said = {"did": "did:web:localhost", "availableUserDomains": [".test"], "inviteCodeRequired": False}
        return self._json(said)

    async def _sign_in(self, request: Request) -> Response:
        body = await _body(request)
        account = self.state.accounts.get(str(body.get("identifier")))
        self.sign_ins += 1
        if account is None or account.password != body.get("password"):
            return self.signed_out()
        return self._new_session(account)

    async def _refresh(self, request: Request) -> Response:
        self.refreshes += 1
        account = self._holders.get(_bearer(request))
        if account is not None and _bearer(request) in account.refresh:
            return self._new_session(account)
        return error(400, "ExpiredToken", "Token has been revoked")

    async def _end_session(self, request: Request) -> Response:
        account = self._holders.get(_bearer(request))
        if account is None or _bearer(request) not in account.refresh:
            return error(400, "InvalidToken", "Token could not be verified")
        account.refresh.discard(_bearer(request))  # this session alone
        return self._json({})

    async def _session(self, request: Request) -> Response:
        account = self._who(request)
        if isinstance(account, Response):
            return account
        return self._json({"did": account.did, "handle": account.handle, "active": True})

    async def _resolve(self, request: Request) -> Response:
        account = self.state.accounts.get(request.query_params.get("handle", ""))
        if account is None:
            return error(400, "InvalidRequest", "Unable to resolve handle")
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
            return error(400, "InvalidRequest", "Invalid repo")
        rkey, value = str(body.get("rkey")), body.get("record")
        if refused := refusal(account, value):
            return refused
        there = account.records.get(rkey)
        uri, cid = f"at://{account.did}/{COLLECTION}/{rkey}", cid_of(value)
        answer: dict[str, Any] = {"uri": uri, "cid": cid, "validationStatus": "valid"}
        if there is not None and there.cid == cid:
            return self._json(answer)
        if there is not None and "swapRecord" in body and body["swapRecord"] != there.cid:
            return error(400, "InvalidSwap", f"Record was at {there.cid}")
        with self.lock:
            record = self.state.put(account, rkey, dict(value or {}))
        line = Published(record.at, account.handle, uri, rkey, str(record.value["text"]), record.parent)
        self._publish(line)
        return self._json(answer | {"commit": {"cid": cid, "rev": rkey}})

    async def _get(self, request: Request) -> Response:
        wanted = request.query_params
        account = self.state.by_repo(wanted.get("repo", ""))
        record = account.records.get(wanted.get("rkey", "")) if account else None
        if account is None or record is None:
            uri = f"at://{wanted.get('repo')}/{wanted.get('collection')}/{wanted.get('rkey')}"
            return error(400, "RecordNotFound", f"Could not locate record: {uri}")
        uri = f"at://{account.did}/{COLLECTION}/{wanted['rkey']}"
        return self._json({"uri": uri, "cid": record.cid, "value": record.value})

    async def _delete(self, request: Request) -> Response:
        account = self._who(request)
        if isinstance(account, Response):
            return account
        rkey = str((await _body(request)).get("rkey"))
        if self.faults.takes(Fault.REFUSES_DELETE):
            return error(403, "Forbidden", "This record may not be deleted")
        with self.lock:
            if rkey in account.records:
                self.state.delete(account.records[rkey])
        return self._json({})

    async def _file(self, request: Request) -> Response:
        account = self.state.by_repo(request.path_params["did"])
        data, media_type = account.blobs.get(request.path_params["cid"], (b"", "")) if account else (b"", "")
        return Response(data, 200 if data else 404, media_type=media_type or None)

    def _new_session(self, account: Account) -> Response:
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

    def _who(self, request: Request) -> Account | Response:
        token = _bearer(request)
        if not token:
            return error(401, "AuthMissing", "Authentication Required")
        account = self._holders.get(token)
        if account is not None and token in account.access:
            return account
        if account is not None and token in account.expired:
            return error(400, "ExpiredToken", "Token has expired")
        return error(400, "InvalidToken", "Token could not be verified")

    def _json(self, body: dict[str, Any]) -> Response:
        return JSONResponse(body, headers=self._rate(CALLS - 1))

    def _rate(self, left: int) -> dict[str, str]:
        return {
            "ratelimit-limit": str(CALLS),
            "ratelimit-remaining": str(left),
            "ratelimit-reset": str(int((self._now() + WINDOW).timestamp())),
            "ratelimit-policy": f"{CALLS};w={int(WINDOW.total_seconds())}",
        }


def _bearer(request: Request) -> str:
    return str(request.headers.get("authorization", "")).removeprefix("Bearer ")


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _seen(record: Record) -> dict[str, Any]:
    return {
        "id": record.uri,
        "by": record.by.name or record.by.handle,
        "text": record.value["text"],
        "ours": bool(record.by.password),
        "deleted": record.deleted,
        "edited": False,
        "private": False,
    }
