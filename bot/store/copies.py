"""Files of an SQLite database that is put back: made ready beside it, then put in its place by renaming.

Whoever stops between two steps leaves no database (a start refuses that, for the mark beside it says that there was
one), or one whose mark is not its own (refused as a copy). Either way `byhand restore` is typed once more.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from bot.domain.facts import FactKind
from bot.store import record
from bot.store.engine import generation
from bot.store.engine.errors import BadDatabase
from bot.store.engine.lock import FileLock, Locked, to_lock_path
from bot.store.engine.migrate import copy_file, migrate_copy
from bot.store.engine.sqlite import make_reader_engine
from bot.store.engine.store import Store

T = TypeVar("T")
SUFFIXES = ("", "-wal", "-shm")


@contextmanager
def hold(database: Path) -> Iterator[None]:
    """Nobody else writes it, nor begins to, meanwhile."""
    try:
        lock = FileLock.acquire(database, "restore", may_be_gone=True)
    except Locked as locked:
        raise BadDatabase(f"{locked} A backup is put back while nobody works with the database.") from locked
    try:
        yield
    finally:
        lock.release()


def restore_file(
    database: Path,
    file: Path,
    take: Callable[[Store], tuple[T, generation.Mark]],
    now: Callable[[], datetime],
) -> tuple[T, Path | None]:
    """`take`: what is done to the copy before it is the database. Returns its answer, and where the one that was there
    is kept. Raises BadDatabase."""
    with hold(database):
        part = make_ready(database, file)
        try:
            with Store.open(f"sqlite:///{part}", now=now, purpose="restore") as store:
                taken, mark = take(store)
            return taken, put_in_place(database, part, mark, now())
        finally:
            forget(part)


def make_ready(database: Path, file: Path) -> Path:
    """A copy of `file` beside the database, with this version's tables. Raises BadDatabase."""
    part = database.with_name(database.name + ".restoring")
    forget(part)
    if not file.is_file():
        raise BadDatabase(f"There is no file {file}.")
    try:
        copy_file(file, part)
        migrate_copy(part, file)
    except (sqlite3.Error, OSError) as error:
        raise BadDatabase(f"{file} cannot be used as a backup: {error}.") from error
    return part


def put_in_place(database: Path, part: Path, mark: generation.Mark, now: datetime) -> Path | None:
    """The copy becomes the database. Returns where the one that was there is kept."""
    _flush(part)
    aside = _put_aside(database, now)
    part.replace(database)
    database.chmod(0o600)
    _flush(database.parent)
    generation.write_mark(database, mark)
    return aside


def _put_aside(database: Path, now: datetime) -> Path | None:
    """With its log, which would be taken for that of the new one. The database first: a log alone says nothing."""
    aside = database.with_name(f"{database.name}.before-restore-{now:%Y%m%dT%H%M%S%f}")
    kept = database.exists() and database.stat().st_size > 0
    for suffix in SUFFIXES:
        file = database.with_name(database.name + suffix)
        if file.exists():
            file.replace(aside.with_name(aside.name + suffix))
    if not kept:
        forget(aside)
    return aside if kept else None


def forget(part: Path) -> None:
    """What a restore that stopped in the middle left, too."""
    for file in (
        *(part.with_name(part.name + suffix) for suffix in (*SUFFIXES, ".part")),
        to_lock_path(part),
    ):
        file.unlink(missing_ok=True)


def list_erased_since(database: Path, since: datetime) -> list[str] | None:
    """Ids of conversations that were erased since then, as the database says that is here still. None: there is none,
    it cannot be read, or it is a copy itself, so nobody knows."""
    if not database.is_file() or database.stat().st_size == 0:
        return None
    beside = [database.with_name(database.name + suffix) for suffix in SUFFIXES]
    new = [file for file in beside if not file.exists()]
    engine = make_reader_engine(database)
    try:
        with engine.connect() as conn:
            found = generation.load(conn)
            if found is None or not generation.is_newest(database, found):
                return None
            subjects = record.list_subjects_since(conn, FactKind.ERASED.value, since)
    except DBAPIError:
        return None
    finally:
        engine.dispose()
        for file in new:  # made by reading
            file.unlink(missing_ok=True)
    return [subject.removeprefix("conversation:") for subject in subjects]


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
