"""A pretend Threads: real HTTP on loopback, the routes, words and limits of its API, and profiles that anybody can see.

It knows nothing of the adapter and counts by itself, so that the two can disagree in a test. Its answers follow what
Meta documents, each with its place in `containers.py` and here; nobody has compared them with the real one.

| what it does | where that is written (developers.facebook.com/docs/threads) |
|---|---|
| version v1.0 in the path | every example |
| `/me` | Profiles; Reference: User |
| `/refresh_access_token`: from 24 hours on, for 60 days | Long-Lived Access Tokens |
| `debug_token`, with `data_access_expires_at` | Reference: Debug |
| `/{user}/threads`, newest first, `limit` to 100, cursors | Reference: User |
| `threads_publishing_limit` | Troubleshooting: Retrieve Quota Limits |
| `DELETE /{post}`: `success` and `deleted_id`, 100 in 24 hours | Delete Posts |
| the error body and 190, throttling and its headers | Graph API: Handling errors, Rate limiting |
| what is said of what is not there | as elsewhere in Graph; assumed |
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.graph import (
    cut,
    describe_token,
    error,
    list_page,
    not_found,
    read_part,
    signed_out,
)
from bot.sandbox.networks.server import Fault, NetworkServer, Published
from bot.sandbox.networks.threads.containers import Containers, read_form
from bot.sandbox.networks.threads.state import DAY, Account, Container, Image, Post, ThreadsState
from bot.sandbox.networks.threads.talk import MEDIA, OWN_POST, Talk, refuse_fields, see

VERSION = "v1.0"
LIVES = timedelta(days=60)  # a token
REGAINED = 20  # minutes, after a throttle
WITH_TOKEN = ("debug_token", "refresh_access_token")  # whose documented form has a token in the address
Asked = Callable[[Account, Request], Response]


class ThreadsServer(NetworkServer):
    """`tokens` maps each account's username to its token. Switches are plain attributes."""

    def __init__(self, now: Callable[[], datetime], accounts: Iterable[str] = ("dockbakery",)) -> None:
        self.state = ThreadsState(now, lambda: self.url)
        self.containers = Containers(self.state, self._writer, self._add)
        self.talk = Talk(self.state, lambda *page: self._page(*page))
        super().__init__(now)
        self.state.is_late = lambda one: one in self.late
        self.throttle_code = 4
        self.used = 3  # per cent of what may be called
        self.token_kind = "USER"
        self.ends_at = 0  # when tokens end; 0: never
        self.made_at = now() - DAY  # when they were made
        self.data_ends_at = 0  # when what a person has allowed ends
        self.in_addresses: list[str] = []  # requests whose address held a token and need not have
        self.tokens: dict[str, str] = {}
        for username in accounts:
            self.add_account(username)

    def add_account(self, username: str) -> str:
        """A new account; returns its token."""
        token = "THAA" + hashlib.sha256(username.encode()).hexdigest()[:40]
        self.state.open(username, token)
        self.tokens[username] = token
        return token

    def renew_token(self, token: str) -> str | None:
        """A new one, beside the former; None: it is not of an account."""
        found = self.state.accounts.get(token)
        if found is None or found.lost is not None:
            return None
        new = "THAA" + hashlib.sha256(token.encode()).hexdigest()[:40]
        self.state.accounts[new] = found
        self.tokens[found.username] = found.token = new
        self.made_at, self.ends_at = self._now(), int((self._now() + LIVES).timestamp())
        return new

    def account(self, username: str) -> Account:
        return self.state.accounts[self.tokens[username]]

    def add_past(self, username: str, ago: timedelta = timedelta(days=30)) -> None:
        """An older post, on no ledger and no timeline."""
        with self.lock:
            past = self.state.add_post(self.account(username), "An old post", at=self._now() - ago)
            past.past = True

    def revoke(self, username: str, subcode: int = 463) -> None:
        """The token no longer holds."""
        self.account(username).lost = subcode

    def timeline(self) -> list[dict[str, Any]]:
        """What the public sees on our profiles, newest first; deleted posts are marked."""
        with self.lock:
            ours = [post for post in self.state.posts.values() if post.ours and not post.past]
            return [self.state.shown(post) for post in reversed(ours) if post.parent is None]

    def routes(self) -> list[BaseRoute]:
        top = f"/{VERSION}"
        return [
            Route("/refresh_access_token", self._renew),
            Route(f"{top}/me", self._question(self._me)),
            Route(f"{top}/debug_token", self._question(self._debug)),
            Route(f"{top}/{{id}}", self._question(self._one)),
            Route(f"{top}/{{id}}", self._delete, methods=["DELETE"]),
            Route(f"{top}/{{id}}/threads", self._question(self._list)),
            Route(f"{top}/{{id}}/threads", self.containers.make, methods=["POST"]),
            Route(f"{top}/{{id}}/threads_publish", self._post, methods=["POST"]),
            Route(f"{top}/{{id}}/threads_publishing_limit", self._question(self._quota)),
            *self.talk.routes(top, self._question),
            Route("/media/{id}/{place:int}", self._file),
            Route("/{anything:path}", self._other, methods=["GET", "POST", "DELETE"]),
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
        handle: str | None = None,  # noqa: ARG002  it is the name
        followers: int = 12,  # noqa: ARG002  nobody is told
        images: Sequence[tuple[str, str]] = (),
        language: str = "en",  # noqa: ARG002
    ) -> str:
        """A reply to `reply_to`, else a post of somebody's that mentions us."""
        if private:
            raise LookupError("Threads shows its private messages to nobody")
        with self.lock:
            state, person = self.state, self.state.customer(name)
            below = state.posts.get(reply_to or "")
            if reply_to and (below is None or below.deleted):
                raise LookupError(reply_to)
            shown = [Image(b"", alt, url) for url, alt in images]
            post = state.add_post(person, text, shown, below=below, at=at)
            post.tags = below is None and to in {None, *self.tokens}
            post.skipped = self.faults.takes(Fault.FEED_SKIPS)
            return self._written(post.id)

    def customer_edits(self, remote_id: str, text: str) -> None:
        with self.lock:
            post = self._theirs(remote_id)
            post.text, post.edited = text, True

    def customer_deletes(self, remote_id: str) -> None:
        with self.lock:
            self._theirs(remote_id).deleted = True

    def we_answer_in_app(self, remote_id: str, text: str) -> str:
        with self.lock:
            theirs = self._theirs(remote_id)
            us = theirs.root.by if isinstance(theirs.root.by, Account) else self._first
            return self._written(self.state.add_post(us, text, below=theirs).id)

    def conversation(self, remote_id: str) -> list[dict[str, Any]]:
        with self.lock:
            root = self.state.posts[remote_id].root
            return [see(root), *map(see, root.replies)]

    def latest(self, handle: str) -> str:
        with self.lock:
            name = handle.removeprefix("@")
            found = [one for one in self.state.posts.values() if one.by.username in {handle, name}]
        if not found:
            raise LookupError(handle)
        return max(found, key=lambda one: one.at).id

    @property
    def _first(self) -> Account:
        return next(iter(self.state.accounts.values()))

    def _theirs(self, remote_id: str) -> Post:
        post = self.state.posts[remote_id]
        if post.ours or post.deleted:
            raise LookupError(f"{remote_id} is no customer's, or gone")
        return post

    # --- the server's side ---------------------------------------------------------------------------

    def _question(self, read: Asked) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """A route that reads; the server's ordered faults apply to it."""

        def told(request: Request) -> Response:
            account = self._who(request)
            if isinstance(account, Response):
                return account
            return self._with_use(account, read(account, request))

        async def asked(request: Request) -> Response:
            return await self.reading(request, told)

        return asked

    def _who(self, request: Request) -> Account | Response:
        """Whose token it is."""
        if "token" in request.url.query and not request.url.path.endswith(WITH_TOKEN):
            self.in_addresses.append(str(request.url))
        account = self.state.accounts.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if account is None:
            return error(190, "Invalid OAuth access token - Cannot parse access token")
        return signed_out(account.lost) if account.lost is not None else account

    def _writer(self, request: Request, scope: str) -> Account | Response:
        """Who may write, or the refusal."""
        account = self._who(request)
        if isinstance(account, Account) and scope not in account.scopes:
            return error(10, f"(#10) Application does not have permission for this action: {scope}")
        return account

    def throttled(self) -> Response:
        words = f"(#{self.throttle_code}) Application request limit reached"
        answer = error(self.throttle_code, words, is_transient=True)
        return self._with_use(self._first, answer, REGAINED)

    def signed_out(self) -> Response:
        return signed_out()

    def _with_use(self, account: Account, answer: Response, regained: int = 0) -> Response:
        used = 100 if regained else self.used
        use = f'"call_count":{used},"total_cputime":{used},"total_time":{used}'
        answer.headers["x-app-usage"] = f"{{{use}}}"
        regain = f'"estimated_time_to_regain_access":{regained}'
        answer.headers["x-business-use-case-usage"] = (
            f'{{"{account.id}":[{{"type":"threads",{use},{regain}}}]}}'
        )
        return answer

    async def _renew(self, request: Request) -> Response:
        """Words and codes of its refusals are assumed."""
        return await self.publishing(request, self._renewed)

    async def _renewed(self, request: Request) -> Response:
        if request.query_params.get("grant_type") != "th_refresh_token":
            return error(100, "(#100) Param grant_type must be one of {th_refresh_token}")
        if self._now() - self.made_at < DAY or 0 < self.ends_at <= self._now().timestamp():
            return error(190, "The token cannot be refreshed.", 463)
        new = self.renew_token(request.query_params.get("access_token", ""))
        if new is None:
            return error(190, "Invalid OAuth access token - Cannot parse access token")
        lives = int(LIVES.total_seconds())
        return JSONResponse({"access_token": new, "token_type": "bearer", "expires_in": lives})

    def _me(self, account: Account, request: Request) -> Response:
        return cut(request, {"id": account.id, "username": account.username, "name": account.username})

    def _list(self, account: Account, request: Request) -> Response:
        if account.id != read_part(request, "id"):
            return not_found(read_part(request, "id"))
        if refusal := refuse_fields(request, OWN_POST):
            return refusal
        shown = self.state.list_own(account, replies=False)
        return list_page(request, [self.state.post_json(post, account) for post in shown])

    def _quota(self, account: Account, request: Request) -> Response:
        state = self.state
        counted = {
            "": (state.count_published(account, replies=False), account.posts_a_day),
            "reply_": (state.count_published(account, replies=True), account.replies_a_day),
            "delete_": (state.count_deleted(account), account.deletes_a_day),
        }
        whole: dict[str, Any] = {}
        for which, (used, most) in counted.items():
            whole[f"{which}quota_usage"] = used
            whole[f"{which}config"] = {"quota_total": most, "quota_duration": 86400}
        names = request.query_params.get("fields", "quota_usage").split(",")
        return JSONResponse({"data": [{name: whole[name] for name in names if name in whole}]})

    def _one(self, account: Account, request: Request) -> Response:
        object_id = read_part(request, "id")
        container, post = self.state.containers.get(object_id), self.state.posts.get(object_id)
        if container is not None and container.account is account:
            said = {"id": container.id, "status": self.state.ask_status(container)}
            container.unfinished -= 1
            return cut(request, {**said, **({"error_message": container.failed} if container.failed else {})})
        if post is None or not self.state.is_shown(post):
            return not_found(object_id)
        if refusal := refuse_fields(request, MEDIA):
            return refusal
        if not post.ours and not self.talk.shows_others:
            return not_found(object_id)
        return cut(request, self.talk.reply_json(post, account))

    def _debug(self, _: Account, request: Request) -> Response:
        account = self.state.accounts.get(request.query_params.get("input_token", ""))
        if account is None:
            return JSONResponse({"data": {"is_valid": False, "scopes": []}})
        said = describe_token(
            self.token_kind, "Dock tools", account.scopes, ends_at=self.ends_at, lost=account.lost
        )
        return JSONResponse(
            {"data": {**said, "user_id": account.id, "data_access_expires_at": self.data_ends_at}}
        )

    async def _post(self, request: Request) -> Response:
        return await self.publishing(request, self._accept)

    async def _accept(self, request: Request) -> Response:
        account = self._writer(request, "threads_content_publish")
        if isinstance(account, Response):
            return account
        body = await read_form(request)
        with self.lock:
            return self._with_use(account, self.containers.publish(account, body))

    def _add(self, container: Container) -> Post:
        post = self.state.add_post(
            container.account, container.text, container.images, below=container.answers
        )
        self._written(post.id)
        answered = container.answers.id if container.answers else None
        username = container.account.username
        self._publish(Published(post.at, username, post.id, None, post.text, answered))
        return post

    async def _delete(self, request: Request) -> Response:
        account = self._writer(request, "threads_delete")
        if isinstance(account, Response):
            return account
        object_id = read_part(request, "id")
        if self.faults.takes(Fault.REFUSES_DELETE):
            return error(200, "(#200) Permissions error")
        with self.lock:
            post = self.state.posts.get(object_id)
            if post is None or post.by is not account or post.deleted:
                return not_found(object_id, "delete")
            if self.state.count_deleted(account) >= account.deletes_a_day:
                return error(613, "(#613) Calls to this api have exceeded the rate limit.")
            post.deleted = True
            account.deleted_at.append(self._now())
        return self._with_use(account, JSONResponse({"success": True, "deleted_id": object_id}))

    async def _file(self, request: Request) -> Response:
        post, place = self.state.posts.get(request.path_params["id"]), int(request.path_params["place"])
        if post is None or place >= len(post.images):
            return HTMLResponse("Gone", 404)
        data = post.images[place].data
        return Response(data, media_type="image/png" if data.startswith(b"\x89PNG") else "image/jpeg")

    async def _other(self, request: Request) -> Response:
        """Another version, or none: what that would say, nobody should rely on."""
        return error(2500, f"Unknown path components: {request.url.path}")
