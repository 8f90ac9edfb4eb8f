"""A plan file, checked row by row: which file it is, which order its dates have, then every row.

Pure but for `read_plan`. A row is good or it has problems; what the file does not say is asked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import IO

from bot.domain.shown.moments import name_moment
from bot.domain.shown.state_words import join_names
from bot.services.plans.dates import Order, find_order
from bot.services.plans.dialects import Layout, find_layout
from bot.services.plans.findings import (
    OURS,
    Ask,
    Column,
    Found,
    Judge,
    Judged,
    PlanRefused,
    Problem,
    Question,
    Row,
)
from bot.services.plans.rows import Sheet, Tally, find_time, judge_row
from bot.services.plans.table import MAX_BYTES, Cells, read_table, say_too_large


def read_plan(file: IO[bytes]) -> bytes:
    """Its bytes, at most MAX_BYTES. Raises PlanRefused."""
    try:
        data = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise PlanRefused(
            Problem(0, "", f"It cannot be read: {problem.strerror}.", "Check its name.")
        ) from None
    if len(data) > MAX_BYTES:
        raise PlanRefused(say_too_large())
    return data


def judge_plan(data: bytes, judge: Judge) -> Judged:
    """Every row judged. Never raises, whatever the bytes are."""
    tally = Tally()
    try:
        layout, rows = find_layout(list(read_table(data, tally.problems)))
        order = find_order(((line, find_time(cells, layout)) for line, cells in rows), judge.day_first)
        return _judge_rows(rows, layout, order, judge, tally)
    except PlanRefused as refused:
        return Judged((), _in_order([*tally.problems, refused.problem]))


def make_import_key(row: Row, digests: Sequence[str]) -> str:
    """The same for the same accounts, time, text and images, so that a second import adds nothing."""
    slot = row.slot.astimezone(UTC).isoformat() if row.slot else None
    images = list(digests) if len(digests) > 1 else next(iter(digests), None)
    content = json.dumps([sorted(row.accounts), slot, row.text, images], ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def _judge_rows(rows: Sequence[Cells], layout: Layout, order: Order, judge: Judge, tally: Tally) -> Judged:
    names = layout.columns
    sheet = Sheet(layout, order, names)
    good: dict[tuple[object, ...], Row] = {}
    for line, cells in rows:
        row = judge_row(line, cells, sheet, judge, tally)
        if row and (first := good.setdefault(_same(row, order), row)) is not row:
            tally.problems.append(Problem(line, "", f"It is the same as line {first.line}.", "Remove one."))
    questions = [Question(Ask.ACCOUNTS)] if rows and sheet.all_given and not judge.given else []
    questions += [order.question] if order.question else []
    return Judged(
        tuple(good.values()), _in_order(tally.problems), (*_list_notes(sheet, judge, tally), *tally.notes),
        tuple(questions), tuple(tally.past),
        Found(layout.tool, len(rows), str(judge.zone) if tally.zoneless else "", names),
    )  # fmt: skip


def _same(row: Row, order: Order) -> tuple[object, ...]:
    """While dates are asked for, rows have no slot to be told apart by."""
    return (
        row.line if order.question else row.slot,
        tuple(sorted(row.accounts)),
        row.text,
        tuple(each.reference for each in row.images),
    )


def _in_order(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda one: one.line))


def _list_notes(sheet: Sheet, judge: Judge, tally: Tally) -> Iterator[Problem]:
    """What is so for the whole file."""
    if tally.nameless:
        yield _note(
            f"Rows that name no account are for {join_names([judge.title_of(key) for key in judge.given])}."
        )
    if sheet.order.proof:
        line, written = sheet.order.proof
        first = "day" if sheet.order.day_first else "month"
        yield _note(f"Its dates have the {first} first: line {line} says {written}.")
    if tally.short_years:
        written, slot = tally.short_years[0]
        many = f"{_count(len(tally.short_years), 'date')} with a year of two digits, as Excel leaves them"
        yield _note(f"It has {many}: {written} is read as {name_moment(slot, judge.zone)}.")
    if tally.links:
        yield _note(
            f"{_count(tally.links, 'link')} {'was' if tally.links == 1 else 'were'} put at the end of the text."
        )
    if tally.drafts and sheet.layout.tool != OURS:
        elsewhere = " (Buffer would have used its next free slot)" if sheet.layout.tool == "Buffer" else ""
        come = "comes in as a draft" if tally.drafts == 1 else "come in as drafts"
        yield _note(f"{_count(tally.drafts, 'row')} without a time {come}{elsewhere}.")
    if tally.labels and (column := sheet.names.get(Column.LABEL)) and sheet.layout.tool != OURS:
        yield _note(f'What stands in "{column}" is read as the label, which colleagues see.')


def _note(sentence: str) -> Problem:
    return Problem(0, "", sentence, "")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
