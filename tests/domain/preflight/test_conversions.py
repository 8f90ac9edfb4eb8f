"""What is offered for images that do not fit is said in the same words on buttons, in the record and on cards."""

from __future__ import annotations

import pytest

from bot.domain.preflight.conversions import Bounds, Change, Conversion, explain, name_button, name_done

JPEG, BORDER, SMALLER = Change.JPEG, Change.BORDER, Change.SMALLER


def want(*changes: Change, place: int = 0, of: int = 1) -> Conversion:
    return Conversion(f"{place}" * 64, frozenset(changes), Bounds(8_000_000), (), place, of)


@pytest.mark.parametrize(
    ("wanted", "button", "done"),
    [
        ([want(JPEG)], "Convert to JPEG", "converted the image to JPEG"),
        ([want(JPEG, SMALLER)], "Convert to JPEG", "converted the image to JPEG"),
        ([want(JPEG, place=1, of=3)], "Convert image 2 to JPEG", "converted image 2 to JPEG"),
        (
            [want(JPEG, BORDER)],
            "Convert to JPEG with a white border",
            "converted the image to JPEG with a white border",
        ),
        ([want(BORDER)], "Add a white border", "added a white border to the image"),
        ([want(BORDER, SMALLER)], "Add a white border", "added a white border to the image"),
        ([want(SMALLER)], "Make the image smaller", "made the image smaller"),
        (
            [want(JPEG, of=2), want(JPEG, SMALLER, place=1, of=2)],
            "Convert 2 images to JPEG", "converted 2 images to JPEG",
        ),
        (
            [want(BORDER, of=2), want(BORDER, place=1, of=2)],
            "Add white borders to 2 images", "added white borders to 2 images",
        ),
        ([want(JPEG, of=3), want(BORDER, place=2, of=3)], "Make 2 images fit", "made 2 images fit"),
    ],
)  # fmt: skip
def test_a_button_and_what_it_did_are_called_the_same(
    wanted: list[Conversion], button: str, done: str
) -> None:
    assert (name_button(wanted), name_done(wanted)) == (button, done)
    assert len(name_button(wanted)) <= 75


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (
            [want(JPEG)],
            "All accounts of the post get it, with the same alt text. What is transparent turns white.",
        ),
        ([want(SMALLER)], "All accounts of the post get it, with the same alt text."),
        (
            [want(JPEG, of=2), want(BORDER, place=1, of=2)],
            "All accounts of the post get them, with the same alt texts. What is transparent turns white. "
            "White is added on two sides; nothing is cut off.",
        ),
    ],
)
def test_what_becomes_of_it_is_said_before_it_is_pressed(wanted: list[Conversion], told: str) -> None:
    assert explain(wanted) == told
