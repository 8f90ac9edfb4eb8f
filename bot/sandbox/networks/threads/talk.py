"""Replies below a pretend account's posts, posts that mention it, and its own replies.

| what it does | where that is written (developers.facebook.com/docs/threads) |
|---|---|
| `GET /{post}/conversation`: all replies at any depth, `reverse` | Replies and Conversations; Reply Management |
| `GET /{user}/mentions` | Mentions; Reference: User |
| `GET /{user}/replies` | Reference: User |
| which fields each list has | Reference: Reply Management, User; Media Retrieval |
| `username` only of public profiles | Replies and Conversations |
| a field that is not there fails the whole call | Graph API: Field expansion; its words are assumed |
| without `threads_read_replies`, `threads_manage_mentions`: 10 | Reply Management, Mentions; the code is assumed |
| a post that is gone takes its replies along; when lists are late | assumed |
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.graph import error, list_page, not_found, read_part
from bot.sandbox.networks.threads.state import Account, Post, ThreadsState

POST = frozenset({
    "id", "media_product_type", "media_type", "media_url", "permalink", "username", "text", "timestamp", "shortcode",
    "thumbnail_url", "children", "is_quote_post", "has_replies", "quoted_post", "reposted_post", "gif_url",
})  # fmt: skip
OWN_POST = POST | {"owner", "alt_text", "link_attachment_url", "reply_audience"}
ANSWER = POST | {"root_post", "replied_to", "is_reply", "is_reply_owned_by_me", "reply_audience"}
REPLY = POST | {
    "root_post", "replied_to", "is_reply", "is_reply_owned_by_me", "hide_status", "reply_audience", "topic_tag",
}  # fmt: skip
MEDIA = OWN_POST | REPLY | {"poll_attachment"}
Pager = Callable[[list[Any], int, int], list[Any]]
Asked = Callable[[Account, Request], Response]


class Talk:
    def __init__(self, state: ThreadsState, page: Pager) -> None:
        self._state = state
        self._page = page
        self.shows_others = True  # a post of somebody else's is shown when it is asked for by its id
        self.names_nobody = False  # everybody has a private profile

    def routes(self, top: str, question: Callable[[Asked], Any]) -> list[BaseRoute]:
        return [
            Route(f"{top}/{{id}}/conversation", question(self._conversation)),
            Route(f"{top}/{{id}}/mentions", question(self._mentions)),
            Route(f"{top}/{{id}}/replies", question(self._replies)),
        ]

    def _conversation(self, account: Account, request: Request) -> Response:
        root = self._state.posts.get(read_part(request, "id"))
        if root is None or root.by is not account or not self._state.is_shown(root):
            return not_found(read_part(request, "id"))
        if refusal := refuse_fields(request, REPLY) or _refuse(account, "threads_read_replies"):
            return refusal
        newest_first = request.query_params.get("reverse", "true") != "false"
        shown = [one for one in root.replies if self._state.is_shown(one)]
        if newest_first:
            shown = [one for one in reversed(shown) if not one.skipped]
        return list_page(request, [self.reply_json(one, account) for one in shown], self._page)

    def _mentions(self, account: Account, request: Request) -> Response:
        if account.id != read_part(request, "id"):
            return not_found(read_part(request, "id"))
        if refusal := refuse_fields(request, MEDIA) or _refuse(account, "threads_manage_mentions"):
            return refusal
        tag = f"@{account.username}".casefold()
        shown = [
            self.reply_json(one, account)
            for one in reversed(self._state.posts.values())
            if not one.ours and self._state.is_shown(one) and not one.skipped and _mentions(one, tag)
        ]
        return list_page(request, shown, self._page)

    def _replies(self, account: Account, request: Request) -> Response:
        if account.id != read_part(request, "id"):
            return not_found(read_part(request, "id"))
        if refusal := refuse_fields(request, ANSWER) or _refuse(account, "threads_read_replies"):
            return refusal
        shown = self._state.list_own(account, replies=True)
        return list_page(request, [self._state.post_json(one, account) for one in shown], self._page)

    def reply_json(self, post: Post, account: Account) -> dict[str, Any]:
        shown = self._state.post_json(post, account)
        if self.names_nobody and not post.ours:
            del shown["username"], shown["permalink"]
        return shown


def refuse_fields(request: Request, known: frozenset[str]) -> Response | None:
    asked = request.query_params.get("fields", "id").split(",")
    wrong = next((name for name in asked if name not in known), None)
    return error(100, f"(#100) Tried accessing nonexisting field ({wrong})") if wrong else None


def see(post: Post) -> dict[str, Any]:
    """As whoever reads the thread sees it."""
    return {
        "id": post.id, "by": post.by.username, "text": post.text, "ours": post.ours, "deleted": post.deleted,
        "edited": post.edited, "private": False,
    }  # fmt: skip


def _mentions(post: Post, tag: str) -> bool:
    return post.tags or tag in post.text.casefold()


def _refuse(account: Account, scope: str) -> Response | None:
    if scope in account.scopes:
        return None
    return error(10, f"(#10) Application does not have permission for this action: {scope}")
