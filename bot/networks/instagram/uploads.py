"""A post on Instagram before it is out: its container, which holds the words and the images and is public to nobody.

Instagram fetches each image from a public address of ours, which is shut again as soon as it has it or has given up.
Several images are a container each, and one more that names them. A container that is not published within a day ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.domain.outcomes import Later, NotSent, Outcome, Refused
from bot.networks import http_outcomes, sanitize
from bot.networks.http import Answer, Result
from bot.networks.instagram.control import Control
from bot.networks.meta import errors
from bot.networks.meta.graph import Graph, read_id, read_list
from bot.networks.protocol import Picture, PrepareFailed, PublicImages

CONTAINER_LIVES = timedelta(hours=12)  # after a day it has ended
PATIENCE = 40.0  # seconds for all containers of a post; the claim's lease is renewed meanwhile
STEP = 1.0  # seconds between two looks at an unfinished one
STATUS = "id,status_code,status"
NOT_FETCHED = frozenset({2207003, 2207052})  # subcodes: it could not fetch the image, or not in time
OUT_ALREADY = "Instagram says that it is out already. Look at the profile before it is sent again."


class Status(StrEnum):
    """`status_code` of a container."""

    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    PUBLISHED = "PUBLISHED"
    ERROR = "ERROR"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True)
class Quota:
    """Posts of the last 24 hours through the API."""

    used: int
    most: int


class Uploads:
    def __init__(
        self, graph: Graph, control: Control, images: PublicImages, title: str, wait: Callable[[float], None]
    ) -> None:
        self._graph = graph
        self._control = control
        self._images = images
        self._title = title
        self._wait = wait
        self.posts_a_day: int | None = None

    def ask_quota(self, account: str) -> Quota | None:
        """None: it does not say. `posts_a_day` is what it said last. Raises PrepareFailed."""
        result = self._graph.get(account, "content_publishing_limit", fields="config,quota_usage")
        if not isinstance(result, Answer):
            raise http_outcomes.to_prepare_failed(errors.judge(result))
        quota = read_quota(result)
        self.posts_a_day = quota.most if quota else self.posts_a_day
        return quota

    def must_have_room(self, account: str) -> None:
        """Would one more post be taken today? Raises PrepareFailed; what cannot be read is left to the network."""
        quota = self.ask_quota(account)
        if quota is not None and quota.used >= quota.most:
            most = quota.most
            raise PrepareFailed(
                Later(f"Instagram takes {most} posts in 24 hours through its API, and that many are out.")
            )

    def upload(
        self, account: str, words: str, pictures: Sequence[Picture], done: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        """The container that is to be published, and what is in it; that of `done`, if it holds the same and is ready.
        Raises PrepareFailed."""
        holds = describe_content(account, words, pictures)
        until = time.monotonic() + PATIENCE
        if _is_usable(done, holds, now) and self._is_ready(done, until):
            return {name: done[name] for name in (*holds, "container", "at")}
        at = now.astimezone(UTC).isoformat()
        with self._offered(pictures) as urls:
            container = self._make(account, words, pictures, urls, until)
            made = {**holds, "container": container, "at": at}
            self._until_ready(container, "the post", until, made)
        return made

    def ask_status(self, container: str) -> tuple[Status | None, Result]:
        result = self._graph.get(container, fields=STATUS)
        said = result.fields() if read_id(result) == container and isinstance(result, Answer) else {}
        code = said.get("status_code")
        return next((one for one in Status if one == code), None), result

    def _make(
        self, account: str, words: str, pictures: Sequence[Picture], urls: Sequence[str], until: float
    ) -> str:
        caption = {"caption": words} if words else {}
        if len(pictures) == 1:
            return self._begin(account, {**_describe(pictures[0], urls[0]), **caption}, "the image")
        made = [
            self._begin(account, {**_describe(picture, url), "is_carousel_item": True}, f"image {place}")
            for place, (picture, url) in enumerate(zip(pictures, urls, strict=True), 1)
        ]
        for place, child in enumerate(made, 1):
            self._until_ready(child, f"image {place}", until)
        album = {"media_type": "CAROUSEL", "children": made, **caption}
        return self._begin(account, album, "the album")

    def _begin(self, account: str, body: Mapping[str, Any], which: str) -> str:
        result = self._graph.post(account, "media", body=body)
        container = read_id(result)
        if container is None:
            raise http_outcomes.to_prepare_failed(_judge(result, which))
        return container

    def _is_ready(self, done: Mapping[str, Any], until: float) -> bool:
        """False: another one has to be made."""
        container = str(done["container"])
        status, result = self.ask_status(container)
        if status is Status.PUBLISHED:
            raise PrepareFailed(Refused(OUT_ALREADY))
        if status is Status.IN_PROGRESS:
            self._until_ready(container, "the post", until, done)
            return True
        if status is None and not self._control.is_gone(result):
            raise http_outcomes.to_prepare_failed(errors.judge(result))
        return status is Status.FINISHED

    def _until_ready(
        self, container: str, which: str, until: float, so_far: Mapping[str, Any] | None = None
    ) -> None:
        """One that is not ready cannot be published; the next try goes on waiting for it."""
        while True:
            status, result = self.ask_status(container)
            if status is Status.FINISHED:
                return
            if status in {Status.ERROR, Status.EXPIRED}:
                raise PrepareFailed(_read_failure(result, which))
            if status is Status.PUBLISHED:
                raise PrepareFailed(Refused(OUT_ALREADY))
            if status is None:
                raise http_outcomes.to_prepare_failed(errors.judge(result))
            if time.monotonic() >= until:
                raise PrepareFailed(Later(f"{self._title} is still working on {which}."), so_far)
            self._wait(STEP)

    @contextmanager
    def _offered(self, pictures: Sequence[Picture]) -> Iterator[list[str]]:
        urls: list[str] = []
        try:
            for picture in pictures:
                urls.append(self._images.offer(picture))  # noqa: PERF401  those before one that fails are shut, too
            yield urls
        finally:
            for url in urls:
                self._images.close(url)


def describe_content(account: str, words: str, pictures: Sequence[Picture]) -> dict[str, Any]:
    """What a container holds, by which it is known to be of just this content."""
    return {
        "account": account,
        "caption": words,
        "images": [{"sha256": picture.sha256, "alt": picture.alt} for picture in pictures],
    }


def holds_this(prepared: Mapping[str, Any], holds: Mapping[str, Any]) -> bool:
    """Is it the container of exactly that (promise P1)?"""
    return bool(prepared.get("container")) and all(prepared.get(name) == holds[name] for name in holds)


def read_quota(answer: Answer) -> Quota | None:
    found = (read_list(answer) or [{}])[:1] or [{}]
    config = found[0].get("config")
    most = sanitize.number(config.get("quota_total")) if isinstance(config, dict) else None
    used = sanitize.number(found[0].get("quota_usage"))
    return Quota(used, most) if used is not None and most is not None else None


def _describe(picture: Picture, url: str) -> dict[str, Any]:
    return {"image_url": url, **({"alt_text": picture.alt} if picture.alt else {})}


def _is_usable(done: Mapping[str, Any], holds: Mapping[str, Any], now: datetime) -> bool:
    made = http_outcomes.parse_iso_moment(done.get("at"))
    return holds_this(done, holds) and made is not None and now - made < CONTAINER_LIVES


def _judge(result: Result, which: str) -> Outcome:
    """Of an attempt to make a container: whatever is not final may be tried again, for nobody sees one."""
    error = errors.read_error(result)
    if error is not None and error.subcode in NOT_FETCHED:
        return _say_not_fetched(which)
    return errors.judge(result)


def _read_failure(result: Result, which: str) -> Outcome:
    """Why a container failed; `status` holds the subcode."""
    said = sanitize.words(result.fields().get("status"), 300) if isinstance(result, Answer) else ""
    if any(str(code) in said for code in NOT_FETCHED):
        return _say_not_fetched(which)
    return NotSent(f"Instagram could not work with {which}: {said or 'it does not say why'}")


def _say_not_fetched(which: str) -> NotSent:
    return NotSent(
        f"Instagram could not fetch {which}. Whoever runs Byhand: can public_url be reached from outside?"
    )
