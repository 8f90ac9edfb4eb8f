"""What would make an image fit that an account does not take: offered to people, never done on the way out.

The words for it, on buttons and in the record, are here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Change(StrEnum):
    """What a conversion does to an image. The values are stored."""

    JPEG = "jpeg"  # it is of another kind
    BORDER = "border"  # white, on two sides: its shape is not taken, and nothing is cut off
    SMALLER = "smaller"  # fewer bytes or pixels


@dataclass(frozen=True)
class Bounds:
    """What all accounts of a post take of a JPEG."""

    max_bytes: int
    max_pixels: int | None = None
    max_side: int | None = None  # pixels
    ratios: tuple[float, float] | None = None  # width / height: the least and the most


@dataclass(frozen=True)
class Conversion:
    """One image that some account of a post does not take, and that all would take as a JPEG."""

    sha256: str
    changes: frozenset[Change]
    bounds: Bounds = Bounds(0)
    why: tuple[str, ...] = ()  # what the accounts say of it, a sentence each
    place: int = 0  # among the images of the post, from 0
    of: int = 1  # how many images the post has


def name_button(wanted: Sequence[Conversion]) -> str:
    """ "Convert to JPEG", "Add a white border to image 2", "Make 3 images fit"."""
    alone = len(wanted) == 1 and wanted[0].of == 1
    text = _name_act(wanted, past=False)
    text = text.replace(" the image to JPEG", " to JPEG").removesuffix(" to the image") if alone else text
    return f"{text[0].upper()}{text[1:]}"


def name_done(wanted: Sequence[Conversion]) -> str:
    """As an act: "converted the image to JPEG", "added a white border to image 2"."""
    return _name_act(wanted, past=True)


def _name_act(wanted: Sequence[Conversion], *, past: bool) -> str:
    many, kinds = len(wanted) > 1, {_find_kind(one) for one in wanted}
    which = f"{len(wanted)} images" if many else _name_image(wanted[0])
    shape = "white borders" if many else "a white border"
    kind = kinds.pop() if len(kinds) == 1 else frozenset()
    if Change.JPEG in kind:
        framed = f" with {shape}" if Change.BORDER in kind else ""
        return f"{'converted' if past else 'convert'} {which} to JPEG{framed}"
    if Change.BORDER in kind:
        return f"{'added' if past else 'add'} {shape} to {which}"
    smaller = "smaller" if Change.SMALLER in kind else "fit"
    return f"{'made' if past else 'make'} {which} {smaller}"


def _find_kind(one: Conversion) -> frozenset[Change]:
    """What it is called by: with another kind or a border it may become smaller, too."""
    return one.changes - {Change.SMALLER} or one.changes


def _name_image(one: Conversion) -> str:
    return "the image" if one.of == 1 else f"image {one.place + 1}"


def suggest(wanted: Sequence[Conversion]) -> str:
    """Beside what is wrong: nobody has to mend it elsewhere."""
    which = _name_image(wanted[0]) if len(wanted) == 1 else "the images"
    return f"Byhand can fix {which} for you: press {name_button(wanted)} below."


def explain(wanted: Sequence[Conversion]) -> str:
    """What becomes of it, before somebody presses."""
    many = len(wanted) > 1
    told = [
        f"All accounts of the post get {'them' if many else 'it'}, with the same alt text{'s' if many else ''}."
    ]
    if any(Change.JPEG in one.changes for one in wanted):
        told.append("What is transparent turns white.")
    if any(Change.BORDER in one.changes for one in wanted):
        told.append("White is added on two sides; nothing is cut off.")
    return " ".join(told)
