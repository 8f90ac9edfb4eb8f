"""The state of Slack, in sentences: for /readyz, `/social status` and App Home.

Written by the reconciler, the connection and the events; read by anyone. Each trouble has a key (a channel's id,
"slack", "app"), and is over when its key is well.
"""

from __future__ import annotations

from threading import Lock

SLACK = "slack"  # the key of Slack as a whole, beside channels and items


class Health:
    def __init__(self) -> None:
        self._lock = Lock()
        self._troubles: dict[str, str] = {}

    def trouble(self, key: str, sentence: str) -> None:
        with self._lock:
            self._troubles[key] = sentence

    def well(self, key: str) -> None:
        with self._lock:
            self._troubles.pop(key, None)

    def find(self, key: str) -> str | None:
        """What is wrong with this channel, or with `SLACK`."""
        with self._lock:
            return self._troubles.get(key)

    def sentences(self) -> tuple[str, ...]:
        """Nothing: all is well."""
        with self._lock:
            return tuple(self._troubles.values())
