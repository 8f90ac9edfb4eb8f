"""One row of a plan file, judged: a good row, or problems, each with its line and how to fix it.

Nothing is guessed, cut or repaired silently: names of emoji are read as in Slack's dialogs, a link is put behind its
text, and a note says so.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.emoji import find_known_names, find_unknown_names, replace_names
from bot.domain.preflight.words import NOTHING_IN, find_damage, find_entity, is_visible, strip_unseen
from bot.services.plans.dates import Order, WrongTime, join_day_and_time, read_moment
from bot.services.plans.dialects import Layout
from bot.services.plans.findings import MOST_IMAGES, OURS, Column, Judge, Problem, Row, RowImage

INTERNAL = Column.LABEL  # read by colleagues only
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tab and line feed
_FORMULA = re.compile(  # what a spreadsheet computes, or has another program do: "=HYPERLINK(", "=cmd|", "@SUM("
    r"=\s*[-+@]*\s*(?:[^\W\d_][\w.]*[(|]|[^\W\d_]\w*!\$?[A-Z]{1,3}\$?\d|\$?[A-Z]{1,3}\$?\d+\b|[\"']|\d|\((?:\d|\$?[A-Z]{1,3}\$?\d))"
    r"|[-+@]\s*(?:[^\W\d_]\w*\|\s*'|(?:SUM|HYPERLINK|IMPORT\w+|WEBSERVICE|INDEX|CONCAT\w*|IF|NOW|TODAY)\()",
    re.IGNORECASE,
)
_OFF = frozenset({"false", "no", "0", "none", "off"})  # what nobody chose, in a column that is not known
_WEB = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
_SHORT = 60  # characters of a cell, in a sentence


@dataclass
class Tally:
    """What is found on the way through the rows."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    past: list[tuple[Row, Problem]] = field(default_factory=list)
    links: int = 0  # put at the end of their texts
    drafts: int = 0
    labels: int = 0
    short_years: list[tuple[str, datetime]] = field(default_factory=list)  # as written, as read
    zoneless: bool = False
    nameless: bool = False  # a row names no account, and one was given


@dataclass(frozen=True)
class Sheet:
    """What is so for every row of the file."""

    layout: Layout
    order: Order
    names: Mapping[Column, str]

    @property
    def all_given(self) -> bool:
        """No row names an account: there is no column for it."""
        return not {Column.ACCOUNTS, Column.NETWORK} & self.layout.places.keys()

    def call(self, column: Column) -> str:
        return self.names.get(column, column.value)


@dataclass
class _Draft:
    """One row on its way: its cells by column, and what is wrong with it."""

    line: int
    cell: dict[Column, str]
    written: dict[Column, str]  # before names of emoji were read
    images: tuple[RowImage, ...]
    linked: bool = False
    found: list[Problem] = field(default_factory=list)

    def refuse(self, column: str, sentence: str, mend: str) -> None:
        self.found.append(Problem(self.line, column, sentence, mend))


def find_time(cells: Sequence[str], layout: Layout) -> str:
    """A row's time as it stands there; empty where it is wanting. Never raises."""
    whole = _pad(cells, layout)
    day, time = (_at(whole, layout.places.get(each)) for each in (Column.DAY, Column.TIME))
    return day or time


def judge_row(line: int, cells: Sequence[str], sheet: Sheet, judge: Judge, tally: Tally) -> Row | None:
    """None: it has problems, which are in the tally then."""
    layout = sheet.layout
    if len(cells) > layout.width or any(map(is_visible, cells[layout.named_width :])):
        tally.problems.append(Problem(line, "", *_too_many(cells, layout)))
        return None
    draft = _read(line, cells, sheet)
    accounts = _find_accounts(draft, sheet, judge, tally)
    _judge_words(draft, sheet)
    _judge_length(draft, sheet, judge, accounts)
    slot, over = _find_slot(draft, sheet, judge, tally)
    if draft.found:
        if len(cells) < layout.named_width and layout.tool == OURS:
            count = f"It has {len(cells)} cells, not {layout.named_width}."
            mend = "If one is missing in the middle, add its comma."
            draft.found.insert(0, Problem(line, "", count, mend))
        tally.problems += draft.found
        return None
    cell = draft.cell
    row = Row(line, slot, accounts, cell.get(Column.TEXT, ""), draft.images, cell.get(Column.LABEL, ""))
    tally.notes += _list_notes(draft, sheet)
    tally.links += draft.linked
    tally.labels += bool(row.label)
    tally.drafts += not _has_time(draft)
    if over is not None:
        tally.problems.append(over)
        tally.past.append((row, over))
        return None
    return row


# --- its cells ---------------------------------------------------------------------------------------


def _pad(cells: Sequence[str], layout: Layout) -> list[str]:
    return [*cells, *[""] * (layout.width - len(cells))]  # empty cells at the end need not be there


def _at(cells: Sequence[str], place: int | None) -> str:
    return "" if place is None else clean(cells[place])


def clean(cell: str) -> str:
    return strip_unseen(cell.replace("\r\n", "\n").replace("\r", "\n"))


def _read(line: int, cells: Sequence[str], sheet: Sheet) -> _Draft:
    layout = sheet.layout
    whole = _pad(cells, layout)
    written = {column: clean(whole[place]) for column, place in layout.places.items()}
    words = (Column.TEXT, Column.LABEL)
    cell = {column: replace_names(value) if column in words else value for column, value in written.items()}
    draft = _Draft(line, cell, written, ())
    images = [(_at(whole, image), _at(whole, alt)) for image, alt in layout.images]
    _judge_images(draft, images, sheet)
    for place, (sentence, mend) in layout.refused.items():
        if _is_on(whole[place]):
            draft.refuse(layout.names[place].strip()[:_SHORT], sentence, mend)
    for place in sorted(layout.unknown):
        if _is_on(whole[place]):
            draft.refuse(*_say_unknown(place, layout.names[place]))
    _append_link(draft, sheet)
    return draft


def _say_unknown(place: int, name: str) -> tuple[str, str, str]:
    if not is_visible(name):
        return (
            "",
            f"There is something in cell {place + 1}, whose column has no name.",
            "Name it, or empty the cell.",
        )
    return (
        name.strip()[:_SHORT],
        "The name of this column is not known.",
        "Empty the cell, or remove the column.",
    )


def _is_on(cell: str) -> bool:
    value = strip_unseen(cell)
    return bool(value) and value.casefold() not in _OFF


def _judge_images(draft: _Draft, images: Sequence[tuple[str, str]], sheet: Sheet) -> None:
    """Their alt texts are words; where there is no image, they say so."""
    kept = []
    for reference, alt in images:
        for column, value in ((Column.IMAGE, reference), (Column.ALT, alt)):
            _judge_cell(draft, sheet.call(column), value, published=column is Column.ALT)
        if reference:
            kept.append(RowImage(reference, replace_names(alt)))
    draft.images = tuple(kept)
    draft.written |= {Column.ALT: "\n".join(alt for _, alt in images)}
    draft.cell |= {Column.ALT: "\n".join(replace_names(alt) for _, alt in images if alt)}
    if len(kept) > MOST_IMAGES:
        draft.refuse(
            sheet.call(Column.IMAGE), f"It has {len(kept)} images; a post can have up to {MOST_IMAGES}.",
            "Leave some out.",
        )  # fmt: skip


def _append_link(draft: _Draft, sheet: Sheet) -> None:
    """Behind the text, unless it is in it."""
    link = draft.cell.get(Column.LINK, "")
    if not link:
        return
    if not _WEB.fullmatch(link):
        draft.refuse(
            sheet.call(Column.LINK),
            f'"{link[:_SHORT]}" is not one whole link.',
            "Write it with https://, alone.",
        )
        return
    text = draft.cell.get(Column.TEXT, "")
    if link not in text:
        draft.cell[Column.TEXT] = f"{text}\n{link}" if text else link
        draft.linked = True


def _too_many(cells: Sequence[str], layout: Layout) -> tuple[str, str]:
    curly = any(re.search("[“”„]", cell) for cell in cells)
    mend = 'A text with a comma needs straight quotes: ".' if curly else "A text with a comma needs quotes."
    if len(cells) > layout.width:
        return f"It has {len(cells)} cells, not {layout.width}.", mend
    place = next(n for n, cell in enumerate(cells, 1) if n > layout.named_width and is_visible(cell))
    return f"There is something in cell {place}, whose column has no name.", mend


# --- its words ---------------------------------------------------------------------------------------


def _judge_words(draft: _Draft, sheet: Sheet) -> None:
    for column in draft.written:
        if column is not Column.ALT:
            published = column is Column.TEXT
            _judge_cell(draft, sheet.call(column), draft.cell[column], published=published)
    if not draft.cell.get(Column.TEXT) and not draft.images:
        draft.refuse(sheet.call(Column.TEXT), f"{NOTHING_IN}.", "Write one, or remove the row.")


def _judge_cell(draft: _Draft, column: str, value: str, *, published: bool) -> None:
    if _CONTROLS.search(value):
        draft.refuse(column, "It holds a control character.", "Type the cell again.")
    elif (damage := find_damage(value)) is not None:
        draft.refuse(column, *damage)
    elif _FORMULA.match(value):
        shown = " ".join(value[:30].split()) + ("…" if len(value) > 30 else "")
        draft.refuse(
            column, f"{shown} is a formula, not a text: only a spreadsheet computes it.",
            "Write what the cell shows there.",
        )  # fmt: skip
    elif published and (names := find_unknown_names(value)):
        draft.refuse(
            column,
            f"{_list(names)} would be published exactly like that: no emoji has that name outside your workspace.",
            "Write the emoji itself, or leave out the colons.",
        )


def _judge_length(draft: _Draft, sheet: Sheet, judge: Judge, accounts: Sequence[str]) -> None:
    text = draft.cell.get(Column.TEXT, "")
    for account in accounts if text else ():
        if too_long := judge.measure(account, text):
            mend = f"Shorten it, or write a row of its own for {account}."
            draft.refuse(sheet.call(Column.TEXT), too_long, mend)


def _list_notes(draft: _Draft, sheet: Sheet) -> Iterator[Problem]:
    text, alt = draft.cell.get(Column.TEXT, ""), draft.cell[Column.ALT]
    called = sheet.call(Column.ALT)
    if missing := [n for n, image in enumerate(draft.images, 1) if not image.alt]:
        which = "The image has" if len(draft.images) == 1 else f"Image {_list([str(n) for n in missing])} has"
        yield Problem(draft.line, called, f"{which} no alt text.", "Without one the post cannot be approved.")
    for column, value in ((Column.TEXT, text), (Column.ALT, alt)):
        if (entity := find_entity(value)) is not None:
            yield Problem(draft.line, sheet.call(column), entity, "")
    if alt and not draft.images:
        yield Problem(draft.line, called, "There is alt text, but no image.", "")
    for column in (Column.TEXT, Column.ALT, Column.LABEL):
        if names := find_known_names(draft.written.get(column, "")):
            said = f"{_list([f'{name} is read as {shown}' for name, shown in names.items()])}."
            yield Problem(draft.line, sheet.call(column), said, "")


def _list(names: Sequence[str]) -> str:
    return ", ".join([*names[:5], *(["…"] if len(names) > 5 else [])])


# --- its accounts ------------------------------------------------------------------------------------


def _find_accounts(draft: _Draft, sheet: Sheet, judge: Judge, tally: Tally) -> tuple[str, ...]:
    """By their keys; those that were given where the row names none."""
    cell = draft.cell.get(Column.ACCOUNTS, "")
    network = draft.cell.get(Column.NETWORK, "")
    column = Column.ACCOUNTS if cell or Column.NETWORK not in sheet.layout.places else Column.NETWORK
    if not (cell or network):
        tally.nameless |= bool(judge.given) and not sheet.all_given
        if not judge.given and not sheet.all_given and _has_time(draft):
            draft.refuse(
                sheet.call(column),
                "It has a time but no account.",
                "Name one, or empty the time for a draft.",
            )
        return judge.given
    found: list[str] = []
    for name in _names(cell or network, judge, ours=sheet.layout.tool == OURS):
        known = _resolve(name, judge)
        if len(known) > 1 and cell and network:
            known = [key for key in known if key in set(_resolve(network, judge))]
        if len(known) == 1:
            found += known
        elif known:
            which = f'"{name[:_SHORT]}" is the name of several accounts: {", ".join(sorted(known))}.'
            draft.refuse(sheet.call(column), which, "Name the account itself.")
        else:
            said = f'There is no account "{name[:_SHORT]}".'
            draft.refuse(sheet.call(column), said, _closest_account(name, judge.accounts))
    return tuple(dict.fromkeys(found))


def _has_time(draft: _Draft) -> bool:
    return bool(draft.cell.get(Column.TIME) or draft.cell.get(Column.DAY))


def _names(cell: str, judge: Judge, *, ours: bool) -> list[str]:
    """Each once, in their order; a list pasted from a web page may be parted by what nobody sees. In other tools' files
    commas part them, and a name may have spaces."""
    parts = [cell] if ours else [part.strip() for part in re.split(r"[,;|\n]", cell)]
    names: list[str] = []
    for part in parts:
        whole = not ours and bool(_resolve(part, judge))
        names += [part] if whole else re.split(r"[\s\u200b\u2060\ufeff]+", part)
    return list(dict.fromkeys(filter(None, names)))


def _resolve(name: str, judge: Judge) -> list[str]:
    if name in judge.accounts:
        return [name]
    return list(judge.find(name)) if judge.find and name else []


def _closest_account(account: str, known: Collection[str]) -> str:
    if re.search("[,;]", account):
        return "Separate accounts by spaces."
    close = difflib.get_close_matches(account, known, n=1, cutoff=0.8)
    return f"Did you mean {close[0]}?" if close else f"Known: {', '.join(sorted(known)) or 'none'}."


# --- its time ----------------------------------------------------------------------------------------


def _find_slot(
    draft: _Draft, sheet: Sheet, judge: Judge, tally: Tally
) -> tuple[datetime | None, Problem | None]:
    """(the slot, the problem that it is over). Other problems are the draft's."""
    day, time = draft.cell.get(Column.DAY, ""), draft.cell.get(Column.TIME, "")
    column = sheet.call(Column.DAY if Column.DAY in sheet.layout.places else Column.TIME)
    try:
        written = join_day_and_time(day, time) if Column.DAY in sheet.layout.places else time
        moment = read_moment(written, sheet.order, judge.zone, judge.now)
    except WrongTime as wrong:
        problem = Problem(draft.line, column, wrong.sentence, wrong.mend)
        if wrong.past is not None and not draft.found:
            return wrong.past, problem
        draft.found.append(problem)
        return None, None
    if moment is None:
        return None, None
    tally.zoneless = tally.zoneless or moment.zoneless
    if moment.short_year and moment.slot is not None:
        tally.short_years.append((written, moment.slot))
    return moment.slot, None
