"""A pretend Instagram: real HTTP on loopback, Graph's routes, words and limits, and accounts that anybody can see.

It knows nothing of the adapter and counts by itself, so that the two can disagree in a test. Its answers follow what
Meta documents, each with its place in `containers.py` and `talk.py`; nobody has compared them with the real one.
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
    VERSION,
    batch,
    cut,
    describe_token,
    error,
    list_page,
    not_found,
    read_body,
    read_part,
    signed_out,
)
from bot.sandbox.networks.instagram.containers import Containers
from bot.sandbox.networks.instagram.state import Account, Comment, Container, InstagramState, Media
from bot.sandbox.networks.instagram.talk import Talk, see_all
from bot.sandbox.networks.server import Fault, NetworkServer, Published

REGAINED = 20  # minutes, after a throttle
Asked = Callable[[Account, Request], Response]


class InstagramServer(NetworkServer):
    """`tokens` maps each account's username to its Page's token. Switches are plain attributes."""

    def __init__(self, now: Callable[[], datetime], accounts: Iterable[str] = ("dockbakery",)) -> None:
        self.state = InstagramState(now, lambda: self.url)
        self.containers = Containers(self.state, self._writer, self._add)
        self.talk = Talk(
            self.state, self._writer, lambda *page: self._page(*page), lambda line: self._publish(line),
            lambda remote_id: self._written(remote_id),
        )  # fmt: skip
        super().__init__(now)
        self.state.is_late = lambda one: one in self.late
        self.throttle_code = 80002
        self.used = 3  # per cent of what may be called
        self.ends_at = 0  # when tokens end; 0: never
        self.in_addresses: list[str] = []  # requests whose address held a token
        self.tokens: dict[str, str] = {}
        for username in accounts:
            self.add_account(username)

    def add_account(self, username: str) -> str:
        """A new account; returns its Page's own token."""
        token = "EAA" + hashlib.sha256(username.encode()).hexdigest()[:40]
        self.state.open(username, token)
        self.tokens[username] = token
        return token

    def account(self, username: str) -> Account:
        return self.state.accounts[self.tokens[username]]

    def add_past(self, username: str, ago: timedelta = timedelta(days=30)) -> None:
        """An older post, on no ledger and no timeline."""
        with self.lock:
            past = self.state.add_media(self.account(username), "An old post", at=self._now() - ago)
            past.past = True

    def revoke(self, username: str, subcode: int = 460) -> None:
        """The Page's token no longer holds."""
        self.account(username).lost = subcode

    def timeline(self) -> list[dict[str, Any]]:
        """What the public sees of our accounts, newest first; deleted posts are marked."""
        with self.lock:
            ours = [media for media in self.state.media.values() if media.ours and not media.past]
            return [self.state.shown(media) for media in reversed(ours)]

    def routes(self) -> list[BaseRoute]:
        top = f"/{VERSION}"
        return [
            Route(top, self._batch, methods=["POST"]),
            Route(f"{top}/me", self._question(self._me, pages_only=False)),
            Route(f"{top}/{{id}}", self._question(self._one)),
            Route(f"{top}/{{id}}", self._delete, methods=["DELETE"]),
            Route(f"{top}/{{id}}/media", self._question(self._list)),
            Route(f"{top}/{{id}}/media", self.containers.make, methods=["POST"]),
            Route(f"{top}/{{id}}/media_publish", self._post, methods=["POST"]),
            Route(f"{top}/{{id}}/content_publishing_limit", self._question(self._quota)),
            *self.talk.routes(top, self._question, self.publishing),
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
        handle: str | None = None,  # noqa: ARG002  it follows from the name
        followers: int = 12,  # noqa: ARG002  nobody is told
        images: Sequence[tuple[str, str]] = (),
        language: str = "en",  # noqa: ARG002
    ) -> str:
        """A comment inside `reply_to`, else below the account's newest post; with an image, somebody's own photo in
        which it is tagged."""
        if private:
            raise LookupError("Byhand reads no private messages of Instagram")
        with self.lock:
            state, person = self.state, self.state.customer(name)
            account = next((one for one in state.accounts.values() if one.username == to), self._first)
            if images and not reply_to:
                media = state.add_media(person, text, at=at)
                media.tagged, media.address = account, images[0][0]
                return self._written(media.id)
            comment = state.comments.get(reply_to or "")
            media = comment.media if comment else state.media.get(reply_to or "", account.media[-1])
            if media.deleted or (comment and comment.deleted):
                raise LookupError(reply_to)
            below = (comment.parent or comment) if comment else None
            written = state.add_comment(media, person, text, below=below, at=at)
            written.skipped = self.faults.takes(Fault.FEED_SKIPS)
            return self._written(written.id)

    def customer_edits(self, remote_id: str, text: str) -> None:
        with self.lock:
            comment = self._theirs(remote_id)
            comment.text, comment.edited = text, True

    def customer_deletes(self, remote_id: str) -> None:
        with self.lock:
            self.state.delete_comment(self._theirs(remote_id))

    def we_answer_in_app(self, remote_id: str, text: str) -> str:
        with self.lock:
            theirs = self._theirs(remote_id)
            answer = self.state.add_comment(
                theirs.media, theirs.media.by, text, below=theirs.parent or theirs
            )
            return self._written(answer.id)

    def conversation(self, remote_id: str) -> list[dict[str, Any]]:
        with self.lock:
            comment = self.state.comments.get(remote_id)
            return list(see_all(comment.media if comment else self.state.media[remote_id]))

    def latest(self, handle: str) -> str:
        with self.lock:
            people = {handle, *(one.username for name, one in self.state.people.items() if name == handle)}
            written: list[Comment | Media] = [*self.state.comments.values(), *self.state.media.values()]
            found = sorted((one for one in written if one.by.username in people), key=lambda one: one.at)
        if not found:
            raise LookupError(handle)
        return found[-1].id

    @property
    def _first(self) -> Account:
        return next(iter(self.state.accounts.values()))

    def _theirs(self, remote_id: str) -> Comment:
        comment = self.state.comments[remote_id]
        if comment.ours or comment.deleted:
            raise LookupError(f"{remote_id} is no customer's comment, or gone")
        return comment

    # --- the server's side ---------------------------------------------------------------------------

    def _question(
        self, read: Asked, *, pages_only: bool = True
    ) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """A route that reads; the server's ordered faults apply to it. A person's token gets an empty list and 200."""

        def told(request: Request) -> Response:
            who = self._who(request)
            if isinstance(who, Response):
                return who
            account, own = who
            if not own and pages_only:
                return self._with_use(account, JSONResponse({"data": []}))
            return self._with_use(account, read(account, request))

        async def asked(request: Request) -> Response:
            return await self.reading(request, told)

        return asked

    def _who(self, request: Request) -> tuple[Account, bool] | Response:
        """Whose token it is, and whether it is the Page's own."""
        if "token" in request.url.query:
            self.in_addresses.append(str(request.url))
        found = self._find(request.headers.get("authorization", "").removeprefix("Bearer "))
        if found is None:
            return error(190, "Invalid OAuth access token - Cannot parse access token")
        return signed_out(found[0].lost) if found[0].lost is not None else found

    def _find(self, token: str) -> tuple[Account, bool] | None:
        every = self.state.accounts.values()
        return next(
            ((one, one.token == token) for one in every if token in {one.token, one.user_token}), None
        )

    def _writer(self, request: Request, scope: str) -> Account | Response:
        """Who may write, or the refusal."""
        who = self._who(request)
        if isinstance(who, Response):
            return who
        account, own = who
        if not own or scope not in account.scopes:
            return error(10, f"(#10) Application does not have permission for this action: {scope}")
        return account

    def throttled(self) -> Response:
        words = f"(#{self.throttle_code}) There have been too many calls to this Instagram account."
        answer = error(self.throttle_code, words, is_transient=True)
        return self._with_use(next(iter(self.state.accounts.values())), answer, REGAINED)

    def signed_out(self) -> Response:
        return signed_out()

    def _with_use(self, account: Account, answer: Response, regained: int = 0) -> Response:
        used = 100 if regained else self.used
        use = f'"call_count":{used},"total_cputime":{used},"total_time":{used}'
        answer.headers["x-app-usage"] = f"{{{use}}}"
        regain = f'"estimated_time_to_regain_access":{regained}'
        answer.headers["x-business-use-case-usage"] = (
            f'{{"{account.id}":[{{"type":"instagram",{use},{regain}}}]}}'
        )
        return answer

    def _me(self, account: Account, request: Request) -> Response:
        if request.headers.get("authorization") == f"Bearer {account.token}":
            return cut(request, self.state.page_json(account))
        if "category" in request.query_params.get("fields", ""):
            return error(100, "(#100) Tried accessing nonexisting field (category) on node type (User)")
        return cut(request, {"id": "10220000000000001", "name": "Maya Okafor"})

    def _list(self, account: Account, request: Request) -> Response:
        if account.id != read_part(request, "id"):
            return not_found(read_part(request, "id"))
        return list_page(request, [self.state.media_json(media) for media in self.state.list_media(account)])

    def _quota(self, account: Account, _: Request) -> Response:
        config = {"quota_total": account.posts_a_day, "quota_duration": 86400}
        used = self.state.count_published(account)
        return JSONResponse({"data": [{"quota_usage": used, "config": config}]})

    def _one(self, account: Account, request: Request) -> Response:
        object_id = read_part(request, "id")
        container, media = self.state.containers.get(object_id), self.state.media.get(object_id)
        if container is not None and container.account is account:
            status = self.state.ask_status(container)
            container.unfinished -= 1
            said = {"id": container.id, "status_code": status, "status": container.failed or status}
            return cut(request, said)
        if media is not None and media.by is account and not media.deleted:
            return cut(request, self.state.media_json(media))
        if (comment := self.talk.find(account, object_id)) is not None:
            shown = self.talk.comment_json(comment, inside=False)
            return self.talk.refuse(account, request) or cut(request, shown)
        return not_found(object_id)

    async def _batch(self, request: Request) -> Response:
        if self._find(request.headers.get("authorization", "").removeprefix("Bearer ")) is None:
            return error(190, "Invalid OAuth access token - Cannot parse access token")
        return batch(await read_body(request), self._debug)

    def _debug(self, token: str) -> dict[str, Any]:
        found = self._find(token)
        if found is None:
            return {"is_valid": False, "scopes": []}
        account, own = found
        kind, page = ("PAGE", account.page) if own else ("USER", "")
        return describe_token(
            kind, "Dock tools", account.scopes, ends_at=self.ends_at, page=page, lost=account.lost
        )

    async def _post(self, request: Request) -> Response:
        return await self.publishing(request, self._accept)

    async def _accept(self, request: Request) -> Response:
        account = self._writer(request, "instagram_content_publish")
        if isinstance(account, Response):
            return account
        body = await read_body(request)
        with self.lock:
            return self._with_use(account, self.containers.publish(account, body))

    def _add(self, container: Container) -> Media:
        media = self.state.add_media(container.account, container.caption, container.images)
        self._written(media.id)
        username = container.account.username
        self._publish(Published(media.at, username, media.id, None, media.caption))
        return media

    async def _delete(self, request: Request) -> Response:
        object_id = read_part(request, "id")
        comment = self.state.comments.get(object_id)
        right = "instagram_manage_comments" if comment else "instagram_manage_contents"
        account = self._writer(request, right)
        if isinstance(account, Response):
            return account
        if self.faults.takes(Fault.REFUSES_DELETE):
            return error(200, "(#200) Permissions error")
        with self.lock:
            media = self.state.media.get(object_id)
            if media is not None and media.by is account and not media.deleted:
                self.state.delete_media(media)
            elif comment is not None and comment.media.by is account and not comment.deleted:
                self.state.delete_comment(comment)
            else:
                return not_found(object_id, "delete")
        return self._with_use(account, JSONResponse({"success": True}))

    async def _file(self, request: Request) -> Response:
        media, place = self.state.media.get(request.path_params["id"]), int(request.path_params["place"])
        if media is None or place >= len(media.images):
            return HTMLResponse("Gone", 404)
        return Response(media.images[place].data, media_type="image/jpeg")

    async def _other(self, request: Request) -> Response:
        """Another version, or none: what the oldest would say, nobody should rely on."""
        return error(2635, f"You are calling a deprecated version: {request.url.path}")
