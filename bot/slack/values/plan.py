"""What the buttons and dialogs of a plan carry: its file in Slack, and what its person has said of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from bot.domain.shown.plan_screens import PlanQuestions
from bot.slack.ids import Malformed, parse_scope


@dataclass(frozen=True)
class PlanAbout:
    """`accounts`, `day_first`: what was answered. `questions`: what is still open."""

    file: str
    accounts: tuple[str, ...] = ()
    day_first: bool | None = None
    partial: bool = False
    questions: PlanQuestions = field(default_factory=PlanQuestions)


def format_plan(about: PlanAbout) -> str:
    """JSON in one line. Slack takes 2000 characters."""
    asked = about.questions
    kept = [about.file, list(about.accounts), about.day_first, about.partial, asked.accounts, asked.dates]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def parse_plan(value: str | None) -> PlanAbout:
    """Raises Malformed."""
    try:
        file, accounts, day_first, partial, asks, dates = json.loads(value or "")
        return PlanAbout(
            _parse_file(file), tuple(parse_scope(each) for each in accounts),
            None if day_first is None else bool(day_first), bool(partial),
            PlanQuestions(bool(asks), _parse_dates(dates)),
        )  # fmt: skip
    except (ValueError, TypeError):
        raise Malformed("not a plan") from None


def _parse_file(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z0-9]{1,40}", value, re.ASCII):
        raise Malformed("not a file")
    return value


def _parse_dates(value: Any) -> tuple[str, str, str] | None:
    if value is None:
        return None
    written, day_first, month_first = (str(each) for each in value)
    return written, day_first, month_first
