"""The lock beside an SQLite file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.store.engine.errors import BadDatabase
from bot.store.engine.lock import FileLock, Locked, refuse_network_drive, to_lock_path
from bot.store.engine.sqlite import to_database_path
from bot.store.engine.store import Store
from tests.store.engine.units import names
from tests.stores import NOW

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv/team rw,relatime shared:2 - nfs4 files:/team rw
31 30 8:2 / /srv/team/local rw,relatime - ext4 /dev/sdb1 rw
32 22 0:41 / /mnt/with\\040space rw - cifs //files/x rw
"""


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    database = tmp_path / "byhand.db"
    first = FileLock.acquire(database, "run")
    with pytest.raises(Locked, match="byhand run"):
        FileLock.acquire(database, "pause")
    first.release()
    first.release()
    FileLock.acquire(database, "pause").release()
    assert to_lock_path(database).stat().st_mode & 0o777 == 0o600


def test_a_holder_that_has_not_said_who_it_is(tmp_path: Path) -> None:
    database = tmp_path / "byhand.db"
    lock = FileLock.acquire(database, "run")
    to_lock_path(database).write_text("not json")
    with pytest.raises(Locked, match="another process") as refusal:
        FileLock.acquire(database, "run")
    assert refusal.value.pid is None
    lock.release()


def acquire_elsewhere(database: Path) -> str:
    """What another process hears that wants it."""
    program = f"from bot.store.engine.lock import *; FileLock.acquire(Path({str(database)!r}), 'run'); print('has it')"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr


def test_a_link_leads_to_the_one_lock_and_the_one_socket(sqlite_url: str, tmp_path: Path) -> None:
    """Two bots ran on one file, one of them through a symbolic link: each had a lock of its own."""
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "byhand.db"
    link.symlink_to(tmp_path / "byhand.db")
    with (
        Store.open(sqlite_url, now=lambda: NOW, purpose="run"),
        pytest.raises(Locked, match="byhand run"),
    ):
        Store.open(f"sqlite:///{link}", now=lambda: NOW)
    assert to_database_path(f"sqlite:///{link}") == tmp_path / "byhand.db"


def test_a_lock_file_that_was_deleted_lets_nobody_in(sqlite_url: str, tmp_path: Path) -> None:
    """A second bot made a new lock file and had it."""
    path = tmp_path / "byhand.db"
    with Store.open(sqlite_url, now=lambda: NOW):
        to_lock_path(path).unlink()
        assert "Locked" in acquire_elsewhere(path)
        with pytest.raises(Locked):
            FileLock.acquire(path, "pause")
        assert "Locked" in acquire_elsewhere(path)
    assert acquire_elsewhere(path) == "has it\n"


def test_another_name_of_the_file_lets_nobody_in(sqlite_url: str, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.hardlink_to(tmp_path / "byhand.db")
    with Store.open(sqlite_url, now=lambda: NOW):
        assert "Locked" in acquire_elsewhere(other)


def test_our_lock_takes_none_of_sqlites_away(sqlite_url: str, tmp_path: Path) -> None:
    """The system drops all of SQLite's locks when its process closes any descriptor of the file; without them, another
    process that is the last to leave deletes the log under us."""
    path = tmp_path / "byhand.db"
    program = (
        f"import fcntl; fcntl.lockf(open({str(path)!r}, 'r+b'), fcntl.LOCK_EX | fcntl.LOCK_NB, 512, 2**30)"
    )
    with Store.open(sqlite_url, now=lambda: NOW, owner=False) as store:
        store.read(names)
        FileLock.acquire(path, "pause").release()
        first = FileLock.acquire(path, "pause")
        with pytest.raises(Locked):
            FileLock.acquire(path, "run")
        first.release()
        held = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)
    free = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)
    assert b"BlockingIOError" in held.stderr
    assert free.returncode == 0, free.stderr
    assert not [name for name in os.listdir("/proc/self/fd") if _is_open(name, path)]


def _is_open(name: str, path: Path) -> bool:
    try:
        return Path(f"/proc/self/fd/{name}").samefile(path)
    except OSError:
        return False


def test_a_store_that_cannot_open_lets_the_lock_go(tmp_path: Path) -> None:
    path = tmp_path / "byhand.db"
    path.write_bytes(b"this is a shopping list, not a database" * 100)
    with pytest.raises(BadDatabase, match="cannot be opened"):
        Store.open(f"sqlite:///{path}", now=lambda: NOW)
    FileLock.acquire(path, "run").release()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadDatabase, match="cannot be made: No such file"):
        FileLock.acquire(tmp_path / "nowhere" / "byhand.db", "run")


@pytest.mark.parametrize("folder", ["/srv/team/deep", "/mnt/with space"])
def test_network_drives_are_refused(tmp_path: Path, folder: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    with pytest.raises(BadDatabase, match="network drive"):
        refuse_network_drive(Path(folder) / "byhand.db", mounts)


@pytest.mark.parametrize("folder", ["/srv/team/local", "/srv/teamwork", "/home"])
def test_local_disks_are_taken(tmp_path: Path, folder: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    refuse_network_drive(Path(folder) / "byhand.db", mounts)
    refuse_network_drive(Path(folder) / "byhand.db", tmp_path / "no such file")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "byhand.db", ""])
def test_addresses_that_name_no_usable_database(url: str) -> None:
    with pytest.raises(BadDatabase):
        Store.open(url, now=lambda: NOW)


def test_reading_where_nothing_is_yet(tmp_path: Path) -> None:
    with pytest.raises(BadDatabase, match="no database at"):
        Store.open(f"sqlite:///{tmp_path}/byhand.db", now=lambda: NOW, owner=False)
    assert not (tmp_path / "byhand.db").exists()
