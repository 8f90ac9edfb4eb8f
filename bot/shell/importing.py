"""`byhand import FILE`: by the running bot, or here; and what it says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.shell.database_access import have_done, name_shell_user
from bot.shell.refusing import Refused

PATIENCE = 300.0  # seconds the bot has: it may have many images to fetch
ANSWERS = {  # what answers a question of `services/plans/findings.Ask`
    "accounts": "Say --account NAME, once for each of them.",
    "dates": "Say --dates day-first or --dates month-first.",
}


@dataclass(frozen=True)
class Outcome:
    """`report` is `services/plans/report.Report` as JSON, with its sentences."""

    report: dict[str, Any]

    @property
    def remarks(self) -> list[str]:
        """What the file is, what has to be answered, what to fix and what to know, each with its line number."""
        found = [f"{self.report['found']}. {self.report['times']}".rstrip()] if self.report["found"] else []
        questions = zip(self.report["questions"], self.report["asked"], strict=True)
        asked = [f"{sentence} {ANSWERS[question['about']]}" for question, sentence in questions]
        return [*found, *asked, *self.report["problems"], *(f"note: {note}" for note in self.report["notes"])]

    def done(self) -> list[str]:
        """Raises Refused if nothing came in."""
        if self.report["refused"]:
            raise Refused(self.report["sentence"])
        counted = Counter(status for _, status in self.report["added"])
        return [self.report["sentence"], *(f"  {count} x {status}" for status, count in counted.items())]


def import_plan(
    file: Path,
    *,
    accounts: Sequence[str],
    dates: str | None,
    partial: bool,
    dry: bool,
    tell: Callable[[str], None],
) -> Outcome:
    """The bot may work in another folder, so it is told the whole path."""
    arguments = {
        "file": str(file.expanduser().absolute()),
        "accounts": list(accounts),
        "dates": dates or "",
        "partial": partial,
        "dry": dry,
        "who": name_shell_user(),
    }
    return Outcome(have_done("import", arguments, patience=PATIENCE, tell=tell))
