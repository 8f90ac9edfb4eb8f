"""Checks a JSON value against a table of fields and says what is wrong in Slack's words, with json-pointers.

A check is a plain function of (report, pointer, value), so that the tables in `elements.py` and `blocks.py`
read like Slack's own reference pages. Length is Python's `len`: what exactly Slack counts is not documented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Check = Callable[["Report", str, object], None]


@dataclass
class Report:
    """What was found wrong so far; `files` are the Slack files an image may show."""

    files: frozenset[str] = frozenset()
    errors: list[str] = field(default_factory=list)

    def fail(self, pointer: str, words: str) -> None:
        self.errors.append(f"{words} [json-pointer:{pointer}]")


def string(limit: int, *, least: int = 1) -> Check:
    def check(report: Report, pointer: str, value: object) -> None:
        if not isinstance(value, str):
            report.fail(pointer, "must provide a string")
        elif len(value) > limit:
            report.fail(pointer, f"must be less than {limit + 1} characters")
        elif len(value) < least:
            report.fail(pointer, f"must be more than {least - 1} characters")

    return check


def boolean(report: Report, pointer: str, value: object) -> None:
    if not isinstance(value, bool):
        report.fail(pointer, "must provide a boolean")


def integer(least: int, most: int) -> Check:
    def check(report: Report, pointer: str, value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.fail(pointer, "must provide an integer")
        elif not least <= value <= most:
            report.fail(pointer, f"must be between {least} and {most}")

    return check


def one_of(*allowed: str) -> Check:
    def check(report: Report, pointer: str, value: object) -> None:
        if value not in allowed:
            report.fail(pointer, f"unsupported value; must be one of: {', '.join(allowed)}")

    return check


def list_of(item: Check, *, most: int, least: int = 1) -> Check:
    def check(report: Report, pointer: str, value: object) -> None:
        if not isinstance(value, list):
            report.fail(pointer, "must provide an array")
            return
        if len(value) > most:
            report.fail(pointer, f"no more than {most} items allowed")
        if len(value) < least:
            report.fail(pointer, f"no fewer than {least} items allowed")
        for index, each in enumerate(value):
            item(report, f"{pointer}/{index}", each)

    return check


def shape(required: str = "", also: Check | None = None, **fields: Check) -> Check:
    """An object with these fields and no others; `type` and `block_id` belong to whoever chose the shape."""
    needed = required.split()

    def check(report: Report, pointer: str, value: object) -> None:
        if not isinstance(value, dict):
            report.fail(pointer, "must provide an object")
            return
        for name in needed:
            if value.get(name) is None:
                report.fail(pointer, f"missing required field: {name}")
        for name, part in value.items():
            if name == "type" and name not in fields:
                continue
            if name not in fields:
                report.fail(pointer, f"invalid additional property: {name}")
            elif part is not None:
                fields[name](report, f"{pointer}/{name}", part)
        if also is not None:
            also(report, pointer, value)

    return check


def tagged(kinds: Mapping[str, Check], what: str) -> Check:
    """An object whose `type` chooses its shape; an unknown or misplaced type is refused."""

    def check(report: Report, pointer: str, value: object) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            report.fail(pointer, "missing required field: type")
        elif kind not in kinds:
            report.fail(f"{pointer}/type", f"unsupported {what} type: {kind}")
        else:
            kinds[kind](report, pointer, value)

    return check


def objects(value: object) -> list[dict[str, Any]]:
    """The objects in a list that may be anything at all."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
