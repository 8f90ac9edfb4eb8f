"""record export and verify, migrate, backup."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from bot.domain.facts import Source
from bot.store import record
from bot.store.engine.store import Store
from tests.cli.conftest import Desk, real_now


@pytest.fixture
def told(desk: Desk) -> Desk:
    """A folder whose database has three facts on record, two of them sealed."""
    desk.byhand("migrate")
    with Store.open(desk.url, now=real_now) as store:
        facts = [record.Fact(f"f{n}", real_now(), "post.made", Source.SHELL, "cli:me@here") for n in range(3)]
        store.write(lambda db: record.append(db, *facts[:2]))
        store.write(lambda db: record.seal(db, by="test", now=real_now()))
        store.write(lambda db: record.append(db, facts[2]))
    return desk


def test_export_prints_lines_of_json(told: Desk) -> None:
    lines = [json.loads(line) for line in told.byhand("record", "export").stdout.splitlines()]
    assert [line["seq"] for line in lines] == [1, 2, None]


def test_export_then_verify_elsewhere(told: Desk) -> None:
    assert told.byhand("record", "export", "kept.jsonl").exit_code == 0
    told.settings.unlink()
    result = told.byhand("record", "verify", "--file", "kept.jsonl")
    assert result.exit_code == 0
    assert "2 facts sealed, 1 not sealed yet" in result.stdout


def test_export_writes_over_nothing(told: Desk) -> None:
    told.byhand("record", "export", "kept.jsonl")
    result = told.byhand("record", "export", "kept.jsonl")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "exists already" in result.stderr


def test_the_printed_head_is_taken_back(told: Desk) -> None:
    head = told.byhand("record", "verify").stdout.split()[-1]
    assert told.byhand("record", "verify", "--head", head).exit_code == 0
    other = head[:-1] + ("0" if head[-1] != "0" else "1")
    refused = told.byhand("record", "verify", "--head", other)
    assert refused.exit_code == 1
    assert "written again" in refused.stderr


def test_a_changed_fact_is_found(told: Desk) -> None:
    told.byhand("record", "export", "kept.jsonl")
    file = told.folder / "kept.jsonl"
    file.write_text(file.read_text().replace("cli:me@here", "cli:you@here", 1))
    result = told.byhand("record", "verify", "--file", "kept.jsonl")
    assert result.exit_code == 1
    assert "The record is not intact. Fact f0 of seal 1" in result.stderr


@pytest.mark.parametrize("words", ["{", "[]", '{"seq": 1}', "null", "\x00"])
def test_a_file_that_is_no_record(told: Desk, words: str) -> None:
    (told.folder / "other.jsonl").write_text(words)
    result = told.byhand("record", "verify", "--file", "other.jsonl")
    assert result.exit_code == 1
    assert "line 1: this is not a line of an exported record" in result.stderr


@pytest.mark.parametrize("words", ["", "12", "x:y", "1:abc"])
def test_a_head_that_is_none(told: Desk, words: str) -> None:
    result = told.byhand("record", "verify", "--head", words)
    assert result.exit_code == 1
    assert "A head is a number" in result.stderr


def test_a_missing_export_is_a_sentence(told: Desk) -> None:
    result = told.byhand("record", "verify", "--file", "nowhere.jsonl")
    assert (result.exit_code, result.stderr) == (1, "nowhere.jsonl: No such file or directory.\n")


def test_migrate_says_what_it_did(desk: Desk) -> None:
    assert desk.byhand("migrate").stdout.startswith("The database is made")
    assert desk.byhand("migrate").stdout.startswith("The database is up to date")


def test_backup_is_a_whole_database_and_writes_over_nothing(told: Desk) -> None:
    assert told.byhand("backup", "copy.db").exit_code == 0
    with closing(sqlite3.connect(told.folder / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM facts").fetchone() == (3,)
    again = told.byhand("backup", "copy.db")
    assert again.exit_code == 1
    assert "exists already" in again.stderr
    assert told.byhand("backup", "no/such/folder/copy.db").exit_code == 1
