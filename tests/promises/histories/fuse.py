"""A process that dies between any two things it does: writes to its database, calls of networks, calls of Slack.

No process is killed. Everything a process does to the outside goes through its fuse; once that has run out, each call
raises, before or after it took effect, and whatever the process knew in memory is never asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from slack_sdk import WebClient

from bot.slack.transport.connection import Access
from bot.store.engine.store import Store
from tests.promises.crashes import Crash

CALLS = (
    "publish", "prepare", "prepare_reply", "find", "delete", "check", "poll", "thread", "look",
)  # fmt: skip


class Fuse:
    """Burns a little at each way out; `light` says how many are left."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.gone = False

    def light(self, left: int) -> None:
        self.left = left

    def burn(self) -> None:
        self.must_live()
        if self.left is not None:
            self.left -= 1
            self.gone = self.left <= 0
            self.must_live()

    def must_live(self) -> None:
        if self.gone:
            raise Crash


class DyingStore:
    """A store whose caller may die before it learns of the commit."""

    def __init__(self, store: Store, fuse: Fuse) -> None:
        self._store, self._fuse = store, fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, fn: Callable[..., Any], **how: Any) -> Any:
        self._fuse.burn()
        done = self._store.write(fn, **how)
        self._fuse.burn()
        return done

    def read(self, fn: Callable[..., Any]) -> Any:
        self._fuse.must_live()
        return self._store.read(fn)


def dying(connection: Any, fuse: Fuse) -> Any:
    """The same connection, dying around its calls. Its class is a subclass, so that it is what it was."""

    def around(step: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(step)
        def call(*args: Any, **kwargs: Any) -> Any:
            fuse.burn()
            answer = step(*args, **kwargs)
            fuse.burn()
            return answer

        return call

    kind = type(connection)
    steps = {name: around(getattr(kind, name)) for name in CALLS if hasattr(kind, name)}
    object.__setattr__(connection, "__class__", type(f"Dying{kind.__name__}", (kind,), steps))
    return connection


class DyingClient(WebClient):
    """Slack's client, dying around its calls. `fuse` is set right after it is made."""

    fuse = Fuse()

    def api_call(self, *args: Any, **kwargs: Any) -> Any:
        self.fuse.burn()
        answer = super().api_call(*args, **kwargs)
        self.fuse.burn()
        return answer


@dataclass(frozen=True)
class DyingAccess(Access):
    fuse: Fuse = field(default_factory=Fuse, repr=False)

    def client(self, timeout: int) -> WebClient:
        client = DyingClient(self.bot_token, base_url=self.api_url, timeout=timeout, retry_handlers=[])
        client.fuse = self.fuse
        return client


class AtOnce:
    """A pool of threads that has none: a job is done before `submit` returns, and a crash in it is the caller's."""

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse

    def submit(self, job: Callable[..., Any], *args: Any) -> Future[Any]:
        self._fuse.burn()
        done: Future[Any] = Future()
        done.set_result(job(*args))
        return done

    def shutdown(self, **_how: Any) -> None:
        return None
