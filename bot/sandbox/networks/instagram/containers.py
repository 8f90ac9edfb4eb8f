"""How a pretend Instagram makes containers and publishes them, and what it refuses.

| what it does | where that is written |
|---|---|
| `POST /{account}/media`, then `status_code`, then `POST /{account}/media_publish` | Content Publishing |
| fetches `image_url` when the container is made | Content Publishing: "We cURL media" |
| JPEG of 4:5 to 1.91:1 below 8 MiB; an album of 2 to 10 | IG User Media; Content Publishing |
| a caption of 2,200 characters, 30 hashtags, 20 mentions; an alt text of 1,000 | IG User Media |
| codes and subcodes of what it refuses | Error Codes |
| a container ends after 24 hours | IG Container, `status_code` |
| posts in 24 hours: `config.quota_total` | Content Publishing Limit |
| one container named twice is out twice | nobody says that it is not: the worst that may be |
| 4 / 2207051 with the post in place | reported by others; the documents call it a restriction |
| how characters, hashtags and mentions are counted; which codes too many of them and no such container have | assumed |
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from typing import Any

import regex
from PIL import Image as Pillow
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.networks.fetching import fetch
from bot.sandbox.networks.graph import error, not_found, read_body, read_part
from bot.sandbox.networks.instagram.state import Account, Container, Image, InstagramState, Media

MAX_CAPTION = 2200  # UTF-16 units
MAX_ALT = 1000
MAX_IMAGE = 8 * 1024 * 1024  # bytes: less than that
MOST_IMAGES = 10
NARROWEST, WIDEST = 4 / 5, 1.91  # width / height
_MARKS = {r"#\w": 30, r"@\w": 20}


class Containers:
    def __init__(
        self, state: InstagramState, writer: Callable[[Request, str], Account | Response],
        add: Callable[[Container], Media],
    ) -> None:  # fmt: skip
        self._state = state
        self._writer = writer
        self._add = add
        self.fails: list[str] = []  # the next containers end in ERROR, with that `status`
        self.restricts = 0  # so many publications are there, and answered with 4 / 2207051
        self.fetched: list[str] = []  # addresses

    async def make(self, request: Request) -> Response:
        account = self._writer(request, "instagram_content_publish")
        if isinstance(account, Response):
            return account
        body = await read_body(request)
        if account.id != read_part(request, "id"):
            return not_found(read_part(request, "id"), "post")
        caption = str(body.get("caption") or "")
        if refusal := _refuse_caption(caption):
            return refusal
        if body.get("media_type") == "CAROUSEL":
            return self._make_album(account, caption, body)
        return await self._make_one(account, caption, body)

    def publish(self, account: Account, body: dict[str, Any]) -> Response:
        container = self._state.containers.get(str(body.get("creation_id")))
        if container is None or container.account is not account or container.child:
            return error(24, "The requested resource does not exist", 2207006)
        status = self._state.ask_status(container)
        if status == "EXPIRED":
            return error(24, "The media builder with this creation id has expired.", 2207008)
        if status in {"IN_PROGRESS", "ERROR"}:
            return error(9007, "The media is not ready for publishing, please wait for a moment", 2207027)
        if self._state.count_published(account) >= account.posts_a_day:
            return error(9, "You reached maximum number of posts that is allowed to be published.", 2207042)
        media = self._add(container)
        container.published = True
        if self.restricts:
            self.restricts -= 1
            return error(4, "We restrict certain activity to protect our community.", 2207051)
        return JSONResponse({"id": media.id})

    async def _make_one(self, account: Account, caption: str, body: dict[str, Any]) -> Response:
        url, alt = str(body.get("image_url") or ""), str(body.get("alt_text") or "")
        if len(alt) > MAX_ALT:
            return error(100, f"(#100) alt_text has at most {MAX_ALT} characters")
        self.fetched.append(url)
        data = await asyncio.to_thread(fetch, url, 2 * MAX_IMAGE)
        if data is None:
            return error(9004, f"The media could not be fetched from this URI: {url}", 2207052)
        if refusal := _refuse_image(data):
            return refusal
        return self._keep(account, caption, [Image(data, alt)], child=body.get("is_carousel_item") is True)

    def _make_album(self, account: Account, caption: str, body: dict[str, Any]) -> Response:
        children = [self._state.containers.get(str(one)) for one in body.get("children") or []]
        whole = [one for one in children if one is not None and one.account is account and one.child]
        if len(whole) != len(children) or not 2 <= len(whole) <= MOST_IMAGES:
            return error(100, f"(#100) An album has 2 to {MOST_IMAGES} images")
        if any(self._state.ask_status(one) != "FINISHED" for one in whole):
            return error(9007, "The media is not ready for publishing, please wait for a moment", 2207027)
        return self._keep(account, caption, [image for one in whole for image in one.images], child=False)

    def _keep(self, account: Account, caption: str, images: list[Image], *, child: bool) -> Response:
        container = self._state.add_container(account, caption, images, child=child)
        container.failed = self.fails.pop(0) if self.fails else ""
        return JSONResponse({"id": container.id})


def _refuse_caption(caption: str) -> Response | None:
    if len(caption.encode("utf-16-le")) // 2 > MAX_CAPTION:
        return error(36004, f"The caption was too long. It has at most {MAX_CAPTION} characters.", 2207010)
    for sign, most in _MARKS.items():
        if len(regex.findall(sign, caption)) > most:
            return error(100, f"(#100) The caption has more than {most} of {sign[0]}")
    return None


def _refuse_image(data: bytes) -> Response | None:
    if len(data) >= MAX_IMAGE:
        return error(36000, "The image is too large to download. It should be less than 8 MiB.", 2207004)
    if not data.startswith(b"\xff\xd8\xff"):
        return error(
            36001, "The image format is not supported. Please check spec for supported formats.", 2207005
        )
    with Pillow.open(io.BytesIO(data)) as picture:
        ratio = picture.width / picture.height
    if not NARROWEST <= ratio <= WIDEST:
        words = f"The submitted image with aspect ratio {ratio:.3f} cannot be published."
        return error(36003, words, 2207009)
    return None
