"""The benchmark itself: a part that breaks is red, however it is asked. A missed limit is not, where none is judged."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.slack.server import SlackServer
from tests.bench import __main__ as bench
from tests.bench.figures import Figure


def breaks(_folder: Path, _slack: SlackServer, _quick: bool) -> Iterator[Figure]:
    yield Figure("a figure", "1", met=True)
    raise OSError("it is not installed")


def misses(_folder: Path, _slack: SlackServer, _quick: bool) -> Iterator[Figure]:
    yield Figure("a figure", "9", limit="<= 1", met=False)


@pytest.mark.parametrize(
    ("part", "asked", "code"),
    [(breaks, [], 1), (breaks, ["--works"], 1), (misses, [], 1), (misses, ["--works"], 0)],
)
def test_a_part_that_breaks_is_red(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    part: bench.Part,
    asked: list[str],
    code: int,
) -> None:
    monkeypatch.setattr(bench, "PARTS", {"part": part})
    monkeypatch.setattr(logging, "disable", lambda _level: None)  # of this process's other tests
    monkeypatch.setattr(sys, "argv", ["bench", *asked])
    assert bench.main() == code
    assert ("broke: it is not installed" in capsys.readouterr().out) is (part is breaks)
