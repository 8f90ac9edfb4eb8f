"""One process writes an SQLite file: `flock` on a file beside it.

A lock of our own, because SQLite's lets two bots take turns, each drawing the same cards and sending the same posts.
Ours refuses the second, and is released by the system when the first dies, however it dies. The file is never removed:
else two processes could lock two files of one name.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from bot.store.engine.errors import BadDatabase, StoreError

NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "fuse.sshfs"})


class Locked(StoreError):
    """Another process holds the database."""

    def __init__(self, path: Path, pid: int | None, purpose: str | None) -> None:
        self.pid, self.purpose = pid, purpose
        who = f"byhand {purpose} (process {pid})" if pid else "another process"
        super().__init__(f"{path} is in use by {who}. Stop it first, or give this one its own database.")


class FileLock:
    """Held from `acquire` to `release`, or to the end of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, database: Path, purpose: str) -> FileLock:
        """Take it at once or raise `Locked`; `purpose` is the command ("run"), told to who comes second."""
        refuse_network_drive(database)
        path = to_lock_path(database)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise BadDatabase(f"{path} cannot be made: {error.strerror}.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _read_holder(descriptor)
            os.close(descriptor)
            raise Locked(database, *holder) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "purpose": purpose}).encode(), 0)
        return cls(descriptor)

    def release(self) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def to_lock_path(database: Path) -> Path:
    return database.with_name(database.name + ".lock")


def _read_holder(descriptor: int) -> tuple[int | None, str | None]:
    """Who holds it, as they wrote it; nothing in the instant before they have."""
    try:
        holder = json.loads(os.pread(descriptor, 1000, 0))
        return int(holder["pid"]), str(holder["purpose"])
    except (ValueError, KeyError, TypeError):
        return None, None


def refuse_network_drive(database: Path, mounts: Path = Path("/proc/self/mountinfo")) -> None:
    """Where the system lists its mounts; elsewhere only the documentation says so."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    folder = database.parent.resolve()
    best, kind = Path("/"), ""
    for line in lines:
        before, _, after = line.partition(" - ")
        point = Path(before.split()[4].replace("\\040", " "))
        if folder.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, after.split()[0]
    if kind in NETWORK_FILE_SYSTEMS:
        raise BadDatabase(
            f"{database} lies on a network drive ({kind}), where SQLite's locks do not hold. "
            "Put it on a local disk, or use PostgreSQL."
        )
