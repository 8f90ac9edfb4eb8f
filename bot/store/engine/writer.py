"""The one writer of an SQLite file: a thread, a queue, and one COMMIT for up to 32 units of work.

One thread, because several SQLite writers wait for each other for seconds and in no order; one thread is fair, and
sharing a COMMIT (its fsync is nearly the whole cost) makes it faster than several. Each unit stands in a SAVEPOINT, so
that one that fails leaves the others unharmed.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from bot.store.engine.errors import CommitFailed, CommitUnknown, StoreClosed, StoreError
from bot.store.engine.hooks import Hooks
from bot.store.engine.place import Place

T = TypeVar("T")
GROUP_LIMIT = 32  # units that share one COMMIT

log = logging.getLogger(__name__)


class _NotInPlace(CommitFailed):
    """Raised before the commit; whoever watches the database says it to people."""


class _WentMeanwhile(CommitUnknown):
    """It was committed into a file that nobody will find again."""


class _Unit(Generic[T]):
    """One caller's function, and what became of it until the COMMIT is known."""

    def __init__(self, fn: Callable[[Connection], T], urgent: bool) -> None:
        self.fn = fn
        self.urgent = urgent
        self.future: Future[T] = Future()
        self.hooks: tuple[Callable[[], None], ...] = ()
        self.error: BaseException | None = None

    def run(self, conn: Connection) -> None:
        try:
            with Hooks.collected(conn) as hooks:
                self.value = self.fn(conn)
            self.hooks = tuple(hooks)
        except BaseException as error:  # the caller's own, whatever it is: it is handed back to them
            self.error = error

    def committed(self) -> None:
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.value)

    def failed(self, reason: Exception) -> None:
        self.future.set_exception(self.error or reason)


class GroupWriter:
    """Runs units in the order they came, urgent ones first. `group_limit=1` is for measuring."""

    def __init__(self, engine: Engine, *, place: Place, group_limit: int = GROUP_LIMIT) -> None:
        self._group_limit = group_limit
        self._place = place
        self._urgent: deque[_Unit[Any]] = deque()
        self._queue: deque[_Unit[Any]] = deque()
        self._arrived = threading.Condition()
        self._closed = False
        self._conn = engine.connect()
        self._raw = cast(sqlite3.Connection, self._conn.connection.dbapi_connection)
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, fn: Callable[[Connection], T], *, urgent: bool = False) -> Future[T]:
        unit = _Unit(fn, urgent)
        with self._arrived:
            if self._closed:
                raise StoreClosed
            (self._urgent if urgent else self._queue).append(unit)
            self._arrived.notify()
        return unit.future

    def is_this_thread(self) -> bool:
        return threading.current_thread() is self._thread

    def waiting(self) -> int:
        """Units in the queue, for the metrics."""
        return len(self._urgent) + len(self._queue)

    def close(self) -> None:
        """Commit what is queued, then stop."""
        with self._arrived:
            self._closed = True
            self._arrived.notify()
        self._thread.join()
        self._conn.close()

    def _work(self) -> None:
        while (first := self._next(wait=True)) is not None:
            self._commit_together(first)

    def _next(self, *, wait: bool) -> _Unit[Any] | None:
        """The next unit that nobody cancelled; None: nothing is queued (if `wait`: and the store closed)."""
        with self._arrived:
            while True:
                while self._urgent or self._queue:
                    unit = (self._urgent or self._queue).popleft()
                    if unit.future.set_running_or_notify_cancel():
                        return unit
                if not wait or self._closed:
                    return None
                self._arrived.wait()

    def _commit_together(self, first: _Unit[Any]) -> None:
        group = [first]
        try:
            transaction = self._conn.begin()
            self._run_group(group)
            if trouble := self._place.find_trouble():
                raise _NotInPlace(trouble)
            transaction.commit()
            self._place.note_log()
            if trouble := self._place.find_trouble():
                raise _WentMeanwhile(trouble)
        except Exception as error:  # a boundary: if this thread died, every caller would wait for ever
            self._conn.rollback()
            if self._raw.in_transaction:  # after a failed COMMIT, SQLAlchemy thinks there is nothing to undo
                self._raw.rollback()
            reason = error if isinstance(error, StoreError) else _what_failed(error)
            for unit in group:
                unit.failed(reason)
        else:
            Hooks.run(hook for unit in group for hook in unit.hooks)
            for unit in group:
                unit.committed()

    def _run_group(self, group: list[_Unit[Any]]) -> None:
        """Run the first unit and those that came meanwhile. An urgent one ends the group: it is awaited."""
        unit: _Unit[Any] | None = group[0]
        while unit is not None:
            self._run_one(unit)
            if unit.urgent or len(group) >= self._group_limit:
                return
            unit = self._next(wait=False)
            if unit is not None:
                group.append(unit)

    def _run_one(self, unit: _Unit[Any]) -> None:
        """A full disk can end the whole transaction, and so does a unit that commits or rolls back by itself.
        Then its savepoint is gone too, RELEASE raises, and nobody in the group hears of a commit."""
        self._raw.execute("SAVEPOINT unit")
        unit.run(self._conn)
        if unit.error is not None:
            self._raw.execute("ROLLBACK TO unit")
        self._raw.execute("RELEASE unit")


def _what_failed(error: Exception) -> CommitFailed | CommitUnknown:
    """An input/output error may strike after the last page reached the disk; all others are a plain no."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    kind = CommitUnknown if code == sqlite3.SQLITE_IOERR else CommitFailed
    log.error("a commit failed: %s", cause)
    reason = kind(f"{kind.words} ({cause})")
    reason.__cause__ = error
    return reason
