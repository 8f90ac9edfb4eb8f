"""How a pretend Threads makes containers and publishes them, and what it refuses.

| what it does | where that is written (developers.facebook.com/docs/threads) |
|---|---|
| `POST /{user}/threads`, its `status`, `POST /{user}/threads_publish` | Posts; Publishing; Troubleshooting |
| bodies are forms; a list has commas | the examples of Posts |
| fetches `image_url` when the container is made | Posts: "Threads retrieves your image from the URL provided" |
| JPEG or PNG, 8 MB, 10:1; a carousel of 2 to 20 | Overview: Image Specifications; Posts: Carousel Posts |
| a text of 500 characters, an emoji counted by its UTF-8 bytes; an alt text of 1,000 | Posts; Publishing |
| 5 links | Changelog |
| `IN_PROGRESS`, `FINISHED`, `PUBLISHED`, `ERROR` with `error_message`, `EXPIRED` after 24 hours | Troubleshooting |
| 250 posts and 1,000 replies in 24 hours, refused by `threads_publish` | Overview: Rate Limiting |
| 24 / 4279009 for a container that is not ready or not there | not documented; reported by others |
| 1 / 2207052 for an image that cannot be fetched | not documented; reported by others |
| one container named twice is out twice | nobody says that it is not: the worst that may be |
| `auto_publish_text` publishes at once | Publishing |
| how letters are counted; which codes too long a text, too many links and too many posts have | assumed |
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Mapping
from typing import Any

import regex
from PIL import Image as Pillow
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.networks.fetching import fetch
from bot.sandbox.networks.graph import error, not_found, read_part
from bot.sandbox.networks.threads.state import Account, Container, Image, Post, ThreadsState

MAX_TEXT = 500
MAX_ALT = 1000
MAX_LINKS = 5
MAX_IMAGE = 8_000_000  # bytes
MOST_IMAGES = 20
WIDEST = 10.0  # one side to the other
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Emoji_Presentation}|\p{RI}|\ufe0f|\u20e3")
_LINK = regex.compile(r"https?://[^\s<>\"]+")


class Containers:
    def __init__(
        self, state: ThreadsState, writer: Callable[[Request, str], Account | Response],
        add: Callable[[Container], Post],
    ) -> None:  # fmt: skip
        self._state = state
        self._writer = writer
        self._add = add
        self.fails: list[str] = []  # the next containers end in ERROR, with that `error_message`
        self.too_early = 0  # so many publications are answered with 24 although the container is ready
        self.fetched: list[str] = []  # addresses
        self.bodies: list[dict[str, str]] = []  # of requests that made one

    async def make(self, request: Request) -> Response:
        account = self._writer(request, "threads_content_publish")
        if isinstance(account, Response):
            return account
        body = await read_form(request)
        self.bodies.append(body)
        if account.id != read_part(request, "id"):
            return not_found(read_part(request, "id"), "post")
        text = body.get("text", "")
        if refusal := _refuse_text(text) or self._refuse_answer(account, body):
            return refusal
        if body.get("media_type") == "CAROUSEL":
            return self._make_carousel(account, text, body)
        if body.get("media_type") == "IMAGE":
            return await self._make_image(account, text, body)
        if body.get("media_type") != "TEXT" or not text:
            return error(100, "(#100) Param media_type must be one of TEXT, IMAGE, VIDEO, CAROUSEL")
        made = self._keep(account, text, [], body)
        if body.get("auto_publish_text") == "true":
            self._add(made)
        return JSONResponse({"id": made.id})

    def publish(self, account: Account, body: Mapping[str, str]) -> Response:
        container = self._state.containers.get(body.get("creation_id", ""))
        if container is None or container.account is not account or container.child:
            return _not_ready(body.get("creation_id", ""))
        if self._state.ask_status(container) not in {"FINISHED", "PUBLISHED"} or self.too_early:
            self.too_early = max(0, self.too_early - 1)
            return _not_ready(container.id)
        replies = container.answers is not None
        most = account.replies_a_day if replies else account.posts_a_day
        if self._state.count_published(account, replies=replies) >= most:
            return error(613, "(#613) Calls to this api have exceeded the rate limit.")
        if container.answers is not None and container.answers.deleted:
            return not_found(container.answers.id, "post")
        post = self._add(container)
        container.published = True
        return JSONResponse({"id": post.id})

    def _refuse_answer(self, account: Account, body: Mapping[str, str]) -> Response | None:
        if "reply_to_id" not in body:
            return None
        post = self._state.posts.get(body["reply_to_id"])
        if post is None or post.deleted:
            return not_found(body["reply_to_id"], "post")
        may = post.root.by is account or "threads_manage_mentions" in account.scopes
        if not may or "threads_manage_replies" not in account.scopes:
            return error(10, "(#10) Application does not have permission for this action")
        return None

    async def _make_image(self, account: Account, text: str, body: Mapping[str, str]) -> Response:
        url, alt = body.get("image_url", ""), body.get("alt_text", "")
        if len(alt) > MAX_ALT:
            return error(100, f"(#100) alt_text has at most {MAX_ALT} characters")
        self.fetched.append(url)
        data = await asyncio.to_thread(fetch, url, 2 * MAX_IMAGE)
        if data is None:
            return error(1, "An unknown error occurred", 2207052)
        if refusal := _refuse_image(data):
            return refusal
        child = body.get("is_carousel_item") == "true"
        return JSONResponse({"id": self._keep(account, text, [Image(data, alt)], body, child=child).id})

    def _make_carousel(self, account: Account, text: str, body: Mapping[str, str]) -> Response:
        children = [self._state.containers.get(one) for one in body.get("children", "").split(",")]
        whole = [one for one in children if one is not None and one.account is account and one.child]
        if len(whole) != len(children) or not 2 <= len(whole) <= MOST_IMAGES:
            return error(100, f"(#100) A carousel has 2 to {MOST_IMAGES} items")
        if any(self._state.ask_status(one) != "FINISHED" for one in whole):
            return _not_ready(whole[0].id)
        images = [image for one in whole for image in one.images]
        return JSONResponse({"id": self._keep(account, text, images, body).id})

    def _keep(
        self, account: Account, text: str, images: list[Image], body: Mapping[str, str], *,
        child: bool = False,
    ) -> Container:  # fmt: skip
        answers = self._state.posts.get(body.get("reply_to_id", ""))
        container = self._state.add_container(account, text, images, answers, child=child)
        container.failed = self.fails.pop(0) if self.fails else ""
        return container


async def read_form(request: Request) -> dict[str, str]:
    """Nothing else is read."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    async with request.form() as form:
        return {name: str(value) for name, value in form.items()}


def count(text: str) -> int:
    """Each emoji, with whatever is joined to it, by its bytes."""
    parts: list[Any] = regex.findall(r"\X", text)
    return sum(
        len(part.encode()) if _EMOJI.search(part) else len(part.encode("utf-16-le")) // 2 for part in parts
    )


def _not_ready(container: str) -> Response:
    said = f"The media with id {container} cannot be found."
    return error(
        24, "The requested resource does not exist", 4279009, error_user_title="Media Not Found",
        error_user_msg=said,
    )  # fmt: skip


def _refuse_text(text: str) -> Response | None:
    if count(text) > MAX_TEXT:
        return error(100, f"(#100) Param text must be at most {MAX_TEXT} characters long.")
    if len(set(_LINK.findall(text))) > MAX_LINKS:
        return error(100, f"(#100) A post has at most {MAX_LINKS} links.")
    return None


def _refuse_image(data: bytes) -> Response | None:
    if len(data) > MAX_IMAGE:
        return error(100, "(#100) The image is larger than 8 MB.")
    if not data.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        return error(100, "(#100) The image is neither JPEG nor PNG.")
    with Pillow.open(io.BytesIO(data)) as picture:
        longer, shorter = max(picture.size), min(picture.size)
    return error(100, "(#100) The image has sides of more than 10:1.") if longer > shorter * WIDEST else None
