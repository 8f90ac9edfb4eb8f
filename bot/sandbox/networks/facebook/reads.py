"""What can be asked of a pretend Facebook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.sandbox.networks.facebook.state import FacebookState, Page
from bot.sandbox.networks.graph import cut, describe_token, error, list_page, not_found


class Reads:
    """The questions. `find` says whose token a request has."""

    def __init__(self, state: FacebookState, late: Callable[[str], bool]) -> None:
        self._state = state
        self._late = late
        self.app = "Dock tools"
        self.ends_at = 0  # when tokens end; 0: never
        self.data_ends_at = 0  # when its app may read nothing any more, in the same way

    def me(self, page: Page, *, own: bool, request: Request) -> Response:
        if own:
            return cut(request, self._state.page_json(page))
        if "category" in request.query_params.get("fields", ""):
            return error(100, "(#100) Tried accessing nonexisting field (category) on node type (User)")
        return cut(request, {"id": "10220000000000001", "name": "Maya Okafor"})

    def published_posts(self, page: Page, request: Request) -> Response:
        shown = [post for post in page.posts if not post.deleted and post.id not in self._state.omits]
        visible = [post for post in shown if not self._late(post.id)]
        return list_page(request, [self._state.post_json(post) for post in reversed(visible)])

    def one(self, page: Page, object_id: str, request: Request) -> Response:
        state = self._state
        if object_id == page.id:
            return cut(request, state.page_json(page))
        post, photo = state.posts.get(object_id), state.photos.get(object_id)
        comment, message = state.comments.get(object_id), state.find_message(object_id)
        if comment is not None and not comment.deleted and comment.post.page is page:
            return cut(request, state.comment_json(comment))
        if message is not None and message.thread.page is page:
            return cut(request, state.message_json(message))
        if post is not None and not post.deleted and post.page is page:
            return cut(request, state.post_json(post))
        if photo is not None and not photo.deleted and photo.page is page:
            return cut(request, {"id": photo.id, **({"alt_text_custom": photo.alt} if photo.alt else {})})
        return not_found(object_id)

    def debug(self, token: str, find: Callable[[str], tuple[Page, bool] | None]) -> dict[str, Any]:
        found = find(token)
        if found is None:
            return {"is_valid": False, "scopes": []}
        page, own = found
        kind, owner = ("PAGE", page.id) if own else ("USER", "")
        return describe_token(
            kind,
            self.app,
            page.scopes,
            ends_at=self.ends_at,
            data_ends_at=self.data_ends_at,
            page=owner,
            lost=page.lost,
        )  # fmt: skip
