"""Private copies of posts' images in Slack, for cards to show: each is uploaded once, in a thread beside the
reconciler's.

A card never waits for its pictures: it is posted with their alt texts and drawn again when they are there.
Nothing here is looked up after a lost answer: a second private copy of an image does no harm.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Collection
from threading import Condition, Thread

from slack_sdk import WebClient
from sqlalchemy import Connection as Database

from bot.services.unit_of_work import Services, Wake
from bot.slack.transport.calls import Answered, Heard, Unknown
from bot.slack.transport.files import UPLOAD, upload_image
from bot.slack.transport.repeats import Repeats
from bot.store import images
from bot.store.slack import cards

log = logging.getLogger(__name__)


class Pictures:
    """`client`: retries nothing and has a time-out."""

    def __init__(self, services: Services, client: WebClient) -> None:
        self._services = services
        self._client = client
        self._changed = Condition()
        self._wanted: defaultdict[str, set[str]] = defaultdict(set)  # sha256 -> posts that show it
        self._repeats = Repeats(time.monotonic)
        self._given_up: set[str] = set()  # until the next start
        self._stopping = False
        self._thread = Thread(target=self._run, name="pictures", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 3.0) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def want(self, sha256: str, post_id: str) -> None:
        """A card of this post would show this image if Slack had it; returns at once."""
        with self._changed:
            if sha256 not in self._given_up:
                self._wanted[sha256].add(post_id)
                self._changed.notify()

    def _run(self) -> None:
        while (sha256 := self._next()) is not None:
            heard = self._copy(sha256)
            if not isinstance(heard, Answered):
                log.warning("image %s was not copied to Slack: %s", sha256[:12], heard)
            with self._changed:
                if self._repeats.note(UPLOAD, sha256, heard):
                    self._wanted.pop(sha256, None)
                    self._given_up |= set() if isinstance(heard, Answered) else {sha256}

    def _next(self) -> str | None:
        """Wait for an image whose turn it is; None when stopping."""
        with self._changed:
            while not self._stopping:
                turn = min(self._wanted, key=self._repeats.again_at, default=None)
                pause = None if turn is None else self._repeats.again_at(turn) - time.monotonic()
                if turn is not None and pause is not None and pause <= 0:
                    return turn
                self._changed.wait(pause)
            return None

    def _copy(self, sha256: str) -> Heard:
        try:
            image = self._services.store.read(lambda db: images.find_to_upload(db, sha256))
            if image is None:
                return Answered({})
            heard = upload_image(self._client, sha256, *image)
            if isinstance(heard, Answered):
                self._keep(sha256, str(heard.data["files"][0]["id"]), tuple(self._wanted[sha256]))
            return heard
        except Exception as error:  # a boundary: one picture must not end the copying of all others
            log.exception("image %s was not copied to Slack", sha256[:12])
            return Unknown(type(error).__name__)

    def _keep(self, sha256: str, slack_file: str, posts: Collection[str]) -> None:
        def keep(db: Database) -> None:
            images.mark_uploaded(db, sha256, slack_file)
            for post_id in posts:
                cards.touch_post(db, post_id)
            self._services.store.after_commit(db, lambda: self._services.wake(Wake.OUTBOX))

        self._services.store.write(keep)
