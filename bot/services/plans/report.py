"""What an import did, or why it did nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.domain.shown.plan_screens import PlanRow
from bot.services.plans.findings import Question

A_DRAFT = "a draft"  # what an import says of a row that has no time
MAYBE_OUT = (
    "A backup of {of} was put back, and what was published since is not in it: these may be published already. Each "
    "card says so, and needs an approver who looked."
)


@dataclass(frozen=True)
class Choices:
    """What its person says of a file. `accounts`: of rows that name none. `day_first`: of dates that do not tell.
    `partial`: take the good rows, and leave the others. `dry`: only look. `told`: the problems they were shown, where
    they were: with others nothing comes in."""

    accounts: tuple[str, ...] = ()
    day_first: bool | None = None
    partial: bool = False
    dry: bool = False
    told: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Report:
    """`problems` and `notes` are sentences with line numbers. `good`: posts that would come in, where nothing did."""

    added: tuple[tuple[int, str], ...] = ()  # (post number, status)
    known: int = 0  # rows that were here already
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    refused: bool = False  # nothing was imported
    found: str = ""  # which file it is; empty: it could not be read
    times: str = ""  # by which clock it was read
    questions: tuple[Question, ...] = ()
    good: int = 0
    undescribed: int = 0  # images of what came in, or would, without alt text
    rows: tuple[PlanRow, ...] = ()  # that came in, or would, or were here already
    wanting: tuple[
        tuple[str, tuple[str, ...]], ...
    ] = ()  # (post, the digests of its images without alt text)
    dry: bool = field(default=False, kw_only=True)
    as_drafts: bool = field(default=False, kw_only=True)  # of a contributor
    changed: bool = field(default=False, kw_only=True)  # what is wrong is not what its person was shown

    @property
    def sentence(self) -> str:
        if self.questions:
            return f"Nothing was imported: {_count(len(self.questions), 'question')} to answer first."
        if self.changed:
            return (
                "Nothing was imported: the plan is not as you were shown it any more. This is how it is now."
            )
        if self.refused:
            return f"Nothing was imported: {_count(len(self.problems), 'problem')} to fix first."
        imported = "would be imported" if self.dry else "imported"
        drafts = sum(status == A_DRAFT for _, status in self.added)
        all_drafts = self.as_drafts or (drafts > 0 and drafts == len(self.added))
        noun = "draft" if all_drafts else "post"
        parts = [f"{_count(self.good if self.dry else len(self.added), noun)} {imported}"]
        if drafts and not all_drafts:
            parts.append(f"{drafts:,} of them as {'a draft' if drafts == 1 else 'drafts'}")
        if self.known:
            parts.append(f"{self.known} already here")
        if self.problems:
            parts.append(f"{_count(len(self.problems), 'problem')} left out")
        return ", ".join(parts) + "."


def refuse(report: Report) -> Report:
    """Nothing came in."""
    return replace(report, refused=True)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
