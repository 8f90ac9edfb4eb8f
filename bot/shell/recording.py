"""`byhand record export` and `byhand record verify`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.shell.database_access import load_settings_to_look, open_to_read
from bot.shell.refusing import Refused
from bot.store import record
from bot.store.record import Head, Verdict

_FIELDS = {"seq", "hash", "sealed_at", "fact"}


def export(file: Path | None) -> Iterator[str]:
    """Lines to print: the record itself, or where it is now."""
    with open_to_read(load_settings_to_look()) as store:
        lines = store.read(lambda db: [json.dumps(line) for line in record.export(db)])
    if file is None:
        yield from lines
        return
    try:
        with file.expanduser().open("x", encoding="utf-8") as out:
            out.writelines(f"{line}\n" for line in lines)
    except FileExistsError:
        raise Refused(f"{file} exists already; a record is never written over another.") from None
    yield f"{len(lines)} facts written to {file}. Check them anywhere: byhand record verify --file {file}"


def verify(file: Path | None, head: str | None) -> Iterator[str]:
    """Raises Refused where the record does not hold."""
    known = None if head is None else parse_head(head)
    verdict = _verdict(file, known)
    if not verdict.ok:
        raise Refused(f"The record is not intact. {verdict.problem}")
    yield f"The record is intact: {verdict.head.seq} facts sealed, {verdict.unsealed} not sealed yet."
    yield f"Its newest seal, to keep elsewhere: {verdict.head.seq}:{verdict.head.hash}"


def _verdict(file: Path | None, known: Head | None) -> Verdict:
    if file is not None:
        return record.verify_export(read_lines(file.expanduser()), known)
    with open_to_read(load_settings_to_look()) as store:
        return store.read(lambda db: record.verify(db, known))


def parse_head(text: str) -> Head:
    """ "120:9f3a…" → Head. Raises Refused."""
    found = re.fullmatch(r"([0-9]{1,12}):([0-9a-f]{64})", text.strip())
    if not found:
        raise Refused(
            "A head is a number, a colon and 64 hexadecimal digits, as byhand record verify prints it."
        )
    return Head(int(found[1]), found[2])


def read_lines(file: Path) -> Iterator[Mapping[str, Any]]:
    """An export, line by line. Raises Refused for what is none."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        for number, text in enumerate(lines, 1):
            try:
                line = json.loads(text)
            except (ValueError, RecursionError):
                line = None
            if not isinstance(line, dict) or not line.keys() >= _FIELDS:
                raise Refused(f"{file}, line {number}: this is not a line of an exported record.")
            yield line
