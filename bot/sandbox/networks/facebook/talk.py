"""Comments below a pretend Page's posts, and its private messages.

Two traps of the real one: what is posted to a comment itself replaces its words, whoever wrote them; and a private
message is taken only within a day of the customer's last.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.facebook.state import Comment, FacebookState, Page, Post, Thread
from bot.sandbox.networks.graph import error, list_page, not_found, read_body, read_part
from bot.sandbox.networks.server import Published

MAX_COMMENT = 8000  # UTF-16 units
MAX_MESSAGE = 2000
WINDOW = timedelta(hours=24)
Pager = Callable[[list[Any], int, int], list[Any]]
Asked = Callable[[Page, Request], Response]
Take = Callable[[Request, Callable[[Request], Awaitable[Response]]], Awaitable[Response]]


class Talk:
    def __init__(
        self, state: FacebookState, now: Callable[[], datetime], writer: Callable[[Request, str], Page | Response],
        page: Pager, publish: Callable[[Published], None], written: Callable[[str], str],
    ) -> None:  # fmt: skip
        self._state = state
        self._now = now
        self._writer = writer
        self._page = page
        self._publish = publish
        self._written = written
        self.swaps_words = False  # an answer is kept with other words than it was sent with
        self.names_the_customer = False  # the answer to an answer names what it answers

    def routes(self, top: str, question: Callable[[Asked], Any], publishing: Take) -> list[BaseRoute]:
        async def comment(request: Request) -> Response:
            return await publishing(request, self._comment)

        async def message(request: Request) -> Response:
            return await publishing(request, self._message)

        return [
            Route(f"{top}/{{id}}", self._overwrite, methods=["POST"]),
            Route(f"{top}/{{id}}/comments", question(self._comments), methods=["GET"]),
            Route(f"{top}/{{id}}/comments", comment, methods=["POST"]),
            Route(f"{top}/{{id}}/conversations", question(self._conversations)),
            Route(f"{top}/{{id}}/messages", question(self._messages), methods=["GET"]),
            Route(f"{top}/{{id}}/messages", message, methods=["POST"]),
        ]

    # --- questions -----------------------------------------------------------------------------------

    def _comments(self, page: Page, request: Request) -> Response:
        object_id, newest_first = read_part(request, "id"), "reverse" in request.query_params.get("order", "")
        under = self._find(page, object_id)
        if under is None:
            return not_found(object_id)
        if "pages_read_user_content" not in page.scopes:
            return error(10, "(#10) This endpoint requires the 'pages_read_user_content' permission")
        post, above = (under, None) if isinstance(under, Post) else (under.post, under)
        shown = [one for one in self._state.list_comments(post) if above is None or one.parent is above]
        if newest_first:
            shown = [one for one in shown if not one.skipped]
        return list_page(
            request, self._turn([self._state.comment_json(one) for one in shown], newest_first), self._page
        )

    def _conversations(self, page: Page, request: Request) -> Response:
        if "pages_messaging" not in page.scopes:
            return error(200, "(#200) Requires pages_messaging permission to manage the object")
        customer = request.query_params.get("user_id")
        shown = [(one, self._visible(one)) for one in page.threads if customer in {None, one.person.id}]
        found = [
            {
                "id": thread.id,
                "updated_time": self._state.message_json(messages[-1])["created_time"],
                "message_count": len(messages),
            }
            for thread, messages in shown
            if messages
        ]
        return list_page(request, sorted(found, key=lambda one: str(one["updated_time"]), reverse=True))

    def _messages(self, page: Page, request: Request) -> Response:
        thread = next((one for one in page.threads if one.id == read_part(request, "id")), None)
        if thread is None:
            return not_found(read_part(request, "id"))
        found = [self._state.message_json(one) for one in self._visible(thread)]
        return list_page(request, self._turn(found, True), self._page)

    def _visible(self, thread: Thread) -> list[Any]:
        return [one for one in thread.messages if not self._state.is_late(one.id)]

    @staticmethod
    def _turn(found: list[dict[str, Any]], newest_first: bool) -> list[dict[str, Any]]:
        return found[::-1] if newest_first else found

    def _find(self, page: Page, object_id: str) -> Post | Comment | None:
        found = self._state.posts.get(object_id) or self._state.comments.get(object_id)
        owner = found.page if isinstance(found, Post) else found.post.page if found else None
        return found if found is not None and owner is page and not found.deleted else None

    # --- answers -------------------------------------------------------------------------------------

    async def _comment(self, request: Request) -> Response:
        page, object_id = self._writer(request, "pages_manage_engagement"), read_part(request, "id")
        if isinstance(page, Response):
            return page
        body, target = await read_body(request), self._find(page, object_id)
        if target is None:
            return not_found(object_id, "post")
        words, photo = (
            str(body.get("message") or ""),
            self._state.photos.get(str(body.get("attachment_id") or "")),
        )
        if len(words.encode("utf-16-le")) // 2 > MAX_COMMENT or not (words or photo):
            return error(100, f"(#100) A comment has 1 to {MAX_COMMENT} characters")
        post, below = (target, None) if isinstance(target, Post) else (target.post, target.parent or target)
        kept = words.upper() if self.swaps_words else words
        comment = self._state.add_comment(post, page, kept, below=below)
        comment.photo = photo
        self._written(comment.id)
        self._publish(Published(comment.at, page.username, comment.id, None, kept, object_id))
        return JSONResponse({"id": object_id if self.names_the_customer else comment.id})

    async def _overwrite(self, request: Request) -> Response:
        page, comment = (
            self._writer(request, "pages_manage_engagement"),
            self._state.comments.get(read_part(request, "id")),
        )
        if isinstance(page, Response):
            return page
        if comment is None or comment.deleted:
            return not_found(read_part(request, "id"), "post")
        comment.text = str((await read_body(request)).get("message") or "")
        self._state.overwritten.append(comment)
        return JSONResponse({"success": True})

    async def _message(self, request: Request) -> Response:
        page = self._writer(request, "pages_messaging")
        if isinstance(page, Response):
            return page
        body = await read_body(request)
        recipient, said = body.get("recipient") or {}, body.get("message") or {}
        thread = next((one for one in page.threads if one.person.id == str(recipient.get("id"))), None)
        if thread is None or body.get("messaging_type") != "RESPONSE":
            return error(100, "(#100) No matching user found", 2018001)
        words = str(said.get("text") or "")
        if not 0 < len(words.encode("utf-16-le")) // 2 <= MAX_MESSAGE:
            return error(
                100, f"(#100) Length of param message[text] must be less than or equal to {MAX_MESSAGE}"
            )
        theirs = [one for one in thread.messages if one.by is thread.person]
        if not theirs or self._now() - theirs[-1].at > WINDOW:
            return error(10, "(#10) This message is sent outside of allowed window.", 2018278)
        message = self._state.say(page, thread.person, page, words)
        self._written(message.id)
        self._publish(Published(message.at, page.username, message.id, None, words, theirs[-1].id, "direct"))
        return JSONResponse({"recipient_id": thread.person.id, "message_id": message.id})
