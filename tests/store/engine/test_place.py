"""The database's file was deleted, replaced, damaged: nothing is kept, and who asked hears it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.store.engine.errors import CommitFailed, CommitUnknown
from bot.store.engine.place import Place
from bot.store.engine.store import Store
from tests.store.engine.units import add
from tests.stores import NOW


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Store]:
    with Store.open(sqlite_url, now=lambda: NOW) as store:
        store.write(add("before"))
        yield store


@pytest.mark.parametrize("file", ["byhand.db", "byhand.db-wal"])
def test_a_file_that_was_deleted_takes_no_write(opened: Store, tmp_path: Path, file: str) -> None:
    """SQLite went on writing into the deleted file: posts went out whose sends nobody would find again."""
    assert opened.find_trouble() is None
    (tmp_path / file).unlink()
    for urgent in (False, True):
        with pytest.raises(CommitFailed, match=f"{file} is gone"):
            opened.write(add("after"), urgent=urgent)
    assert f"{file} is gone" in str(opened.find_trouble())


def test_another_file_in_its_place_takes_no_write(opened: Store, tmp_path: Path) -> None:
    path = tmp_path / "byhand.db"
    shutil.copyfile(path, tmp_path / "other.db")
    (tmp_path / "other.db").replace(path)
    with pytest.raises(CommitFailed, match="is another file"):
        opened.write(add("after"))


def test_a_file_that_went_during_the_commit_leaves_it_unknown(
    opened: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a begin is not followed by its send."""
    answers = iter([None, "gone"])
    monkeypatch.setattr(Place, "find_trouble", lambda _self: next(answers))
    with pytest.raises(CommitUnknown, match="gone"):
        opened.write(add("meanwhile"))


def test_what_sqlite_says_of_a_damaged_page_is_kept(opened: Store, tmp_path: Path) -> None:
    opened.close()
    path = tmp_path / "byhand.db"
    with closing(sqlite3.connect(path)) as other:
        (page,) = other.execute("SELECT rootpage FROM sqlite_master WHERE name = 'posts'").fetchone()
        (size,) = other.execute("PRAGMA page_size").fetchone()
    whole = path.read_bytes()
    path.write_bytes(whole[: (page - 1) * size] + b"\xff" * size + whole[page * size :])
    with Store.open(f"sqlite:///{path}", now=lambda: NOW) as store:
        assert store.find_trouble() is None
        with pytest.raises(DBAPIError):
            store.read(lambda db: db.execute(text("SELECT * FROM posts")).all())
        assert "damaged" in str(store.find_trouble())
    with Store.open(f"sqlite:///{path}", now=lambda: NOW) as store:
        with pytest.raises(DBAPIError):
            store.write(lambda db: db.execute(text("SELECT * FROM posts")).all())
        assert "damaged" in str(store.find_trouble())
