"""The steps of a drill, in the order in which a team needs them on the day; and how long each of them took."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LASTS = timedelta(minutes=30)  # then it ends by itself


class Step(StrEnum):
    """The values are stored."""

    PAUSE = "pause"
    TAKE_DOWN = "take_down"  # what had gone out before
    ELSEWHERE = "elsewhere"  # what Byhand cannot stop is ticked off
    RESUME = "resume"


@dataclass(frozen=True)
class DoneStep:
    """One step that is done. `by`: everybody who had a hand in it."""

    step: Step
    at: datetime
    by: tuple[str, ...]


def find_next(done: Collection[Step]) -> Step | None:
    """What comes next; None: nothing is left to do. Steps may be done in any order."""
    return next((step for step in Step if step not in done), None)


def measure(begun_at: datetime, done: Sequence[DoneStep]) -> dict[Step, timedelta]:
    """What each step took, in the order they were done: the time since the one before it, or since the beginning. In
    whole seconds that add up to those since the beginning."""
    took: dict[Step, timedelta] = {}
    before = timedelta()
    order = list(Step)
    for one in sorted(done, key=lambda one: (one.at, order.index(one.step))):
        since = max(cut_seconds(one.at - begun_at), before)
        took[one.step] = since - before
        before = since
    return took


def cut_seconds(took: timedelta) -> timedelta:
    """Whole seconds, rounded down; never less than none."""
    return timedelta(seconds=max(int(took.total_seconds()), 0))
