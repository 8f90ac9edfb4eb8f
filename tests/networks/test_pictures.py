"""Every limit that a server states for images is a sentence before anything is approved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.preflight.conversions import Bounds, Change, Conversion
from bot.networks import pictures
from bot.networks.bluesky.client import DOCUMENTED as BLUESKY
from bot.networks.mastodon.limits import DOCUMENTED as MASTODON
from bot.networks.mastodon.limits import Limits
from bot.networks.protocol import Capabilities, Content, Misfit, Part, Picture

FORMATS = ("image/jpeg", "image/png", "image/gif", "image/webp")
ROOM = replace(MASTODON.capabilities, max_picture_side=4000, picture_ratios=(0.8, 1.91))


def picture(**changes: Any) -> Picture:
    loaf = Picture("a" * 64, "image/jpeg", 1200, 1000, 90_000, "A loaf", bytes)
    return replace(loaf, **changes)


def judge(*shown: Picture, allowed: Capabilities = ROOM) -> tuple[Misfit, ...]:
    return pictures.find_misfits(Content("Rye", shown), allowed, "Mastodon")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("allowed", [BLUESKY, MASTODON.capabilities, ROOM])
def test_what_every_network_takes_has_nothing_against_it(kind: str, allowed: Capabilities) -> None:
    assert judge(picture(media_type=kind), allowed=allowed) == ()


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("changes", "part", "sentence"),
    [
        (
            {"width": 7728, "height": 5152},
            Part.IMAGE,
            "Mastodon takes images of at most 33,177,600 pixels; this one is 7728 × 5152, which is 39,814,656. "
            "Make it smaller.",
        ),
        ({"alt": "x" * 1501}, Part.ALT, "The alt text is too long for Mastodon: 1,501 of 1,500 characters."),
        (
            {"size": 20_000_000},
            Part.IMAGE,
            "Mastodon takes images of at most 16.8 MB; this one has 20.0 MB. Make it smaller.",
        ),
        (
            {"size": 16 * 1024 * 1024 + 1},
            Part.IMAGE,
            "Mastodon takes images of at most 16,777,216 bytes; this one has 16,777,217 bytes. Make it smaller.",
        ),
    ],
)
def test_each_limit_of_mastodon(kind: str, changes: dict[str, Any], part: Part, sentence: str) -> None:
    """A picture of 7728 x 5152 pixels was imported, approved, and refused at its slot."""
    found = judge(picture(media_type=kind, **changes), allowed=MASTODON.capabilities)
    assert found == (Misfit(sentence, part),)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"width": 4001, "height": 4001},
            "Mastodon takes images of at most 4,000 pixels a side; this one is 4001 × 4001. Make it smaller.",
        ),
        (
            {"width": 700, "height": 1000},
            "The image is too narrow for Mastodon: 700 × 1000. Its height may be at most 1.25 times its width. "
            "Crop it.",
        ),
        (
            {"width": 2000, "height": 1000},
            "The image is too wide for Mastodon: 2000 × 1000. Its width may be at most 1.91 times its height. Crop it.",
        ),
        (
            {"media_type": "image/webp", "frames": 2},
            "Mastodon does not take WebP images. This one moves: add a still picture instead.",
        ),
        (
            {"media_type": "image/webp"},
            "Mastodon does not take WebP images. Save it as a JPEG or PNG and add it again.",
        ),
    ],
)
def test_limits_that_other_networks_state(changes: dict[str, Any], sentence: str) -> None:
    allowed = replace(ROOM, picture_types=ROOM.picture_types - {"image/webp"})
    (found,) = judge(picture(**changes), allowed=allowed)
    assert (found.sentence, found.part) == (sentence, Part.IMAGE)


def test_at_the_limit_is_within_it() -> None:
    edge = picture(width=7680, height=4320, alt="x" * 1500, size=16 * 1024 * 1024)
    assert judge(edge, allowed=MASTODON.capabilities) == ()


def test_all_that_is_wrong_is_said_and_where() -> None:
    found = judge(picture(), picture(alt="x" * 1501, width=9000, height=9000), allowed=MASTODON.capabilities)
    assert [(one.part, one.picture) for one in found] == [(Part.IMAGE, 1), (Part.ALT, 1)]
    assert all(one.sentence.startswith("Image 2: ") for one in found)


def test_an_image_of_another_kind_is_judged_like_any_other() -> None:
    """A wide PNG was saved as a JPEG, as asked, and only then said to be too wide."""
    allowed = replace(ROOM, picture_types=frozenset({"image/jpeg"}), max_alt=10)
    wrong = picture(media_type="image/png", width=3000, height=600, alt="x" * 11)
    assert [(one.part, one.sentence) for one in judge(wrong, allowed=allowed)] == [
        (Part.IMAGE, "Mastodon does not take PNG images. Save it as a JPEG and add it again."),
        (
            Part.IMAGE,
            "The image is too wide for Mastodon: 3000 × 600. Its width may be at most 1.91 times its height. Crop it.",
        ),
        (Part.ALT, "The alt text is too long for Mastodon: 11 of 10 characters."),
    ]
    moves = judge(replace(wrong, frames=2), allowed=allowed)
    assert [one.sentence for one in moves if one.part is Part.IMAGE] == [
        "Mastodon does not take PNG images. This one moves: add a still picture instead."
    ]


def test_where_no_images_are_taken_nothing_else_is_said_of_them() -> None:
    none = replace(ROOM, max_pictures=0, picture_types=frozenset(), max_picture_bytes=0)
    (found,) = judge(picture(width=3000), allowed=none)
    assert found.sentence == "Mastodon takes no images; this post has 1 image. Leave it out."


def test_too_many_images() -> None:
    (found,) = judge(*[picture()] * 5, allowed=MASTODON.capabilities)
    assert found.sentence == "Mastodon takes at most 4 images; this post has 5 images. Leave some out."
    (found,) = judge(picture(), allowed=replace(ROOM, max_pictures=0))
    assert found.sentence == "Mastodon takes no images; this post has 1 image. Leave it out."


def state(**media: Any) -> Capabilities:
    return Limits.read({"configuration": {"media_attachments": media}}).capabilities


def test_every_limit_the_server_states_is_read() -> None:
    stated = state(
        image_matrix_limit=16_777_216, image_size_limit=41_943_040, description_limit=420,
        supported_mime_types=["image/png", "video/mp4"],
    )  # fmt: skip
    assert (stated.max_picture_pixels, stated.max_picture_bytes, stated.max_alt) == (
        16_777_216,
        41_943_040,
        420,
    )
    assert stated.picture_types == {"image/png"}
    assert state().max_picture_pixels == 33_177_600


@pytest.mark.parametrize("kind", ["image/gif", "image/png", "image/webp"])
def test_an_animation_that_will_not_move_is_said(kind: str) -> None:
    """A GIF of three frames was planned for Bluesky without a word."""
    moving = picture(media_type=kind, frames=3)
    notes = pictures.find_notes(Content("Rye", (moving,)), BLUESKY, "Bluesky")
    assert notes == ("The animation will not move on Bluesky: only its first frame is shown there.",)
    assert judge(moving, allowed=BLUESKY) == (), "it is taken all the same"
    assert pictures.find_notes(Content("Rye", (replace(moving, frames=1),)), BLUESKY, "Bluesky") == ()


def test_mastodon_shows_a_gif_moving_and_nothing_else() -> None:
    def noted(kind: str) -> bool:
        content = Content("Rye", (picture(), picture(media_type=kind, frames=3)))
        return bool(pictures.find_notes(content, MASTODON.capabilities, "Mastodon"))

    assert {kind: noted(kind) for kind in ("image/gif", "image/png", "image/webp")} == {
        "image/gif": False,
        "image/png": True,
        "image/webp": True,
    }


# --- what would make it fit ------------------------------------------------------------------------

JPEG_ONLY = replace(
    ROOM, picture_types=frozenset({"image/jpeg"}), max_picture_bytes=8_000_000, max_picture_side=None,
    max_picture_pixels=None,
)  # fmt: skip
NO_IMAGES = replace(ROOM, max_pictures=0, picture_types=frozenset(), max_picture_bytes=0)


def find(of: Picture, **accounts: Capabilities) -> Conversion | None:
    return pictures.find_conversion(of, [*accounts.items()])


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"media_type": "image/png"}, {Change.JPEG}),
        ({"media_type": "image/gif"}, {Change.JPEG}),
        ({"media_type": "image/png", "width": 3000}, {Change.JPEG, Change.BORDER}),
        ({"width": 3000}, {Change.BORDER}),
        ({"height": 3000}, {Change.BORDER}),
        ({"size": 8_000_001}, {Change.SMALLER}),
        ({"size": 8_000_001, "width": 3000}, {Change.SMALLER, Change.BORDER}),
        ({"size": 8_000_001, "media_type": "image/webp"}, {Change.SMALLER, Change.JPEG}),
    ],
)
def test_what_would_make_it_fit(changes: dict[str, Any], wanted: set[Change]) -> None:
    found = find(picture(**changes), Instagram=JPEG_ONLY)
    assert found is not None
    assert found.changes == wanted
    assert found.bounds == Bounds(8_000_000, ratios=(0.8, 1.91), max_pixels=None)
    assert all("Instagram" in sentence for sentence in found.why)
    assert found.why


@pytest.mark.parametrize(
    ("allowed", "too_large"),
    [(MASTODON.capabilities, {"width": 7728, "height": 5152}), (ROOM, {"width": 4001, "height": 4001})],
)
def test_pixels_and_sides_count(allowed: Capabilities, too_large: dict[str, int]) -> None:
    found = find(picture(**too_large), Mastodon=allowed)
    assert found is not None
    assert found.changes == {Change.SMALLER}


def test_the_one_image_has_to_fit_on_all_accounts_that_take_images() -> None:
    """An account with less room counts also where it takes the image as it is."""
    found = find(
        picture(media_type="image/png"), Instagram=JPEG_ONLY, Bluesky=BLUESKY, Mastodon=MASTODON.capabilities,
        Drill=NO_IMAGES,
    )  # fmt: skip
    assert found is not None
    assert found.why == ("Instagram does not take PNG images. Save it as a JPEG and add it again.",)
    assert found.bounds == Bounds(2_000_000, max_pixels=33_177_600, ratios=(0.8, 1.91))
    narrow = replace(JPEG_ONLY, picture_ratios=(0.5, 1.0))
    both = find(picture(media_type="image/png"), One=JPEG_ONLY, Two=narrow)
    assert both is not None
    assert both.bounds.ratios == (0.8, 1.0)
    assert both.changes == {Change.JPEG, Change.BORDER}, "one of them takes its shape, and the other does not"


@pytest.mark.parametrize(
    ("of", "accounts"),
    [
        (picture(), {"Instagram": JPEG_ONLY}),  # nothing is wrong
        (picture(media_type="image/png"), {"Mastodon": ROOM}),
        (picture(media_type="image/gif", frames=2), {"Instagram": JPEG_ONLY}),  # a JPEG does not move
        (picture(media_type="image/png"), {"Drill": NO_IMAGES}),
        (
            picture(media_type="image/webp"),
            {"Instagram": JPEG_ONLY, "Odd": replace(ROOM, picture_types=frozenset({"image/png"}))},
        ),
        (
            picture(media_type="image/png"),
            {"Instagram": JPEG_ONLY, "Tall": replace(JPEG_ONLY, picture_ratios=(0.2, 0.5))},
        ),
    ],
)
def test_nothing_is_offered_that_would_not_help(of: Picture, accounts: dict[str, Capabilities]) -> None:
    assert find(of, **accounts) is None
