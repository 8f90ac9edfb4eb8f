"""byhand restore, as an operator types it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.domain.people import Person
from bot.domain.posts import Status
from bot.services.restoring import Restored, take_as_copy
from bot.services.unit_of_work import UnitOfWork
from bot.store.engine.lock import FileLock
from bot.store.engine.store import Store
from bot.store.posts import posts
from tests.cli.conftest import Desk, real_now


@pytest.fixture
def lost(desk: Desk) -> Desk:
    """A draft, a backup, and then a pause."""
    desk.plan(",bakery,A draft,,,")
    assert desk.byhand("import", "plan.csv").exit_code == 0
    assert desk.byhand("backup", "copy.db").exit_code == 0
    assert desk.byhand("pause", "recall").exit_code == 0
    return desk


def test_a_backup_is_put_back_and_paused(lost: Desk) -> None:
    (lost.folder / "byhand.db").unlink()
    refused = lost.byhand("status")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "is gone, and Byhand does not make a new one" in refused.stderr
    done = lost.byhand("restore", "copy.db")
    assert done.exit_code == 0, done.output
    assert "is put back as it was on" in done.stdout
    assert "publishing is paused" in done.stdout
    assert lost.byhand("resume", "--yes").exit_code == 0
    assert not list(lost.folder.glob("*.restoring*"))
    assert (lost.folder / "byhand.db").stat().st_mode & 0o777 == 0o600


def test_what_was_there_is_kept(lost: Desk) -> None:
    done = lost.byhand("restore", "copy.db")
    assert done.exit_code == 0, done.output
    (kept,) = lost.folder.glob("byhand.db.before-restore-*")
    assert f"What was there before: {kept}" in done.stdout
    shutil.copyfile(kept, lost.folder / "byhand.db")
    assert "byhand restore" in lost.byhand("pause").stderr, "it came back without the command"


@pytest.mark.parametrize("file", ["copy.db", "byhand.db"])
def test_what_was_erased_since_is_asked_of_the_database_before_and_told(
    lost: Desk, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """Of one that is put back in its own place nobody is left to be asked."""
    asked, handed, take = list[Path](), list[object](), take_as_copy

    def list_erased(database: Path, _since: datetime) -> list[str]:
        asked.append(database)
        return ["erased-since"]

    def take_one(
        work: UnitOfWork, person: Person, made_at: datetime, key: str, erased: Sequence[str] | None = None
    ) -> Restored:
        handed.append(erased)
        done = take(work, person, made_at, key, erased)
        return replace(done, erased=2, not_erased=1, maybe_erased=erased is None)

    monkeypatch.setattr("bot.store.copies.list_erased_since", list_erased)
    monkeypatch.setattr("bot.shell.restoring.take_as_copy", take_one)
    done = lost.byhand("restore", file)
    assert done.exit_code == 0, done.output
    known = file == "copy.db"
    assert asked == ([lost.folder / "byhand.db"] if known else [])
    assert handed == [["erased-since"] if known else None]
    assert "Customers' words that were erased since are erased again: 2 conversations." in done.stdout
    assert "Not erased again, because an answer was on its way there: 1 conversation." in done.stdout
    assert ("Byhand cannot know whose words were erased since" in done.stdout) is not known


@pytest.mark.parametrize("content", [None, b"", b"Dear diary, " * 1000])
def test_what_is_no_backup_changes_nothing(lost: Desk, content: bytes | None) -> None:
    before = (lost.folder / "byhand.db").read_bytes()
    if content is not None:
        (lost.folder / "diary").write_bytes(content)
    refused = lost.byhand("restore", "diary")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "diary" in refused.stderr
    assert (lost.folder / "byhand.db").read_bytes() == before
    assert lost.byhand("status").exit_code == 0


def test_beside_a_running_bot_it_is_refused(lost: Desk) -> None:
    with Store.open(lost.url, now=real_now):
        refused = lost.byhand("restore", "copy.db")
    assert refused.exit_code == 1
    assert "Stop it first" in refused.stderr
    assert not list(Path(lost.folder).glob("*.restoring*"))
    FileLock.acquire(lost.folder / "byhand.db", "run").release()


def test_on_postgresql_it_declares_what_pg_restore_put_back(desk: Desk, postgres_url: str) -> None:
    """Nothing there tells a copy from the original, so it is said, before the first start."""
    desk.set(BYHAND_DATABASE_URL=postgres_url)
    desk.plan(",bakery,A draft,,,")
    imported = desk.byhand("import", "plan.csv")
    assert imported.exit_code == 0, imported.output
    (desk.folder / "byhand.dump").write_bytes(b"what pg_dump wrote")
    done = desk.byhand("restore", "byhand.dump")
    assert done.exit_code == 0, done.output
    assert "publishing is paused" in done.stdout
    assert "What was there before" not in done.stdout, "pg_restore has done that"
    assert "Publishing is paused" in desk.byhand("status").stdout
    with Store.open(postgres_url, now=real_now) as store:
        kept = store.read(lambda db: posts.list_with_status(db, [Status.DRAFT]))
    assert [post.copied_at is not None for post in kept] == [True]
    again = desk.byhand("restore", "byhand.dump")
    assert again.exit_code == 0, "typed twice it does no harm"
