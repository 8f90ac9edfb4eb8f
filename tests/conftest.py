"""Fixtures are defined beside what they make; here is the order in which files are run."""

from __future__ import annotations

import pytest
from hypothesis import settings

pytest_plugins = (
    "pytester",
    "tests.browser_skips",
    "tests.leftovers",
    "tests.dice",
    "tests.stores",
    "tests.backend",
    "tests.inbox_backend",
    "tests.slack_sockets",
)
settings.register_profile("byhand", deadline=None)  # a busy machine is no finding
settings.load_profile("byhand")

LONGEST = (
    "test_p7_inbox_histories.py",
    "test_p3_interleavings.py",
    "test_wheel.py",
    "test_p4_kill_9.py",
    "test_pause.py",
    "test_inbox_answers.py",
    "test_p7_inbox_guards.py",
    "test_p4_simulation.py",
    "test_a_post.py",
    "test_inbox_triage.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, else one worker is left with them while the others have nothing more to do."""
    rank = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.name, len(LONGEST)))
