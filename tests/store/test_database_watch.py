"""Who watches the database: what it says, when it writes, and that people are told once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot import database_watch
from bot.database_watch import AGAIN_AFTER, PROBE_EVERY, DatabaseWatch
from bot.store.engine import generation
from bot.store.engine.errors import CommitFailed
from bot.store.engine.store import Store
from tests.stores import NOW

FULL = CommitFailed(
    "The commit was refused: nothing of this unit is in the database. (database or disk is full)"
)


class Watched:
    """A watch, its time, and what was told."""

    def __init__(self, store: Store) -> None:
        self.seconds = 0.0
        self.told: list[str] = []
        self.reached = True
        self.store = store
        store.adopt("first")
        self.watch = DatabaseWatch(store, lambda: self.seconds, self._tell)

    def _tell(self, sentence: str) -> bool:
        self.told.append(sentence)
        return self.reached

    def look(self, after: float = PROBE_EVERY) -> str | None:
        self.seconds += after
        self.watch.look()
        return self.watch.trouble

    def beats(self) -> int:
        found = self.store.read(generation.load)
        assert found is not None
        return found.mark.beat


def test_it_writes_now_and_then_only(store: Store) -> None:
    watched = Watched(store)
    before = watched.beats()
    assert [watched.look(PROBE_EVERY / 5) for _ in range(15)] == [None] * 15
    assert watched.beats() - before == 3
    assert watched.told == []


def test_a_full_disk_is_said_and_told_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Health and readiness said 200, and nobody was told."""
    watched = Watched(store)

    def refuse(*_: object, **__: object) -> None:
        raise FULL

    with monkeypatch.context() as patch:
        patch.setattr(store, "count_on", refuse)
        assert "disk is full" in str(watched.look())
        assert watched.told == []  # one write that fails is no trouble to wake people for
        watched.reached = False
        watched.look(1)
        watched.reached = True
        for _ in range(3):
            watched.look(1)
    assert len(watched.told) == 2, "once in vain, once for all"
    assert "disk is full" in watched.told[-1]
    assert watched.look(1) is None
    with monkeypatch.context() as patch:
        patch.setattr(store, "count_on", refuse)
        for _ in range(3):
            watched.look()
    assert len(watched.told) == 2, "it comes and goes"
    for _ in range(2):
        assert watched.look(AGAIN_AFTER) is None
    monkeypatch.setattr(store, "count_on", refuse)
    for _ in range(3):
        watched.look()
    assert len(watched.told) == 3


def test_another_program_that_holds_it_is_said(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_watch, "PATIENCE", 0.2)
    with (
        Store.open(sqlite_url, now=lambda: NOW) as store,
        closing(sqlite3.connect(tmp_path / "byhand.db", isolation_level=None)) as other,
    ):
        watched = Watched(store)
        other.execute("BEGIN IMMEDIATE")
        assert "does another program hold it" in str(watched.look())
        other.execute("ROLLBACK")
        assert watched.look() is None


def test_a_file_that_is_gone_is_told_at_once(sqlite_url: str, tmp_path: Path) -> None:
    with Store.open(sqlite_url, now=lambda: NOW) as store:
        watched = Watched(store)
        (tmp_path / "byhand.db").unlink()
        assert "is gone" in str(watched.watch.trouble)
        assert "is gone" in str(watched.look(0))
        assert len(watched.told) == 1
