"""Browser tests are skipped where no Chromium is; nobody should have to read a summary to notice.

The last line of a run says how many and how to mend it. Where `BYHAND_TESTS_NEED_BROWSER` is set (CI sets it once it
has installed Chromium) a skipped browser test fails the run instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

FOLDER = "tests/sandbox/page/"
NEEDED = "BYHAND_TESTS_NEED_BROWSER"


def count_skipped(terminal: pytest.TerminalReporter) -> int:
    return sum(1 for report in terminal.stats.get("skipped", []) if report.nodeid.startswith(FOLDER))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Around the terminal's own, whose summary is long: our line comes after it."""
    terminal: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = count_skipped(terminal) if isinstance(terminal, pytest.TerminalReporter) else 0
    if skipped and os.environ.get(NEEDED) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    yield
    if skipped:
        terminal.write_line(f"{skipped} browser tests skipped: apt-get install chromium", yellow=True)
