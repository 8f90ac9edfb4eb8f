"""A database that is gone is not made anew, and one that was put back without a word is known by its count."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bot.store.engine import generation
from bot.store.engine.errors import BadDatabase
from bot.store.engine.generation import Mark, read_mark, to_mark_file, write_mark
from bot.store.engine.migrate import migrate
from bot.store.engine.store import Store
from tests.stores import NOW


def use(url: str, beats: int = 1) -> None:
    """A bot's or a command's whole life."""
    with Store.open(url, now=lambda: NOW) as store:
        store.adopt("first")
        for _ in range(beats):
            store.count_on()


def test_a_database_that_is_gone_is_refused_and_not_made_anew(sqlite_url: str, tmp_path: Path) -> None:
    """An empty one was made, and said "Publishing is open" although everything had been paused."""
    use(sqlite_url)
    path = tmp_path / "byhand.db"
    path.unlink()
    for owner in (True, False):
        with pytest.raises(BadDatabase, match=r"is gone, and Byhand does not make a new one.*byhand restore"):
            Store.open(sqlite_url, now=lambda: NOW, owner=owner)
    with pytest.raises(BadDatabase, match="is gone"):
        migrate(sqlite_url, now=lambda: NOW)
    assert not path.exists()
    path.touch()
    with pytest.raises(BadDatabase, match="is gone"):
        migrate(sqlite_url, now=lambda: NOW)
    to_mark_file(path).unlink()
    assert migrate(sqlite_url, now=lambda: NOW).before is None


def test_the_count_goes_on_from_one_use_to_the_next(sqlite_url: str, tmp_path: Path) -> None:
    use(sqlite_url)
    use(sqlite_url, beats=3)
    assert read_mark(tmp_path / "byhand.db") == Mark("first", 6)
    assert to_mark_file(tmp_path / "byhand.db").stat().st_mode & 0o777 == 0o600


def test_an_older_copy_is_known(sqlite_url: str, tmp_path: Path) -> None:
    path, copy = tmp_path / "byhand.db", tmp_path / "copy.db"
    use(sqlite_url)
    shutil.copyfile(path, copy)
    use(sqlite_url)
    shutil.copyfile(copy, path)
    with pytest.raises(BadDatabase, match=r"is a copy .* that was put back.*byhand restore"):
        use(sqlite_url)


def test_a_copy_of_before_anything_was_counted_is_known(sqlite_url: str, tmp_path: Path) -> None:
    path, copy = tmp_path / "byhand.db", tmp_path / "copy.db"
    shutil.copyfile(path, copy)
    use(sqlite_url)
    shutil.copyfile(copy, path)
    with pytest.raises(BadDatabase, match="is a copy that was put back"):
        use(sqlite_url)


@pytest.mark.parametrize("kept", [None, "{", "[]", json.dumps({"id": "another", "beat": 1})])
def test_one_that_came_without_its_own_mark_is_refused(
    sqlite_url: str, tmp_path: Path, kept: str | None
) -> None:
    use(sqlite_url)
    file = to_mark_file(tmp_path / "byhand.db")
    file.unlink() if kept is None else file.write_text(kept)
    with pytest.raises(BadDatabase, match="came here without its file"):
        use(sqlite_url)


def test_stopped_between_the_two_it_goes_on(sqlite_url: str, tmp_path: Path) -> None:
    """The first mark is written before the database counts, every later one after it."""
    path = tmp_path / "byhand.db"
    write_mark(path, Mark("early", 0))
    use(sqlite_url)
    known = read_mark(path)
    assert known == Mark("early", 2)
    write_mark(path, Mark("early", 1))
    use(sqlite_url)
    assert read_mark(path) == Mark("early", 4)


def test_everywhere_counting_proves_that_it_can_be_written(store: Store) -> None:
    store.adopt("first")
    before = store.read(generation.load)
    store.count_on(timeout=5)
    after = store.read(generation.load)
    assert before is not None
    assert after is not None
    assert after.mark == Mark("first", before.mark.beat + 1)
