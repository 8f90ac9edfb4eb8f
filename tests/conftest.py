"""Fixtures are defined beside what they make; these are the files."""

from __future__ import annotations

import gc

import pytest
from hypothesis import settings

pytest_plugins = (
    "pytester",
    "tests.browser_skips",
    "tests.order",
    "tests.leftovers",
    "tests.dice",
    "tests.patience",
    "tests.stores",
    "tests.postgres",
    "tests.backend",
    "tests.inbox_backend",
    "tests.slack_sockets",
)
settings.register_profile("usual", deadline=None, max_examples=20)  # a busy machine is no finding
settings.register_profile("proof", deadline=None, max_examples=1000)
settings.load_profile("usual")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--long"):
        settings.load_profile("proof")


def pytest_collection_finish() -> None:
    """A full collection need not walk through every library and every test again: a seventh of the tests' time."""
    gc.freeze()
