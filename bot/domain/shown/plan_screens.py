"""A plan file that somebody dropped, as its person is shown it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlanQuestions:
    """What the file leaves open. `dates`: (a date as written, with the day first, with the month first), or nothing."""

    accounts: bool = False
    dates: tuple[str, str, str] | None = None

    @property
    def any(self) -> bool:
        return self.accounts or self.dates is not None


@dataclass(frozen=True)
class PlanLook:
    """What would become of a plan. Sentences are whole, with line numbers; `found`: which file it is, empty where it
    could not be read. `value`: what the buttons carry."""

    name: str
    found: str
    value: str
    questions: PlanQuestions
    asked: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    good: int
    known: int


@dataclass(frozen=True)
class PlanDone:
    """What became of it."""

    name: str
    sentence: str
    refused: bool
    problems: tuple[str, ...] = ()
    undescribed: int = 0  # images of its new posts without alt text
