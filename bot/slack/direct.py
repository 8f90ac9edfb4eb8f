"""Direct messages about what no channel can say: the database behind all cards is in trouble, or the channel is closed.

Whom to tell is known: nothing is read.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from slack_sdk import WebClient

from bot.slack.outbox.metadata import search_direct
from bot.slack.transport.calls import Answered, Heard, NotSent, Unknown, hear
from bot.slack.transport.repeats import Repeats, hear_again

log = logging.getLogger(__name__)

Place = tuple[str, str]  # (channel, ts)
NEWS = "news"
SAFE: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False, "parse": "none"}


class News:
    """Tells approvers of a matter until each was reached or cannot be. One thread for each matter; nobody waits.
    `elapsed`: seconds. `fresh_after`: so many seconds after somebody was last to be told, it is another matter."""

    def __init__(
        self, client: WebClient, elapsed: Callable[[], float], fresh_after: float = math.inf
    ) -> None:
        self._client = client
        self._elapsed = elapsed
        self._fresh_after = fresh_after
        self._repeats = Repeats(elapsed)
        self._over: dict[str, set[str]] = {}  # by matter: who was told, or cannot be
        self._told_at: dict[str, float] = {}

    def tell_each(self, matter: str, users: Iterable[str], text: str, *, everybody: bool = True) -> bool:
        """One round through those who have not heard. False: somebody has not yet, or `users` are not `everybody`; call
        this again."""
        now, wanted = self._elapsed(), set(users)
        if now - self._told_at.get(matter, now) > self._fresh_after:
            self._forget(matter)
        self._told_at[matter] = now
        over = self._over.setdefault(matter, set())
        for user in sorted(wanted - over):
            if self._repeats.is_due((matter, user)):
                over |= {user} if self._is_over((matter, user), self._write(user, text)) else set()
        if not (everybody and wanted) or wanted - over:
            return False
        self._forget(matter)
        return True

    def tell_first(self, users: Iterable[str], text: str) -> bool:
        """The first who can be reached. False: nobody was."""
        for user in users:
            if self._repeats.is_due(user):
                heard = self._write(user, text)
                self._is_over(user, heard)
                if isinstance(heard, Answered | Unknown):
                    return True
        return False

    def _write(self, user: str, text: str) -> Heard:
        heard = write_to(self._client, user, {"text": text, **SAFE})
        if not isinstance(heard, Answered):
            log.warning("an approver could not be told: %s: %s", user, heard)
        return heard

    def _is_over(self, key: Hashable, heard: Heard) -> bool:
        return self._repeats.note(NEWS, key, heard)

    def _forget(self, matter: str) -> None:
        for user in self._over.pop(matter, set()):
            self._repeats.forget((matter, user))


def send(
    client: WebClient, user: str, content: Mapping[str, Any], rest: Callable[[float], object] = time.sleep
) -> Heard:
    """One message to one person, who waits for it. `content`: text, and blocks where there are any."""
    whole = {**content, "parse": "none"}
    return hear_again("direct", lambda: write_to(client, user, whole), rest)


def find(client: WebClient, user: str, metadata: Mapping[str, Any], since: float) -> list[Place] | Heard:
    """The messages to this person since then (seconds) that carry this, the oldest first."""
    opened = hear(lambda: client.conversations_open(users=[user]))
    if not isinstance(opened, Answered):
        return opened
    channel = str(opened.data["channel"]["id"])
    found = search_direct(client, channel, metadata, since)
    return [(channel, ts) for ts in found] if isinstance(found, list) else found


def change(
    client: WebClient,
    channel: str,
    ts: str,
    content: Mapping[str, Any],
    rest: Callable[[float], object] = time.sleep,
) -> Heard:
    """Another content for a message that was sent so."""
    whole = {**content, "parse": "none"}
    return hear_again(
        "chat.update", lambda: hear(lambda: client.chat_update(channel=channel, ts=ts, **whole)), rest
    )


def write_to(client: WebClient, user: str, content: Mapping[str, Any]) -> Heard:
    """One try. Without a place to write to nothing was said."""
    opened = hear(lambda: client.conversations_open(users=[user]))
    if not isinstance(opened, Answered):
        return NotSent(opened.why) if isinstance(opened, Unknown) else opened
    channel = opened.data["channel"]["id"]
    return hear(lambda: client.chat_postMessage(channel=channel, **content))
