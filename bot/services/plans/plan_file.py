"""A plan file, checked row by row: CSV with the header `Time,Accounts,Text,Image,Alt text,Label`.

Pure but for `read_plan`. A row is good or it has problems, each with its line and how to fix it; nothing is guessed,
cut or repaired silently: names of emoji are read as in Slack's dialogs, and a note says so. Other tools' files are
recognised only to say that they are not read.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from bot.domain.emoji import find_known_names, find_unknown_names, replace_names
from bot.domain.hours import AmbiguousMoment, SkippedMoment, to_utc
from bot.domain.preflight.words import NOTHING_IN, find_damage, find_entity, is_visible, strip_unseen

COLUMNS = ("Time", "Accounts", "Text", "Image", "Alt text", "Label")
HEADER = ",".join(COLUMNS)
WORDS, INTERNAL = ("Text", "Alt text", "Label"), "Label"  # a label is read by colleagues only
MAX_BYTES = 10_000_000
MAX_ROWS = 5_000
FARTHEST = timedelta(days=400)

_NO_BOM = "utf-8-sig"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tab and line feed
_HOOTSUITE = re.compile(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}")
_OTHERS: Mapping[str, frozenset[str]] = {  # tool: columns that together only its files have, normalised
    "Buffer": frozenset({"text", "imageurl", "tags", "postingtime"}),
    "SocialBee or HighLevel": frozenset({"postatspecifictime(yyyymmddhh:mm:ss)"}),
    "SocialBee": frozenset({"imageurls", "postatspecifictime"}),
    "Ayrshare": frozenset({"post", "platforms", "scheduledate"}),
    "ContentStudio": frozenset({"dateandtime", "message"}),
    "Metricool": frozenset({"draft", "pictureurl1"}),
    "PostFast": frozenset({"scheduledat", "accountid"}),
    "Schedulin": frozenset({"caption", "scheduledat"}),
}

Measure = Callable[[str, str], str | None]  # (account, text) → a sentence if the text does not fit


@dataclass(frozen=True)
class Problem:
    """`line` counts from 1 as editors do, at the start of the row; 0 is the file as a whole."""

    line: int
    column: str  # one of COLUMNS; empty for the row as a whole
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


@dataclass(frozen=True)
class Row:
    """A good row."""

    line: int
    slot: datetime | None  # aware, UTC; None for a draft
    accounts: tuple[str, ...]  # as written, each once
    text: str
    image: str | None  # a path or an address, not fetched yet
    alt: str
    label: str


@dataclass(frozen=True)
class Judged:
    """Rows without a problem; every problem; and notes, which keep nothing from being imported."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Judge:
    """What rows are judged by."""

    zone: tzinfo
    accounts: Collection[str]
    now: datetime  # aware
    measure: Measure


def read_plan(path: Path) -> bytes:
    """The file's bytes, at most MAX_BYTES. Raises PlanRefused."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise PlanRefused(
            Problem(0, "", f"It cannot be read: {problem.strerror}.", "Check its name.")
        ) from None
    if len(data) > MAX_BYTES:
        raise PlanRefused(_too_large())
    return data


def judge_plan(data: bytes, judge: Judge) -> Judged:
    """Every row judged. Never raises, whatever the bytes are."""
    problems: list[Problem] = []
    notes: list[Problem] = []
    rows: dict[tuple[object, ...], Row] = {}
    try:
        text = _decode(data)
        reader = _Reader(text, problems)
        header = _header(next(reader, None))
        for line, cells in reader:
            row = _row(line, cells, header, judge, problems, notes)
            if row and (first := rows.setdefault(_same(row), row)) is not row:
                problems.append(Problem(line, "", f"It is the same as line {first.line}.", "Remove one."))
    except PlanRefused as refused:
        problems.append(refused.problem)
    return Judged(tuple(rows.values()), tuple(sorted(problems, key=lambda one: one.line)), tuple(notes))


def make_import_key(row: Row, image_sha256: str | None) -> str:
    """The same for the same accounts, time, text and image, so that a second import adds nothing."""
    slot = row.slot.astimezone(UTC).isoformat() if row.slot else None
    content = json.dumps([sorted(row.accounts), slot, row.text, image_sha256], ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def _same(row: Row) -> tuple[object, ...]:
    return row.slot, tuple(sorted(row.accounts)), row.text, row.image


def _too_large() -> Problem:
    return Problem(0, "", f"It has more than {MAX_BYTES // 10**6} MB.", "Split it into several files.")


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise PlanRefused(_too_large())
    save_as = 'Save it as "CSV UTF-8".'
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise PlanRefused(Problem(0, "", "It is UTF-16, not UTF-8.", save_as))
    if (at := data.find(b"\0")) >= 0:
        raise PlanRefused(
            Problem(data.count(b"\n", 0, at) + 1, "", "It holds a NUL byte: this is not a CSV file.", save_as)
        )
    try:
        return data.decode(_NO_BOM)
    except UnicodeDecodeError as broken:
        line = broken.object.count(b"\n", 0, broken.start) + 1
        raise PlanRefused(Problem(line, "", "It is not UTF-8.", save_as)) from None


class _Reader(Iterator[tuple[int, list[str]]]):
    """Rows that are not blank, with the line each begins on. Broken ones become problems."""

    def __init__(self, text: str, problems: list[Problem]) -> None:
        self._rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        self._problems = problems
        self._count = 0

    def __next__(self) -> tuple[int, list[str]]:
        while True:
            line = self._rows.line_num + 1
            try:
                cells = next(self._rows)
            except csv.Error as broken:
                self._problems.append(Problem(line, "", *_broken(str(broken))))
                continue
            if any(map(is_visible, cells)):
                self._count += 1
                if self._count > MAX_ROWS + 1:
                    raise PlanRefused(
                        Problem(
                            line, "", f"There are more than {MAX_ROWS} rows.", "Split it into several files."
                        )
                    )
                return line, cells


def _broken(error: str) -> tuple[str, str]:
    if "unexpected end" in error:
        return "A quote that opens here is never closed.", 'Close it; write a quote inside a text as "".'
    if "field larger" in error:
        return "A cell is larger than any post.", "Is a quote left open?"
    return "The quotes are broken.", 'Put the whole text in quotes; write a quote inside it as "".'


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", strip_unseen(name)).casefold()


@dataclass(frozen=True)
class _Header:
    places: Mapping[str, int]  # column → its place, in any order
    width: int  # cells of every row: spreadsheets add the same empty ones to all


def _header(first: tuple[int, list[str]] | None) -> _Header:
    """Raises PlanRefused."""
    line, cells = first or (1, [])
    width = len(cells)
    while cells and not is_visible(cells[-1]):
        cells = cells[:-1]
    known = {_plain(column): column for column in COLUMNS}
    names = [_plain(cell) for cell in cells]
    if sorted(names) == sorted(known):
        return _Header({known[name]: place for place, name in enumerate(names)}, width)
    raise PlanRefused(Problem(line, "", _wrong_header(cells, names, known), f"The header is: {HEADER}"))


def _wrong_header(cells: list[str], names: list[str], known: Mapping[str, str]) -> str:
    if not cells:
        return "It is empty."
    for tool, columns in _OTHERS.items():
        if columns <= set(names):
            return f"This is a file for {tool}; such files are not read yet."
    if _HOOTSUITE.fullmatch(strip_unseen(cells[0])):
        return "This looks like a file for Hootsuite, without a header; such files are not read yet."
    if len(cells) == 1 and re.search("[;\t]", cells[0]):
        return "The columns are separated by semicolons or tabs, not by commas."
    unknown = [cell for cell, name in zip(cells, names, strict=True) if name not in known]
    if unknown:
        close = difflib.get_close_matches(_plain(unknown[0]), known, n=1)
        hint = f" Did you mean {known[close[0]]}?" if close else ""
        return f'There is no column "{unknown[0].strip()[:60]}".{hint}'
    missing = [column for name, column in known.items() if name not in names]
    return f"The column {missing[0]} is missing." if missing else "A column is there twice."


def _row(
    line: int,
    cells: list[str],
    header: _Header,
    judge: Judge,
    problems: list[Problem],
    notes: list[Problem],
) -> Row | None:
    if len(cells) > header.width or any(map(is_visible, cells[len(COLUMNS) :])):
        problems.append(Problem(line, "", *_too_many(cells, header)))
        return None
    whole = cells + [""] * (len(COLUMNS) - len(cells))  # empty cells at the end need not be there
    written = {column: _clean(whole[place]) for column, place in header.places.items()}
    cell = {**written, **{column: replace_names(written[column]) for column in WORDS}}
    found = [Problem(line, *what) for what in _cell_problems(cell, judge)]
    slot = None
    try:
        slot = _slot(cell["Time"], judge)
    except _Wrong as wrong:
        found.append(Problem(line, "Time", wrong.sentence, wrong.mend))
    if found:
        if len(cells) < len(COLUMNS):
            count = f"It has {len(cells)} cells, not {len(COLUMNS)}."
            found.insert(0, Problem(line, "", count, "If one is missing in the middle, add its comma."))
        problems += found
        return None
    notes += (Problem(line, *what) for what in (*_cell_notes(cell), *_name_notes(written)))
    accounts = tuple(_names(cell["Accounts"]))
    return Row(line, slot, accounts, cell["Text"], cell["Image"] or None, cell["Alt text"], cell["Label"])


def _clean(cell: str) -> str:
    return strip_unseen(cell.replace("\r\n", "\n").replace("\r", "\n"))


def _names(cell: str) -> list[str]:
    """Each once, in their order; a list pasted from a web page may be parted by what nobody sees."""
    return list(dict.fromkeys(filter(None, re.split(r"[\s\u200b\u2060\ufeff]+", cell))))


def _too_many(cells: list[str], header: _Header) -> tuple[str, str]:
    curly = any(re.search("[“”„]", cell) for cell in cells)
    mend = 'A text with a comma needs straight quotes: ".' if curly else "A text with a comma needs quotes."
    if len(cells) > header.width:
        return f"It has {len(cells)} cells, not {header.width}.", mend
    place = next(n for n, cell in enumerate(cells, 1) if n > len(COLUMNS) and is_visible(cell))
    return f"There is something in cell {place}, whose column has no name.", mend


def _cell_problems(cell: Mapping[str, str], judge: Judge) -> Iterator[tuple[str, str, str]]:
    """(column, sentence, how to fix it) for every cell but Time."""
    for column, value in cell.items():
        if _CONTROLS.search(value):
            yield column, "It holds a control character.", "Type the cell again."
        elif (damage := find_damage(value)) is not None:
            yield column, *damage
        elif column in WORDS and column != INTERNAL and (names := find_unknown_names(value)):
            yield (
                column,
                f"{_list(names)} would be published exactly like that: no emoji has that name outside your workspace.",
                "Write the emoji itself, or leave out the colons.",
            )
    if not cell["Text"] and not cell["Image"]:
        yield "Text", f"{NOTHING_IN}.", "Write one, or remove the row."
    if cell["Time"] and not cell["Accounts"]:
        yield "Accounts", "It has a time but no account.", "Name one, or empty the time for a draft."
    for account in _names(cell["Accounts"]):
        if account not in judge.accounts:
            yield "Accounts", f'There is no account "{account}".', _closest_account(account, judge.accounts)
        elif cell["Text"] and (too_long := judge.measure(account, cell["Text"])):
            yield "Text", too_long, f"Shorten it, or write a row of its own for {account}."


def _closest_account(account: str, known: Collection[str]) -> str:
    if re.search("[,;]", account):
        return "Separate accounts by spaces."
    close = difflib.get_close_matches(account, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"Known: {', '.join(sorted(known)) or 'none'}."


def _cell_notes(cell: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    if cell["Image"] and not cell["Alt text"]:
        yield "Alt text", "The image has no alt text.", "Without one the post cannot be approved."
    for column in ("Text", "Alt text"):
        if (entity := find_entity(cell[column])) is not None:
            yield column, entity, ""
    if cell["Alt text"] and not cell["Image"]:
        yield "Alt text", "There is alt text, but no image.", ""


def _name_notes(written: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for column in WORDS:
        if names := find_known_names(written[column]):
            yield column, f"{_list([f'{name} is read as {shown}' for name, shown in names.items()])}.", ""


def _list(names: Sequence[str]) -> str:
    return ", ".join([*names[:5], *(["…"] if len(names) > 5 else [])])


class _Wrong(Exception):
    """A time that cannot be used."""

    def __init__(self, sentence: str, mend: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.mend = mend


def _slot(text: str, judge: Judge) -> datetime | None:
    if not text:
        return None
    like = 'Write it like "2026-11-24 09:00".'
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _Wrong(f'"{text[:60]}" is not a time.', like) from None
    if len(text) <= len("2026-11-24"):
        raise _Wrong(f'"{text}" has no time of day.', like)
    try:
        slot = moment.astimezone(UTC) if moment.tzinfo else _in_zone(moment, text, judge.zone)
    except OverflowError:
        raise _Wrong(f'"{text}" is not a possible time.', like) from None
    if slot <= judge.now:
        raise _Wrong(f'"{text}" is in the past.', "Give it a time to come, or none for a draft.")
    if slot > judge.now + FARTHEST:
        raise _Wrong(f'"{text}" is more than {FARTHEST.days} days ahead.', "Is the year right?")
    return slot


def _in_zone(moment: datetime, text: str, zone: tzinfo) -> datetime:
    try:
        return to_utc(moment, zone)
    except AmbiguousMoment:
        both = (moment.replace(tzinfo=zone, fold=fold).isoformat() for fold in (0, 1))
        raise _Wrong(
            f'"{text}" happens twice that day: the clocks go back.', f"Write {' or '.join(both)}."
        ) from None
    except SkippedMoment:
        raise _Wrong(
            f'"{text}" does not exist: the clocks go forward over it.', "Write another time."
        ) from None
