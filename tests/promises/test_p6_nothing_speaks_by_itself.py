"""P6, and the shape that keeps P4: one place publishes, and every attempt names the person's yes it rests on.

Read from the program's own text: a second call added anywhere turns this red before it can be discussed away.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

import bot
from bot.store import deliveries
from tests.houses import House

ROOT = Path(bot.__file__).parent
MAY_MUTATE = {"networks/mastodon.py", "networks/bluesky.py", "networks/bluesky_session.py"}


def calls(name: str) -> Iterator[tuple[str, str]]:
    """(file, function) of every call of a method of this name."""
    for path in sorted(ROOT.rglob("*.py")):
        tree = ast.parse(path.read_text())
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if (
                        isinstance(node, ast.Call)
                        and isinstance(node.func, ast.Attribute)
                        and node.func.attr == name
                    ):
                        yield path.relative_to(ROOT).as_posix(), function.name


def test_one_place_publishes() -> None:
    """The contract is a suite of tests that others import; the program's own call is one."""
    found = [(file, function) for file, function in calls("publish") if file != "networks/contract.py"]
    assert found == [("clock/worker.py", "_call")]


def test_one_place_calls_what_publishes() -> None:
    assert [found for found in calls("_call") if found[0] == "clock/worker.py"] == [
        ("clock/worker.py", "_begin_and_call")
    ]


def test_only_adapters_change_anything_outside() -> None:
    """POST, PUT, PATCH and DELETE to a network stand in adapters alone; the sandbox is the other side."""
    found = set()
    for path in ROOT.rglob("*.py"):
        file = path.relative_to(ROOT).as_posix()
        if file.startswith(("sandbox/", "slack/")) or file == "networks/contract.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                words = {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
                if words & {"POST", "PUT", "PATCH", "DELETE"}:
                    found.add(file)
    assert found <= MAY_MUTATE


def test_only_one_file_speaks_http() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import) and any(name.name.split(".")[0] == "httpx" for name in node.names)
    }
    assert {file for file in found if not file.startswith("sandbox/")} == {"networks/http.py"}


def test_nothing_is_retried_by_a_client() -> None:
    """slack_sdk's default handlers post twice when an answer is lost."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "WebClient":
                given = {word.arg: word.value for word in node.keywords}
                handlers = given.get("retry_handlers")
                assert isinstance(handlers, ast.List), path
                assert handlers.elts == [], path


def test_an_attempt_without_a_persons_yes_is_refused_by_the_schema(house: House) -> None:
    seen = house.approved()
    row = {
        "id": "a1", "delivery_id": house.delivery_id(seen), "post_id": seen.post_id, "fence": 1, "epochs": "{}",
        "bytes": b"x", "started_at": house.clock.now(), "send_by": house.clock.now(),
        "version_id": house.post(seen).version.id,
    }  # fmt: skip
    with pytest.raises(IntegrityError):
        house.store.write(lambda db: deliveries.add_attempt(db, **row))
    with pytest.raises(IntegrityError):
        house.store.write(lambda db: deliveries.add_attempt(db, **row, approval_id="nobody's"))


def test_another_versions_yes_is_no_authority(house: House) -> None:
    """The foreign key names approval and version together."""
    from bot.store import approvals

    one, other = house.approved("One"), house.approved("Other")
    given = house.store.read(lambda db: approvals.of_version(db, house.post(other).version.id))
    row = {
        "id": "a1", "delivery_id": house.delivery_id(one), "post_id": one.post_id, "fence": 1, "epochs": "{}",
        "bytes": b"x", "started_at": house.clock.now(), "send_by": house.clock.now(),
        "version_id": house.post(one).version.id, "approval_id": given[0].id,
    }  # fmt: skip
    with pytest.raises(IntegrityError):
        house.store.write(lambda db: deliveries.add_attempt(db, **row))


def test_no_second_live_attempt(house: House) -> None:
    seen = house.approved()
    house.to_slot(seen)
    last = house.store.read(lambda db: deliveries.last_attempt(db, house.delivery_id(seen)))
    assert last is not None
    row = {
        "id": "a2", "delivery_id": last.delivery_id, "post_id": last.post_id, "version_id": last.version_id,
        "approval_id": last.approval_id, "fence": 9, "epochs": last.epochs, "bytes": b"x",
        "started_at": house.clock.now(), "send_by": house.clock.now(),
    }  # fmt: skip
    with pytest.raises(IntegrityError):
        house.store.write(lambda db: deliveries.add_attempt(db, **row))
