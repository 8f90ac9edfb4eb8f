"""Which worker runs what, and when: a file stays with one worker, and so do files that share what takes long to make.
The longest come early: the last of them would keep one worker when the others are done."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from itertools import chain, islice
from typing import Any

import pytest

from tests.browser_skips import FOLDER

BROWSER = FOLDER  # its files share a browser
PROGRAM = "what reads the program"
READS_PROGRAM = frozenset(
    f"tests/{name}.py"
    for name in (
        "domain/test_kinds",
        "domain/test_refusals",
        "promises/test_p6_nothing_speaks_by_itself",
        "services/posts/test_review",
        "slack/test_routes",
        "slack/transport/test_repeats",
        "store/test_rows",
        "test_dependencies",
        "test_optimized",
        "test_shape",
    )
)
BETWEEN = 8  # files after each of the longest: these wait more than they work, and together would leave the cores idle
LONGEST = (
    "test_p3_interleavings.py",
    BROWSER,
    "test_wheel.py",
    "test_p7_inbox_histories.py",
    "test_p7_inbox_guards.py",
    "test_p4_kill_9.py",
    "test_p4_simulation.py",
    "test_pause.py",
    "test_inbox_answers.py",
    "test_a_post.py",
    "test_inbox_triage.py",
    PROGRAM,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = place_groups(dict.fromkeys(find_group(item.nodeid) for item in items))
    items.sort(key=lambda item: places[find_group(item.nodeid)])


def find_group(nodeid: str) -> str:
    """What stays with one worker: a file, or several."""
    file = nodeid.partition("::")[0]
    return BROWSER if file.startswith(BROWSER) else PROGRAM if file in READS_PROGRAM else file


def place_groups(groups: Iterable[str]) -> dict[str, int]:
    """{group: its turn}: one of the longest, some others, the next of the longest."""
    rank = {group: next((at for at, name in enumerate(LONGEST) if name in group), None) for group in groups}
    longest = iter(
        sorted((group for group in rank if rank[group] is not None), key=lambda group: rank[group] or 0)
    )
    others = iter([group for group in rank if rank[group] is None])
    turns = chain.from_iterable((one, *islice(others, BETWEEN)) for one in longest)
    return {group: turn for turn, group in enumerate(chain(turns, others))}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    scheduler = import_module("xdist.scheduler").LoadFileScheduling(config, log)
    scheduler._split_scope = find_group
    config.option.loadscopereorder = False  # else it takes the files with the most tests first
    return scheduler
