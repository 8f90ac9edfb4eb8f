"""Copies SQLite's log into the database in a thread of its own, so that the writer's commits do not have to.

PASSIVE: it waits for nobody, and nobody waits for it. What it cannot copy because somebody still reads an older page it
copies the next time. A thread, although SQLite checkpoints by itself after every thousandth page, because it does so
inside the COMMIT that wrote that page, and up to sixteen people wait 60 to 180 ms for it.
"""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from threading import Event, Thread

EVERY = 0.5  # seconds between two looks at the log
FROM = 1024 * 1024  # bytes of log
AT_LAST = 16_000  # pages of log: where this thread never gets there, the writer copies them itself

log = logging.getLogger(__name__)


class Checkpointer:
    """For a database in WAL mode; from its making until `close`."""

    def __init__(self, path: Path, *, every: float = EVERY) -> None:
        self._conn = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._conn.execute("PRAGMA synchronous=FULL").close()
        self._log = path.with_name(path.name + "-wal")
        self._every = every
        self._stopping = Event()
        self._thread = Thread(target=self._work, name="store-checkpointer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._conn.close()

    def _work(self) -> None:
        while not self._stopping.wait(self._every):
            try:
                if self._log.stat().st_size >= FROM:
                    self._conn.execute("PRAGMA wal_checkpoint(PASSIVE)").close()
            except (
                OSError,
                sqlite3.Error,
            ) as error:  # nothing is lost by it: the log grows until the next time
                log.warning("the log was not copied into the database: %s", error)
