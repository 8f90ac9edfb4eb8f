"""What is installed is what is used: by the bot, by the demo, by the suites for networks; and the locks hold it all."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.program import parse_program, read_program

TOP = Path(__file__).parents[1]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = {
    "requirements.lock": [],
    "requirements-demo.lock": ["demo"],
    "requirements-dev.lock": ["dev", "demo", "testing"],
}
NOT_IMPORTED = {
    "tzdata",  # zoneinfo reads it where the system has no zones
    "python-multipart",  # Starlette imports it for `request.form()`
}

NOT_NAMED = {
    "pydantic_core",  # pydantic's other half, of which it pins the version
    "socksio",  # only where a SOCKS proxy is
}


def names(extra: str = "") -> set[str]:
    lines = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    return {re.split(r"[\[><=]", line)[0] for line in lines} - {PROJECT["name"]}


def part_of(file: str) -> str:
    """The extra a file of Byhand belongs to."""
    if file.startswith("sandbox/"):
        return "demo"
    return "testing" if file.startswith("networks/testing/") else ""


def imported(extra: str) -> set[str]:
    """The distributions that a part of the program imports itself."""
    provides = packages_distributions()
    found = set()
    for file, tree in parse_program().items():
        if part_of(file) == extra:
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    found |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module)
    tops = {name.partition(".")[0] for name in found} - sys.stdlib_module_names - {"bot"} - NOT_NAMED
    return {provides[top][0].lower().replace("_", "-") for top in tops}


def test_what_the_bot_needs_is_what_it_uses() -> None:
    assert imported("") == names() - NOT_IMPORTED


@pytest.mark.parametrize("extra", ["demo", "testing"])
def test_an_extra_is_what_only_its_part_uses(extra: str) -> None:
    assert imported(extra) - names() == names(extra) - NOT_IMPORTED
    assert names(extra) & names() == set()


def test_only_the_stage_reads_forms() -> None:
    """Slack's are read by Bolt; Starlette would need python-multipart, which is the demo's."""
    reading = {part_of(file) for file, text in read_program().items() if ".form()" in text}
    assert reading == {"demo"}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_hashes_and_no_addresses(lock: str) -> None:
    lines = (TOP / lock).read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+ (; [^\\]+)?\\", line) for line in pinned)
    assert all(line.strip().startswith(("--hash=sha256:", "#")) for line in lines if line.startswith(" "))
    assert not [line for line in lines if "://" in line]


@pytest.mark.parametrize(("lock", "extras"), LOCKS.items())
def test_a_lock_holds_what_it_is_for(lock: str, extras: list[str]) -> None:
    text = (TOP / lock).read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([a-z0-9-]+)==", text, flags=re.MULTILINE))
    assert set.union(names(), *(names(extra) for extra in extras)) <= pinned
    if not extras:
        assert not names("demo") & pinned


def test_the_locks_agree() -> None:
    pins = [
        dict(
            re.findall(r"^([a-z0-9-]+)==(\S+)", (TOP / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)
        )
        for lock in LOCKS
    ]
    everywhere = set.intersection(*(set(each) for each in pins))
    assert [name for name in everywhere if len({each[name] for each in pins}) > 1] == []
