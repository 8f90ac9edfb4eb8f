"""What is left of an account whose network fetches images, where there is no public address; and the suites' own."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.networks.pictures import find_misfits
from bot.networks.protocol import (
    AccountSettings,
    Capabilities,
    Content,
    NoPublicImages,
    Part,
    PrepareFailed,
    SentBy,
)
from bot.networks.public_images import limit
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.public_images import PretendPublicImages

FETCHES = Capabilities(
    max_length=500, length_unit="characters", max_bytes=None, max_pictures=10, max_picture_bytes=1_000_000,
    picture_types=frozenset({"image/jpeg"}), max_alt=None, can_delete=True, find_is_authoritative=False,
    settle_after=timedelta(minutes=10), needs_public_images=True,
)  # fmt: skip


def test_without_a_public_address_only_text_is_left_and_what_is_too_much_says_why() -> None:
    left = limit(FETCHES, NoPublicImages())
    pictures = (make_picture("One"), make_picture("Two"))
    (misfit,) = find_misfits(Content("x", pictures), left, "Threads")
    assert misfit.part is Part.IMAGE
    assert misfit.sentence == (
        "Threads would have to fetch the images, and Byhand has no public address for that. Leave them out, or ask "
        "whoever runs Byhand to set public_url."
    )
    assert "fetch the image, " in find_misfits(Content("x", pictures[:1]), left, "Threads")[0].sentence
    assert find_misfits(Content("x"), left, "Threads") == ()


def test_where_every_post_needs_an_image_people_post_it_by_hand() -> None:
    left = limit(FETCHES, NoPublicImages(), needs_image=True)
    assert left.sent_by is SentBy.PERSON
    assert find_misfits(Content("x", (make_picture("One"),)), left, "Instagram") == ()


def test_with_a_public_address_nothing_is_taken_away() -> None:
    for needs_image in (True, False):
        assert limit(FETCHES, PretendPublicImages(), needs_image=needs_image) == FETCHES


def test_other_networks_are_left_alone() -> None:
    uploads = replace(FETCHES, needs_public_images=False)
    assert limit(uploads, NoPublicImages(), needs_image=True) == uploads
    none = replace(uploads, max_pictures=0)
    (misfit,) = find_misfits(Content("x", (make_picture("One"),)), none, "Pigeons")
    assert misfit.sentence == "Pigeons takes no images; this post has 1 image. Leave it out."


def test_an_account_has_no_public_address_unless_it_is_given_one() -> None:
    images = AccountSettings("dock", "threads", "").images
    assert not images.available
    with pytest.raises(PrepareFailed, match="no public address"):
        images.offer(make_picture("One"))
    images.close("https://byhand.example/media/x")


def test_the_suites_public_address_serves_what_is_open() -> None:
    picture = make_picture("One")
    with PretendPublicImages().serve() as images:
        url, other = images.offer(picture), images.offer(picture)
        assert url != other
        with urllib.request.urlopen(url) as answer:
            assert (answer.read(), answer.headers["content-type"]) == (picture.load(), "image/jpeg")
        images.close(url)
        images.close(url)
        with pytest.raises(urllib.error.HTTPError) as gone:
            urllib.request.urlopen(url)
        gone.value.close()
        assert gone.value.code == 404
        assert images.open == [other]
        assert images.fetched == [url, url]
        images.refuses = True
        with pytest.raises(PrepareFailed, match="paused"):
            images.offer(picture)
