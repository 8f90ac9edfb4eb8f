"""`byhand import FILE`: by the running bot, or here; and what it says of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.shell.database_access import have_done, name_shell_user
from bot.shell.refusing import Refused

PATIENCE = 300.0  # seconds the bot has: it may have many images to fetch


@dataclass(frozen=True)
class Outcome:
    """`report` is `services/importing.Report` as JSON."""

    report: dict[str, Any]

    @property
    def remarks(self) -> list[str]:
        """What to fix and what to know, each with its line number."""
        return [*self.report["problems"], *(f"note: {note}" for note in self.report["notes"])]

    def done(self) -> list[str]:
        """Raises Refused if nothing came in."""
        if self.report["refused"]:
            raise Refused(self.report["sentence"])
        counted = Counter(status for _, status in self.report["added"])
        return [self.report["sentence"], *(f"  {count} x {status}" for status, count in counted.items())]


def import_plan(file: Path, *, partial: bool) -> Outcome:
    """The bot may work in another folder, so it is told the whole path."""
    path = file.expanduser().absolute()
    arguments = {"file": str(path), "partial": partial, "who": name_shell_user()}
    return Outcome(have_done("import", arguments, patience=PATIENCE))
