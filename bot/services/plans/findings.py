"""What is found in a plan file: good rows, problems, notes, and what has to be asked before anything can come in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum

from bot.domain.shown.moments import name_zone

Measure = Callable[[str, str], str | None]  # (account, text) → a sentence if the text does not fit
FindAccounts = Callable[[str], Collection[str]]  # a word → the accounts it names, by their keys

MOST_IMAGES = 4  # of a post
OURS = "Byhand"  # whose format it is, where it is our own


class Column(StrEnum):
    """What a column holds, whatever the file calls it. The values are what our own files call it."""

    TIME = "Time"
    DAY = "Date"  # beside it, TIME is only the time of day
    ACCOUNTS = "Accounts"
    NETWORK = "Network"  # tells accounts apart that ACCOUNTS calls the same; alone it names them
    TEXT = "Text"
    IMAGE = "Image"
    ALT = "Alt text"
    LABEL = "Label"
    LINK = "Link"


@dataclass(frozen=True)
class Problem:
    """`line` counts from 1 as editors do, at the start of the row; 0 is the file as a whole."""

    line: int
    column: str  # as the file calls it; empty for the row as a whole
    sentence: str
    mend: str

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line else "the file"
        return f"{place}{', ' if self.column else ''}{self.column}: {self.sentence} {self.mend}".rstrip()


class PlanRefused(Exception):
    """The file cannot be read at all."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Ask(StrEnum):
    """What only a person can say."""

    ACCOUNTS = "accounts"
    DATES = "dates"


@dataclass(frozen=True)
class Question:
    """`line` and what follows it: the first date that can be read in two ways."""

    about: Ask
    line: int = 0
    written: str = ""  # "11/04/2026 09:00"
    day_first: str = ""  # "11 April 2026"
    month_first: str = ""  # "4 November 2026"

    @property
    def sentence(self) -> str:
        if self.about is Ask.ACCOUNTS:
            return "Which accounts are these posts for? The file does not say."
        return (
            f"Is the day or the month first? Line {self.line} says {self.written}, and no date in the file tells: "
            f"{self.day_first}, or {self.month_first}?"
        )


@dataclass(frozen=True)
class RowImage:
    """`reference`: a path or an address, or several in one cell; nothing of it is fetched yet."""

    reference: str
    alt: str = ""


@dataclass(frozen=True)
class Row:
    """A good row."""

    line: int
    slot: datetime | None  # aware, UTC; None for a draft
    accounts: tuple[str, ...]  # by their keys, each once
    text: str
    images: tuple[RowImage, ...]
    label: str


@dataclass(frozen=True)
class Found:
    """Which file this is. `tool`: whose format; empty for a table whose columns have names that are known."""

    tool: str
    rows: int
    zone: str  # the zone in which times without one were read; empty: there were none
    columns: Mapping[Column, str] = field(default_factory=dict)  # as the file calls them

    @property
    def sentence(self) -> str:
        """ "2 posts from Buffer"; "2 posts (columns: Time, Accounts, Text)"."""
        counted = f"{self.rows:,} post{'' if self.rows == 1 else 's'}"
        if not self.tool:
            return f"{counted} (columns: {', '.join(self.columns.values())})"
        return f"{counted} in {OURS}'s own format" if self.tool == OURS else f"{counted} from {self.tool}"

    @property
    def times(self) -> str:
        """Empty where each time names its zone."""
        return f"Times that name no zone are {name_zone(self.zone)}." if self.zone else ""

    def call(self, column: Column) -> str:
        return self.columns.get(column, column.value)


@dataclass(frozen=True)
class Judged:
    """Rows without a problem; every problem; notes, which keep nothing from being imported; and questions: until they
    are answered, rows lack what depends on them.

    `past`: rows with no other problem than this one, that their time is over. They may be here already."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    questions: tuple[Question, ...] = ()
    past: tuple[tuple[Row, Problem], ...] = ()
    found: Found | None = None  # None: the file could not be read


@dataclass(frozen=True)
class Judge:
    """What rows are judged by. `given`: accounts of rows that name none. `day_first`: of dates that do not tell."""

    zone: tzinfo
    accounts: Collection[str]
    now: datetime  # aware
    measure: Measure
    find: FindAccounts | None = None  # None: accounts are named by their keys only
    given: tuple[str, ...] = ()
    day_first: bool | None = None
    title_of: Callable[[str], str] = str  # an account's, for what people read; else its key
