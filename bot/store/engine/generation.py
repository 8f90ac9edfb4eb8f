"""Which state of the database this is: a count in it, and the same in a file beside it that copies leave behind.

A database that was deleted must not be made anew, and one that was put back must not believe that it is the newest:
what went out since the copy was made would go out again. The count rises while the bot runs ("beats"); the file beside
the database says how far it had come. The database is written first, so it is never behind the file unless it is an
older one. On PostgreSQL there is no file: what was put back there is declared by `byhand restore`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select, update

from bot.store.engine.errors import BadDatabase
from bot.store.engine.upsert import insert
from bot.store.tables.system import generation

_ONE = generation.c.name == "database"


@dataclass(frozen=True)
class Mark:
    """`id`: from one `byhand restore` to the next; `beat`: how far it had come."""

    id: str
    beat: int


@dataclass(frozen=True)
class Generation:
    """What the database says of itself."""

    mark: Mark
    at: datetime  # of the newest beat
    copied_at: datetime | None  # it is a copy that `byhand backup` made then


def to_mark_file(database: Path) -> Path:
    return database.with_name(database.name + ".generation")


def read_mark(database: Path) -> Mark | None:
    """What the file beside it says; one that cannot be read is like none of ours."""
    try:
        kept = json.loads(to_mark_file(database).read_bytes())
        return Mark(str(kept["id"]), int(kept["beat"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return Mark("", 1)


def write_mark(database: Path, mark: Mark) -> None:
    """In one step: whoever stops in the middle leaves the old one."""
    file = to_mark_file(database)
    part = file.with_name(file.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as new:
        new.write(json.dumps({"id": mark.id, "beat": mark.beat}))
    part.replace(file)


def refuse_missing(database: Path) -> None:
    """Raises BadDatabase where one was there and is gone, or is empty now."""
    try:
        there = database.stat().st_size > 0
    except OSError:
        there = False
    if not there and read_mark(database) is not None:
        raise BadDatabase(
            f"The database {database} is gone, and Byhand does not make a new one. Put it back: byhand restore FILE, "
            "with your newest backup. Only if all of it may be forgotten, delete "
            f"{to_mark_file(database)} and start again."
        )


# --- in the database ---------------------------------------------------------------------------------


def load(conn: Connection) -> Generation | None:
    """None: it is new, or of a Byhand that did not count."""
    row = conn.execute(select(generation).where(_ONE)).one_or_none()
    return Generation(Mark(row.id, row.beat), row.at, row.copied_at) if row else None


def begin(conn: Connection, mark: Mark, now: datetime) -> None:
    """From here on it is this one, and no copy."""
    row = {"id": mark.id, "beat": mark.beat, "at": now, "copied_at": None}
    new = insert(conn, generation).values(name="database", **row)
    conn.execute(new.on_conflict_do_update(index_elements=["name"], set_=row))


def beat(conn: Connection, now: datetime) -> Mark | None:
    """Count on. It is also the proof that the database can be written."""
    counted = update(generation).where(_ONE).values(beat=generation.c.beat + 1, at=now)
    row = conn.execute(counted.returning(generation.c.id, generation.c.beat)).one_or_none()
    return Mark(row.id, row.beat) if row else None


# --- both together -----------------------------------------------------------------------------------


def adopt(
    database: Path,
    write: Callable[[Callable[[Connection], Mark | None]], Mark | None],
    found: Generation | None,
    now: datetime,
    new_id: str,
) -> None:
    """Whoever begins to write: refuse what is older than what was here, else count on. Raises BadDatabase."""
    kept = read_mark(database)
    if found is None:
        if kept is not None and kept.beat > 0:
            raise _is_older(database, None)
        first = kept or Mark(new_id, 0)
        write_mark(database, first)  # first: a database that has begun to count always has its file
        write(lambda conn: begin(conn, first, now))
    elif not is_newest(database, found):
        raise _is_older(database, found.copied_at or found.at)
    if (counted := write(lambda conn: beat(conn, now))) is not None:
        write_mark(database, counted)


def is_newest(database: Path, found: Generation) -> bool:
    """Whether the database that says so is the one that was here last, and no copy of it."""
    kept = read_mark(database)
    same = kept is not None and kept.id == found.mark.id and kept.beat <= found.mark.beat
    return same and found.copied_at is None


def _is_older(database: Path, at: datetime | None) -> BadDatabase:
    of = f" (of {at:%Y-%m-%d %H:%M} UTC)" if at else ""
    return BadDatabase(
        f"{database} is a copy{of} that was put back, or came here without its file "
        f"{to_mark_file(database).name}: what was sent since, it does not know, and would send again. "
        f"Say so: byhand restore {database}"
    )
