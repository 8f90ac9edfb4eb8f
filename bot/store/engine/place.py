"""Is the database still the file at its path, and in one piece? Asked at every commit, so it costs a look at two names.

A file that was deleted or replaced stays open: SQLite goes on writing into what nobody will find again, and says
nothing. So the writer refuses, and with it everything that writes before it sends.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bot.store.engine.lock import Identity, read_identity

DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Place:
    """A database that is open, and its log, by what they were."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._log = database.with_name(database.name + "-wal")
        self._is = read_identity(database)
        self._log_is: Identity | None = None  # SQLite makes it anew at its first look

    def find_trouble(self) -> str | None:
        """What is wrong, and what to do; None: nothing."""
        for file, opened in ((self._database, self._is), (self._log, self._log_is)):
            found = read_identity(file)
            if opened is not None and found != opened:
                what = "is gone" if found is None else "is another file than the one Byhand opened"
                return (
                    f"The database's file {file} {what}. Nothing is kept or sent any more. Stop Byhand, and put the "
                    "database back: byhand restore FILE."
                )
        return None

    def note_log(self) -> None:
        """After a commit: there is a log by then."""
        if self._log_is is None:
            self._log_is = read_identity(self._log)


def is_damage(error: BaseException | None) -> bool:
    """Does SQLite say that the file is not what it was?"""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED
