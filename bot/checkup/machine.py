"""This machine, looked at: can the database be written, can its secrets be read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.checkup.finding import Finding, failure, fine, warning
from bot.control.socket import is_listening, to_control_folder
from bot.services.unit_of_work import Clock
from bot.settings.load import Settings
from bot.store.engine.errors import StoreError
from bot.store.engine.generation import refuse_missing
from bot.store.engine.lock import Locked
from bot.store.engine.migrate import find_newest_revision, read_revision
from bot.store.engine.sqlite import to_database_path
from bot.store.engine.store import Store, parse_dialect
from bot.store.engine.vault import (
    BadKey,
    find_unreadable,
    list_secret_owners,
    load_secret,
    open_keys,
    to_key_file,
)


def check_machine(settings: Settings, clock: Clock) -> Iterator[Finding]:
    try:
        if (
            parse_dialect(settings.database_url) == "sqlite"
            and not to_database_path(settings.database_url).exists()
        ):
            refuse_missing(to_database_path(settings.database_url))
            yield _new_file(settings.database_url)
            yield _key(settings, None)
            return
        yield _written(settings.database_url, clock)
        with Store.open(settings.database_url, now=clock.now, owner=False) as store:
            yield store.read(_version)
            yield _key(settings, store)
            yield from _closed_accounts(settings, store)
    except (StoreError, DBAPIError) as error:
        yield failure("database", _said(error))


def _new_file(url: str) -> Finding:
    """Nothing is made here: `byhand run` does."""
    folder = to_database_path(url).parent
    if os.access(folder, os.W_OK | os.X_OK):
        return fine(
            "database", f"There is none yet; {to_database_path(url)} will be made at the first start."
        )
    return failure(
        "database", f"{folder} is not a folder that Byhand can write to.", "Set BYHAND_DATABASE_URL."
    )


def _written(url: str, clock: Clock) -> Finding:
    try:
        with Store.open(url, now=clock.now, purpose="check") as store:
            store.write(
                lambda db: db.exec_driver_sql("SELECT 1").close()
            )  # its transaction takes the write lock
    except Locked as locked:
        if is_listening(to_control_folder(to_database_path(url))):
            return fine("database", f"The running bot (process {locked.pid}) has it.")
        return warning("database", str(locked))
    return fine("database", "It can be written to.")


def _version(db: Connection) -> Finding:
    found = read_revision(db)  # raises BadDatabase for what is newer, or not ours
    if found == find_newest_revision():
        return fine("tables", f"They are up to date (revision {found}).")
    return fine(
        "tables", "They are from an older version; the next start copies the database and updates them."
    )


def _key(settings: Settings, store: Store | None) -> Finding:
    file = to_key_file(settings.database_url)
    if settings.key is None and not file.exists():
        if store is not None and store.read(_owners):
            mend = "Put it back from your backup, or set BYHAND_KEY."
            return failure("key", f"{file} is gone, and secrets are encrypted with it.", mend)
        return fine("key", f"There is none yet; {file} will be made at the first start.")
    try:
        keys = open_keys(settings.key, file)
        if store is not None:
            store.read(lambda db: [load_secret(db, keys, *owner) for owner in _owners(db)])
    except BadKey as bad:
        return failure("key", str(bad))
    return fine("key", f"It can be read ({'BYHAND_KEY' if settings.key else file}).")


def _closed_accounts(settings: Settings, store: Store) -> Iterator[Finding]:
    """Its network may let it in all the same: the check signs in for itself."""
    file = to_key_file(settings.database_url)
    if settings.key is None and not file.exists():
        yield from (
            failure(f"account {name}", f"{file} is gone.") for name in {n for n, _ in store.read(_owners)}
        )
        return
    with suppress(BadKey):
        keys = open_keys(settings.key, file)
        closed = store.read(lambda db: find_unreadable(db, keys) if read_revision(db) else {})
        yield from (failure(f"account {name}", sentence) for name, sentence in closed.items())


def _owners(db: Connection) -> list[tuple[str, str]]:
    """Whose secrets are kept; none while there are no tables yet."""
    if read_revision(db) is None:
        return []
    return list_secret_owners(db)


def _said(error: Exception) -> str:
    return f"{' '.join(str(getattr(error, 'orig', None) or error).split())}".rstrip(".") + "."
