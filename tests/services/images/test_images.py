"""Images: judged by content, bounded, and stripped of everything but the picture."""

from __future__ import annotations

import hashlib
import io
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from bot.services.images import image_checks
from bot.services.images.image_checks import ImageProblem, check_image
from bot.services.images.image_metadata import strip_metadata

SECRET = b"at-home-52.5200"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + SECRET + b"</x:xmpmeta>"
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")


def picture(width: int = 40, height: int = 20) -> Image.Image:
    """Red above, blue below: so that turning shows."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (0, height // 2, width, height))
    return image


def exif(orientation: int = 1) -> Image.Exif:
    data = Image.Exif()
    data[ExifTags.Base.Orientation] = orientation
    data[ExifTags.Base.ImageDescription] = SECRET.decode()
    data[ExifTags.IFD.GPSInfo] = {
        ExifTags.GPS.GPSLatitude: (52.0, 31.0, 12.0),
        ExifTags.GPS.GPSMapDatum: SECRET.decode(),
    }
    return data


def saved(kind: str, image: Image.Image | None = None, orientation: int = 1) -> bytes:
    """An image full of traces, in every place its format has for them."""
    out = io.BytesIO()
    extra: dict[str, object] = {"comment": SECRET} if kind in ("JPEG", "GIF") else {}
    if kind != "GIF":
        extra |= {"exif": exif(orientation)}
    if kind in ("JPEG", "WEBP"):
        extra |= {"xmp": XMP}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Author", SECRET.decode())
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        extra |= {"pnginfo": text}
    if kind == "WEBP":
        extra |= {"lossless": True}
    (image or picture()).save(out, kind, **extra)
    return out.getvalue()


def pixels(data: bytes) -> list[bytes]:
    with Image.open(io.BytesIO(data)) as image:
        frames = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(image.convert("RGBA").tobytes())
        return frames


@pytest.mark.parametrize("kind", FORMATS)
def test_traces_go_and_pixels_stay(kind: str) -> None:
    data = saved(kind)
    assert SECRET in data, "the test's own picture holds traces"
    stored = check_image(data)
    assert SECRET not in stored.bytes
    assert b"xmpmeta" not in stored.bytes
    with Image.open(io.BytesIO(stored.bytes)) as image:
        assert dict(image.getexif()) == {}
        assert not image.info.keys() & {"exif", "xmp", "comment", "XML:com.adobe.xmp", "Author"}
    assert pixels(stored.bytes) == pixels(data)
    assert (stored.width, stored.height) == (40, 20)
    assert stored.media_type == f"image/{kind.lower()}"
    assert stored.size == len(stored.bytes)
    assert stored.sha256 == hashlib.sha256(stored.bytes).hexdigest()


@pytest.mark.parametrize("kind", FORMATS)
def test_judging_again_changes_nothing(kind: str) -> None:
    once = check_image(saved(kind))
    assert check_image(once.bytes) == once


@pytest.mark.parametrize("kind", FORMATS)
def test_what_follows_the_image_goes(kind: str) -> None:
    stored = check_image(saved(kind) + b"\xff\xd8trailer " + SECRET)
    assert SECRET not in stored.bytes


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_lying_on_its_side_is_put_upright(kind: str) -> None:
    stored = check_image(saved(kind, orientation=6))
    assert (stored.width, stored.height) == (20, 40)
    with Image.open(io.BytesIO(stored.bytes)) as image:
        assert ExifTags.Base.Orientation not in image.getexif()
        pixel = image.convert("RGB").getpixel((19, 20))
        assert isinstance(pixel, tuple)
        red, _, blue = pixel
        assert red > 200 > blue, "what was above is now right"
    assert SECRET not in stored.bytes


def test_colour_profiles_stay() -> None:
    profile = b"pretend profile" * 20
    for orientation in (1, 6):
        out = io.BytesIO()
        picture().save(out, "JPEG", icc_profile=profile, exif=exif(orientation))
        with Image.open(io.BytesIO(check_image(out.getvalue()).bytes)) as image:
            assert image.info["icc_profile"] == profile


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_animations_keep_every_frame(kind: str) -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("green", "yellow", "black")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100, loop=0)
    stored = check_image(out.getvalue())
    assert pixels(stored.bytes) == pixels(out.getvalue())
    assert len(pixels(stored.bytes)) == 3
    with Image.open(io.BytesIO(stored.bytes)) as image:
        assert image.info.get("loop") == 0


def test_a_phones_second_picture_goes() -> None:
    """Phones append a second JPEG, with its own position, behind the first (MPO)."""
    out = io.BytesIO()
    picture().save(out, "MPO", save_all=True, append_images=[picture(60, 60)], exif=exif())
    stored = check_image(out.getvalue())
    assert stored.media_type == "image/jpeg"
    assert len(pixels(stored.bytes)) == 1
    assert SECRET not in stored.bytes


def test_a_progressive_jpeg_is_kept_whole() -> None:
    out = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(out, "JPEG", progressive=True, exif=exif(), restart_marker_blocks=1)
    assert pixels(check_image(out.getvalue()).bytes) == pixels(out.getvalue())


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty"),
        (b"\x00" * 100, "not an image of a known kind"),
        (b"<!DOCTYPE html><html>Sign in</html>", "a web page or a drawing"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "a web page or a drawing"),
        (b"\x00\x00\x00\x18ftypheic", "a HEIC image or a video"),
        (b"\x00\x00\x00\x20ftypavif", "an AVIF image"),
        (b"%PDF-1.7", "not an image of a known kind"),
        (b"\x89PNG\r\n\x1a\n", "not an image of a known kind"),
    ],
)
def test_what_is_no_image_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(ImageProblem, match=sentence):
        check_image(data)


def test_other_kinds_of_image_are_refused_whatever_their_name() -> None:
    out = io.BytesIO()
    picture().save(out, "BMP")
    with pytest.raises(ImageProblem, match="not an image of a known kind"):
        check_image(out.getvalue())


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_half_an_image_is_refused(kind: str, part: float) -> None:
    data = saved(kind, Image.effect_noise((64, 64), 80).convert("RGB"))
    with pytest.raises(ImageProblem):
        check_image(data[: int(len(data) * part)])


def test_a_small_file_that_unpacks_to_a_huge_picture_is_refused() -> None:
    """A decompression bomb: 20,000 x 20,000 pixels in a few bytes, never decoded."""
    header = (20_000).to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    chunks = b"".join(
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
        for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    )
    with pytest.raises(ImageProblem, match="more than 50 million pixels"):
        check_image(b"\x89PNG\r\n\x1a\n" + chunks)


def test_a_picture_just_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_checks, "MAX_PIXELS", 40 * 20)
    assert check_image(saved("PNG")).width == 40
    monkeypatch.setattr(image_checks, "MAX_PIXELS", 40 * 20 - 1)
    with pytest.raises(ImageProblem, match="pixels"):
        check_image(saved("PNG"))


def test_a_tiny_image_is_refused() -> None:
    with pytest.raises(ImageProblem, match="only 15 x 40 pixels"):
        check_image(saved("PNG", picture(15, 40)))


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(ImageProblem, match="It has 21 MB; at most 20 MB"):
        check_image(b"\0" * 21_000_000)


def test_an_endless_animation_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_checks, "MAX_FRAMES_PIXELS", 30 * 30 * 2)
    out = io.BytesIO()
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("green", "yellow", "black")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(ImageProblem, match="too long for its size"):
        check_image(out.getvalue())


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.*")  # what pillow remarks on broken EXIF
@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(FORMATS),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_a_damaged_file_is_taken_or_refused_with_a_sentence(kind: str, hits: list[tuple[float, int]]) -> None:
    data = bytearray(saved(kind))
    for place, value in hits:
        data[int(place * len(data))] = value
    with suppress(ImageProblem):
        stored = check_image(bytes(data))
        assert check_image(stored.bytes) == stored


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(("image/jpeg", "image/png", "image/webp", "image/gif")), st.binary(max_size=200))
def test_stripping_ends_on_any_bytes(media_type: str, data: bytes) -> None:
    with suppress(ValueError):
        strip_metadata(data, media_type)
