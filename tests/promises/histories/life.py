"""One run of the bot: its real worker, poller, reconciler and listeners, put together as in `bot/app.py`, no threads.

Everything in memory is made anew with each run; only the database stays. Time is the pushed clock's alone, so nothing
waits in real seconds (`without_waiting`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from slack_bolt import App

from bot.domain.policy import Policy
from bot.services.unit_of_work import Clock, Services
from bot.slack.app import SlackApp
from bot.slack.inbox import thread as inbox_thread
from bot.slack.outbox import reconciler
from bot.slack.transport import repeats
from bot.slack.transport.connection import Access
from bot.store.engine.store import Store
from bot.workers import poller as polling
from bot.workers.poller import Poller
from bot.workers.worker import Worker
from tests.promises.histories.fuse import AtOnce, DyingAccess, DyingStore, Fuse, dying

MOST_TURNS = 400  # at one moment; more is a circle


class _InThisThread:
    """What the poller starts is over before `start` returns."""

    def __init__(self, *, target: Callable[..., None], args: tuple[Any, ...], **_how: Any) -> None:
        self._target, self._args = target, args

    def start(self) -> None:
        self._target(*self._args)


def without_waiting(patch: pytest.MonkeyPatch) -> None:
    """Nothing waits for real time, and visits are made one after another: a seed plays the same history again."""
    threads = SimpleNamespace(Thread=_InThisThread, Condition=threading.Condition, Event=threading.Event)
    patch.setattr(polling, "threading", threads)
    patch.setattr(reconciler, "GATHER", 0.0)
    patch.setattr(inbox_thread, "LOOKS", 1)
    patch.setattr(inbox_thread, "LOOK_AGAIN", 0.0)
    patch.setattr(repeats, "PAUSES", (0.0, 0.0, 0.01, 0.1, 0.1))


class Life:
    """From a start to a crash, or to the end."""

    def __init__(
        self, name: str, store: Store, clock: Clock, policy: Policy, connect: Callable[[], dict[str, Any]],
        access: Access,
    ) -> None:  # fmt: skip
        self.fuse = Fuse()
        accounts = {each: dying(connection, self.fuse) for each, connection in connect().items()}
        dying_store: Any = DyingStore(store, self.fuse)
        self.services = Services(dying_store, clock, policy, accounts, lambda _what: None)
        pool: Any = AtOnce(self.fuse)
        self.worker = Worker(self.services, name=name, wake=lambda: None)
        self.worker._senders = pool
        self.poller = Poller(self.services, name=name)
        lent = DyingAccess(access.bot_token, None, access.signing_secret, access.api_url, self.fuse)
        self.slack_app = SlackApp(self.services, lent, name=name)
        self.slack_app._answers._pool = pool
        self.slack_app._connection._connect()
        self.worker.start()

    @property
    def app(self) -> App:
        assert self.slack_app.bolt is not None
        return self.slack_app.bolt

    def rest(self, deliver: Callable[[], bool]) -> None:
        """Everything that can be done at this moment."""
        for _ in range(MOST_TURNS):
            at = self.worker.turn()
            working = at is not None and at <= self.services.clock.now()
            self.poller.turn()
            showing = self.slack_app.reconciler._turn() == 0.0
            if not (deliver() or working or showing or self.poller._due()):
                return
        raise AssertionError("the bot turns in circles")

    def bury(self) -> None:
        """Its threads; nothing of it is done any more."""
        self.fuse.gone = True
        self.slack_app._directory.close()
