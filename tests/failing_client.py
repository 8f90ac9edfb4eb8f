"""A connection that fails where it is told to: what an adapter with a bug, or a network on a bad day, does.

It wraps the real one, so that everything not ordered to fail still goes over HTTP to the pretend network.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from bot.networks.protocol import AccountClient
from tests.backend import Backend


class FailingClient:
    """`fail["prepare"]` holds exceptions to raise, oldest first; `calls` counts what was asked of it."""

    def __init__(self, connection: AccountClient) -> None:
        self._connection = connection
        self.fail: dict[str, deque[Exception]] = {name: deque() for name in ("prepare", "find", "publish")}
        self.always: dict[str, Callable[[], Exception]] = {}
        self.calls: list[str] = []
        self.answers: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        step = getattr(self._connection, name)
        if name not in self.fail:
            return step

        def stubborn(*args: Any, **kwargs: Any) -> Any:
            self.calls.append(name)
            if self.fail[name]:
                raise self.fail[name].popleft()
            if name in self.always:
                raise self.always[name]()
            return self.answers[name] if name in self.answers else step(*args, **kwargs)

        return stubborn


def make_failing(backend: Backend, account: str = "bakery") -> FailingClient:
    """Put a failing client in the place of an account's own."""
    stubborn = FailingClient(backend.accounts[account])
    backend.accounts[account] = stubborn
    return stubborn
