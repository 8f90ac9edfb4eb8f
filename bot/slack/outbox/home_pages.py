"""App Home, kept up to date for those who look: drawn when opened, and again after changes for an hour.

A thread of its own, because a home nobody waits for must not stand before a card. Slack has no event for
closing Home, so an hour is a guess at how long somebody keeps it open.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Condition, Thread
from typing import Any

from slack_sdk import WebClient

from bot.services.unit_of_work import Clock
from bot.slack.transport.calls import Answered, TooMany, hear
from bot.slack.transport.repeats import find_pause

log = logging.getLogger(__name__)

OPEN_FOR = 3600.0  # seconds
GAP = 2.0  # seconds between two drawings of one person's Home
AT_MOST = 200  # homes kept up to date: views.publish allows 100 calls a minute


class HomePages:
    """`draw(user)` makes the view. `client` retries nothing."""

    def __init__(self, client: WebClient, clock: Clock, draw: Callable[[str], dict[str, Any]]) -> None:
        self._client = client
        self._clock = clock
        self._draw = draw
        self._changed = Condition()
        self._opened: dict[str, float] = {}  # user -> when they opened it
        self._drawn: dict[str, float] = {}
        self._stale: set[str] = set()
        self._held_until = 0.0
        self._failed: dict[str, tuple[int, float]] = {}  # user -> how often in a row, and since when
        self._stopping = False
        self._thread = Thread(target=self._run, name="homes", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 3.0) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def opened(self, user: str) -> None:
        """This person looks at their Home now: draw it, and keep it up to date."""
        with self._changed:
            self._opened.pop(user, None)
            self._opened[user] = self._clock.elapsed()
            if len(self._opened) > AT_MOST:
                self._drawn.pop(oldest := next(iter(self._opened)), None)
                del self._opened[oldest]
            self._drawn.pop(user, None)
            self._stale.add(user)
            self._changed.notify()

    def wake(self) -> None:
        """Something changed that a Home may show; called after commits."""
        with self._changed:
            oldest = self._clock.elapsed() - OPEN_FOR
            self._opened = {user: at for user, at in self._opened.items() if at >= oldest}
            self._stale.update(self._opened)
            if self._stale:
                self._changed.notify()

    def _run(self) -> None:
        while (user := self._next()) is not None:
            self._publish(user)

    def _next(self) -> str | None:
        """Wait for a Home whose turn it is; None when stopping."""
        with self._changed:
            while not self._stopping:
                now = self._clock.elapsed()
                turns = {user: self._drawn.get(user, -GAP) + GAP for user in self._stale}
                user = min(turns, key=turns.__getitem__, default=None)
                pause = None if user is None else max(turns[user], self._held_until) - now
                if user is not None and pause is not None and pause <= 0:
                    self._stale.discard(user)
                    self._drawn[user] = now
                    return user
                self._changed.wait(pause)
            return None

    def _publish(self, user: str) -> None:
        try:
            view = self._draw(user)
        except Exception:  # a boundary: one person's Home that cannot be drawn must not end all others
            log.exception("the Home of %s cannot be drawn", user)
            return
        heard = hear(lambda: self._client.views_publish(user_id=user, view=view))
        now = self._clock.elapsed()
        tries, since = self._failed.pop(user, (0, now))
        pause = find_pause("views.publish", heard, tries + 1, now - since)
        if pause is not None:
            with self._changed:
                self._failed[user] = tries + 1, since
                self._drawn[user] = now + pause - GAP
                self._stale.add(user)
                if isinstance(heard, TooMany):
                    self._held_until = now + pause
        if not isinstance(heard, Answered | TooMany):
            log.warning("the Home of %s was not drawn: %s", user, heard)
