"""SQLite: one writing connection, many reading ones, and the settings that make a commit mean something.

Two dialects, because Python's driver opens transactions by itself and only before a write, which leaves a SELECT
outside: check-then-write then passes on stale answers, without an error. So the driver's own handling is off, and the
dialects say what we mean: BEGIN IMMEDIATE to write, BEGIN to read. (An engine's "begin" event could say it too, but an
engine with one event looks for listeners at every statement.)
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from bot.store.engine import checkpointer
from bot.store.engine.errors import BadDatabase, CommitUnknown, ReadOnly, StoreError, WriteTimeout
from bot.store.engine.generation import refuse_missing
from bot.store.engine.lock import FileLock, Use
from bot.store.engine.place import Place, is_damage
from bot.store.engine.writer import GROUP_LIMIT, GroupWriter

T = TypeVar("T")
BUSY_SECONDS = 10  # how long a statement waits for another process's lock
READERS = 8  # kept open; up to four times as many for a moment
WAL_LIMIT = 64 * 1024 * 1024  # bytes the write-ahead log is cut back to


class WritingDialect(SQLiteDialect_pysqlite):
    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None:
        dbapi_connection.execute("BEGIN IMMEDIATE")


class ReadingDialect(SQLiteDialect_pysqlite):
    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None:
        dbapi_connection.execute("BEGIN")


registry.register("sqlite.writing", __name__, "WritingDialect")
registry.register("sqlite.reading", __name__, "ReadingDialect")


def to_database_path(url: str | URL) -> Path:
    """The file of a `sqlite:///…` address, whatever links lead to it: one database, one lock, one control socket."""
    name = make_url(url).database
    if not name or name == ":memory:":
        raise BadDatabase("Byhand needs a database file: write sqlite:///byhand.db, or an absolute path.")
    return Path(os.path.realpath(name))


def make_writer_engine(path: Path, *, foreign_keys: bool = True) -> Engine:
    """For the one connection that writes and checkpoints. The caller holds the file's lock."""
    pragmas = ("journal_mode=WAL", "synchronous=FULL", f"wal_autocheckpoint={checkpointer.AT_LAST}",
               f"journal_size_limit={WAL_LIMIT}", f"foreign_keys={'ON' if foreign_keys else 'OFF'}")  # fmt: skip
    return _engine("sqlite+writing://", path, "rwc", pragmas, size=1, overflow=0)


def make_reader_engine(path: Path) -> Engine:
    """For connections that cannot write, also beside another process."""
    return _engine("sqlite+reading://", path, "ro", ("query_only=ON",), size=READERS, overflow=READERS * 3)


def _engine(
    dialect: str, path: Path, mode: str, pragmas: tuple[str, ...], *, size: int, overflow: int
) -> Engine:
    address = f"file:{quote(str(path))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        conn = sqlite3.connect(
            address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False,
            cached_statements=512,
        )  # fmt: skip
        try:
            for pragma in pragmas:
                conn.execute(f"PRAGMA {pragma}").close()
        except BaseException:
            conn.close()
            raise
        return conn

    return create_engine(
        dialect, creator=connect, poolclass=QueuePool, pool_size=size, max_overflow=overflow,
        pool_use_lifo=True,
    )  # fmt: skip


class SqliteStore:
    """What `Store` does on SQLite. An `owner` holds the file's lock and writes; others only read."""

    def __init__(self, path: Path, *, owner: bool, purpose: str, group_limit: int = GROUP_LIMIT) -> None:
        refuse_missing(path)
        if not owner and not path.exists():
            raise BadDatabase(
                f"There is no database at {path} yet: start the bot once, or run byhand migrate."
            )
        self._lock = FileLock.acquire(path, purpose) if owner else None
        self._use = Use(path)
        self._place: Place | None = None
        self._writer: GroupWriter | None = None
        self._damage: str | None = None  # what SQLite said of a page it could not make sense of
        try:
            if owner:
                self._writing = make_writer_engine(path)
                self._place = Place(path)
                self._writer = GroupWriter(self._writing, place=self._place, group_limit=group_limit)
                self._checkpointer = checkpointer.Checkpointer(path)
            self._reading = make_reader_engine(path)
        except DBAPIError as error:
            self._let_go()
            raise BadDatabase(f"{path} cannot be opened as a database: {error.orig}") from error

    def submit(self, fn: Callable[[Connection], T], *, urgent: bool) -> Future[T]:
        if self._writer is None:
            raise ReadOnly
        future = self._writer.submit(fn, urgent=urgent)
        future.add_done_callback(self._note_failure)
        return future

    def write(self, fn: Callable[[Connection], T], *, urgent: bool, timeout: float | None) -> T:
        if self._writer is not None and self._writer.is_this_thread():
            raise RuntimeError("a write inside a write would wait for itself: pass the connection on")
        future = self.submit(fn, urgent=urgent)
        try:
            return future.result(timeout)
        except FutureTimeout:
            if future.cancel():
                raise WriteTimeout from None
            if future.done():  # it ended between the two lines above; or the unit's own time ran out
                return future.result()
            raise CommitUnknown from None

    def read(self, fn: Callable[[Connection], T], *, urgent: bool = False) -> T:  # noqa: ARG002  nobody waits here
        try:
            with self._reading.connect() as conn:
                return fn(conn)
        except DBAPIError as error:
            self._note_damage(error)
            raise

    def find_trouble(self) -> str | None:
        return self._damage or (self._place.find_trouble() if self._place else None)

    def _note_failure(self, future: Future[T]) -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            self._note_damage(error)

    def _note_damage(self, error: BaseException) -> None:
        cause = error.__cause__ if isinstance(error, StoreError) else error
        if isinstance(cause, DBAPIError) and is_damage(cause.orig):
            mend = "Stop Byhand and put a backup back: byhand restore FILE."
            self._damage = f"The database is damaged ({cause.orig}). {mend}"

    def waiting(self) -> int:
        return self._writer.waiting() if self._writer else 0

    def close(self) -> None:
        if self._writer is not None:
            self._checkpointer.close()
            self._writer.close()
        self._reading.dispose()
        if self._writer is not None:
            self._writing.dispose()  # last, so that this connection does the final checkpoint
        self._let_go()

    def _let_go(self) -> None:
        self._use.end()
        if self._lock is not None:
            self._lock.release()
