"""A pretend X: real HTTP on loopback, the routes, words and limits of its API, and timelines that anybody can see.

It knows nothing of the adapter and counts by itself, so that the two can disagree in a test. Nobody has compared it
with the real one.

| what it does | where that is written |
|---|---|
| `users/me`, `users/{id}/tweets`, `tweets/{id}`: `data`, `meta`, `errors` in a 200 | docs.x.com, each endpoint |
| `POST tweets`: 201 with `id` and `text`; unknown fields are refused | Create Post |
| `media/upload`, `media/metadata` with `alt_text` | Media upload; its answer is assumed |
| OAuth 1.0a | RFC 5849 |
| consent, codes of 30 seconds, a pair of tokens | OAuth 2.0 with PKCE; that one buys the next only once, some report |
| problem+json, and `errors` with a code | Response codes and errors |
| rate headers in seconds since 1970, a day's limits beside them | Rate limits |
| 402 in two forms, duplicate 403, the rule about answers | as people report them; nobody documents them |
| `DELETE` of what is gone says so as of a success | assumed |
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.people import handle_for
from bot.sandbox.networks.server import Fault, NetworkServer, Published
from bot.sandbox.networks.x import answers, words
from bot.sandbox.networks.x.answers import read_json
from bot.sandbox.networks.x.oauth import OAuth
from bot.sandbox.networks.x.reads import Reads, part
from bot.sandbox.networks.x.signatures import is_signed_by, read_signed
from bot.sandbox.networks.x.state import Account, Image, Keys, Post, XState

WINDOW = timedelta(minutes=15)
MAX_MEDIA_BYTES = 5_000_000
MAX_ALT = 1000
MAX_IMAGES = 4
_POST = frozenset({"text", "reply", "media"})
Asked = Callable[[Account, Request], Response]


class XServer(NetworkServer):
    """`tokens` maps each account's username to its keys, in one line. Switches are plain attributes, to be set at any
    time."""

    def __init__(self, now: Callable[[], datetime], accounts: Iterable[str] = ("dockbakery",)) -> None:
        self.state = XState(now, lambda: self.url)
        self.oauth = OAuth(self.state.accounts, now)
        self.reads = Reads(self.state, lambda items, begin, end: self._page(items, begin, end))
        super().__init__(now)
        self.state.is_late = lambda one: one in self.late
        self.refuses_duplicates = True
        self.no_credits = ""  # a key of `answers.CREDITS`: every call is answered so
        self.old_errors = False  # 401 and 429 with the older body
        self.day_is_used_up = False  # the limit of 24 hours, of which a 429 tells in a header of its own
        self.has_reply_rule = True
        self.rule_is_typed = True  # which of the two words it has for that
        self.alts_fail = 0  # calls that give an image its alt text
        self.capped = False  # what is paid for in the period is used up
        self.in_addresses: list[str] = []  # requests whose address held a token
        self.tokens: dict[str, str] = {}
        for username in accounts:
            self.add_account(username)

    def add_account(self, username: str, name: str = "") -> str:
        """A new account; returns its keys."""
        made = hashlib.sha256(username.encode()).hexdigest()
        account = self.state.open(username, Keys(made[:25], made[25:50], "", made[8:40]), name)
        account.keys = Keys(made[:25], made[25:50], f"{account.id}-{made[:32]}", made[8:40])
        self.tokens[username] = account.keys.line
        return self.tokens[username]

    def account(self, username: str) -> Account:
        return next(one for one in self.state.accounts.values() if one.username == username)

    def add_past(self, username: str, ago: timedelta = timedelta(days=30)) -> None:
        """An older post and an older answer, on no ledger and no timeline."""
        with self.lock:
            us, at = self.account(username), self._now() - ago
            somebody = self.state.add_post(self.state.customer("Ona", "ona"), "Hello", at=at)
            for post in (
                self.state.add_post(us, "An old post", at=at),
                self.state.add_post(us, "An old answer", parent=somebody, at=at),
            ):
                post.past = True

    def revoke(self, username: str) -> None:
        """What it was signed in with no longer holds."""
        self.account(username).lost = True

    def timeline(self) -> list[dict[str, Any]]:
        """What the public sees of our accounts, newest first; deleted posts are marked."""
        with self.lock:
            ours = [post for post in self.state.posts.values() if post.ours and not post.past]
            return [self.state.shown(post) for post in reversed(ours)]

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/2/users/me", self._question(self.reads.me)),
            Route("/2/users/{id}/tweets", self._question(self.reads.own)),
            Route("/2/users/{id}/mentions", self._question(self.reads.mentions)),
            Route("/2/users/{id}/muting", self._question(self.reads.people("muting"))),
            Route("/2/users/{id}/blocking", self._question(self.reads.people("blocking"))),
            Route("/2/tweets", self._post, methods=["POST"]),
            Route("/2/tweets", self._question(self.reads.several)),
            Route("/2/tweets/search/recent", self._question(self.reads.search)),
            Route("/2/tweets/{id}", self._question(self.reads.one)),
            Route("/2/tweets/{id}", self._delete, methods=["DELETE"]),
            Route("/2/media/upload", self._upload, methods=["POST"]),
            Route("/2/media/metadata", self._describe, methods=["POST"]),
            Route("/media/{id}", self._file),
            *self.oauth.routes(),
            Route("/{anything:path}", self._other, methods=["GET", "POST", "PUT", "DELETE"]),
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
        language: str = "en",  # noqa: ARG002
    ) -> str:
        """An answer to `reply_to`, which names everybody above, else a post that mentions us."""
        if private:
            raise LookupError("private messages come in a later version")
        with self.lock:
            state = self.state
            person = state.customer(name, handle or handle_for(name, "_"), followers)
            parent = state.posts.get(reply_to or "")
            if reply_to and (parent is None or parent.deleted):
                raise LookupError(reply_to)
            shown = [state.add_somebodys_image(address, alt) for address, alt in images]
            post = state.add_post(person, text, shown, parent=parent, at=at)
            us = self.account(to) if to in self.tokens else next(iter(state.accounts.values()))
            above = [post.parent, *self._list_above(post.parent)] if post.parent else []
            post.tags = tuple(dict.fromkeys(one.by.username for one in above)) if above else (us.username,)
            post.skipped = self.faults.takes(Fault.FEED_SKIPS)
            return self._written(post.id)

    def customer_edits(self, remote_id: str, text: str) -> None:
        with self.lock:
            post = self._theirs(remote_id)
            self.state.edit(post, text)

    def customer_deletes(self, remote_id: str) -> None:
        with self.lock:
            self._theirs(remote_id).deleted = True

    def customer_takes_names_out(self, remote_id: str) -> None:
        """Whom an answer names, its writer can change: it names only whom it answers."""
        with self.lock:
            post = self._theirs(remote_id)
            post.tags = (post.parent.by.username,) if post.parent else ()

    def we_answer_in_app(self, remote_id: str, text: str) -> str:
        with self.lock:
            theirs = self._theirs(remote_id)
            us = theirs.root.by if isinstance(theirs.root.by, Account) else None
            ours = us or next(iter(self.state.accounts.values()))
            return self._written(self.state.add_post(ours, text, parent=theirs).id)

    def conversation(self, remote_id: str) -> list[dict[str, Any]]:
        with self.lock:
            root = self.state.posts[remote_id].root
            there = dict.fromkeys(post for post in self.state.posts.values() if post.root is root)
            return [_see(post) for post in there]  # an edited one has several ids

    def mute(self, username: str, name: str, *, blocks: bool = False) -> None:
        """Our account mutes or blocks a customer in X's app."""
        with self.lock:
            us, person = self.account(username), self.state.customer(name, handle_for(name, "_"))
            (us.blocks if blocks else us.mutes).add(person.username)

    def latest(self, handle: str) -> str:
        with self.lock:
            wanted = handle.removeprefix("@")
            found = [one for one in self.state.posts.values() if wanted in {one.by.username, one.by.name}]
        if not found:
            raise LookupError(handle)
        return max(found, key=lambda one: one.at).id

    def _list_above(self, post: Post | None) -> list[Post]:
        return [post.parent, *self._list_above(post.parent)] if post and post.parent else []

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
            return answers.with_rate(read(account, request), 299, self._now() + WINDOW)

        async def asked(request: Request) -> Response:
            return await self.reading(request, told)

        return asked

    def _who(self, request: Request) -> Account | Response:
        """Whose request it is, or the refusal that comes before any other."""
        if "token=" in request.url.query.replace("pagination_token=", ""):
            self.in_addresses.append(str(request.url))
        if self.no_credits:
            return JSONResponse(answers.CREDITS[self.no_credits], 402)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if found := self.oauth.find_account(bearer):
            return found
        said = read_signed(request)
        for account in self.state.accounts.values():
            if said and not account.lost and is_signed_by(account.keys, request, said):
                return account
        return self.signed_out()

    def throttled(self) -> Response:
        reset = self._now() + WINDOW
        if self.capped:
            return answers.problem(
                429, "UsageCapExceeded", "Usage cap exceeded: Monthly product cap", "usage-capped"
            )
        if self.old_errors:
            return answers.with_rate(answers.old(429, 88, "Rate limit exceeded"), 0, reset)
        refusal = answers.with_rate(answers.problem(429, "Too Many Requests", "Too Many Requests"), 0, reset)
        if self.day_is_used_up:
            refusal.headers["x-user-limit-24hour-remaining"] = "0"
            tomorrow = self._now() + timedelta(hours=20)
            refusal.headers["x-user-limit-24hour-reset"] = str(int(tomorrow.timestamp()))
        return refusal

    def signed_out(self) -> Response:
        return (
            answers.old(401, 89, "Invalid or expired token.") if self.old_errors else answers.unauthorized()
        )

    async def _upload(self, request: Request) -> Response:
        account = self._who(request)
        if isinstance(account, Response):
            return account
        async with request.form() as form:
            file, category = form.get("media"), form.get("media_category")
            data = await file.read() if isinstance(file, UploadFile) else b""
        if category != "tweet_image" or not data:
            return answers.invalid("media_category is not valid")
        if len(data) > MAX_MEDIA_BYTES:
            return answers.invalid(f"Image file size must be <= {MAX_MEDIA_BYTES} bytes")
        with self.lock:
            image = self.state.add_image(account, data)
        said = {"id": image.id, "media_key": f"3_{image.id}", "expires_after_secs": 86400, "size": len(data)}
        return JSONResponse({"data": said})

    async def _describe(self, request: Request) -> Response:
        account = self._who(request)
        if isinstance(account, Response):
            return account
        if self.alts_fail > 0:
            self.alts_fail -= 1
            return answers.problem(503, "Service Unavailable", "Service Unavailable")
        body = await read_json(request)
        image = self.state.images.get(str(body.get("id")))
        alt = str(body.get("metadata", {}).get("alt_text", {}).get("text", ""))
        if image is None or image.owner is not account or len(alt) > MAX_ALT:
            return answers.invalid("alt_text is not valid")
        image.alt = "" if self.state.loses_alts else alt
        metadata = {"alt_text": {"text": image.alt}}
        return JSONResponse({"data": {"id": image.id, "associated_metadata": metadata}})

    async def _post(self, request: Request) -> Response:
        return await self.publishing(request, self._accept)

    async def _accept(self, request: Request) -> Response:
        account = self._who(request)
        if isinstance(account, Response):
            return account
        body = await read_json(request)
        with self.lock:
            judged = self._judge_post(account, body)
            if isinstance(judged, Response):
                return judged
            images, parent = judged
            post = self.state.add_post(account, str(body.get("text") or ""), images, parent=parent)
            self._written(post.id)
            answered = parent.id if parent else None
            self._publish(Published(post.at, account.username, post.id, None, post.text, answered))
            shown = self.state.post_json(post, ())
        return answers.with_rate(JSONResponse({"data": shown}, 201), 99, self._now() + WINDOW, 100)

    def _judge_post(
        self, account: Account, body: dict[str, Any]
    ) -> tuple[list[Image], Post | None] | Response:
        """Its images and what it answers, or the refusal."""
        if strange := next((name for name in body if name not in _POST), None):
            return answers.invalid(
                f"$.{strange}: is not defined in the schema and the schema does not allow additional properties"
            )
        text = str(body.get("text") or "")
        ids = (body.get("media") or {}).get("media_ids") or []
        images = [self.state.images.get(str(one)) for one in ids]
        usable = [one for one in images if one is not None and one.owner is account and one.post is None]
        if len(usable) != len(images) or len(images) > MAX_IMAGES:
            return answers.invalid("Your media IDs are invalid.")
        if not text and not usable:
            return answers.invalid("text or media is required")
        if words.count(text) > words.MOST or "\ufeff" in text:
            return answers.forbidden("Your Tweet text is too long.")
        parent = self.state.posts.get(str((body.get("reply") or {}).get("in_reply_to_tweet_id")))
        if body.get("reply") and (parent is None or parent.deleted):
            return answers.forbidden(
                "You attempted to reply to a Tweet that is deleted or not visible to you."
            )
        if parent is not None and not self._may_answer(account, parent):
            kind = "not-authorized-for-resource" if self.rule_is_typed else ""
            return answers.forbidden(answers.REPLY_RULES[kind], kind)
        if self.refuses_duplicates and text and not usable and self.state.find_same(account, text):
            return answers.forbidden(answers.DUPLICATE)
        return usable, parent

    def _may_answer(self, account: Account, parent: Post) -> bool:
        """Only who was named, or in their own threads' posts of their own."""
        return not self.has_reply_rule or parent.by is account or account.username in parent.tags

    async def _delete(self, request: Request) -> Response:
        account = self._who(request)
        if isinstance(account, Response):
            return account
        if self.faults.takes(Fault.REFUSES_DELETE):
            return answers.forbidden("You are not allowed to delete this Tweet.")
        with self.lock:
            post = self.state.posts.get(part(request))
            if post is not None and post.by is not account:
                return answers.forbidden("You are not allowed to delete this Tweet.")
            if post is not None:
                post.deleted = True
        return JSONResponse({"data": {"deleted": True}})

    async def _file(self, request: Request) -> Response:
        image = self.state.images.get(request.path_params["id"])
        return Response(image.data, media_type="image/jpeg") if image else HTMLResponse("Gone", 404)

    async def _other(self, request: Request) -> Response:
        return answers.problem(404, "Not Found", f"Not Found: {request.url.path}")


def _see(post: Post) -> dict[str, Any]:
    return {
        "id": post.id, "by": post.by.username, "text": post.text, "ours": post.ours, "deleted": post.deleted,
        "edited": post.edited, "private": False,
    }  # fmt: skip
