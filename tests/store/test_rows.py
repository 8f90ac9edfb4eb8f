"""Rows stay in the store: values come out, named and typed parameters go in, so that mypy sees a misspelt column.

Read from the program's text: what the store's functions take and return, and what the rest imports of the database.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import pytest

from tests.program import parse_program

ROWS = frozenset({"Row", "RowMapping", "Result", "MappingResult", "CursorResult"})
OUTSIDE = frozenset({"Connection", "make_url", "DBAPIError"})  # all that others need of SQLAlchemy
ANYTHING = frozenset({"Any", "object"})  # `**values: Any` takes every column there is, and every other word
FED_BY_NAME = "store/engine/prepared.py"  # `Prepared.__call__`: its callers name each value


def names_in(annotation: ast.expr | None) -> set[str]:
    if annotation is None:
        return set()
    nodes = list(ast.walk(annotation))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def leaks(tree: ast.Module) -> list[str]:
    """What hands out or takes a row: public functions, and fields of classes."""
    found = []
    for function in functions(tree):
        its = function.args
        taken = [*its.posonlyargs, *its.args, *its.kwonlyargs, *filter(None, (its.vararg, its.kwarg))]
        named = names_in(function.returns).union(*(names_in(one.annotation) for one in taken))
        if not function.name.startswith("_") and named & ROWS:
            found.append(function.name)
    for field in ast.walk(tree):
        if isinstance(field, ast.AnnAssign) and names_in(field.annotation) & ROWS:
            found.append(ast.unparse(field.target))
    return found


def open_doors(tree: ast.Module) -> list[str]:
    """Functions that take whatever name they are called with."""
    return [
        function.name
        for function in functions(tree)
        if function.args.kwarg is not None and names_in(function.args.kwarg.annotation) & ANYTHING
    ]


def imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(module, name) of every `from module import name`; the name is "" for `import module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", one.name) for one in node.names)
        elif isinstance(node, ast.Import):
            yield from ((one.name, "") for one in node.names)


def queries(tree: ast.Module) -> list[str]:
    """What a file imports with which it could ask the database itself."""
    return [
        f"{module}: {name}"
        for module, name in imports(tree)
        if (module.split(".")[0] == "sqlalchemy" and name not in OUTSIDE)
        or (module == "bot.store" and name == "tables")
        or module.split(".")[:3] == ["bot", "store", "tables"]
    ]


def test_no_row_leaves_the_store() -> None:
    found = {file: leaks(tree) for file, tree in parse_program().items() if file.startswith("store/")}
    assert {file: names for file, names in found.items() if names} == {}


def test_the_store_takes_no_column_it_does_not_name() -> None:
    found = {file: open_doors(tree) for file, tree in parse_program().items() if file.startswith("store/")}
    assert found.pop(FED_BY_NAME) == ["__call__"]
    assert {file: names for file, names in found.items() if names} == {}


def test_only_the_store_asks_the_database() -> None:
    found = {file: queries(tree) for file, tree in parse_program().items() if not file.startswith("store/")}
    assert {file: names for file, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (leaks, "def load(db: Connection) -> Row[Any] | None: ..."),
        (leaks, "def load(db: Connection) -> list[sqlalchemy.Row[Any]]: ..."),
        (leaks, "def digest(*, draft: Row[Any]) -> str: ..."),
        (leaks, "class Held:\n    row: Row[Any]"),
        (open_doors, "def change(db: Connection, which: str, **values: Any) -> None: ..."),
        (open_doors, "def change(db: Connection, which: str, **values: object) -> None: ..."),
        (queries, "from sqlalchemy import Connection, select"),
        (queries, "import sqlalchemy"),
        (queries, "from bot.store.tables.slack import cards"),
        (queries, "from bot.store import tables"),
    ],
)
def test_the_questions_find_what_they_ask_for(question: Callable[[ast.Module], list[str]], text: str) -> None:
    assert question(ast.parse(text)) != []
