"""Private copies of posts' images in Slack, for cards to show: each is uploaded once, in a thread beside the
reconciler's.

A card never waits for its pictures: it is posted with their alt texts and drawn again when they are there.
Nothing here is looked up after a lost answer: a second private copy of an image does no harm.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from threading import Condition, Thread

from slack_sdk import WebClient
from sqlalchemy import Connection as Database

from bot.services.unit_of_work import Services, Wake
from bot.slack.transport.calls import Answered, hear
from bot.store import images
from bot.store.slack import cards

log = logging.getLogger(__name__)

TRIES = 3  # for one image, until the next start
PAUSE = 5.0  # seconds after a failure


class Pictures:
    """`client`: retries nothing and has a time-out."""

    def __init__(self, services: Services, client: WebClient) -> None:
        self._services = services
        self._client = client
        self._changed = Condition()
        self._wanted: defaultdict[str, set[str]] = defaultdict(set)  # sha256 -> posts that show it
        self._failures: defaultdict[str, int] = defaultdict(int)
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
            if self._failures[sha256] < TRIES:
                self._wanted[sha256].add(post_id)
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._wanted and not self._stopping:
                    self._changed.wait()
                if self._stopping:
                    return
                sha256, posts = next(iter(self._wanted.items()))
            done = self._copy(sha256, posts)
            with self._changed:
                self._failures[sha256] += 0 if done else 1
                if done or self._failures[sha256] >= TRIES:
                    self._wanted.pop(sha256, None)
                if not done and not self._stopping:
                    self._changed.wait(PAUSE)

    def _copy(self, sha256: str, posts: set[str]) -> bool:
        try:
            image = self._services.store.read(lambda db: images.find_to_upload(db, sha256))
            if image is None:
                return True
            slack_file = self._upload(sha256, *image)
            if slack_file is not None:
                self._keep(sha256, slack_file, posts)
            return slack_file is not None
        except Exception:  # a boundary: one picture must not end the copying of all others
            log.exception("image %s was not copied to Slack", sha256[:12])
            return False

    def _upload(self, sha256: str, media_type: str, content: bytes) -> str | None:
        name = f"{sha256[:12]}.{media_type.partition('/')[2]}"
        heard = hear(lambda: self._client.files_upload_v2(filename=name, file=content, title=name))
        if not isinstance(heard, Answered):
            log.warning("image %s was not copied to Slack: %s", sha256[:12], heard)
            return None
        return str(heard.data["files"][0]["id"])

    def _keep(self, sha256: str, slack_file: str, posts: set[str]) -> None:
        def keep(db: Database) -> None:
            images.mark_uploaded(db, sha256, slack_file)
            for post_id in posts:
                cards.touch_post(db, post_id)
            self._services.store.after_commit(db, lambda: self._services.wake(Wake.OUTBOX))

        self._services.store.write(keep)
