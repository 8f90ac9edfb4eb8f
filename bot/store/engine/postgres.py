"""PostgreSQL: a pooled connection runs the unit, and runs it again where the server asks for that.

READ COMMITTED, because the rules that must not break are kept by locks taken in one order (`row_locks.py`) and by the
schema; a stricter level would add retries to every busy moment without adding safety. Reads see one snapshot each
(REPEATABLE READ, read only), as they do on SQLite.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypedDict, TypeVar, Unpack, cast

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import Pool, QueuePool

from bot.store.engine.errors import CommitFailed, CommitUnknown, StoreClosed, Unreachable, WriteTimeout
from bot.store.engine.hooks import Hooks

T = TypeVar("T")
POOL, OVERFLOW = 20, 12  # 16 sending threads, listeners, readers; more for a moment
POOL_SECONDS = 10.0  # how long a unit waits for a connection
IDLE_IN_TRANSACTION_SECONDS = 15  # a snapshot held open slows every claim
TRIES = 8  # of one unit, when the server says "again"
AGAIN = frozenset({"40001", "40P01"})  # serialization failure, deadlock
CANCELED = "57014"  # statement_timeout
FULL = "53300"  # too many connections
ALIVE = {"tcp_user_timeout": 3000, "keepalives_idle": 10, "keepalives_interval": 3, "keepalives_count": 3}
URGENT_SECONDS = 1  # a pause waits no longer for a connection; the driver makes two of one
KEEP_SECONDS = 20.0  # between two looks at the connection kept for a pause
SUBMITTERS = 4  # threads that run what `submit` takes

log = logging.getLogger(__name__)


class PoolOptions(TypedDict, total=False):
    """What SQLAlchemy's pools are told."""

    poolclass: type[Pool]
    pool_size: int
    max_overflow: int
    pool_timeout: float
    pool_use_lifo: bool


def make_postgres_engine(url: URL, connect_timeout: int = 10, **pool: Unpack[PoolOptions]) -> Engine:
    """A server that answers nothing any more is noticed by the network's own means: a pause waits no longer for it."""
    options = f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_SECONDS}s"
    return create_engine(
        url,
        isolation_level="READ COMMITTED",
        connect_args={
            "options": options,
            "application_name": "byhand",
            "connect_timeout": connect_timeout,
            **ALIVE,
        },
        **pool,
    )


class PostgresStore:
    """What `Store` does on PostgreSQL. Many processes may have one open."""

    def __init__(self, url: URL) -> None:
        self._engine = make_postgres_engine(
            url, pool_size=POOL, max_overflow=OVERFLOW, pool_timeout=POOL_SECONDS, pool_use_lifo=True
        )
        # A pause finds a connection even when every other one is taken, here or on the server.
        self._urgent = make_postgres_engine(
            url, URGENT_SECONDS, pool_size=1, max_overflow=3, pool_timeout=URGENT_SECONDS
        )
        snapshot: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reading = self._engine.execution_options(**snapshot)
        self._urgent_reading = self._urgent.execution_options(**snapshot)
        self._submitters = ThreadPoolExecutor(SUBMITTERS, "store-submit")
        self._urgent_submitter = ThreadPoolExecutor(1, "store-urgent")
        self._running = threading.local()
        self._closed = False
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep_urgent, name="store-keeper", daemon=True)
        self._keeper.start()

    def _keep_urgent(self) -> None:
        """The connection for a pause is open before it is needed, and noticed when it is gone: made anew only then, it
        would not be had from a server that has none left."""
        while not self._stopping.is_set():
            try:
                with self._urgent.connect() as conn:
                    conn.exec_driver_sql("SELECT 1")
            except (DBAPIError, PoolTimeout) as error:
                log.info("the connection kept for a pause is not there: %s", error)
            self._stopping.wait(KEEP_SECONDS)

    def submit(self, fn: Callable[[Connection], T], *, urgent: bool) -> Future[T]:
        executor = self._urgent_submitter if urgent else self._submitters
        try:
            return executor.submit(self._write, fn, urgent, None)
        except RuntimeError as error:  # what an executor says that was shut down
            raise StoreClosed from error

    def write(self, fn: Callable[[Connection], T], *, urgent: bool, timeout: float | None) -> T:
        """`timeout` bounds the wait for each statement, and so for each lock."""
        if self._closed:
            raise StoreClosed
        return self._write(fn, urgent, timeout)

    def _write(self, fn: Callable[[Connection], T], urgent: bool, timeout: float | None) -> T:
        if getattr(self._running, "unit", None):
            raise RuntimeError("a write inside a write would not see it: pass the connection on")
        self._running.unit = fn
        try:
            return _until_it_holds(lambda: self._once(fn, self._urgent if urgent else self._engine, timeout))
        except PoolTimeout as error:
            raise WriteTimeout from error
        except DBAPIError as error:
            if timeout is not None and _sqlstate(error) == CANCELED:
                raise WriteTimeout from error
            if _is_away(error):
                raise _unreachable(error) from error
            raise
        finally:
            self._running.unit = None

    def _once(self, fn: Callable[[Connection], T], engine: Engine, timeout: float | None) -> T:
        with engine.connect() as conn:
            if timeout is not None:
                conn.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, round(timeout * 1000))}")
            with Hooks.collected(conn) as hooks:
                result = fn(conn)
            _commit(conn)
        Hooks.run(hooks)
        return result

    def read(self, fn: Callable[[Connection], T], *, urgent: bool = False) -> T:
        def once() -> T:
            with (self._urgent_reading if urgent else self._reading).connect() as conn:
                return fn(conn)

        try:
            return _until_it_holds(once)
        except PoolTimeout as error:
            raise Unreachable from error
        except DBAPIError as error:
            if _is_away(error):
                raise _unreachable(error) from error
            raise

    def find_trouble(self) -> str | None:
        """Nothing can be told without asking the server."""
        return None

    def waiting(self) -> int:
        """Connections in use beyond the pool's own, for the metrics."""
        pool = self._engine.pool
        return max(0, pool.overflow()) if isinstance(pool, QueuePool) else 0

    def close(self) -> None:
        self._closed = True
        self._stopping.set()
        self._keeper.join()
        self._submitters.shutdown()
        self._urgent_submitter.shutdown()
        self._engine.dispose()
        self._urgent.dispose()


def _until_it_holds(once: Callable[[], T]) -> T:
    """Run again what the server gave up for others' sake, or what lost its connection before its COMMIT."""
    for tried in range(1, TRIES + 1):
        try:
            return once()
        except DBAPIError as error:
            again = _sqlstate(error) in AGAIN or error.connection_invalidated
            if not again or tried == TRIES:
                raise
            log.info("a unit of work is run again (%s): %s", tried, error.orig)
        time.sleep(random.uniform(0, min(0.5, 0.005 * 2**tried)))  # noqa: S311 - spreads the tries, hides nothing
    raise AssertionError("the last try returns or raises")


def _commit(conn: Connection) -> None:
    """COMMIT, and know what its answer means."""
    driver = cast("psycopg.Connection[Any]", conn.connection.dbapi_connection)
    if driver.info.transaction_status == TransactionStatus.INERROR:
        # PostgreSQL would answer this COMMIT with a quiet ROLLBACK.
        raise CommitFailed("A statement failed and its error was swallowed; put such a try in a savepoint.")
    if not conn.in_transaction():
        return  # nothing was asked of the database
    try:
        conn.commit()
    except DBAPIError as error:
        state = _sqlstate(error)
        if state in AGAIN:
            raise
        if state is None or state.startswith(("08", "57P")):  # the connection, or the server, went away
            raise CommitUnknown from error
        raise CommitFailed(f"{CommitFailed.words} ({error.orig})") from error


def _unreachable(error: DBAPIError) -> Unreachable:
    return Unreachable(f"{Unreachable.words} The driver says: {' '.join(str(error.orig).split())}")


def _is_away(error: DBAPIError) -> bool:
    """No connection could be had, or the one that was broke before its COMMIT."""
    state = _sqlstate(error)
    return isinstance(error, OperationalError) and (
        state is None or state == FULL or state.startswith(("08", "57P"))
    )


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
