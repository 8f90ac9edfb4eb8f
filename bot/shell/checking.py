"""`byhand check`: the findings as a table, or as JSON."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.checkup.checkup import check_up
from bot.checkup.finding import Finding, Level, has_passed
from bot.shell.database_access import CLOCK
from bot.shell.printed import to_plain
from bot.shell.refusing import hide_secrets

_MARKS = {Level.OK: "ok  ", Level.WARN: "WARN", Level.FAIL: "FAIL"}


@dataclass(frozen=True)
class Checked:
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        return has_passed(self.findings)

    def as_table(self) -> Iterator[str]:
        """A line for each finding, how to fix it below, and a summary."""
        size = max(len(finding.name) for finding in self.findings)
        for finding in self.findings:
            yield f"{_MARKS[finding.level]}  {finding.name:<{size}}  {to_plain(finding.sentence)}"
            if finding.mend:
                yield f"{'':<{size + 6}}  -> {to_plain(finding.mend)}"
        yield ""
        yield self._verdict()

    def _verdict(self) -> str:
        failed = sum(finding.level is Level.FAIL for finding in self.findings)
        warned = sum(finding.level is Level.WARN for finding in self.findings)
        if failed:
            return f"Not ready: {failed} to fix, {warned} to know about."
        return (
            f"Ready, with {warned} to know about."
            if warned
            else "Everything is in place. Start it: byhand run"
        )

    def as_json(self) -> Iterator[str]:
        listed = [
            {"name": one.name, "level": one.level.value, "sentence": one.sentence, "mend": one.mend}
            for one in self.findings
        ]
        yield json.dumps({"ok": self.passed, "findings": listed}, ensure_ascii=False, indent=2)


def check_all() -> Checked:
    logging.disable(logging.CRITICAL)  # what libraries log is in the findings, in words
    try:
        return Checked(tuple(_without_secrets(found) for found in check_up(CLOCK)))
    finally:
        logging.disable(logging.NOTSET)


def _without_secrets(found: Finding) -> Finding:
    """Drivers and servers quote what they are given."""
    return replace(found, sentence=hide_secrets(found.sentence), mend=hide_secrets(found.mend))
