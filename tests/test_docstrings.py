"""Docstrings and comments name only what is there: files, and what stands in backticks (pages: `test_docs.py`)."""

from __future__ import annotations

import ast
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "tests").rglob("*.py")])
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
OF_OTHERS = {"Client", "Date", "createRecord", "real_quick_ratio", "token_verification_enabled"}
FILE = re.compile(r"(?<![\w/.*])((?:[\w*-]+/)*[\w*-]+\.py)\b")
NAME = re.compile(r"`(?![\w.]+\.(?:md|py|toml|txt)`)([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\(\))?`")
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
PLACED = re.compile(r"((?:`\w+`(?:, | and ))*`\w+`) (?:in|of) `(bot/[\w/]+\.py)`")


def find_documented(node: ast.AST) -> Iterator[Documented]:
    """What can have a docstring, without a walk through each expression."""
    if isinstance(node, Documented):
        yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield from find_documented(child)


def read_source(path: Path) -> tuple[list[tuple[int, str]], set[str]]:
    """Its prose, (line, text), and the words of its code: names, and what strings that are no docstrings hold."""
    source = path.read_text(encoding="utf-8")
    prose, lines = [], set[int]()
    for node in find_documented(ast.parse(source)):
        text = ast.get_docstring(node, clean=False)
        if text is not None:
            first = node.body[0]
            prose.append((first.lineno, text))
            lines |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    words = set[str]()
    for token in tokenize.generate_tokens(iter(source.splitlines(keepends=True)).__next__):
        if token.type == tokenize.COMMENT:
            prose.append((token.start[0], token.string))
        elif token.type == tokenize.NAME:
            words.add(token.string)
        elif token.type != tokenize.OP and token.start[0] not in lines:
            words |= set(re.findall(r"\w+", token.string))
    return prose, words


@cache
def read_all() -> tuple[list[tuple[str, str]], set[str]]:
    """All prose, ("place:line", text), of code and pages, and all words of the code."""
    prose = [(str(page.relative_to(ROOT)), page.read_text(encoding="utf-8")) for page in PAGES]
    words = set(re.findall(r"\w+", (ROOT / "pyproject.toml").read_text(encoding="utf-8")))
    for path in SOURCES:
        texts, known = read_source(path)
        prose += [(f"{path.relative_to(ROOT)}:{line}", text) for line, text in texts]
        words |= known | {path.stem, path.parent.name}
    return prose, words


def find_all(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    for place, text in read_all()[0]:
        yield from ((place, found) for found in pattern.findall(text))


def test_files_that_are_named_exist() -> None:
    """By name alone if it is a neighbour or the only one so called, else with as many folders as tell it apart.

    In a table of a page the row's folder tells it apart.
    """
    by_name = defaultdict[str, list[Path]](list)
    for path in SOURCES:
        by_name[path.name].append(path.relative_to(ROOT))

    def leads(place: str, named: str) -> bool:
        found = [path for path in by_name[Path(named).name] if f"/{path}".endswith(f"/{named}")]
        beside = Path(place.partition(":")[0]).parent / named
        return len(found) == 1 or beside in found or (bool(found) and place.endswith(".md"))

    assert [one for one in find_all(FILE) if not leads(*one)] == []


def test_what_stands_in_backticks_is_in_the_code() -> None:
    """What is another library's or protocol's stands in `OF_OTHERS`."""
    words = read_all()[1] | OF_OTHERS
    assert [one for one in find_all(NAME) if not set(one[1].split(".")) <= words] == []


def test_what_a_page_finds_in_a_file_is_in_that_file() -> None:
    placed = [
        (str(page.relative_to(ROOT)), name, path)
        for page in PAGES
        for names, path in PLACED.findall(page.read_text(encoding="utf-8"))
        for name in re.findall(r"\w+", names)
    ]
    assert len(placed) > 8
    assert [one for one in placed if one[1] not in read_source(ROOT / one[2])[1]] == []


@pytest.mark.parametrize(
    ("text", "names", "files"),
    [
        ("Asked through `Gone.ask` (`gone.py`).", ["Gone.ask"], ["gone.py"]),
        ("`ids()`, slack/ids.py and *_tables.py", ["ids"], ["slack/ids.py", "*_tables.py"]),
        ("`byhand init`, `a = 1`, `https://x.example/y.pyz`", [], []),
    ],
)
def test_what_counts_as_a_name(text: str, names: list[str], files: list[str]) -> None:
    assert NAME.findall(text) == names
    assert FILE.findall(text) == files
