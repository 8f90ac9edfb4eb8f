"""Which plan file is this, and which of its columns is which: told by the content, never by the file's name.

Our own, Buffer's, Hootsuite's (which has no header), and whatever table has columns of known names: other tools'
exports and people's own. What a column means stands in one table here; what another tool has and we do not is refused
where a cell of it is filled.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.preflight.words import is_visible, strip_unseen
from bot.services.plans.dates import begins_with_time
from bot.services.plans.findings import OURS, Column, PlanRefused, Problem
from bot.services.plans.table import Cells

COLUMNS = (Column.TIME, Column.ACCOUNTS, Column.TEXT, Column.IMAGE, Column.ALT, Column.LABEL)
HEADER = ",".join(COLUMNS)
HOOTSUITE = "Hootsuite"

_ALIASES: Mapping[Column, tuple[str, ...]] = {  # as `_plain` leaves them
    Column.TIME: (
        "time",
        "postingtime",
        "dateandtime",
        "scheduledate",
        "scheduledat",
        "postatspecifictime",
        "datetime",
    ),
    Column.DAY: ("date",),
    Column.ACCOUNTS: (
        "accounts",
        "account",
        "profile",
        "profiles",
        "socialprofile",
        "channel",
        "channels",
        "accountid",
    ),
    Column.NETWORK: ("network", "networks", "platform", "platforms"),
    Column.TEXT: ("text", "message", "post", "content", "caption"),
    Column.IMAGE: (
        "image",
        "images",
        "imageurl",
        "imageurls",
        "mediaurl",
        "mediaurls",
        "media",
        "pictureurl",
        "picture",
    ),
    Column.ALT: ("alttext", "alttextpicture", "imagealttext"),
    Column.LABEL: ("label", "labels", "tags"),
    Column.LINK: ("link", "url", "links"),
}
_KNOWN = {alias: column for column, aliases in _ALIASES.items() for alias in aliases}
_NUMBERED = re.compile(r"(\D+?)(10|[1-9])")  # "Picture Url 2"
_REFUSED: Mapping[str, tuple[str, str]] = {  # a column → what a filled cell of it means here, and the mend
    "gif": ("Byhand does not take animations from this column.", "Name the GIF in the image column."),
    "video": ("Byhand publishes no videos.", "Empty the cell, or plan this post elsewhere."),
    "firstcomment": ("Byhand writes no first comment.", "Put it into the text, or empty the cell."),
    "thread": ("Byhand publishes no threads.", "Make each part a row, or empty the cell."),
    "placement": ("Byhand knows no placements.", "Empty the cell."),
    "boardname": ("Byhand does not publish on Pinterest.", "Empty the cell, or plan this post elsewhere."),
    "draft": ("This row is marked as a draft.", "Empty its time to bring it in as one, and this cell."),
}
_REFUSED_ALIASES = {
    "gifurl": "gif", "gifurls": "gif", "videourl": "video", "videourls": "video", "videos": "video",
    "videotitle": "video", "firstcommenttext": "firstcomment",
} | {name: name for name in _REFUSED}  # fmt: skip
_TOOLS: Mapping[str, frozenset[str]] = {  # columns that together only its files have
    OURS: frozenset({"time", "accounts", "text", "image", "alttext", "label"}),
    "Buffer": frozenset({"text", "imageurl", "tags", "postingtime"}),
    "SocialBee": frozenset({"text", "imageurls", "postatspecifictime"}),
    "HighLevel": frozenset({"content", "postatspecifictime"}),
    "Ayrshare": frozenset({"post", "platforms", "scheduledate"}),
    "ContentStudio": frozenset({"dateandtime", "message"}),
    "Metricool": frozenset({"draft", "pictureurl1"}),
    "PostFast": frozenset({"scheduledat", "accountid"}),
    "Schedulin": frozenset({"caption", "scheduledat"}),
}
_LOOKED_AT = 10  # rows, for a header that does not stand first


@dataclass(frozen=True)
class Layout:
    """Where what stands. `images`: (place of the image, place of its alt text), in their order."""

    tool: str  # empty: the columns' names are known, the tool is not
    names: tuple[str, ...]  # the header's cells; empty: there is no header
    width: int  # cells of every row: spreadsheets add the same empty ones to all
    places: Mapping[Column, int] = field(default_factory=dict)
    images: tuple[tuple[int | None, int | None], ...] = ()
    refused: Mapping[int, tuple[str, str]] = field(default_factory=dict)  # place → (sentence, mend)
    unknown: frozenset[int] = frozenset()

    @property
    def columns(self) -> dict[Column, str]:
        """What the file calls them; nothing without a header."""
        named = {column: place for column, place in self.places.items() if self.names}
        found = {column: strip_unseen(self.names[place]) for column, place in named.items()}
        for image, alt in self.images if self.names else ():
            for column, place in ((Column.IMAGE, image), (Column.ALT, alt)):
                if place is not None:
                    found.setdefault(column, strip_unseen(self.names[place]))
        return found

    @property
    def named_width(self) -> int:
        return len(self.names) or self.width


def find_layout(rows: Sequence[Cells]) -> tuple[Layout, Sequence[Cells]]:
    """And the rows below the header. Raises PlanRefused."""
    line, cells = rows[0] if rows else (1, [])
    if _has_no_header(cells):
        return _hootsuite(rows), rows
    if layout := _read_header(cells, line):
        return layout, rows[1:]
    for below, others in rows[1:_LOOKED_AT]:
        if _find_columns(others):
            raise PlanRefused(_say_below(below, cells))
    raise PlanRefused(Problem(line, "", *_wrong_header(cells)))


def _plain(name: str) -> str:
    """As names of columns are compared: "link (OGmetaUrl)" is "link"."""
    bare = re.sub(r"\(.*\)\s*$", "", strip_unseen(name), flags=re.DOTALL)
    return re.sub(r"[\s_-]", "", bare).casefold()


def _find_columns(cells: Sequence[str]) -> bool:
    """Whether they name enough to be a header."""
    columns = {_KNOWN.get(_unnumbered(_plain(cell))) for cell in cells}
    return bool(columns & {Column.TEXT, Column.IMAGE}) and bool(columns & {Column.TIME, Column.DAY})


def _unnumbered(name: str) -> str:
    numbered = _NUMBERED.fullmatch(name)
    return numbered[1] if numbered and _KNOWN.get(numbered[1]) in (Column.IMAGE, Column.ALT) else name


def _read_header(cells: list[str], line: int) -> Layout | None:
    """None: it is none. Raises PlanRefused where a name is there twice, or is misspelt."""
    if not _find_columns(cells):
        return None
    width = len(cells)
    while not is_visible(cells[-1]):
        cells = cells[:-1]
    plain = [_plain(cell) for cell in cells]
    found: dict[Column, list[int]] = {}
    for place, name in enumerate(plain):
        if column := _KNOWN.get(_unnumbered(name)):
            found.setdefault(column, []).append(place)
    refused = {place: _REFUSED[_REFUSED_ALIASES[n]] for place, n in enumerate(plain) if n in _REFUSED_ALIASES}
    unknown = set(range(len(cells))) - refused.keys() - {place for each in found.values() for place in each}
    _refuse_misspelt(cells, plain, unknown, line)
    _refuse_twice(cells, found, line)
    images = tuple(_pair(plain, found.pop(Column.IMAGE, []), found.pop(Column.ALT, [])))
    places = {column: where[0] for column, where in found.items()}
    return Layout(_name_tool(set(plain)), tuple(cells), width, places, images, refused, frozenset(unknown))


def _name_tool(names: set[str]) -> str:
    """Ours has our columns and no others; another tool's may have more."""
    for tool, columns in _TOOLS.items():
        if columns <= names and (tool != OURS or columns == names):
            return tool
    return ""


def _refuse_misspelt(cells: list[str], plain: list[str], unknown: Iterable[int], line: int) -> None:
    names = [*_KNOWN, *_REFUSED_ALIASES]
    for place in sorted(unknown):
        if close := difflib.get_close_matches(plain[place], names, n=1, cutoff=0.8):
            column = _KNOWN.get(close[0], close[0])
            raise PlanRefused(
                Problem(line, "", f"{_no_column(cells[place])} Did you mean {column}?", "Correct its name.")
            )


def _refuse_twice(cells: list[str], found: Mapping[Column, list[int]], line: int) -> None:
    for column, places in found.items():
        if len(places) > 1 and column not in (Column.IMAGE, Column.ALT):
            both = " and ".join(f'"{cells[place].strip()[:60]}"' for place in places[:2])
            raise PlanRefused(
                Problem(line, "", f"The column {column} is there twice: {both}.", "Remove one.")
            )


def _pair(
    plain: Sequence[str], images: Sequence[int], alts: Sequence[int]
) -> Iterator[tuple[int | None, int | None]]:
    """Each image with the alt text of its number, or, where they have none, of its turn."""
    numbers = {_number(plain[place]): place for place in alts}
    if len(numbers) < len(alts) or not any(numbers):
        turns = [*alts, *[None] * len(images)]
        yield from zip(images, turns, strict=False)
        yield from ((None, alt) for alt in alts[len(images) :])
        return
    for place in images:
        yield place, numbers.pop(_number(plain[place]) or 1, None)
    yield from ((None, alt) for alt in numbers.values())


def _number(name: str) -> int:
    numbered = _NUMBERED.fullmatch(name)
    return int(numbered[2]) if numbered else 0


# --- without a header --------------------------------------------------------------------------------


def _has_no_header(cells: Sequence[str]) -> bool:
    return len(cells) >= 2 and begins_with_time(strip_unseen(cells[0]))


def _hootsuite(rows: Sequence[Cells]) -> Layout:
    """Time, text, and perhaps a link."""
    width = 2 if all(len(cells) <= 2 for _, cells in rows) else 3
    places = {Column.TIME: 0, Column.TEXT: 1, Column.LINK: 2}
    return Layout(HOOTSUITE, (), width, {column: place for column, place in places.items() if place < width})


# --- what is no header -------------------------------------------------------------------------------


def _no_column(name: str) -> str:
    return f'There is no column "{name.strip()[:60]}".'


def _say_below(line: int, cells: Sequence[str]) -> Problem:
    above = next((cell.strip() for cell in cells if is_visible(cell)), "")[:60]
    return Problem(
        line, "", f'The names of the columns stand here, and "{above}" above them.',
        "Remove the lines above: the names come first.",
    )  # fmt: skip


def _wrong_header(cells: list[str]) -> tuple[str, str]:
    mend = f"The header is: {HEADER}"
    cells = [cell for cell in cells if is_visible(cell)]
    if not cells:
        return "It is empty.", mend
    if re.search("[;\t]", cells[0]) and (len(cells) == 1 or begins_with_time(re.split("[;\t]", cells[0])[0])):
        return (
            "The columns are separated by semicolons or tabs, not by commas.",
            f'Save it as "CSV UTF-8 (comma delimited)". {mend}',
        )
    names = [_unnumbered(_plain(cell)) for cell in cells]
    columns = {_KNOWN.get(name) for name in names}
    for place, name in enumerate(names):
        if name not in _KNOWN and name not in _REFUSED_ALIASES:
            close = difflib.get_close_matches(name, _KNOWN, n=1)
            hint = f" Did you mean {_KNOWN[close[0]]}?" if close else ""
            return f"{_no_column(cells[place])}{hint}", mend
    missing = Column.TEXT if Column.TEXT not in columns and Column.IMAGE not in columns else Column.TIME
    return f"The column {missing} is missing.", mend
