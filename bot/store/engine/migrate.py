"""Bring a database to the tables of this program, at start, under a lock, after a copy of an SQLite file.

It does not ask, because a team upgrades by starting the new version. What protects them: a migration is one
transaction, the file is copied before, and an older program refuses a newer database instead of guessing.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bot.store.engine.errors import BadDatabase
from bot.store.engine.lock import FileLock
from bot.store.engine.moment import Moment
from bot.store.engine.postgres import make_postgres_engine
from bot.store.engine.sqlite import make_writer_engine, to_database_path

_ADVISORY_KEY = 0x6279_6861_6E64  # "byhand": one process of several migrates PostgreSQL


@dataclass(frozen=True)
class Migrated:
    before: str | None  # the revision found; nothing: the database was empty
    after: str
    copy: Path | None  # of the file as it was before


def migrate(url: str, *, now: Callable[[], datetime]) -> Migrated:
    """Do what is to be done, mostly nothing. Raises `Locked` beside a running bot, else `BadDatabase`."""
    if make_url(url).get_backend_name() == "postgresql":
        with _postgres(url) as conn:
            return Migrated(_upgrade_from(conn), find_newest_revision(), None)
    path = to_database_path(url)
    lock = FileLock.acquire(path, "migrate")
    try:
        return _migrate_file(path, now())
    finally:
        lock.release()


def migrate_copy(path: Path, of: Path) -> None:
    """A copy of `of` that is to be put back; that stays as it is."""
    with _sqlite(path) as conn:
        if read_revision(conn) is None:
            raise BadDatabase(f"There is nothing of Byhand's in {of}.")
        _upgrade_from(conn)


def _migrate_file(path: Path, now: datetime) -> Migrated:
    with _sqlite(path) as conn:
        before = read_revision(conn)
    copy = None
    if before not in (None, find_newest_revision()):
        copy = path.with_name(f"{path.name}.before-{find_newest_revision()}-{now:%Y%m%dT%H%M%S}")
        copy_file(path, copy, now)
    with _sqlite(path) as conn:
        _upgrade_from(conn)
        if broken := conn.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
            raise BadDatabase(f"The migration left {len(broken)} rows pointing nowhere; nothing was changed.")
    path.chmod(0o600)
    return Migrated(before, find_newest_revision(), copy)


def _upgrade_from(conn: Connection) -> str | None:
    before = read_revision(conn)
    if before != find_newest_revision():
        upgrade(conn)
    return before


@contextmanager
def _sqlite(path: Path) -> Iterator[Connection]:
    # Alembic makes tables anew to change them; with foreign keys on, dropping the old one would delete rows.
    engine = make_writer_engine(path, foreign_keys=False)
    try:
        with engine.begin() as conn:
            yield conn
    except DBAPIError as error:
        raise BadDatabase(f"{path} cannot be used as a database: {error.orig}.") from error
    finally:
        engine.dispose()


@contextmanager
def _postgres(url: str) -> Iterator[Connection]:
    engine = make_postgres_engine(make_url(url), poolclass=NullPool)
    try:
        with engine.begin() as conn:
            conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_KEY})")
            yield conn
    except DBAPIError as error:
        raise BadDatabase(f"The PostgreSQL database cannot be used: {error.orig}") from error


def read_revision(conn: Connection) -> str | None:
    """Where the database stands; nothing: it is empty. Refuses what is not ours and what is newer."""
    found = MigrationContext.configure(conn).get_current_revision()
    if found is None and inspect(conn).get_table_names():
        raise BadDatabase("There are tables in this database that are not Byhand's. Give Byhand its own.")
    if found is not None and found not in list_known_revisions():
        raise BadDatabase(
            f"This database is of a newer Byhand (revision {found}; this one knows up to {find_newest_revision()}). "
            "Start that version, or put back the copy made before it migrated."
        )
    return found


def upgrade(conn: Connection) -> None:
    """Run every missing migration in the transaction of `conn`."""
    command.upgrade(make_alembic_config(conn), "head")


def make_alembic_config(conn: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option(
        "script_location", str(Path(__file__).parents[1] / "migrations").replace("%", "%%")
    )
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    return config


@cache  # Alembic reads its scripts anew each time; they do not change under a running program
def list_known_revisions() -> tuple[str, ...]:
    """Newest first."""
    return tuple(
        script.revision for script in ScriptDirectory.from_config(make_alembic_config()).walk_revisions()
    )


def find_newest_revision() -> str:
    return list_known_revisions()[0]


def backup(url: str, file: Path, *, now: datetime) -> None:
    """Copy an SQLite database into a new file, also beside a running bot."""
    if make_url(url).get_backend_name() == "postgresql":
        raise BadDatabase("A PostgreSQL database is copied with its own tool: pg_dump --format=custom.")
    path = to_database_path(url)
    if not path.exists():
        raise BadDatabase(f"There is no database at {path}.")
    if file.exists():
        raise BadDatabase(f"{file} exists already; a backup never writes over anything.")
    try:
        copy_file(path, file, now)
    except (sqlite3.Error, OSError) as error:
        raise BadDatabase(f"{file} could not be written: {error}.") from error


def copy_file(path: Path, file: Path, now: datetime | None = None) -> None:
    """One snapshot, read in one step: in several, a busy writer would make it begin again and again.

    `now`: the copy says that it is one, and of when (`generation.py`)."""
    part = file.with_name(file.name + ".part")
    os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))  # customers' words are in it
    source = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
    with closing(source), closing(sqlite3.connect(part)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # so that the copy is one file
        if now is not None:
            _mark_as_copy(target, now)
        if (said := target.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
            raise BadDatabase(f"The copy of {path} is damaged ({said}).")
    part.replace(file)


def _mark_as_copy(target: sqlite3.Connection, now: datetime) -> None:
    """One of an older Byhand has no place for it, and is known by its count alone."""
    if target.execute("SELECT 1 FROM sqlite_master WHERE name = 'generation'").fetchone():
        at = Moment().process_bind_param(now, make_url("sqlite://").get_dialect()())
        target.execute("UPDATE generation SET copied_at = ?", (at,))
        target.commit()
