"""`make test` asks every checker of `make lint` before it plays the tests, and what one of them finds ends it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STAMPS = (".locked", ".locked-demo", ".locked-dev")  # of what is installed
CHECKERS = ("ruff", "mypy", "lint-imports")


def run(tmp_path: Path, failing: str | None) -> tuple[int, list[str]]:
    """`make test` with tools that only note that they were asked. → (exit code, what was asked for)"""
    told, tools = tmp_path / "told", tmp_path / "bin"
    tools.mkdir()
    for name in ("python", *CHECKERS):
        code = 1 if name == failing else 0
        (tools / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {told}\nexit {code}\n')
        (tools / name).chmod(0o755)
    for stamp in STAMPS:
        (tmp_path / stamp).touch()
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    ran = subprocess.run(
        ["make", "test", f"VENV={tmp_path}"],
        cwd=ROOT,
        env=plain,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return ran.returncode, told.read_text().splitlines()


def test_all_is_asked(tmp_path: Path) -> None:
    code, asked = run(tmp_path, None)
    assert code == 0
    assert {line.partition(" ")[0] for line in asked} == {"python", *CHECKERS}
    assert asked[-1] == "python -m pytest -n 4"


@pytest.mark.parametrize("failing", CHECKERS)
def test_a_checker_that_finds_something_ends_it(tmp_path: Path, failing: str) -> None:
    code, asked = run(tmp_path, failing)
    assert code != 0
    assert "python -m pytest -n 4" not in asked
