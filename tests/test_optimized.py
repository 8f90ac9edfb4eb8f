"""`python -OO` takes docstrings and asserts away: no sentence that a person reads, and no guard, goes with them."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys

from tests.program import parse_program

SAID_BY_CLASSES = """
import json
from bot.domain import inbox_refusals, refusals
from bot.control import socket as control
from bot.store.engine import errors
said = {
    name: one.words
    for module, base in (
        (refusals, refusals.Refusal), (inbox_refusals, refusals.Refusal),
        (errors, errors.StoreError), (control, errors.StoreError),
    )
    for name, one in vars(module).items()
    if isinstance(one, type) and issubclass(one, base) and one is not refusals.Refusal
}
print(json.dumps(said))
"""


def python(level: str, *arguments: str) -> str:
    """What a Python of that optimization prints."""
    environment = {"COLUMNS": "80", **os.environ}
    ran = subprocess.run(
        [sys.executable, *([level] if level else []), *arguments],
        env=environment, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return ran.stdout


def test_refusals_and_the_stores_errors_keep_their_sentences() -> None:
    said = json.loads(python("-OO", "-c", SAID_BY_CLASSES))
    assert all(words.strip() for words in said.values())
    assert said == json.loads(python("", "-c", SAID_BY_CLASSES))
    assert said["NoSuchPost"] == "There is no such post any more."
    assert said["StoreClosed"] == "The store is closed; nothing was written."


HELP = """
from typer.testing import CliRunner
from bot.cli import app
for command in ("", "record", "resume", "record verify"):
    print(CliRunner().invoke(app, [*command.split(), "--help"]).output)
"""


def test_help_still_explains_the_commands() -> None:
    told = python("", "-c", HELP)
    assert "Usage: " in told
    assert python("-OO", "-c", HELP) == told


def reads_docstrings(tree: ast.Module) -> list[int]:
    ways = {"__doc__", "getdoc", "cleandoc"}
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in ways)
        or (isinstance(node, ast.Name) and node.id in ways)
    ]


def test_nothing_reads_docstrings() -> None:
    found = {file: reads_docstrings(tree) for file, tree in parse_program().items()}
    assert {file: lines for file, lines in found.items() if lines} == {}
    assert reads_docstrings(ast.parse("print(help.__doc__)\ninspect.getdoc(help)")) == [1, 2]


def test_every_command_says_what_it_does_without_a_docstring() -> None:
    commands = [
        decorator
        for node in parse_program()["cli.py"].body
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith(".command")
    ]
    assert commands
    assert all("help" in {keyword.arg for keyword in command.keywords} for command in commands)
