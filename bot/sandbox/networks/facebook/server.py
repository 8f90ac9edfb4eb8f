"""A pretend Facebook: real HTTP on loopback, Graph's routes, words and limits, and Pages that anybody can see.

It knows nothing of the adapter and counts by itself, so that the two can disagree in a test. Its answers follow what
Meta documents; nobody has compared them with the real one.
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

from bot.sandbox.networks.facebook.reads import Reads
from bot.sandbox.networks.facebook.state import Comment, FacebookState, Message, Page, Photo, Post
from bot.sandbox.networks.facebook.talk import Talk
from bot.sandbox.networks.graph import VERSION, batch, error, not_found, read_body, read_part, signed_out
from bot.sandbox.networks.server import Fault, NetworkServer, Published

MAX_LENGTH = 63_206  # UTF-16 units
MAX_PHOTO_BYTES = 4_000_000  # less than that
MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"GIF8": "image/gif", b"RIFF": "image/webp"}
CANNOT_READ = (
    "Your photos couldn't be uploaded. Photos should be less than 4 MB and saved as JPG, PNG, GIF, TIFF, HEIF or WebP "
    "files."
)
REGAINED = 20  # minutes, after a throttle
Asked = Callable[[Page, Request], Response]


class FacebookServer(NetworkServer):
    """`tokens` maps each Page's username to its own token. Switches are plain attributes, to be set at any time."""

    def __init__(self, now: Callable[[], datetime], accounts: Iterable[str] = ("dockbakery",)) -> None:
        self.state = FacebookState(now, lambda: self.url)
        self.reads = Reads(self.state, lambda one: one in self.late)
        self.talk = Talk(
            self.state, now, self._writer, lambda *page: self._page(*page), lambda line: self._publish(line),
            lambda remote_id: self._written(remote_id),
        )  # fmt: skip
        super().__init__(now)
        self.state.is_late = lambda one: one in self.late
        self.refuses_duplicates = False  # error 506 for a Page's very last words again
        self.throttle_code = 32
        self.used = 3  # per cent of what may be called
        self.in_addresses: list[str] = []  # requests whose address held a token
        self.tokens: dict[str, str] = {}
        for username in accounts:
            self.add_account(username)

    def add_account(self, username: str, name: str = "") -> str:
        """A new Page; returns its own token."""
        token = "EAA" + hashlib.sha256(username.encode()).hexdigest()[:40]
        self.state.open(username, token, name)
        self.tokens[username] = token
        return token

    def page(self, username: str) -> Page:
        return self.state.pages[self.tokens[username]]

    def add_past(self, username: str, ago: timedelta = timedelta(days=30)) -> None:
        """An older post, on no ledger and no timeline."""
        with self.lock:
            self.state.add_post(self.page(username), "An old post", at=self._now() - ago).past = True

    def revoke(self, username: str, subcode: int = 460) -> None:
        """The Page's token no longer holds."""
        self.page(username).lost = subcode

    def timeline(self) -> list[dict[str, Any]]:
        """What the public sees of our Pages, newest first; deleted posts are marked."""
        with self.lock:
            return [self.state.shown(post) for post in reversed(self.state.posts.values()) if not post.past]

    def list_orphans(self) -> list[Photo]:
        """Photos that are in no post."""
        return [photo for photo in self.state.photos.values() if not photo.deleted and photo.post is None]

    def routes(self) -> list[BaseRoute]:
        top = f"/{VERSION}"
        return [
            Route(top, self._batch, methods=["POST"]),
            Route(f"{top}/me", self._question(self._me, pages_only=False)),
            Route(f"{top}/{{id}}", self._question(self._one)),
            Route(f"{top}/{{id}}", self._delete, methods=["DELETE"]),
            Route(f"{top}/{{id}}/feed", self._post, methods=["POST"]),
            Route(f"{top}/{{id}}/photos", self._upload, methods=["POST"]),
            Route(f"{top}/{{id}}/published_posts", self._question(self.reads.published_posts)),
            *self.talk.routes(top, self._question, self.publishing),
            Route("/media/{id}", self._file),
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
        handle: str | None = None,  # noqa: ARG002  people have none here
        followers: int = 12,  # noqa: ARG002  nobody is told
        images: Sequence[tuple[str, str]] = (),
        language: str = "en",  # noqa: ARG002
    ) -> str:
        """A comment below `reply_to`, else below the Page's newest post; or a private message."""
        with self.lock:
            state, person = self.state, self.state.customer(name)
            page = self._meant(to, reply_to)
            if private:
                message = state.say(page, person, person, text, at, [url for url, _ in images])
                return self._written(message.id)
            comment = state.comments.get(reply_to or "")
            post = comment.post if comment else state.posts.get(reply_to or "")
            if reply_to and (post is None or post.deleted or (comment and comment.deleted)):
                raise LookupError(reply_to)
            below = (comment.parent or comment) if comment else None
            image = images[0] if images else ("", "")
            under = post or page.posts[-1]
            written = state.add_comment(under, person, text, below=below, image=image, at=at)
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
            if message := self.state.find_message(remote_id):
                thread = message.thread
                return self._written(self.state.say(thread.page, thread.person, thread.page, text).id)
            theirs = self._theirs(remote_id)
            answer = self.state.add_comment(
                theirs.post, theirs.post.page, text, below=theirs.parent or theirs
            )
            return self._written(answer.id)

    def conversation(self, remote_id: str) -> list[dict[str, Any]]:
        with self.lock:
            if message := self.state.find_message(remote_id):
                return [_seen(one.id, one.by, one.text, private=True) for one in message.thread.messages]
            comment = self.state.comments.get(remote_id)
            post = comment.post if comment else self.state.posts[remote_id]
            first = _seen(post.id, post.page, post.text, deleted=post.deleted)
            below = [
                _seen(one.id, one.by, one.text, deleted=one.deleted, edited=one.edited)
                for one in post.comments
            ]
            return [first, *below]

    def latest(self, handle: str) -> str:
        with self.lock:
            written = [one for one in self.state.comments.values() if one.by.name == handle]
            private: list[Comment | Message] = [
                one
                for page in self.state.pages.values()
                for thread in page.threads
                for one in thread.messages
                if one.by.name == handle
            ]
            found = sorted([*written, *private], key=lambda one: one.at)
        if not found:
            raise LookupError(handle)
        return found[-1].id

    def _meant(self, to: str | None, reply_to: str | None) -> Page:
        comment, post = self.state.comments.get(reply_to or ""), self.state.posts.get(reply_to or "")
        if comment or post:
            return comment.post.page if comment else post.page  # type: ignore[union-attr]
        every = list(self.state.pages.values())
        return next((page for page in every if page.username == to), every[0])

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
            page, own = who
            if not own and pages_only:
                return self._with_use(page, JSONResponse({"data": []}))
            return self._with_use(page, read(page, request))

        async def asked(request: Request) -> Response:
            return await self.reading(request, told)

        return asked

    def _who(self, request: Request) -> tuple[Page, bool] | Response:
        """Whose token it is, and whether it is the Page's own."""
        if "token" in request.url.query:
            self.in_addresses.append(str(request.url))
        found = self._find(request.headers.get("authorization", "").removeprefix("Bearer "))
        if found is None:
            return error(190, "Invalid OAuth access token - Cannot parse access token")
        return signed_out(found[0].lost) if found[0].lost is not None else found

    def _find(self, token: str) -> tuple[Page, bool] | None:
        every = self.state.pages.values()
        return next(
            ((page, page.token == token) for page in every if token in {page.token, page.user_token}), None
        )

    def _writer(self, request: Request, scope: str) -> Page | Response:
        """Who may write, or the refusal."""
        who = self._who(request)
        if isinstance(who, Response):
            return who
        page, own = who
        if not own or scope not in page.scopes:
            return error(200, f"(#200) The permission(s) {scope} are not available.")
        return page

    def throttled(self) -> Response:
        words = f"(#{self.throttle_code}) Page request limit reached"
        answer = error(self.throttle_code, words, is_transient=True)
        return self._with_use(next(iter(self.state.pages.values())), answer, REGAINED)

    def signed_out(self) -> Response:
        return signed_out()

    def _with_use(self, page: Page, answer: Response, regained: int = 0) -> Response:
        used = 100 if regained else self.used
        use = f'"call_count":{used},"total_cputime":{used},"total_time":{used}'
        answer.headers["x-app-usage"] = f"{{{use}}}"
        regain = f'"estimated_time_to_regain_access":{regained}'
        answer.headers["x-business-use-case-usage"] = f'{{"{page.id}":[{{"type":"pages",{use},{regain}}}]}}'
        return answer

    def _me(self, page: Page, request: Request) -> Response:
        own = request.headers.get("authorization") == f"Bearer {page.token}"
        return self.reads.me(page, own=own, request=request)

    def _one(self, page: Page, request: Request) -> Response:
        return self.reads.one(page, read_part(request, "id"), request)

    async def _batch(self, request: Request) -> Response:
        if self._find(request.headers.get("authorization", "").removeprefix("Bearer ")) is None:
            return error(190, "Invalid OAuth access token - Cannot parse access token")
        return batch(await read_body(request), lambda token: self.reads.debug(token, self._find))

    async def _upload(self, request: Request) -> Response:
        page = self._writer(request, "pages_manage_posts")
        if isinstance(page, Response):
            return page
        async with request.form() as form:
            file, alt = form.get("source"), str(form.get("alt_text_custom") or "")
            data = await file.read() if isinstance(file, UploadFile) else b""
            published = form.get("published", "true") != "false"
        media_type = next((kind for magic, kind in MAGIC.items() if data.startswith(magic)), None)
        if media_type is None or len(data) >= MAX_PHOTO_BYTES:
            return error(
                100,
                "Invalid parameter",
                1366046,
                error_user_title="Can't Read Files",
                error_user_msg=CANNOT_READ,
            )
        with self.lock:
            photo = self.state.add_photo(page, data, media_type, alt)
            if published:
                self._add(page, {"attached_media": [{"media_fbid": photo.id}]})
        return self._with_use(page, JSONResponse({"id": photo.id}))

    async def _post(self, request: Request) -> Response:
        return await self.publishing(request, self._accept)

    async def _accept(self, request: Request) -> Response:
        page = self._writer(request, "pages_manage_posts")
        if isinstance(page, Response):
            return page
        body = await read_body(request)
        if refusal := self._refusal(page, body):
            return refusal
        with self.lock:
            post = self._add(page, body)
        return self._with_use(page, JSONResponse({"id": post.id}))

    def _refusal(self, page: Page, body: dict[str, Any]) -> Response | None:
        words, media = str(body.get("message") or ""), body.get("attached_media") or []
        if not words and not media and not body.get("link"):
            return error(100, "(#100) The post is empty. Please enter a message to share.")
        if len(words.encode("utf-16-le")) // 2 > MAX_LENGTH:
            return error(100, f"(#100) The message is longer than {MAX_LENGTH} characters")
        photos = [self.state.photos.get(str(item.get("media_fbid"))) for item in media]
        if any(photo is None or photo.deleted or photo.post is not None for photo in photos):
            return error(100, "(#100) Invalid parameter: attached_media")
        last = next((post for post in reversed(page.posts) if not post.deleted), None)
        if self.refuses_duplicates and words and last is not None and last.text == words:
            return error(506, "(#506) Duplicate status message")
        return None

    def _add(self, page: Page, body: dict[str, Any]) -> Post:
        photos = [self.state.photos[str(item["media_fbid"])] for item in body.get("attached_media") or []]
        words = str(body.get("message") or "")
        post = self.state.add_post(page, words, str(body.get("link") or ""), photos)
        self._written(post.id)
        self._publish(Published(post.at, page.username, post.id, None, post.text))
        return post

    async def _delete(self, request: Request) -> Response:
        page = self._writer(request, "pages_manage_posts")
        if isinstance(page, Response):
            return page
        object_id = read_part(request, "id")
        if self.faults.takes(Fault.REFUSES_DELETE):
            return error(200, "(#200) Permissions error")
        with self.lock:
            post, photo = self.state.posts.get(object_id), self.state.photos.get(object_id)
            comment = self.state.comments.get(object_id)
            if post is not None and post.page is page and not post.deleted:
                self.state.delete_post(post)
            elif comment is not None and comment.post.page is page and not comment.deleted:
                self.state.delete_comment(comment)
            elif photo is not None and photo.page is page and not photo.deleted:
                photo.deleted = True
            else:
                return not_found(object_id, "delete")
        return self._with_use(page, JSONResponse({"success": True}))

    async def _file(self, request: Request) -> Response:
        photo = self.state.photos.get(request.path_params["id"])
        return Response(photo.data, media_type=photo.media_type) if photo else HTMLResponse("Gone", 404)

    async def _other(self, request: Request) -> Response:
        """Another version, or none: what the oldest would say, nobody should rely on."""
        return error(2635, f"You are calling a deprecated version: {request.url.path}")


def _seen(
    remote_id: str, by: Any, text: str, *, private: bool = False, deleted: bool = False, edited: bool = False
) -> dict[str, Any]:
    """As whoever reads the thread sees it."""
    return {
        "id": remote_id, "by": by.name, "text": text, "ours": isinstance(by, Page),
        "deleted": deleted, "edited": edited, "private": private,
    }  # fmt: skip
