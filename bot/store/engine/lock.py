"""One process writes an SQLite file: a lock on a file beside it, and one on the database itself.

Locks of our own, because SQLite's lets two bots take turns, each drawing the same cards and sending the same posts.
Ours refuse the second, and the system releases them when the first dies, however it dies. Two, because the file beside
it tells who has it and covers a database that was put in another's place, but somebody may delete it, or reach the
database by another name; the database's own goes with its identity (device and inode), whatever it is called.

On the database it is a lock of one byte far behind those that SQLite locks, owned by our open file (OFD) and not by the
process, so that SQLite does not drop it when it closes a descriptor. The other way round, one of ours that is closed
would drop SQLite's locks (https://sqlite.org/howtocorrupt.html): it stays open while a connection of this process may
be, which `Use` counts. Where the system has no such locks (other than Linux), there is only the file beside it.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import struct
import sys
import threading
from collections import Counter
from pathlib import Path

from bot.store.engine.errors import BadDatabase, StoreError
from bot.store.engine.generation import refuse_missing

NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "fuse.sshfs"})

Identity = tuple[int, int]  # device and inode
_OUR_BYTE = 2**40  # SQLite locks 512 bytes from 2**30 on
_FLOCK = "hhqqi4x"  # struct flock: type, whence, start, length, process


class Locked(StoreError):
    """Another process holds the database."""

    def __init__(self, path: Path, pid: int | None, purpose: str | None) -> None:
        self.pid, self.purpose = pid, purpose
        who = f"byhand {purpose} (process {pid})" if pid else "another process"
        super().__init__(f"{path} is in use by {who}. Stop it first, or give this one its own database.")


class FileLock:
    """Held from `acquire` to `release`, or to the end of the process."""

    def __init__(self, beside: int, identity: Identity | None) -> None:
        self._beside: int | None = beside
        self._identity = identity

    @classmethod
    def acquire(cls, database: Path, purpose: str, *, may_be_gone: bool = False) -> FileLock:
        """Take it at once or raise `Locked`; `purpose` is the command ("run"), told to who comes second. A database
        that was there and is gone is refused, unless it `may_be_gone` because it is put back."""
        refuse_network_drive(database)
        if not may_be_gone:
            refuse_missing(database)
        beside = _open(to_lock_path(database))
        try:
            fcntl.flock(beside, fcntl.LOCK_EX | fcntl.LOCK_NB)
            identity = _open_files.lock(database)
        except BlockingIOError:
            holder = _read_holder(beside)
            os.close(beside)
            raise Locked(database, *holder) from None
        except BaseException:
            os.close(beside)
            raise
        os.ftruncate(beside, 0)
        os.pwrite(beside, json.dumps({"pid": os.getpid(), "purpose": purpose}).encode(), 0)
        return cls(beside, identity)

    def release(self) -> None:
        if self._beside is not None:
            if self._identity is not None:
                _open_files.unlock(self._identity)
            os.ftruncate(self._beside, 0)
            os.close(self._beside)
            self._beside = None


class Use:
    """Connections of this process to a database, from here to `end`."""

    def __init__(self, database: Path) -> None:
        self._identity = _open_files.begin_use(database)

    def end(self) -> None:
        if self._identity is not None:
            _open_files.end_use(self._identity)
            self._identity = None


class _OpenFiles:
    """The databases this process has open beside SQLite, by what they are, and how many use each."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._descriptors: dict[Identity, int] = {}
        self._locked: set[Identity] = set()
        self._uses: Counter[Identity] = Counter()

    def lock(self, database: Path) -> Identity | None:
        """Raises BlockingIOError if another process, or another name of it in this one, has it."""
        if sys.platform != "linux":
            return None
        with self._guard:
            if (known := read_identity(database)) in self._locked:
                raise BlockingIOError
            descriptor = self._descriptors.get(known) if known else None
            if descriptor is None:
                descriptor = _open(database)
            identity = to_identity(os.fstat(descriptor))
            self._descriptors[identity] = descriptor
            try:
                _set_lock(descriptor, fcntl.F_WRLCK)
            except BlockingIOError:
                self._close_unused(identity)
                raise
            self._locked.add(identity)
            return identity

    def unlock(self, identity: Identity) -> None:
        with self._guard:
            _set_lock(self._descriptors[identity], fcntl.F_UNLCK)
            self._locked.discard(identity)
            self._close_unused(identity)

    def begin_use(self, database: Path) -> Identity | None:
        with self._guard:
            if (identity := read_identity(database)) is not None:
                self._uses[identity] += 1
            return identity

    def end_use(self, identity: Identity) -> None:
        with self._guard:
            self._uses[identity] -= 1
            self._close_unused(identity)

    def _close_unused(self, identity: Identity) -> None:
        if identity in self._locked or self._uses[identity] > 0:
            return
        del self._uses[identity]
        if (descriptor := self._descriptors.pop(identity, None)) is not None:
            os.close(descriptor)


_open_files = _OpenFiles()


def to_identity(found: os.stat_result) -> Identity:
    return found.st_dev, found.st_ino


def read_identity(database: Path) -> Identity | None:
    """Which file it is, by any name; None: there is none."""
    try:
        return to_identity(database.stat())
    except OSError:
        return None


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise BadDatabase(f"{path} cannot be made: {error.strerror}.") from error


def _set_lock(descriptor: int, kind: int) -> None:
    """A file system that has no such locks is left to the file beside it."""
    wanted = struct.pack(_FLOCK, kind, os.SEEK_SET, _OUR_BYTE, 1, 0)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, wanted)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOLCK, errno.ENOTSUP):
            raise BlockingIOError from error


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
