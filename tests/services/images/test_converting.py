"""A JPEG is made of any stored image: what is transparent turns white, colours become sRGB, nothing is cut off."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, ImageCms

from bot.domain.preflight.conversions import Bounds
from bot.services.images import converting
from bot.services.images.converting import MOST_PIXELS, convert_image, frame
from bot.services.images.image_checks import ImageProblem, StoredImage, check_image
from bot.services.images.image_helper import Checker

ROOM = Bounds(8 * 1024 * 1024 - 1)
FOUR_BY_FIVE = (0.8, 1.91)
RED, GREEN, WHITE = (255, 0, 0), (0, 200, 0), (255, 255, 255)


def draw(image: Image.Image, kind: str, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def shown(made: StoredImage) -> Image.Image:
    image = Image.open(io.BytesIO(made.bytes))
    image.load()
    assert (image.format, image.mode, made.media_type) == ("JPEG", "RGB", "image/jpeg")
    return image


def is_near(one: Any, other: tuple[int, int, int], by: int = 12) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def make(mode: str, kind: str, colour: Any, **how: Any) -> bytes:
    return draw(Image.new(mode, (64, 48), colour), kind, **how)


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        (make("RGB", "PNG", RED), RED),
        (make("RGB", "WEBP", RED, lossless=True), RED),
        (make("RGB", "GIF", RED), RED),
        (make("RGB", "JPEG", RED), (254, 0, 0)),
        (make("L", "PNG", 128), (128, 128, 128)),
        (make("1", "PNG", 0), (0, 0, 0)),
        (make("CMYK", "JPEG", (0, 255, 255, 0)), RED),
        (make("I;16", "PNG", 128 * 256), (128, 128, 128)),
        (make("RGBA", "PNG", (255, 0, 0, 0)), WHITE),
        (make("RGBA", "PNG", (255, 0, 0, 128)), (255, 127, 127)),
        (make("RGBA", "WEBP", (255, 0, 0, 0), lossless=True, exact=True), WHITE),
        (make("LA", "PNG", (0, 0)), WHITE),
        (make("LA", "PNG", (0, 255)), (0, 0, 0)),
        (make("RGB", "PNG", RED, transparency=RED), WHITE),
        (make("L", "PNG", 7, transparency=7), WHITE),
        (make("P", "PNG", 0, transparency=0), WHITE),
        (make("P", "GIF", 0, transparency=0), WHITE),
    ],
)  # fmt: skip
def test_every_kind_of_picture_keeps_its_colours_on_white(data: bytes, colour: tuple[int, int, int]) -> None:
    made = convert_image(check_image(data).bytes, ROOM)
    assert is_near(shown(made).getpixel((32, 24)), colour)
    assert (made.width, made.height, made.frames) == (64, 48, 1)


def test_a_see_through_edge_is_not_dark() -> None:
    """What a picture holds where it is transparent (often black) shows nowhere, scaled or not."""
    image = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 200, 400))
    made = shown(convert_image(draw(image, "PNG"), Bounds(10**7, max_side=100)))
    reds = [made.getpixel((x, 50)) for x in range(100)]
    assert is_near(reds[20], RED, 20)
    assert is_near(reds[80], WHITE, 20)
    assert all(pixel[0] > 235 for pixel in reds), "a dark line where it ends"  # type: ignore[index]


def test_colours_of_another_profile_become_srgb_and_no_profile_is_left() -> None:
    """In a wider profile the same numbers mean stronger colours."""
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = convert_image(make("RGB", "PNG", GREEN, icc_profile=srgb), ROOM)
    assert is_near(shown(same).getpixel((9, 9)), GREEN)
    assert not shown(same).info.get("icc_profile")
    of_no_use = convert_image(make("RGB", "PNG", GREEN, icc_profile=swapped), ROOM)
    assert is_near(shown(of_no_use).getpixel((9, 9)), GREEN)
    nonsense = convert_image(make("RGB", "PNG", GREEN, icc_profile=b"nonsense" * 20), ROOM)
    assert is_near(shown(nonsense).getpixel((9, 9)), GREEN)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_profile_counts(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """XYZ is a profile of its own: read as if they were sRGB, its numbers would be other colours."""
    xyz = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    heard: list[str] = []

    def transform(image: Image.Image, *profiles: object, outputMode: str) -> Image.Image:  # noqa: N803
        heard.append(image.mode)
        return Image.new(outputMode, image.size, RED)

    monkeypatch.setattr(ImageCms, "profileToProfile", transform)
    made = convert_image(make(mode, "PNG", GREEN, icc_profile=xyz), ROOM)
    assert is_near(shown(made).getpixel((9, 9)), RED)
    assert heard == ["RGB"], "alpha has no colour"


def test_a_photo_that_lies_on_its_side_stands_upright_and_says_nothing_of_its_maker() -> None:
    """Through the door that every image comes in by."""
    image = Image.new("RGB", (64, 32), RED)
    image.paste(GREEN, (0, 0, 32, 32))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A camera"
    stored = check_image(draw(image, "WEBP", exif=exif.tobytes(), lossless=True))
    made = convert_image(stored.bytes, ROOM)
    assert (made.width, made.height) == (32, 64)
    assert is_near(shown(made).getpixel((16, 8)), GREEN)
    assert is_near(shown(made).getpixel((16, 56)), RED)
    assert b"camera" not in made.bytes
    assert b"Exif" not in made.bytes


@pytest.mark.parametrize(
    ("size", "framed"),
    [
        ((1000, 1000), (1000, 1000)),
        ((1910, 1000), (1910, 1000)),
        ((1920, 1000), (1920, 1006)),
        ((800, 1000), (800, 1000)),
        ((799, 1000), (800, 1000)),
        ((400, 1000), (800, 1000)),
        ((1600, 400), (1600, 838)),
    ],
)
def test_the_least_border_that_is_enough(size: tuple[int, int], framed: tuple[int, int]) -> None:
    least, widest = FOUR_BY_FIVE
    assert frame(size, FOUR_BY_FIVE) == framed
    assert least <= framed[0] / framed[1] <= widest
    assert frame(size, None) == size


def test_every_shape_ends_within_the_bounds() -> None:
    for width in range(16, 400, 7):
        for height in range(16, 400, 11):
            for ratios in (FOUR_BY_FIVE, (0.1, 10.0), (1.0, 1.0), (1 / 3, 3 / 7)):
                wide, high = frame((width, height), ratios)
                assert ratios[0] <= wide / high <= ratios[1], (width, height, ratios)


def test_a_border_is_white_on_two_sides_and_the_whole_picture_is_in_it() -> None:
    made = convert_image(draw(Image.new("RGB", (400, 100), RED), "PNG"), Bounds(10**7, ratios=FOUR_BY_FIVE))
    picture = shown(made)
    assert picture.size == (400, 210)
    assert is_near(picture.getpixel((5, 5)), WHITE)
    assert is_near(picture.getpixel((5, 204)), WHITE)
    assert is_near(picture.getpixel((2, 105)), RED)
    assert is_near(picture.getpixel((397, 105)), RED)


def noise(*size: int) -> Image.Image:
    return Image.effect_noise((size[0], size[1]), 120).convert("RGB")


def test_it_is_made_small_enough_first_by_quality_then_by_its_sides() -> None:
    data = draw(noise(300, 300), "PNG")
    best = convert_image(data, ROOM)
    less = convert_image(data, Bounds(best.size - 1))
    assert (less.width, less.height) == (300, 300)
    assert less.size < best.size
    tiny = convert_image(data, Bounds(12_000))
    assert tiny.size <= 12_000
    assert tiny.width < 300
    with pytest.raises(ImageProblem, match="cannot be made small enough"):
        convert_image(data, Bounds(700))


@pytest.mark.parametrize(
    "bounds",
    [
        Bounds(10**7, max_side=200), Bounds(10**7, max_pixels=30_000),
        Bounds(10**7, max_side=200, max_pixels=20_000, ratios=(1.0, 1.0)),
        Bounds(10**7, max_side=113, max_pixels=9_999, ratios=FOUR_BY_FIVE),
        Bounds(10**7, max_pixels=77_253, ratios=FOUR_BY_FIVE),
        Bounds(10**7, max_pixels=55_784, ratios=FOUR_BY_FIVE),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [(500, 123), (301, 1500), (1719, 775)])
def test_sides_and_pixels_stay_within_the_bounds(bounds: Bounds, size: tuple[int, int]) -> None:
    made = convert_image(draw(noise(*size), "PNG"), bounds)
    assert max(made.width, made.height) <= (bounds.max_side or 10**6)
    assert made.width * made.height <= (bounds.max_pixels or 10**9)
    least, widest = bounds.ratios or (0.0, 10**6)
    assert least <= made.width / made.height <= widest


def test_a_line_is_no_picture_any_more() -> None:
    with pytest.raises(ImageProblem, match="too narrow"):
        convert_image(draw(noise(16, 20_000), "PNG"), Bounds(10**7, ratios=FOUR_BY_FIVE))


@pytest.mark.parametrize("cut", [20, 60])
def test_a_broken_image_is_said(cut: int) -> None:
    with pytest.raises(ImageProblem):
        convert_image(draw(noise(64, 64), "PNG")[:-cut], ROOM)


def test_more_pixels_than_are_taken_are_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stored image was judged; this is asked again all the same before anything is decoded."""
    monkeypatch.setattr("bot.services.images.image_checks.MAX_PIXELS", 64 * 48 - 1)
    with pytest.raises(ImageProblem, match="pixels"):
        convert_image(make("RGB", "PNG", RED), Bounds(10**7, max_side=32))


@pytest.mark.parametrize(
    ("mode", "colour", "kind", "how"),
    [
        ("RGBA", (200, 10, 10, 128), "PNG", {"compress_level": 1}),
        ("I;16", 128 * 256, "PNG", {"compress_level": 1}),
        ("P", 0, "PNG", {"compress_level": 1, "transparency": 0}),
        ("CMYK", (0, 255, 255, 0), "JPEG", {}),
    ],
)
def test_the_helper_converts_with_the_memory_that_it_has(
    mode: str, colour: Any, kind: str, how: dict[str, Any]
) -> None:
    """The largest that is taken, of each kind that takes most to decode, on a helper of 640 MB."""
    large = draw(Image.new(mode, (10_000, 5_000), colour), kind, **how)
    with Checker() as checker:
        made = checker.convert(large, Bounds(8 * 1024 * 1024 - 1, ratios=FOUR_BY_FIVE))
        again = checker.judge(made.bytes)
    assert made.width * made.height <= MOST_PIXELS
    assert (again.width, again.height, again.media_type) == (made.width, made.height, "image/jpeg")
    assert made.size <= 8 * 1024 * 1024 - 1
    assert 0.8 <= made.width / made.height <= 1.91


def test_no_memory_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(converting, "_decode", full)
    with pytest.raises(ImageProblem, match="too much memory"):
        convert_image(make("RGB", "PNG", RED), ROOM)
