"""`make bench`: each part by itself, and red where one breaks. The parts themselves are run by `make bench-quick`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.sandbox.slack.server import SlackServer
from tests.bench import __main__ as bench
from tests.bench import footprint
from tests.bench.figures import Figure, cannot_run


@pytest.fixture(autouse=True)
def logging_goes_on() -> Iterator[None]:
    """The benchmark turns the whole process's logging off, and the tests that come after it read lines of log."""
    yield
    logging.disable(logging.NOTSET)


def test_each_part_has_a_folder_and_a_slack_of_its_own(tmp_path: Path) -> None:
    """One that found what another had left took its database for its own."""
    folders, slacks = list[Path](), list[str]()

    def part(folder: Path, slack: SlackServer, _quick: bool) -> Iterator[Figure]:
        assert list(folder.iterdir()) == []
        (folder / "byhand.db").write_bytes(b"left behind")
        folders.append(folder)
        slacks.append(slack.api_url)
        yield Figure("a figure", "1")

    for name in ("one", "two"):
        assert [figure.broken for figure in bench._part(part, name, tmp_path, True)] == [False]
    assert len(set(folders)) == 2
    assert len(set(slacks)) == 2


def test_the_libraries_whose_imports_are_measured_are_there() -> None:
    """One that the program did without stood among them, and the part broke."""
    assert [name for name in footprint.LIBRARIES if find_spec(name) is None] == []


def breaks(_folder: Path, _slack: SlackServer, _quick: bool) -> Iterator[Figure]:
    yield Figure("before it broke", "1")
    raise OSError("no package of that name")


def lacks(_folder: Path, _slack: SlackServer, _quick: bool) -> Iterator[Figure]:
    """Seen: no PostgreSQL, or too few file descriptors, and the run was green without these figures."""
    yield cannot_run("a claim", "there is no PostgreSQL")


def misses(_folder: Path, _slack: SlackServer, _quick: bool) -> Iterator[Figure]:
    yield Figure("a pause", "900 ms", met=False)


@pytest.mark.parametrize(
    ("part", "asked", "code"),
    [
        (lacks, ["--works"], 1),
        (lacks, [], 1),
        (breaks, ["--works"], 1),
        (breaks, [], 1),
        (misses, ["--works"], 0),
        (misses, [], 1),
    ],
)
def test_what_breaks_is_red_and_a_quick_form_judges_no_figure(
    part: bench.Part,
    asked: list[str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A part that broke was one line in the table, and the run was green."""
    monkeypatch.setattr(bench, "PARTS", {"only": part})
    monkeypatch.setattr(sys, "argv", ["bench", "--quick", *asked])
    assert bench.main() == code
    assert ("broke: no package of that name" in capsys.readouterr().out) is (part is breaks)
