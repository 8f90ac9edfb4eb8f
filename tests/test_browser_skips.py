"""A run that skips browser tests says so in its last line, and fails where a browser was to be there."""

from __future__ import annotations

import pytest

from tests.browser_skips import NEEDED

TESTS = """
import pytest
@pytest.mark.parametrize("number", range(3))
def test_in_a_browser(number):
    pytest.skip("no Chromium on this machine")
def test_without_one():
    pass
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> pytest.Pytester:
    folder = pytester.mkdir("tests") / "sandbox" / "page"
    folder.mkdir(parents=True)
    (folder / "test_page.py").write_text(TESTS)
    return pytester


def play(run: pytest.Pytester, *options: str) -> pytest.RunResult:
    return run.runpytest_subprocess("-p", "tests.browser_skips", "-p", "no:cacheprovider", *options)


def test_the_last_line_says_how_many_and_what_to_do(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(NEEDED, raising=False)
    result = play(run)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["3 browser tests skipped: apt-get install chromium"])


def test_where_a_browser_is_needed_the_run_fails_also_with_workers(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NEEDED, "1")
    assert play(run, "-n", "1").ret == pytest.ExitCode.TESTS_FAILED


def test_nothing_is_said_where_nothing_was_skipped(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NEEDED, "1")
    result = play(run, "-k", "without_one")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.no_fnmatch_line("*browser tests skipped*")
