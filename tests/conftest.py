"""Fixtures are defined beside what they make; these are the files."""

from __future__ import annotations

from hypothesis import settings

pytest_plugins = (
    "pytester",
    "tests.browser_skips",
    "tests.order",
    "tests.leftovers",
    "tests.dice",
    "tests.stores",
    "tests.postgres",
    "tests.backend",
    "tests.inbox_backend",
    "tests.slack_sockets",
)
settings.register_profile("byhand", deadline=None)  # a busy machine is no finding
settings.load_profile("byhand")
