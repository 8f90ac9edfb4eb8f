"""The state of Slack, in sentences: for /readyz, `byhand status`, the metrics and App Home.

Written by the reconciler, the connection and the events; read by anyone. Each trouble has a key (a channel's id,
"slack", "app"), and is over when its key is well. None of them means that this process can take no clicks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

CONNECTION, APP, CLOCK = "connection", "app", "clock"
SLACK = "slack"  # the key of Slack as a whole, beside channels and items


class Health:
    def __init__(self) -> None:
        self._lock = Lock()
        self._troubles: dict[str, str] = {}
        self._heard_at = time.monotonic()
        self._then: list[Callable[[], None]] = []

    def when_heard(self, then: Callable[[], None]) -> None:
        """Call this whenever Slack was heard, from whichever thread; it must be quick."""
        self._then.append(then)

    def heard(self) -> None:
        """Slack answered a call, sent a request or took a connection: it is there, and nothing need wait for it."""
        self._heard_at = time.monotonic()
        for then in self._then:
            then()

    def answered(self) -> None:
        """Slack did what we asked, so our token works as well."""
        for key in (CONNECTION, APP):
            if key in self._troubles:
                self.well(key)
        self.heard()

    def silent_for(self) -> float:
        """Seconds since Slack was heard."""
        return time.monotonic() - self._heard_at

    def trouble(self, key: str, sentence: str) -> None:
        with self._lock:
            self._troubles[key] = sentence

    def well(self, key: str) -> None:
        with self._lock:
            self._troubles.pop(key, None)

    def note_clock(self, sentence: str | None) -> None:
        """Of the bot's own clock, which Slack cannot see: None: it turns."""
        if sentence is None:
            self.well(CLOCK)
        else:
            self.trouble(CLOCK, sentence)

    def find(self, key: str) -> str | None:
        """What is wrong with this channel, or with `SLACK`."""
        with self._lock:
            return self._troubles.get(key)

    def sentences(self) -> tuple[str, ...]:
        """Nothing: all is well."""
        with self._lock:
            return tuple(self._troubles.values())
