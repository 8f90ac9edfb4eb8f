"""Anything is found in a minute: few files side by side, files and functions of a size that one reads in one go."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.program import BOT, parse_program, read_program

SIDE_BY_SIDE = 20  # modules in one folder
LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 40
MIGRATIONS = "store/migrations/versions/"  # what was released stays as it is


def longest(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """(name, lines) of every function that is too long, without its decorators."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            lines = node.end_lineno - node.lineno + 1
            if lines > LINES_OF_A_FUNCTION:
                yield node.name, lines


def test_no_folder_is_crowded() -> None:
    """But for that of the migrations: each is a step that stays, and they are found by their numbers."""
    folders = Counter(file.rpartition("/")[0] for file in read_program() if MIGRATIONS not in file)
    assert {folder: count for folder, count in folders.items() if count > SIDE_BY_SIDE} == {}


def test_no_file_is_long() -> None:
    lines = {file: text.count("\n") for file, text in read_program().items() if MIGRATIONS not in file}
    assert {file for file, count in lines.items() if count > LINES_OF_A_FILE} == set()


def test_no_function_is_long() -> None:
    found = {
        f"{file}: {name}": lines
        for file, tree in parse_program().items()
        if MIGRATIONS not in file
        for name, lines in longest(tree)
    }
    assert found == {}


@pytest.mark.parametrize("lines", [LINES_OF_A_FUNCTION, LINES_OF_A_FUNCTION + 1])
def test_a_long_function_is_seen(lines: int) -> None:
    source = "class A:\n    async def grow(self):\n" + "        pass\n" * (lines - 1)
    too_long = [("grow", lines)] if lines > LINES_OF_A_FUNCTION else []
    assert list(longest(ast.parse(source))) == too_long


def test_every_folder_is_a_package() -> None:
    """`pkgutil` and the import contracts pass over one that is none."""
    folders = {(BOT / file).parent for file in read_program() if not file.startswith(MIGRATIONS)}
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == set()
