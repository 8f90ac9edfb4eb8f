"""Column types of our own: one of a few (a member of a StrEnum in and out, its value in the database), and names by
names, as canonical JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import Dialect, String, Text, TypeDecorator

E = TypeVar("E", bound=StrEnum)


class Member(TypeDecorator[E]):
    """`of` makes the member of what is stored: the StrEnum itself, or what also takes a newer version's value."""

    impl = String
    cache_ok = True

    def __init__(self, of: Callable[[str], E], length: int) -> None:
        super().__init__(length)
        self.of = of

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:  # noqa: ARG002
        return None if value is None else self.of(value)


class Names(TypeDecorator[Mapping[str, str]]):
    """{name: name}; nothing and {} are NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, str] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return json.dumps(dict(value), sort_keys=True, separators=(",", ":")) if value else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> Mapping[str, str] | None:  # noqa: ARG002
        return dict(json.loads(value)) if value else None
