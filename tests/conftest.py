"""Fixtures are defined beside what they make; these are the files."""

from __future__ import annotations

import gc

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
settings.register_profile("byhand", deadline=None)  # a busy machine is no finding
settings.load_profile("byhand")


def pytest_collection_finish() -> None:
    """A full collection need not walk through every library and every test again: a seventh of the tests' time."""
    gc.freeze()
