"""The store: open it, write, read, close. The same plain functions run on both databases.

There is no session: a write is `fn(conn)`. On SQLite the one writer thread runs it and shares its COMMIT with others,
on PostgreSQL a pooled connection does, in a test anything with a connection can. It may run more than once before it
commits, so it does nothing but database work, with ids its caller chose, and leaves telling others to `after_commit`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, TypeVar

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import ArgumentError

from bot.store.engine import generation
from bot.store.engine.errors import BadDatabase
from bot.store.engine.hooks import after_commit
from bot.store.engine.postgres import PostgresStore
from bot.store.engine.sqlite import SqliteStore, to_database_path
from bot.store.engine.writer import GROUP_LIMIT

T = TypeVar("T")
Dialect = Literal["sqlite", "postgresql"]


class _Backend(Protocol):
    def submit(self, fn: Callable[[Connection], T], *, urgent: bool) -> Future[T]: ...
    def write(self, fn: Callable[[Connection], T], *, urgent: bool, timeout: float | None) -> T: ...
    def read(self, fn: Callable[[Connection], T], *, urgent: bool) -> T: ...
    def find_trouble(self) -> str | None: ...
    def waiting(self) -> int: ...
    def close(self) -> None: ...


class Store:
    """Used from any number of threads. `now` is the clock of rows whose moment no caller passes."""

    after_commit = staticmethod(after_commit)

    def __init__(
        self, backend: _Backend, dialect: Dialect, now: Callable[[], datetime], file: Path | None = None
    ) -> None:
        self._backend = backend
        self.dialect = dialect
        self.now = now
        self.file = file  # of SQLite

    @classmethod
    def open(
        cls,
        url: str,
        *,
        now: Callable[[], datetime],
        owner: bool = True,
        purpose: str = "run",
        group_limit: int = GROUP_LIMIT,
    ) -> Store:
        """Open `sqlite:///path` or `postgresql://…`, whose tables `migrate` has made.

        On SQLite an owner takes the file's lock and writes (`Locked` if another process has it, which is
        told by its `purpose`); others only read. PostgreSQL knows no owner. `group_limit` is for the bench.
        """
        dialect = parse_dialect(url)
        if dialect == "postgresql":
            return cls(PostgresStore(make_url(url)), dialect, now)
        file = to_database_path(url)
        backend = SqliteStore(file, owner=owner, purpose=purpose, group_limit=group_limit)
        return cls(backend, dialect, now, file)

    def write(
        self, fn: Callable[[Connection], T], *, urgent: bool = False, timeout: float | None = None
    ) -> T:
        """Run `fn` in a transaction and return its result once it is committed.

        An exception of `fn` reaches the caller, and nothing was written. Else it may raise `CommitFailed`
        (nothing written), `CommitUnknown` (read again), `WriteTimeout` (its turn did not come within
        `timeout` seconds: nothing written). `urgent`, for a pause, goes before everything that waits.
        """
        return self._backend.write(fn, urgent=urgent, timeout=timeout)

    def submit(self, fn: Callable[[Connection], T], *, urgent: bool = False) -> Future[T]:
        """As `write`, but the future is done when `write` would have returned or raised."""
        return self._backend.submit(fn, urgent=urgent)

    def read(self, fn: Callable[[Connection], T], *, urgent: bool = False) -> T:
        """Run `fn` on one snapshot of what is committed. It cannot write; keep it short. `urgent`: as of `write`."""
        return self._backend.read(fn, urgent=urgent)

    def find_trouble(self) -> str | None:
        """What is wrong with the database's file, in a sentence, as far as can be told without writing."""
        return self._backend.find_trouble()

    def count_on(self, *, timeout: float | None = None) -> None:
        """Raise the count of `generation.py`, here and in the file beside it: the proof that it can be written."""
        now = self.now()
        urgent = (
            self.dialect == "sqlite"
        )  # a long queue is no trouble; on PostgreSQL that way in is the pauses'
        counted = self.write(lambda conn: generation.beat(conn, now), urgent=urgent, timeout=timeout)
        if counted is not None and self.file is not None:
            generation.write_mark(self.file, counted)

    def adopt(self, new_id: str) -> None:
        """Before the first write of a bot or a command: refuse a database that was put back without saying so."""
        found, now = self.read(generation.load), self.now()
        if self.file is not None:
            generation.adopt(self.file, self.write, found, now, new_id)
        elif found is None:
            self.write(lambda conn: generation.begin(conn, generation.Mark(new_id, 0), now))

    def waiting(self) -> int:
        """How many units wait for their turn: a metric."""
        return self._backend.waiting()

    def close(self) -> None:
        """Finish what was handed in, let everything go. A second call does nothing."""
        self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def parse_dialect(url: str) -> Dialect:
    try:
        name = make_url(url).get_backend_name()
    except ArgumentError:
        name = ""
    if name == "sqlite":
        return "sqlite"
    if name == "postgresql":
        return "postgresql"
    raise BadDatabase("The database's address begins with sqlite:/// or postgresql://.")
