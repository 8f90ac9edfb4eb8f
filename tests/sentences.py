"""Every sentence the program can say to a person, read out of its source: whatever is added appears by itself.

A string counts if it has words in it and is not a docstring, not a log line, and not meant for a machine. What is put
into it stands in braces; a sentence made of several pieces stands there in its pieces.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import bot

ROOT = Path(bot.__file__).parent
# Whoever reads these is no person of a team: tests, migrations, and the inside of the demo's pretend servers.
SKIPPED = (
    "networks/testing/",
    "sandbox/networks/",
    "sandbox/slack/",
    "sandbox/selftest",
    "sandbox/driver.py",
    "sandbox/story.py",
    "store/migrations/",
    "store/tables/",
    "observability.py",
)
_LOGS = frozenset({"log", "logger", "warnings", "logging"})
_TO_A_MACHINE = frozenset(
    {
        "compile", "text", "getLogger", "get_logger", "Counter", "Gauge", "Histogram", "Summary", "cast", "TypeVar",
        "execute", "exec_driver_sql", "Index", "encode", "NotImplementedError", "TypeError", "AssertionError",
    }
)  # fmt: skip
_WORDS = re.compile(r"[^\W\d_]{2,}[,;:.!?”\")]* +(?:[^\W\d_]|[{“\"`@/(])|[}”\"`)] [^\W\d_]{2,}")
_ONE_WORD = re.compile(r"[A-Z][a-z’']{2,}(?: now)?[….!?:]?")
_SQL = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE FROM|CREATE|PRAGMA|VACUUM|BEGIN|LISTEN|SAVEPOINT|ROLLBACK)\b"
)


@cache
def list_sentences() -> dict[str, list[str]]:
    """{module: its sentences, in their order}."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(SKIPPED):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        labels = name.startswith("slack/views/")
        if said := list(dict.fromkeys(_find(tree, labels=labels))):
            found[name] = said
    return found


def _find(node: ast.AST, *, labels: bool) -> Iterator[str]:
    for child in _children(node):
        if isinstance(child, ast.JoinedStr | ast.Constant):
            text = _spell(child)
            if _is_said(text, labels=labels):
                yield " ".join(text.split())
            if isinstance(child, ast.JoinedStr):
                for value in child.values:
                    if isinstance(value, ast.FormattedValue):
                        yield from _find(value, labels=labels)
        else:
            yield from _find(child, labels=labels)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Without docstrings, and without what is said to machines and logs."""
    if isinstance(node, ast.Call) and _is_for_machines(node.func):
        return
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "bases"):
            continue
        items = value if isinstance(value, list) else [value]
        for place, item in enumerate(items):
            if not isinstance(item, ast.AST) or (field == "body" and place == 0 and _is_docstring(item)):
                continue
            if isinstance(item, ast.Expr) and _is_docstring(item):
                continue
            yield item


def _is_for_machines(called: ast.expr) -> bool:
    if isinstance(called, ast.Attribute) and _name(called.value) in _LOGS:
        return True
    return _name(called) in _TO_A_MACHINE


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _spell(node: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    pieces = []
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            pieces.append(f"{{{_short(value.value)}}}")
        elif isinstance(value, ast.Constant):
            pieces.append(str(value.value))
    return "".join(pieces)


def _short(node: ast.expr) -> str:
    """What stands in a brace, as far as a reader needs it."""
    if isinstance(node, ast.Call) and node.args and not isinstance(node.func, ast.Attribute):
        return f"{_name(node.func)} {_short(node.args[0])}".strip()
    if isinstance(node, ast.Attribute | ast.Name):
        return ast.unparse(node)
    if isinstance(node, ast.IfExp):
        return f"{_short(node.body)} | {_short(node.orelse)}"
    if isinstance(node, ast.Constant):
        return str(node.value).strip() or "-"
    return "…"


def _is_said(text: str, *, labels: bool) -> bool:
    bare = text.strip()
    if not bare or _SQL.search(bare) or (bare.startswith(("http", "{", "byhand-")) and " " not in bare):
        return False
    return bool(_WORDS.search(bare)) or (labels and bool(_ONE_WORD.fullmatch(bare)))
