"""Which worker runs what, and when: a file stays with one worker, the longest come first."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from tests.browser_skips import FOLDER

TOGETHER = FOLDER  # its files share a browser
# The longest first, else one worker is left with them while the others have nothing more to do.
LONGEST = (
    "test_p3_interleavings.py",
    TOGETHER,
    "test_wheel.py",
    "test_p7_inbox_histories.py",
    "test_p7_inbox_guards.py",
    "test_p4_kill_9.py",
    "test_p4_simulation.py",
    "test_pause.py",
    "test_inbox_answers.py",
    "test_a_post.py",
    "test_inbox_triage.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(item.nodeid))


def place(nodeid: str) -> int:
    return next((at for at, name in enumerate(LONGEST) if name in nodeid), len(LONGEST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    scheduler = import_module("xdist.scheduler").LoadFileScheduling(config, log)
    file_of = scheduler._split_scope
    scheduler._split_scope = lambda nodeid: TOGETHER if nodeid.startswith(TOGETHER) else file_of(nodeid)
    config.option.loadscopereorder = False  # else it takes the files with the most tests first
    return scheduler
