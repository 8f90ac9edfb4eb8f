"""The column type of what is one of a few: a member of a StrEnum in and out, its value in the database."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import Dialect, String, TypeDecorator

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
