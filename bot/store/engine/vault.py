"""Secrets at rest: encrypted in the database, with keys that are not in it.

The key file is beside the database it protects: that keeps secrets out of backups, copies and dumps, and needs no
set-up; whoever wants the key elsewhere sets BYHAND_KEY. Fernet's own time stamp in each value is that of the machine;
the row's moment is the program's clock.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Connection, make_url, select, update

from bot.store.engine.errors import StoreError
from bot.store.engine.sqlite import to_database_path
from bot.store.engine.store import Store, parse_dialect
from bot.store.engine.upsert import insert
from bot.store.tables.system import secrets

KEY_FILE = "byhand.key"


class BadKey(StoreError):
    """The key cannot be used; the sentence says why and what to do."""


def to_key_file(url: str) -> Path:
    """Beside an SQLite file (or the link that leads to it, where it lies there); for PostgreSQL in the working
    directory, unless BYHAND_KEY is set."""
    if parse_dialect(url) != "sqlite":
        return Path.cwd() / KEY_FILE
    file = to_database_path(url).with_name(KEY_FILE)
    by_name = Path(make_url(url).database or "").absolute().with_name(KEY_FILE)
    return by_name if by_name.exists() and not file.exists() else file


def open_keys(byhand_key: str | None, file: Path) -> MultiFernet:
    """The keys of BYHAND_KEY (commas between, the first encrypts), else of `file`, made if missing."""
    text, where = (byhand_key, "BYHAND_KEY") if byhand_key else (_read_key_file(file), str(file))
    try:
        keys = [Fernet(key.strip()) for key in text.split(",") if key.strip()]
    except ValueError as error:
        raise BadKey(
            f"{where} holds no key: 32 bytes in URL-safe base64, several with commas between."
        ) from error
    if not keys:
        raise BadKey(f"{where} is empty. Put the key back from your backup; without it, secrets are lost.")
    return MultiFernet(keys)


def _read_key_file(file: Path) -> str:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        _refuse_open_mode(file)
        return file.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise BadKey(
            f"{file} cannot be made ({error.strerror}): make it writable, or set BYHAND_KEY."
        ) from error
    key = Fernet.generate_key()
    with os.fdopen(descriptor, "wb") as new:
        new.write(key + b"\n")
        new.flush()
        os.fsync(new.fileno())
    return key.decode()


def _refuse_open_mode(file: Path) -> None:
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        raise BadKey(f"Others on this machine can read {file} (mode {mode:o}). Run: chmod 600 {file}")


def save_secret(
    conn: Connection, keys: MultiFernet, owner: str, name: str, value: str, now: datetime
) -> None:
    """Keep `value` for `owner` (an account's name), in place of what was there."""
    row = {"value": keys.encrypt(value.encode()), "at": now}
    new = insert(conn, secrets).values(owner=owner, name=name, **row)
    conn.execute(new.on_conflict_do_update(index_elements=["owner", "name"], set_=row))


def load_secret(conn: Connection, keys: MultiFernet, owner: str, name: str) -> str | None:
    row = select(secrets.c.value).where(secrets.c.owner == owner, secrets.c.name == name)
    value: bytes | None = conn.execute(row).scalar()
    if value is None:
        return None
    return _decrypt(keys, value, owner, name)


def list_secret_owners(conn: Connection) -> list[tuple[str, str]]:
    """(owner, name) of every secret that is kept."""
    return [(row.owner, row.name) for row in conn.execute(select(secrets.c.owner, secrets.c.name))]


def rotate_secrets(conn: Connection, keys: MultiFernet) -> int:
    """Encrypt every secret with the first key, so that the others can be dropped. Returns how many."""
    rows = conn.execute(select(secrets.c.owner, secrets.c.name, secrets.c.value)).all()
    for owner, name, value in rows:
        fresh = keys.encrypt(_decrypt(keys, value, owner, name).encode())
        conn.execute(
            update(secrets).where(secrets.c.owner == owner, secrets.c.name == name).values(value=fresh)
        )
    return len(rows)


def _decrypt(keys: MultiFernet, value: bytes, owner: str, name: str) -> str:
    try:
        return keys.decrypt(value).decode()
    except InvalidToken as error:
        raise BadKey(
            f"The {name} of {owner} was encrypted with another key. Add that key to BYHAND_KEY, last."
        ) from error


@dataclass(frozen=True)
class StoreVault:
    """Where one account's connection keeps what it must not lose: a `networks.protocol.Vault`."""

    store: Store
    keys: MultiFernet
    owner: str

    def load(self, name: str) -> str | None:
        return self.store.read(lambda conn: load_secret(conn, self.keys, self.owner, name))

    def save(self, name: str, value: str) -> None:
        now = self.store.now()
        self.store.write(lambda conn: save_secret(conn, self.keys, self.owner, name, value, now))
