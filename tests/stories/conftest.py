"""The bakery, open for a story."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.bakery import Bakery
from tests.stories.shop import Shop


@pytest.fixture
def shop(tmp_path: Path, sqlite_template: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    """A bakery with customers."""
    built = Shop(tmp_path, sqlite_template, **getattr(request, "param", {}))
    built.open()
    yield built
    built.close()


@pytest.fixture
def bakery(tmp_path: Path, sqlite_template: Path, request: pytest.FixtureRequest) -> Iterator[Bakery]:
    """`@pytest.mark.parametrize("bakery", [{"approvals": 2}], indirect=True)` sets it up otherwise."""
    built = Bakery(tmp_path, sqlite_template, **getattr(request, "param", {}))
    built.open()
    yield built
    built.close()
