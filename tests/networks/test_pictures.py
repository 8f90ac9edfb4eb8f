"""Every limit that a server states for images is a sentence before anything is approved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

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
            "The image is too narrow for Mastodon: this one is 700 × 1000. Cut it.",
        ),
        (
            {"width": 2000, "height": 1000},
            "The image is too wide for Mastodon: this one is 2000 × 1000. Cut it.",
        ),
        (
            {"media_type": "image/webp"},
            "Mastodon does not take WebP images. Save it as JPEG or PNG and add that.",
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
