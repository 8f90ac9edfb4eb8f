"""The tests that read the program's text see all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program import AT_LEAST, BOT, read_program


def test_every_folder_is_counted() -> None:
    assert {file.split("/")[0] for file in read_program() if "/" in file} == AT_LEAST.keys()


def test_a_folder_that_is_empty_or_gone_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="0 files in bot/checkup"):
        read_program(tmp_path)
    with pytest.raises(AssertionError, match="0 files in bot/"):
        read_program(BOT / "domain")
