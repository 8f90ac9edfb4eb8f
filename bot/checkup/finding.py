"""One thing that was looked at, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """What it means for the bot."""

    OK = "ok"
    WARN = "warn"  # it works, but somebody should know
    FAIL = "fail"  # it will not work


@dataclass(frozen=True)
class Finding:
    name: str  # "bot token", "channel #social"
    level: Level
    sentence: str
    mend: str = ""


def fine(name: str, sentence: str) -> Finding:
    return Finding(name, Level.OK, sentence)


def warning(name: str, sentence: str, mend: str = "") -> Finding:
    return Finding(name, Level.WARN, sentence, mend)


def failure(name: str, sentence: str, mend: str = "") -> Finding:
    return Finding(name, Level.FAIL, sentence, mend)


def has_passed(findings: Iterable[Finding]) -> bool:
    """Warnings are allowed."""
    return all(finding.level is not Level.FAIL for finding in findings)
