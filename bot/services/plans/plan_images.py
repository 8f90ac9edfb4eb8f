"""The images of a plan's rows: each fetched once, checked, and put away until every row is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.networks.http import get_public
from bot.networks.protocol import AccountClient, Content, Measure, Part, Picture
from bot.services.images.image_checks import ImageProblem
from bot.services.images.image_helper import Checker
from bot.services.images.sources import Fetched, fetch_image, is_below, split_references
from bot.services.plans.findings import MOST_IMAGES, Column, Found, Problem, Row
from bot.services.plans.image_spool import Spool
from bot.store.images import ImageFile


class Beside(Protocol):
    """The files that lie beside a plan."""

    def has(self, name: str) -> bool: ...

    def read(self, reference: str) -> bytes:
        """A file, or an https address. Raises ImageProblem."""


@dataclass(frozen=True)
class Folder:
    """Where the plan is a file of its own; None: nothing lies beside it."""

    path: Path | None

    def has(self, name: str) -> bool:
        return is_below(self.path, name)

    def read(self, reference: str) -> bytes:
        return fetch_image(reference, self.path, fetch_over_http)


def fetch_over_http(url: str, *, limit: int) -> Fetched:
    answer = get_public(url, limit=limit)
    return Fetched(answer.status, answer.body, answer.headers.get("location"))


@dataclass(frozen=True)
class Pictured:
    """One image of a row."""

    file: ImageFile
    alt: str


@dataclass
class Images:
    """The images of one plan."""

    beside: Beside
    spool: Spool
    checker: Checker
    seen: dict[str, ImageFile | ImageProblem] = field(default_factory=dict)

    def load(self, row: Row, found: Found) -> list[Pictured] | Problem:
        """Those of a row, in their order."""
        column = found.call(Column.IMAGE)
        loaded: list[Pictured] = []
        for cell in row.images:
            for turn, reference in enumerate(split_references(cell.reference, self.beside.has)):
                image = self._load_one(reference)
                if isinstance(image, ImageProblem):
                    return Problem(row.line, column, image.sentence, image.mend)
                loaded.append(Pictured(image, "" if turn else cell.alt))
        if len(loaded) > MOST_IMAGES:
            said = f"It has {len(loaded)} images; a post can have up to {MOST_IMAGES}."
            return Problem(row.line, column, said, "Leave some out.")
        if len({each.file.sha256 for each in loaded}) < len(loaded):
            return Problem(row.line, column, "The same image is there twice.", "Leave one out.")
        return loaded

    def _load_one(self, reference: str) -> ImageFile | ImageProblem:
        if reference not in self.seen:
            try:
                self.seen[reference] = self.spool.put(self.checker.judge(self.beside.read(reference)))
            except ImageProblem as problem:
                self.seen[reference] = problem
        return self.seen[reference]


_COLUMNS = {Part.TEXT: Column.TEXT, Part.IMAGE: Column.IMAGE, Part.ALT: Column.ALT}
_MENDS = {
    Part.TEXT: "Shorten it.",
    Part.IMAGE: "",
    Part.ALT: "Shorten it.",
}  # of an image its sentence says it


class Measures:
    """What each account says of a text: asked once, though rows and then their posts are judged by it."""

    def __init__(self, accounts: Mapping[str, AccountClient]) -> None:
        self._accounts = accounts
        self._known: dict[tuple[str, str], Measure] = {}

    def find_problem(self, account: str, text: str) -> str | None:
        """What is wrong with the words, whatever images there are: those are not read yet."""
        misfits = self.measure(account, Content(text)).misfits
        return next((one.sentence for one in misfits if one.part is Part.TEXT), None)

    def measure(self, account: str, content: Content) -> Measure:
        if content.pictures:
            return self._accounts[account].measure(content)
        key = account, content.text
        if key not in self._known:
            self._known[key] = self._accounts[account].measure(content)
        return self._known[key]


def measure_row(
    accounts: Measures, row: Row, images: list[Pictured], found: Found
) -> tuple[list[Problem], list[Problem]]:
    """What the row's networks would refuse, and what they would show otherwise: as its card will be judged."""
    content = Content(row.text, tuple(_picture(each) for each in images))
    measures = [accounts.measure(name, content) for name in row.accounts]
    misfits = dict.fromkeys(misfit for measure in measures for misfit in measure.misfits)
    notes = dict.fromkeys(note for measure in measures for note in measure.notes)
    return (
        [
            Problem(row.line, found.call(_COLUMNS[one.part]), one.sentence, _MENDS[one.part])
            for one in misfits
        ],
        [
            *(Problem(row.line, found.call(Column.IMAGE), note, "") for note in notes),
            *_list_undescribed(row, images, found),
        ],
    )


def _list_undescribed(row: Row, images: list[Pictured], found: Found) -> list[Problem]:
    """Of several images in one cell only the first has what stands beside it."""
    if len(images) == len(row.images):
        return []
    missing = ", ".join(str(number) for number, each in enumerate(images, 1) if not each.alt)
    said = f"It has {len(images)} images, and there is no alt text for image {missing}."
    return [Problem(row.line, found.call(Column.ALT), said, "Without one the post cannot be approved.")]


def _picture(image: Pictured) -> Picture:
    """To be measured: its bytes stay on disk."""
    file = image.file
    return Picture(
        file.sha256,
        file.media_type,
        file.width,
        file.height,
        file.size,
        image.alt,
        lambda: b"",
        file.frames or 1,
    )
