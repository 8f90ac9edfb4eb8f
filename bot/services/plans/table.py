"""A file's bytes as rows of cells: one encoding, quotes, and no more than so many bytes and rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from bot.domain.preflight.words import is_visible
from bot.services.plans.findings import PlanRefused, Problem

MAX_BYTES = 10_000_000
MAX_ROWS = 5_000

Cells = tuple[int, list[str]]  # (line the row begins on, its cells)

_NO_BOM = "utf-8-sig"
_SPLIT = "Split it into several files."
_SAVE_AS = 'Save it as "CSV UTF-8".'


def read_table(data: bytes, problems: list[Problem]) -> Iterator[Cells]:
    """Rows that are not blank. Broken ones become problems. Raises PlanRefused, also on the way."""
    return _Reader(_decode(data), problems)


def say_too_large() -> Problem:
    return Problem(0, "", f"It has more than {MAX_BYTES // 10**6} MB.", _SPLIT)


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise PlanRefused(say_too_large())
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise PlanRefused(Problem(0, "", "It is UTF-16, not UTF-8.", _SAVE_AS))
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise PlanRefused(Problem(0, "", "This is a workbook or a zip, not a CSV file.", _SAVE_AS))
    if (at := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, at) + 1
        raise PlanRefused(Problem(line, "", "It holds a NUL byte: this is not a CSV file.", _SAVE_AS))
    try:
        return data.decode(_NO_BOM)
    except UnicodeDecodeError as broken:
        line = broken.object.count(b"\n", 0, broken.start) + 1
        raise PlanRefused(Problem(line, "", "It is not UTF-8.", _SAVE_AS)) from None


class _Reader(Iterator[Cells]):
    def __init__(self, text: str, problems: list[Problem]) -> None:
        self._rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        self._problems = problems
        self._count = 0

    def __next__(self) -> Cells:
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
                    raise PlanRefused(Problem(line, "", f"There are more than {MAX_ROWS} rows.", _SPLIT))
                return line, cells


def _broken(error: str) -> tuple[str, str]:
    if "unexpected end" in error:
        return "A quote that opens here is never closed.", 'Close it; write a quote inside a text as "".'
    if "field larger" in error:
        return "A cell is larger than any post.", "Is a quote left open?"
    return "The quotes are broken.", 'Put the whole text in quotes; write a quote inside it as "".'
