"""Comments below a pretend account's posts, answers to them, and photos of others in which it is tagged.

| what it does | where that is written |
|---|---|
| `GET /{media}/comments`: the newest first, 50 a page, answers only inside (`replies`) | IG Media, Comments |
| `comments_count` counts answers, too | IG Media |
| `POST /{comment}/replies`; an answer to an answer stands inside the same comment | IG Comment, Replies |
| `from` and `parent_id` | out-of-cycle change of 20 October 2021 |
| `GET /{account}/tags`; `POST /{account}/mentions` | IG User, Tags; Mentions |
| somebody whom we restrict or block is not told | IG Comment, "Limitations" |
| with `fields` on a write: 400, 20 / 1772107, and the comment is there | reported by others |
| a hidden comment takes no answer | IG Comment, Replies; the code is assumed |
| a field that is not permitted fails the whole call | Graph API, "Field expansion"; its words are assumed |
| what else a tagged photo's list may leave out; how long a comment may be; when lists are late | assumed |
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.graph import error, list_page, not_found, read_body, read_part
from bot.sandbox.networks.instagram.state import Account, Comment, InstagramState, Media, stamp
from bot.sandbox.networks.server import Published

MAX_COMMENT = 2200  # UTF-16 units
AT_ONCE = 50  # answers inside a comment
Pager = Callable[[list[Any], int, int], list[Any]]
Asked = Callable[[Account, Request], Response]
Take = Callable[[Request, Callable[[Request], Awaitable[Response]]], Awaitable[Response]]


class Talk:
    def __init__(
        self, state: InstagramState, writer: Callable[[Request, str], Account | Response], page: Pager,
        publish: Callable[[Published], None], written: Callable[[str], str],
    ) -> None:  # fmt: skip
        self._state = state
        self._writer = writer
        self._page = page
        self._publish = publish
        self._written = written
        self.swaps_words = False  # an answer is kept with other words than it was sent with
        self.names_the_customer = False  # the answer to an answer names what it answers
        self.names_nothing = False  # an answer is there, and called wrong
        self.tells_who = True  # `from` may be asked for

    def routes(self, top: str, question: Callable[[Asked], Any], publishing: Take) -> list[BaseRoute]:
        async def reply(request: Request) -> Response:
            return await publishing(request, self._reply)

        async def mention(request: Request) -> Response:
            return await publishing(request, self._mention)

        return [
            Route(f"{top}/{{id}}/comments", question(self._comments)),
            Route(f"{top}/{{id}}/replies", question(self._replies), methods=["GET"]),
            Route(f"{top}/{{id}}/replies", reply, methods=["POST"]),
            Route(f"{top}/{{id}}/tags", question(self._tags)),
            Route(f"{top}/{{id}}/mentions", mention, methods=["POST"]),
        ]

    # --- questions -----------------------------------------------------------------------------------

    def _comments(self, account: Account, request: Request) -> Response:
        media = self._state.media.get(read_part(request, "id"))
        if media is None or media.by is not account or media.deleted:
            return not_found(read_part(request, "id"))
        if refusal := self.refuse(account, request):
            return refusal
        shown = [one for one in self._state.list_comments(media) if one.parent is None]
        late = [one for one in shown if one.skipped]
        found = [self.comment_json(one) for one in reversed(shown) if one not in late]
        for one in late:
            one.skipped = False
        return list_page(request, found, self._page)

    def _replies(self, account: Account, request: Request) -> Response:
        comment = self.find(account, read_part(request, "id"))
        if comment is None:
            return not_found(read_part(request, "id"))
        if refusal := self.refuse(account, request):
            return refusal
        found = [self.comment_json(one) for one in self._state.list_answers(comment)]
        return list_page(request, found, self._page)

    def _tags(self, account: Account, request: Request) -> Response:
        if account.id != read_part(request, "id"):
            return not_found(read_part(request, "id"))
        found = [self._state.media_json(one) for one in self._state.list_tagged(account)]
        return list_page(request, found, self._page)

    def refuse(self, account: Account, request: Request) -> Response | None:
        if "instagram_manage_comments" not in account.scopes:
            return error(10, "(#10) Application does not have permission for this action")
        if "from{" in request.query_params.get("fields", "") and not self.tells_who:
            return error(100, "(#100) Tried accessing nonexisting field (from)")
        return None

    def find(self, account: Account, object_id: str) -> Comment | None:
        found = self._state.comments.get(object_id)
        ours = found is not None and found.media.by is account
        return found if ours and not self._state.is_away(found) else None

    def comment_json(self, comment: Comment, *, inside: bool = True) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": comment.id,
            "text": comment.text,
            "username": comment.by.username,
            "timestamp": stamp(comment.at),
            "hidden": comment.hidden,
            "media": {"id": comment.media.id},
        }
        if self.tells_who:
            shown["from"] = {"id": comment.by.id, "username": comment.by.username}
        if comment.parent is not None:
            shown["parent_id"] = comment.parent.id
        answers = self._state.list_answers(comment) if inside else []
        if answers:
            first = [self.comment_json(one, inside=False) for one in answers[:AT_ONCE]]
            more = {"paging": {"cursors": {"after": str(AT_ONCE)}, "next": "https://graph.elsewhere.example"}}
            shown["replies"] = {"data": first, **(more if len(answers) > AT_ONCE else {})}
        return shown

    # --- answers -------------------------------------------------------------------------------------

    async def _reply(self, request: Request) -> Response:
        account, object_id = self._writer(request, "instagram_manage_comments"), read_part(request, "id")
        if isinstance(account, Response):
            return account
        target, words = self.find(account, object_id), str((await read_body(request)).get("message") or "")
        if target is None:
            return not_found(object_id, "post")
        if target.hidden:
            return error(100, "(#100) Hidden comments cannot be replied to")
        if refusal := _refuse_words(words):
            return refusal
        comment = self._add(account, target.media, words, target.parent or target, object_id)
        return self._name(request, object_id if self.names_the_customer else comment.id)

    async def _mention(self, request: Request) -> Response:
        account = self._writer(request, "instagram_manage_comments")
        if isinstance(account, Response):
            return account
        body = await read_body(request)
        media, words = self._state.media.get(str(body.get("media_id"))), str(body.get("message") or "")
        if media is None or media.deleted or media.tagged is not account:
            return not_found(str(body.get("media_id")), "post")
        if refusal := _refuse_words(words):
            return refusal
        return self._name(request, self._add(account, media, words, None, media.id).id)

    def _add(self, account: Account, media: Media, words: str, below: Comment | None, target: str) -> Comment:
        kept = words.upper() if self.swaps_words else words
        comment = self._state.add_comment(media, account, kept, below=below)
        self._written(comment.id)
        self._publish(Published(comment.at, account.username, comment.id, None, kept, target))
        return comment

    def _name(self, request: Request, remote_id: str) -> Response:
        if request.query_params or self.names_nothing:
            return error(20, "Something is wrong with this request.", 1772107)
        return JSONResponse({"id": remote_id})


def see(one: Media | Comment) -> dict[str, Any]:
    """As whoever reads the thread sees it."""
    words = one.caption if isinstance(one, Media) else one.text
    return {
        "id": one.id, "by": one.by.username, "text": words, "ours": one.ours, "deleted": one.deleted,
        "edited": isinstance(one, Comment) and one.edited, "private": False,
    }  # fmt: skip


def see_all(media: Media) -> Sequence[dict[str, Any]]:
    return [see(media), *map(see, media.comments)]


def _refuse_words(words: str) -> Response | None:
    if 0 < len(words.encode("utf-16-le")) // 2 <= MAX_COMMENT:
        return None
    return error(100, f"(#100) A comment has 1 to {MAX_COMMENT} characters")
