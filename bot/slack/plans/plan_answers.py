"""Looks after plans that somebody dropped: each is worked on until its person has heard what came of it.

A thread of its own looks at the database, so that it does not matter who heard of the plan; one that ended before it
had told them tells them after the next start. Several plans at once, so that one with many images keeps no other
waiting.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from threading import Event, Lock, Thread

from sqlalchemy.exc import DBAPIError

from bot.domain.refusals import PlanForgotten
from bot.services.plans import dropped
from bot.services.unit_of_work import Services
from bot.slack.context import ListenerContext
from bot.slack.plans import judging
from bot.slack.plans.messages import NotTold
from bot.store.engine.errors import StoreError
from bot.store.engine.leases import drop_lease, take_lease

log = logging.getLogger(__name__)

EVERY = 5.0  # seconds; what another process heard of is seen then
REST = 0.05  # seconds between two looks
AFTER_TROUBLE = 60.0  # seconds until one that could not be told is tried again
AT_ONCE = 4
LEASE = timedelta(seconds=30)  # taken anew with every look, as long as one is worked on
NAME = "plans"
Key = tuple[str, str]  # (person, plan)


class PlanAnswers:
    """`name`: this process; one at a time works on plans."""

    def __init__(self, context: ListenerContext, *, name: str) -> None:
        self._context = context
        self._services: Services = context.services
        self._name = name
        self._bell = Event()
        self._stopping = Event()
        self._lock = Lock()
        self._running: dict[Key, Thread] = {}
        self._not_before: dict[Key, float] = {}
        self._holds = False
        self._thread = Thread(target=self._run, name="plans", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something changed; called after commits, so it only sets an event."""
        self._bell.set()

    def stop(self, timeout: float = 2.0) -> None:
        """What is worked on is given up: it is done again after the next start."""
        self._stopping.set()
        self._bell.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        for thread in list(self._running.values()):
            thread.join(timeout / AT_ONCE)
        if self._holds:
            with suppress(StoreError, DBAPIError):
                self._let_go()

    def _run(self) -> None:
        while not self._stopping.wait(REST):
            self._bell.clear()
            try:
                self._turn()
            except Exception:  # a boundary: whatever goes wrong with the database, it is looked at again
                log.exception("dropped plans cannot be looked at now")
            self._bell.wait(EVERY)

    def _turn(self) -> None:
        due = self._list_due()
        if due or self._running:
            if not self._take_lease():
                return
        elif self._holds:
            self._let_go()
        for key in due[: AT_ONCE - len(self._running)]:
            thread = Thread(target=self._work_on, args=(key,), name="plan", daemon=True)
            with self._lock:
                self._running[key] = thread
            thread.start()

    def _list_due(self) -> list[Key]:
        now = self._services.clock.elapsed()
        there = self._services.look(dropped.list_due)
        for over in self._not_before.keys() - set(there):
            del self._not_before[over]
        return [key for key in there if key not in self._running and self._not_before.get(key, now) <= now]

    def _take_lease(self) -> bool:
        """On SQLite there is no other process."""
        if self._services.store.dialect == "sqlite":
            return True
        now = self._services.clock.now()
        self._holds = self._services.store.write(
            lambda db: take_lease(db, NAME, self._name, now, now + LEASE)
        )
        return self._holds

    def _let_go(self) -> None:
        self._services.store.write(lambda db: drop_lease(db, NAME, self._name))
        self._holds = False

    def _work_on(self, key: Key) -> None:
        """In a thread of its own."""
        try:
            judging.work_on(self._context, self._services.look(dropped.find_due, *key))
        except PlanForgotten:  # meanwhile
            pass
        except Exception as error:  # a boundary: nobody else would tell its person
            if not self._stopping.is_set():
                self._log(error)
                after = error.after if isinstance(error, NotTold) else None
                self._not_before[key] = self._services.clock.elapsed() + (after or AFTER_TROUBLE)
        finally:
            with self._lock:
                del self._running[key]
            self._bell.set()

    def _log(self, error: Exception) -> None:
        tell: Callable[..., None] = log.warning if isinstance(error, NotTold) else log.exception
        tell("somebody was not told about their plan: %s", error)
