"""A plan file that somebody dropped, as its person is shown it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.kinds import PlanStage
from bot.domain.posts import Seen
from bot.domain.shown.post_screens import ImageView


@dataclass(frozen=True)
class PlanQuestions:
    """What the file leaves open. `dates`: (a date as written, with the day first, with the month first), or nothing."""

    accounts: bool = False
    dates: tuple[str, str, str] | None = None

    @property
    def any(self) -> bool:
        return self.accounts or self.dates is not None


@dataclass(frozen=True)
class PlanRow:
    """A row that would come in, or is here already. `text`: its first words."""

    line: int
    slot: datetime | None
    accounts: tuple[str, ...]  # titles
    text: str
    images: int = 0
    known: bool = False


@dataclass(frozen=True)
class PlanLook:
    """What would become of a plan. Sentences are whole, with line numbers; `found`: which file it is, empty where it
    could not be read. `value`: what the buttons carry. `before`: what became of it just now. `until`: when it is
    forgotten if nobody presses anything. `times`: by which clock it was read. `answers`: what its person has said of
    it, a sentence each."""

    name: str
    found: str
    value: str
    questions: PlanQuestions
    asked: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    good: int
    known: int
    before: str = ""
    as_drafts: bool = False  # its person may only write drafts
    until: datetime | None = None
    times: str = ""
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlanDone:
    """What became of it. `titles`: of the accounts of what came in; `first`, `last`: its slots.

    `value`: what the buttons carry. `problems`: what was left out. `until`: when it is forgotten;
    None: it is, and has no buttons."""

    name: str
    sentence: str
    value: str = ""
    problems: tuple[str, ...] = ()
    undescribed: int = 0  # images of its posts that have no alt text now
    as_drafts: bool = False
    until: datetime | None = None
    titles: tuple[str, ...] = ()
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True)
class PlanPage:
    """A page of all rows: `problems` first, then `rows`. `page` counts from 0."""

    name: str
    value: str
    problems: tuple[str, ...]
    rows: tuple[PlanRow, ...]
    page: int
    pages: int
    all_problems: int
    all_rows: int
    now: datetime | None = None


@dataclass(frozen=True)
class DescribeForm:
    """The next post of a plan whose images want alt texts. `images`: those without one, each with its number among all
    the plan's that want one; `of`: how many those are. `typed`: {sha256: what was typed before}; `told`: what happened
    meanwhile."""

    value: str
    seen: Seen
    number: int
    text: str
    titles: tuple[str, ...]
    slot: datetime | None
    images: tuple[tuple[int, ImageView], ...]
    of: int
    last: bool  # none comes behind it
    typed: tuple[tuple[str, str], ...] = ()
    told: tuple[str, ...] = ()
    begun: datetime | None = None  # when it was typed, where that was in a dialog before


def describe_plan(stage: PlanStage, outcome: str = "") -> str:
    """To whoever presses a button that is over. `outcome`: what came of the import."""
    return {
        PlanStage.LOOK: "Byhand is looking at the plan again, and then shows what would come in.",
        PlanStage.SHOWN: "The plan waits for your answer.",
        PlanStage.IMPORT: "The plan is being imported now.",
        PlanStage.IMPORTED: f"The plan was imported: {outcome}",
        PlanStage.CANCELLED: "You cancelled it, so nothing was imported. Drop the file again to import it.",
    }[stage]
