"""A pretend LinkedIn: real HTTP on loopback, the routes, headers and words of its versioned API.

It knows nothing of the adapter and counts by itself, so that the two can disagree in a test. Nobody has compared it
with the real one.

| what it does | where that is written (learn.microsoft.com/linkedin) |
|---|---|
| `LinkedIn-Version` in each request; 426 for a version that has ended | Versioning; the code's name is assumed |
| `X-Restli-Protocol-Version: 2.0.0`; names percent-encoded | Protocol version |
| `POST /rest/posts`: 201, an empty body, `x-restli-id` | Posts API |
| 2 to 20 images are `multiImage` | MultiImage API |
| a reserved sign that is not escaped cuts the post | "little" text format; reported in many places |
| 422 DUPLICATE_POST, also of one that is gone | reported; of what, and for how long, is assumed |
| `DELETE`: 204, also once more | Posts API |
| uploads: `initializeUpload`, `PUT`, a status | Images API |
| who may post, who may read: by role | Organization Access Control; an empty list for the wrong role: reported |
| 429 until midnight, UTC | Rate limits; its body was reported |
| 65600, 65601, 65602 for a token that does not hold | reported |
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.linkedin.answers import (
    INVALID,
    REVOKED,
    duplicate,
    elements,
    error,
    forbidden,
    lost,
    not_found,
    read_json,
    read_part,
    refuse,
)
from bot.sandbox.networks.linkedin.images import Images
from bot.sandbox.networks.linkedin.little import read_little
from bot.sandbox.networks.linkedin.state import (
    POSTERS,
    READERS,
    Comment,
    Image,
    LinkedInState,
    Member,
    Page,
    Person,
    Post,
)
from bot.sandbox.networks.linkedin.talk import Talk
from bot.sandbox.networks.server import Fault, NetworkServer, Published

VERSIONS = frozenset({"202605", "202606", "202607", "202608", "202609", "202610"})
MAX_LENGTH = 3000  # UTF-16 units of what people see
_POST = frozenset({
    "author", "commentary", "visibility", "distribution", "lifecycleState", "isReshareDisabledByAuthor", "content",
})  # fmt: skip
Asked = Callable[[Member, Request], Response]


class LinkedInServer(NetworkServer):
    """`tokens` maps each Page's name in its address to the token of somebody who runs it. Switches are plain
    attributes, to be set at any time."""

    def __init__(self, now: Callable[[], datetime], accounts: Iterable[str] = ("dockbakery",)) -> None:
        self.state = LinkedInState(now, lambda: self.url)
        self.images = Images(self.state, lambda: self.url, lambda: self.lock, self._who, self._know)
        self.talk = Talk(self.state, now, lambda *page: self._page(*page))
        super().__init__(now)
        self.state.is_late = lambda one: one in self.late
        self.versions = set(VERSIONS)
        self.refuses_duplicates = True
        self.calls_a_day: int | None = None  # of a member; in Development tier it is 100
        self.in_addresses: list[str] = []  # requests whose address held a token
        self.tokens: dict[str, str] = {}
        for vanity in accounts:
            self.add_account(vanity)

    def add_account(self, vanity: str, name: str = "") -> str:
        """A new Page; returns the token of somebody who runs it."""
        token = "AQ" + hashlib.sha256(vanity.encode()).hexdigest()[:40]
        self.state.open(vanity, token, name)
        self.tokens[vanity] = token
        return token

    def page(self, vanity: str) -> Page:
        return next(page for page in self.state.pages.values() if page.vanity == vanity)

    def member(self, vanity: str) -> Member:
        return self.state.members[self.tokens[vanity]]

    def give_role(self, vanity: str, role: str | None) -> None:
        """Whoever's token it is has this role on the Page, or none."""
        roles, urn = self.member(vanity).roles, self.page(vanity).urn
        if role is None:
            roles.pop(urn, None)
        else:
            roles[urn] = role

    def add_past(self, vanity: str, ago: timedelta = timedelta(days=30)) -> None:
        """An older post, on no ledger and no timeline."""
        with self.lock:
            self.state.add_post(self.page(vanity), "An old post", at=self._now() - ago).past = True

    def revoke(self, vanity: str, code: int = REVOKED) -> None:
        """The token no longer holds."""
        self.member(vanity).lost = code

    def timeline(self) -> list[dict[str, Any]]:
        """What the public sees of our Pages, newest first; deleted posts are marked."""
        with self.lock:
            ours = [one for one in self.state.posts.values() if isinstance(one.by, Page) and not one.past]
            return [self.state.shown(post) for post in reversed(ours)]

    def count_calls(self, vanity: str) -> int:
        """Of today."""
        return self.member(vanity).calls.get(self._today(), 0)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/rest/organizations", self._question(self._find_page)),
            Route("/rest/organizations/{id}", self._question(self._one_page)),
            Route("/rest/organizationAcls", self._question(self._roles)),
            Route("/rest/organizationalEntityNotifications", self._question(self.talk.notifications)),
            Route("/rest/posts", self._question(self._list)),
            Route("/rest/posts", self._post, methods=["POST"]),
            Route("/rest/posts/{id}", self._question(self._one)),
            Route("/rest/posts/{id}", self._delete, methods=["DELETE"]),
            Route("/rest/images", self.images.begin_upload, methods=["POST"]),
            Route("/rest/images/{id}", self._question(self.images.status)),
            Route("/dms-uploads/{id}", self.images.upload, methods=["PUT"]),
            Route("/media/{id}", self.images.file),
            Route("/{anything:path}", self._other, methods=["GET", "POST", "PUT", "DELETE"]),
        ]

    # --- the members' side ---------------------------------------------------------------------------

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
        images: Sequence[tuple[str, str]] = (),  # noqa: ARG002  nobody is told
        language: str = "en",  # noqa: ARG002
    ) -> str:
        """A comment below `reply_to`, or on its post; else a post of theirs that mentions the Page."""
        if private:
            raise LookupError("LinkedIn shows a Page's private messages to no app")
        with self.lock:
            state, person = self.state, self.state.customer(name)
            comment = state.comments.get(reply_to or "")
            post = comment.post if comment else state.posts.get(reply_to or "")
            if reply_to and (post is None or post.deleted_at or (comment and comment.deleted)):
                raise LookupError(reply_to)
            if post is None:
                made = state.add_post(person, text, at=at)
                made.tags = to in {None, *self.tokens}
                return self._written(made.urn)
            written = state.add_comment(post, person, text, at)
            written.skipped = self.faults.takes(Fault.FEED_SKIPS)
            return self._written(written.urn)

    def customer_edits(self, remote_id: str, text: str) -> None:
        with self.lock:
            if mention := self._mention(remote_id):
                mention.commentary = text
                return
            comment = self._theirs(remote_id)
            comment.text, comment.edited = text, True

    def customer_deletes(self, remote_id: str) -> None:
        with self.lock:
            if mention := self._mention(remote_id):
                mention.deleted_at = self._now()
                return
            self._theirs(remote_id).deleted = True

    def we_answer_in_app(self, remote_id: str, text: str) -> str:
        with self.lock:
            theirs = self._theirs(remote_id)
            page = theirs.post.by
            us = page if isinstance(page, Page) else next(iter(self.state.pages.values()))
            return self._written(self.state.add_comment(theirs.post, us, text).urn)

    def conversation(self, remote_id: str) -> list[dict[str, Any]]:
        with self.lock:
            comment = self.state.comments.get(remote_id)
            post = comment.post if comment else self.state.posts[remote_id]
            return [_see_post(post), *map(_see, post.comments)]

    def latest(self, handle: str) -> str:
        with self.lock:
            found = [one for one in self.state.comments.values() if one.by.name == handle]
        if not found:
            raise LookupError(handle)
        return max(found, key=lambda one: one.at).urn

    def _mention(self, remote_id: str) -> Post | None:
        """A member's own post."""
        post = self.state.posts.get(remote_id)
        return post if post and isinstance(post.by, Person) and post.deleted_at is None else None

    def _theirs(self, remote_id: str) -> Comment:
        comment = self.state.comments[remote_id]
        if comment.ours or comment.deleted:
            raise LookupError(f"{remote_id} is no customer's, or gone")
        return comment

    # --- the server's side ---------------------------------------------------------------------------

    def _question(self, read: Asked) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """A route that reads; the server's ordered faults apply to it."""

        def told(request: Request) -> Response:
            member = self._who(request)
            return member if isinstance(member, Response) else read(member, request)

        async def asked(request: Request) -> Response:
            return await self.reading(request, told)

        return asked

    def _who(self, request: Request) -> Member | Response:
        """Whose token it is, or the refusal that comes before any other."""
        if "token" in request.url.query:
            self.in_addresses.append(str(request.url))
        version = request.headers.get("linkedin-version", "")
        if not version:
            return error(400, "A version must be present", "VERSION_MISSING")
        if version not in self.versions:
            return error(426, f"Requested version {version} is not active", "NONEXISTENT_VERSION")
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            return error(400, "Syntax exception in path variables", "ILLEGAL_ARGUMENT")
        return self._count_call(self._know(request))

    def _know(self, request: Request) -> Member | Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        member = self.state.members.get(token)
        if member is None:
            return lost(INVALID)
        return lost(member.lost) if member.lost is not None else member

    def _count_call(self, member: Member | Response) -> Member | Response:
        if isinstance(member, Response):
            return member
        used = member.calls.get(self._today(), 0)
        if self.calls_a_day is not None and used >= self.calls_a_day:
            return self.throttled()
        member.calls[self._today()] = used + 1
        return member

    def _today(self) -> str:
        return self._now().astimezone(UTC).date().isoformat()

    def throttled(self) -> Response:
        words = "Resource level throttle MEMBER DAY limit for calls to this resource is reached."
        return error(429, words, service=101)

    def signed_out(self) -> Response:
        return lost(REVOKED)

    def _find_page(self, member: Member, request: Request) -> Response:
        if refusal := refuse(member, "rw_organization_admin", "organizations.FINDER-vanityName"):
            return refusal
        asked = request.query_params.get("vanityName", "").casefold()
        found = [page for page in self.state.pages.values() if page.vanity.casefold() == asked]
        return elements([self.state.page_json(page) for page in found])

    def _one_page(self, member: Member, request: Request) -> Response:
        if refusal := refuse(member, "rw_organization_admin", "organizations.GET"):
            return refusal
        page = self.state.pages.get(f"urn:li:organization:{read_part(request)}")
        return JSONResponse(self.state.page_json(page)) if page else not_found()

    def _roles(self, member: Member, request: Request) -> Response:
        if refusal := refuse(member, "rw_organization_admin", "organizationAcls.FINDER-roleAssignee"):
            return refusal
        if request.query_params.get("q") != "roleAssignee":
            return error(400, "Finder not found", "ILLEGAL_ARGUMENT")
        return elements(
            [
                {"organization": urn, "role": role, "roleAssignee": member.urn, "state": "APPROVED"}
                for urn, role in member.roles.items()
            ]
        )

    def _list(self, member: Member, request: Request) -> Response:
        """Whoever may not read is told of no posts."""
        if refusal := refuse(member, "r_organization_social", "posts.FINDER-author"):
            return refusal
        page = self.state.pages.get(request.query_params.get("author", ""))
        if request.query_params.get("q") != "author" or page is None:
            return error(400, "Invalid param author", "ILLEGAL_ARGUMENT")
        shown = self.state.list_of(page) if member.roles.get(page.urn) in READERS else []
        most = int(request.query_params.get("count", "10"))
        return elements([self.state.post_json(post) for post in shown[:most]])

    def _one(self, member: Member, request: Request) -> Response:
        if refusal := refuse(member, "r_organization_social", "posts.GET"):
            return refusal
        post = self.state.posts.get(read_part(request))
        if post is None or post.deleted_at is not None:
            return not_found()
        if member.roles.get(post.by.urn) not in READERS:
            return forbidden("posts.GET")
        return JSONResponse(self.state.post_json(post))

    async def _post(self, request: Request) -> Response:
        return await self.publishing(request, self._accept)

    async def _accept(self, request: Request) -> Response:
        member = self._who(request)
        if isinstance(member, Response):
            return member
        body = await read_json(request)
        with self.lock:
            judged = self._judge_post(member, body)
            if isinstance(judged, Response):
                return judged
            page, images = judged
            post = self.state.add_post(page, body["commentary"], images)
            self._written(post.urn)
            self._publish(Published(post.at, page.vanity, post.urn, None, post.text))
        return Response(status_code=201, headers={"x-restli-id": post.urn})

    def _judge_post(
        self, member: Member, body: dict[str, Any]
    ) -> tuple[Page, list[tuple[Image, str]]] | Response:
        """Whose post it is and its images, or the refusal."""
        page = self.state.pages.get(str(body.get("author")))
        if refusal := refuse(member, "w_organization_social", "posts.CREATE"):
            return refusal
        if page is None or member.roles.get(page.urn) not in POSTERS:
            return forbidden("posts.CREATE")
        wrong = next((f"/{name} :: unrecognized field found" for name in body if name not in _POST), None)
        lacking = [name for name in _POST - {"content"} if name not in body]
        if wrong or lacking:
            return error(422, f"ERROR :: {wrong or f'/{lacking[0]} :: field is required but not found'}")
        length = len(read_little(body["commentary"]).encode("utf-16-le")) // 2
        if length > MAX_LENGTH:
            return error(422, f"ERROR :: /commentary :: length of {length} is more than {MAX_LENGTH}")
        images = self.images.read(body)
        if isinstance(images, str):
            return error(422, f"ERROR :: /content :: {images}")
        if not images and not body["commentary"]:
            return error(422, "ERROR :: /commentary :: is empty")
        same = self.state.find_same(page, body["commentary"]) if self.refuses_duplicates else None
        return duplicate(same.urn) if same and not images else (page, images)

    async def _delete(self, request: Request) -> Response:
        member = self._who(request)
        if isinstance(member, Response):
            return member
        if self.faults.takes(Fault.REFUSES_DELETE):
            return forbidden("posts.DELETE")
        with self.lock:
            post = self.state.posts.get(read_part(request))
            if post is not None and member.roles.get(post.by.urn) not in POSTERS:
                return forbidden("posts.DELETE")
            if post is not None and post.deleted_at is None:
                post.deleted_at = self._now()
        return Response(status_code=204)

    async def _other(self, request: Request) -> Response:
        return error(404, f"No virtual resource found: {request.url.path}", "RESOURCE_NOT_FOUND")


def _see_post(post: Post) -> dict[str, Any]:
    return {
        "id": post.urn, "by": post.by.name, "text": post.text, "ours": isinstance(post.by, Page),
        "deleted": post.deleted_at is not None, "edited": False, "private": False,
    }  # fmt: skip


def _see(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.urn, "by": comment.by.name, "text": comment.text, "ours": comment.ours,
        "deleted": comment.deleted, "edited": comment.edited, "private": False,
    }  # fmt: skip
