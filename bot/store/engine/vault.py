"""Secrets at rest: encrypted in the database, with keys that are not in it.

The key file is beside the database it protects: that keeps secrets out of backups, copies and dumps, and needs no
set-up; whoever wants the key elsewhere sets BYHAND_KEY. Fernet's own time stamp in each value is that of the machine;
the row's moment is the program's clock.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Connection, delete, make_url, select, update

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


class KeyRing:
    """The keys of BYHAND_KEY (commas between, the first encrypts), else of `file`, which is read anew when it has
    changed: another process may have rotated it (`rotate_keys`)."""

    def __init__(self, byhand_key: str | None, file: Path) -> None:
        self._given, self._file = byhand_key, file
        self._read()

    def encrypt(self, data: bytes) -> bytes:
        self._read_if_changed()
        return self._keys.encrypt(data)

    def decrypt(self, value: bytes) -> bytes:
        """Raises InvalidToken: none of them encrypted it."""
        self._read_if_changed()
        return self._keys.decrypt(value)

    @property
    def texts(self) -> list[str]:
        return [key for key in self._text.replace("\n", "").split(",") if key.strip()]

    def _read_if_changed(self) -> None:
        if not self._given and self._file.exists() and _stamp(self._file) != self._stamp:
            self._read()

    def _read(self) -> None:
        self._stamp = None if self._given or not self._file.exists() else _stamp(self._file)
        self._text = self._given or _read_key_file(self._file)
        self._keys = _parse_keys(self._text, "BYHAND_KEY" if self._given else str(self._file))


def open_keys(byhand_key: str | None, file: Path) -> KeyRing:
    """The file is made if it is missing: for a database that keeps no secret yet."""
    if not byhand_key and not file.exists():
        _make_key_file(file)
    return KeyRing(byhand_key, file)


def open_keys_of(store: Store, byhand_key: str | None, file: Path) -> KeyRing:
    """As `open_keys`; but a new key beside secrets that another one encrypted would be none. Raises BadKey."""
    if not byhand_key and not file.exists() and (kept := store.read(list_secret_owners)):
        accounts = ", ".join(sorted({owner for owner, _ in kept}))
        raise BadKey(
            f"The key file {file} is gone; it encrypted what is kept for {accounts}. Put it back from your backup, or "
            "set BYHAND_KEY to what was in it. Only if it is lost for good: byhand keys rotate --forget, and those "
            "accounts sign in again."
        )
    return open_keys(byhand_key, file)


def _stamp(file: Path) -> tuple[int, int, int]:
    found = file.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _parse_keys(text: str, where: str) -> MultiFernet:
    try:
        keys = [Fernet(key.strip()) for key in text.split(",") if key.strip()]
    except ValueError as error:
        raise BadKey(
            f"{where} holds no key: 32 bytes in URL-safe base64, several with commas between."
        ) from error
    if not keys:
        raise BadKey(f"{where} is empty. Put the key back from your backup; without it, secrets are lost.")
    return MultiFernet(keys)


def _make_key_file(file: Path) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise BadKey(
            f"{file} cannot be made ({error.strerror}): make it writable, or set BYHAND_KEY."
        ) from error
    _write_keys(descriptor, [Fernet.generate_key().decode()])


def _replace_key_file(file: Path, keys: list[str]) -> None:
    """In one step, and on the disk before anything is encrypted with what is in it."""
    part = file.with_name(file.name + ".part")
    try:
        part.unlink(missing_ok=True)
        _write_keys(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), keys)
        part.replace(file)
        folder = os.open(file.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        raise BadKey(f"{file} cannot be written ({error.strerror}).") from error


def _write_keys(descriptor: int, keys: list[str]) -> None:
    with os.fdopen(descriptor, "w", encoding="ascii") as new:
        new.write(",".join(keys) + "\n")
        new.flush()
        os.fsync(new.fileno())


def _read_key_file(file: Path) -> str:
    _refuse_open_mode(file)
    return file.read_text(encoding="ascii", errors="replace")


def _refuse_open_mode(file: Path) -> None:
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError as error:
        raise BadKey(f"The key file {file} cannot be read: {error.strerror}.") from error
    if mode & 0o077:
        raise BadKey(f"Others on this machine can read {file} (mode {mode:o}). Run: chmod 600 {file}")


def save_secret(conn: Connection, keys: KeyRing, owner: str, name: str, value: str, now: datetime) -> None:
    """Keep `value` for `owner` (an account's name), in place of what was there."""
    row = {"value": keys.encrypt(value.encode()), "at": now}
    new = insert(conn, secrets).values(owner=owner, name=name, **row)
    conn.execute(new.on_conflict_do_update(index_elements=["owner", "name"], set_=row))


def load_secret(conn: Connection, keys: KeyRing, owner: str, name: str) -> str | None:
    row = select(secrets.c.value).where(secrets.c.owner == owner, secrets.c.name == name)
    value: bytes | None = conn.execute(row).scalar()
    if value is None:
        return None
    return _decrypt(keys, value, owner, name)


def load_secrets_of(conn: Connection, keys: KeyRing, owner: str) -> dict[str, str]:
    """{name: value} of all that is kept for `owner`. Raises BadKey."""
    rows = conn.execute(select(secrets.c.name, secrets.c.value).where(secrets.c.owner == owner))
    return {row.name: _decrypt(keys, row.value, owner, row.name) for row in rows.all()}


def delete_secrets(conn: Connection, owner: str) -> None:
    """Forget all that is kept for `owner`."""
    conn.execute(delete(secrets).where(secrets.c.owner == owner))


def list_secret_owners(conn: Connection) -> list[tuple[str, str]]:
    """(owner, name) of every secret that is kept."""
    return [(row.owner, row.name) for row in conn.execute(select(secrets.c.owner, secrets.c.name))]


def rotate_secrets(conn: Connection, keys: KeyRing) -> int:
    """Encrypt every secret with the first key, so that the others can be dropped. Returns how many."""
    if conn.dialect.name == "postgresql":  # what another worker is just saving is waited for
        conn.exec_driver_sql("LOCK TABLE secrets IN SHARE ROW EXCLUSIVE MODE")
    rows = conn.execute(select(secrets.c.owner, secrets.c.name, secrets.c.value)).all()
    for owner, name, value in rows:
        fresh = keys.encrypt(_decrypt(keys, value, owner, name).encode())
        conn.execute(
            update(secrets).where(secrets.c.owner == owner, secrets.c.name == name).values(value=fresh)
        )
    return len(rows)


def find_unreadable(conn: Connection, keys: KeyRing) -> dict[str, str]:
    """{owner: the sentence} of whoever's secrets were encrypted with another key."""
    found = {}
    for owner, name in list_secret_owners(conn):
        try:
            load_secret(conn, keys, owner, name)
        except BadKey as bad:
            found[owner] = str(bad)
    return found


def forget_unreadable(conn: Connection, keys: KeyRing) -> list[str]:
    """Drop what no key opens, on a person's word. Returns whose it was."""
    owners = sorted(find_unreadable(conn, keys))
    conn.execute(delete(secrets).where(secrets.c.owner.in_(owners)))
    return owners


@dataclass(frozen=True)
class Rotated:
    """How many secrets have the new key, and of whom what could not be read was dropped."""

    count: int
    forgotten: list[str]


@contextmanager
def _one_at_a_time(file: Path) -> Iterator[None]:
    """Of all threads and processes that would change this key file: two at once would each drop the other's key."""
    with file.with_name(f"{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of this open file: it parts threads, too
        yield


def rotate_keys(store: Store, byhand_key: str | None, file: Path, *, forget: bool = False) -> Rotated:
    """A new key for every secret. The file holds both until every secret has the new one, so wherever this stops, all
    can be read and it may be done again; a running bot reads the file anew. Raises BadKey, nothing changed."""
    with _one_at_a_time(file):
        return _rotate_keys(store, byhand_key, file, forget=forget)


def _rotate_keys(store: Store, byhand_key: str | None, file: Path, *, forget: bool) -> Rotated:
    keys = open_keys(byhand_key, file) if forget else open_keys_of(store, byhand_key, file)
    if byhand_key and len(keys.texts) < 2 and not forget:
        raise BadKey(
            "BYHAND_KEY holds one key. Put a new one before it with a comma between, restart whatever uses it, and "
            "type this again; then the old one can go."
        )
    unreadable = store.read(lambda conn: find_unreadable(conn, keys))
    if unreadable and not forget:
        raise BadKey(next(iter(unreadable.values())))
    forgotten = store.write(lambda conn: forget_unreadable(conn, keys)) if forget else []
    if byhand_key:
        return Rotated(store.write(lambda conn: rotate_secrets(conn, keys)), forgotten)
    new = Fernet.generate_key().decode()
    _replace_key_file(file, [new, *keys.texts])
    count = store.write(lambda conn: rotate_secrets(conn, keys))
    _replace_key_file(file, [new])
    return Rotated(count, forgotten)


def _decrypt(keys: KeyRing, value: bytes, owner: str, name: str) -> str:
    try:
        return keys.decrypt(value).decode()
    except InvalidToken as error:
        raise BadKey(
            f"The {name} of {owner} was encrypted with another key. Put that key back: in the key file or in "
            "BYHAND_KEY, last."
        ) from error


@dataclass(frozen=True)
class StoreVault:
    """Where one account's connection keeps what it must not lose: a `networks.protocol.Vault`."""

    store: Store
    keys: KeyRing
    owner: str

    def load(self, name: str) -> str | None:
        return self.store.read(lambda conn: load_secret(conn, self.keys, self.owner, name))

    def save(self, name: str, value: str) -> None:
        now = self.store.now()
        self.store.write(lambda conn: save_secret(conn, self.keys, self.owner, name, value, now))
