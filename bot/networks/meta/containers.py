"""A post before it is out: its container, which holds the words and the images and is public to nobody.

The network fetches each image from a public address of ours, which is shut again as soon as it has it or has given up.
Several images are a container each, and one more that names them. A container that is not published within a day ends.
What its requests and answers are called is the network's own: `Containers` is subclassed.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from bot.domain.outcomes import Later, NotSent, Outcome, Refused
from bot.networks import http_outcomes, sanitize
from bot.networks.http import Answer, Result
from bot.networks.meta import errors
from bot.networks.meta.graph import Graph, read_id, read_list
from bot.networks.protocol import Picture, PrepareFailed, PublicImages

CONTAINER_LIVES = timedelta(hours=12)  # after a day it has ended
PATIENCE = 40.0  # seconds for all containers of a post; the claim's lease is renewed meanwhile
NOT_FETCHED = frozenset({2207003, 2207052})  # subcodes: it could not fetch the image, or not in time


class Status(StrEnum):
    """What a container says of itself."""

    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    PUBLISHED = "PUBLISHED"
    ERROR = "ERROR"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True)
class Counted:
    """What the network counts in 24 hours, and how it says so."""

    what: str  # "posts"
    used: str  # the field that says how many there were
    most: str  # the field that says how many there may be


@dataclass(frozen=True)
class Quota:
    """Of the last 24 hours, through the API."""

    used: int
    most: int


POSTS = Counted("posts", "quota_usage", "config")


class Containers(ABC):
    """`is_gone` says whether an answer about one means that it is not there."""

    network: ClassVar[str]  # "Instagram"
    edge: ClassVar[str]  # where one is made: "media"
    status: ClassVar[str]  # the field that holds a `Status`
    limits: ClassVar[str]  # where it says how many it takes
    reason: ClassVar[str]  # the field that says why one has failed
    step: ClassVar[float]  # seconds between two looks at an unfinished one

    def __init__(
        self,
        graph: Graph,
        is_gone: Callable[[Result], bool],
        images: PublicImages,
        title: str,
        wait: Callable[[float], None],
    ) -> None:
        self._graph = graph
        self._is_gone = is_gone
        self._images = images
        self._title = title
        self._wait = wait
        self.posts_a_day: int | None = None  # as it said last

    @abstractmethod
    def describe_words(self, words: str) -> dict[str, Any]:
        """What of a request carries the words."""

    @abstractmethod
    def describe_image(self, picture: Picture, url: str) -> dict[str, Any]:
        """What of a request carries an image, and its alt text."""

    def ask_quota(self, account: str, counted: Counted = POSTS) -> Quota | None:
        """None: it does not say. Raises PrepareFailed."""
        result = self._graph.get(account, self.limits, fields=f"{counted.most},{counted.used}")
        if not isinstance(result, Answer):
            raise http_outcomes.to_prepare_failed(errors.judge(result))
        quota = _read_quota(result, counted)
        if quota is not None and counted is POSTS:
            self.posts_a_day = quota.most
        return quota

    def must_have_room(self, account: str, counted: Counted = POSTS) -> None:
        """Would one more be taken today? Raises PrepareFailed; what cannot be read is left to the network."""
        quota = self.ask_quota(account, counted)
        if quota is not None and quota.used >= quota.most:
            most = f"{quota.most} {counted.what}"
            raise PrepareFailed(
                Later(f"{self.network} takes {most} in 24 hours through its API, and that many are out.")
            )

    def upload(
        self,
        account: str,
        words: str,
        pictures: Sequence[Picture],
        done: Mapping[str, Any],
        now: datetime,
        more: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The container that is to be published, and what is in it; that of `done`, if it holds the same and is ready.
        `more` belongs to its request (what it answers). Raises PrepareFailed."""
        holds = describe_content(account, words, pictures, more)
        until = time.monotonic() + PATIENCE
        if _is_usable(done, holds, now) and self._is_ready(done, until):
            return {name: done[name] for name in (*holds, "container", "at")}
        at = now.astimezone(UTC).isoformat()
        with self._offered(pictures) as urls:
            body = {**self.describe_words(words), **(more or {})}
            container = self._make(account, body, pictures, urls, until)
            made = {**holds, "container": container, "at": at}
            self._until_ready(container, "the post", until, made)
        return made

    def ask_status(self, container: str) -> tuple[Status | None, Result]:
        result = self._graph.get(container, fields=f"id,{self.status},{self.reason}")
        said = result.fields() if read_id(result) == container and isinstance(result, Answer) else {}
        code = said.get(self.status)
        return next((one for one in Status if one == code), None), result

    def _make(
        self,
        account: str,
        body: Mapping[str, Any],
        pictures: Sequence[Picture],
        urls: Sequence[str],
        until: float,
    ) -> str:
        if not pictures:
            return self._begin(account, {"media_type": "TEXT", **body}, "the text")
        if len(pictures) == 1:
            return self._begin(account, {**self.describe_image(pictures[0], urls[0]), **body}, "the image")
        made = [
            self._begin(
                account, {**self.describe_image(picture, url), "is_carousel_item": True}, f"image {place}"
            )
            for place, (picture, url) in enumerate(zip(pictures, urls, strict=True), 1)
        ]
        for place, child in enumerate(made, 1):
            self._until_ready(child, f"image {place}", until)
        return self._begin(account, {"media_type": "CAROUSEL", "children": made, **body}, "the album")

    def _begin(self, account: str, body: Mapping[str, Any], which: str) -> str:
        result = self._graph.post(account, self.edge, body=body)
        container = read_id(result)
        if container is None:
            raise http_outcomes.to_prepare_failed(self._judge(result, which))
        return container

    def _is_ready(self, done: Mapping[str, Any], until: float) -> bool:
        """False: another one has to be made."""
        container = str(done["container"])
        status, result = self.ask_status(container)
        if status is Status.PUBLISHED:
            raise PrepareFailed(self._say_out())
        if status is Status.IN_PROGRESS:
            self._until_ready(container, "the post", until, done)
            return True
        if status is None and not self._is_gone(result):
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
                raise PrepareFailed(self._read_failure(result, which))
            if status is Status.PUBLISHED:
                raise PrepareFailed(self._say_out())
            if status is None and not self._is_gone(result):  # what was just made may not be known yet
                raise http_outcomes.to_prepare_failed(errors.judge(result))
            if time.monotonic() >= until and status is None:
                raise PrepareFailed(NotSent(f"{self.network} took {which} and does not have it any more"))
            if time.monotonic() >= until:
                raise PrepareFailed(Later(f"{self._title} is still working on {which}."), so_far)
            self._wait(self.step)

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

    def _judge(self, result: Result, which: str) -> Outcome:
        """Of an attempt to make a container: whatever is not final may be tried again, for nobody sees one."""
        error = errors.read_error(result)
        if error is not None and error.subcode in NOT_FETCHED:
            return self._say_not_fetched(which)
        return errors.judge(result)

    def _read_failure(self, result: Result, which: str) -> Outcome:
        """Why a container failed."""
        said = sanitize.words(result.fields().get(self.reason), 300) if isinstance(result, Answer) else ""
        if any(str(code) in said for code in NOT_FETCHED):
            return self._say_not_fetched(which)
        return NotSent(f"{self.network} could not work with {which}: {said or 'it does not say why'}")

    def _say_not_fetched(self, which: str) -> NotSent:
        return NotSent(
            f"{self.network} could not fetch {which}. Whoever runs Byhand: can public_url be reached from outside?"
        )

    def _say_out(self) -> Refused:
        return Refused(
            f"{self.network} says that it is out already. Look at the profile before it is sent again."
        )


def describe_content(
    account: str, words: str, pictures: Sequence[Picture], more: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What a container holds, by which it is known to be of just this content."""
    return {
        "account": account,
        "words": words,
        "images": [{"sha256": picture.sha256, "alt": picture.alt} for picture in pictures],
        **(more or {}),
    }


def holds_this(prepared: Mapping[str, Any], holds: Mapping[str, Any]) -> bool:
    """Is it the container of exactly that (promise P1)?"""
    return bool(prepared.get("container")) and all(prepared.get(name) == holds[name] for name in holds)


def _read_quota(answer: Answer, counted: Counted) -> Quota | None:
    found = (read_list(answer) or [{}])[:1] or [{}]
    config = found[0].get(counted.most)
    most = sanitize.number(config.get("quota_total")) if isinstance(config, dict) else None
    used = sanitize.number(found[0].get(counted.used))
    return Quota(used, most) if used is not None and most is not None else None


def _is_usable(done: Mapping[str, Any], holds: Mapping[str, Any], now: datetime) -> bool:
    made = http_outcomes.parse_iso_moment(done.get("at"))
    return holds_this(done, holds) and made is not None and now - made < CONTAINER_LIVES
