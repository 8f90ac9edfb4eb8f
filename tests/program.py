"""The program's own text, for the tests that read it: a search that finds nothing must have looked everywhere."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import bot

BOT = Path(bot.__file__).parent
# Far fewer files than these are a folder that moved, and every search of it would be content.
AT_LEAST = {
    "checkup": 5, "control": 3, "domain": 15, "networks": 25, "sandbox": 50, "services": 35, "settings": 3,
    "shell": 10, "slack": 60, "store": 35, "workers": 5,
}  # fmt: skip


@cache
def read_program(folder: Path = BOT) -> dict[str, str]:
    """{file, below bot/: its text}, of all modules."""
    found = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.py"))
    }
    for name, least in AT_LEAST.items():
        there = sum(file.startswith(f"{name}/") for file in found)
        assert there >= least, f"{there} files in bot/{name}: the tests that read them would see nothing"
    return found


@cache
def parse_program() -> dict[str, ast.Module]:
    """The same, parsed once for all questions of a process; nobody changes it."""
    return {file: ast.parse(text) for file, text in read_program().items()}
