"""Judge an image by its content, and keep only the picture: type, size, scans and frames first, then every pixel.

What is bounded here is read from the file's header before anything is unpacked. It runs in a process that has little
memory and little time (`image_helper.py`), because a decoder may need more of both than a header tells.
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, ImageSequence, UnidentifiedImageError

from bot.services.images.image_measures import Measures, measure
from bot.services.images.image_metadata import strip_metadata

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000  # of one frame: a decoded frame takes four bytes each
MAX_CANVAS_PIXELS = 20_000_000  # of formats whose decoders keep several frames at once
MAX_FRAMES = 1_000
MAX_FRAMES_PIXELS = 200_000_000  # of all frames of an animation together
MAX_SCANS = 64  # of a JPEG; cameras and programs write at most a dozen
MAX_SCANS_PIXELS = 1_000_000_000  # every scan goes over the whole picture
MIN_SIDE = 16  # pixels

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_CANVAS = ("image/gif", "image/webp")
_HOW: Mapping[str, Mapping[str, Any]] = {  # as little loss as the format can
    "image/jpeg": {"quality": 95, "subsampling": 0},
    "image/webp": {"lossless": True, "quality": 20, "method": 0},  # both say how hard it tries to be small
}
_ORIENTATION = 0x0112  # the EXIF tag; 1 is upright
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What pillow raises on broken files.
BROKEN = (OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError, KeyError, struct.error)


class ImageProblem(Exception):
    """Why an image is not taken, in a sentence, and how to fix it."""

    def __init__(self, sentence: str, mend: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.mend = mend


@dataclass(frozen=True)
class StoredImage:
    """An image as it is stored and sent: upright, and nothing in it but the picture."""

    sha256: str
    media_type: str  # "image/jpeg", "image/png", "image/gif" or "image/webp"
    width: int
    height: int
    size: int  # bytes
    bytes: bytes = field(repr=False)
    frames: int = 1  # more: it moves


def check_image(data: bytes) -> StoredImage:
    """Type by content, bounds, and the picture alone. Raises ImageProblem."""
    if len(data) > MAX_BYTES:
        raise say_too_large(f"{len(data) / 1e6:.0f} MB")
    try:
        measures = measure(data)
        if measures is None:
            raise _no_image(data)
        _judge(measures)
        turned = _turned(data, measures)
        cleaned = _encoded(turned, measures) if turned else strip_metadata(data, measures.media_type)
        del turned  # before it is decoded once more
        width, height = _decoded(cleaned, measures)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels(MAX_PIXELS) from None
    except UnidentifiedImageError:
        raise _no_image(data) from None
    except MemoryError:
        raise ImageProblem("It takes too much memory to be checked.", "Scale it down.") from None
    except BROKEN:
        raise ImageProblem("The image is damaged or cut off.", "Save it again.") from None
    digest = hashlib.sha256(cleaned).hexdigest()
    return StoredImage(digest, measures.media_type, width, height, len(cleaned), cleaned, measures.frames)


def open_measured(data: bytes) -> Image.Image:
    """A stored image, within the bounds of what is taken, to be decoded. Raises ImageProblem, and what is BROKEN."""
    measures = measure(data)
    if measures is None:
        raise _no_image(data)
    _judge(measures)
    return Image.open(io.BytesIO(data), formats=_FORMATS)


def say_too_large(size: str) -> ImageProblem:
    return ImageProblem(f"It has {size}; at most {MAX_BYTES // 10**6} MB are taken.", "Scale it down.")


def _too_many_pixels(limit: int) -> ImageProblem:
    return ImageProblem(f"It has more than {limit // 10**6} million pixels.", "Scale it down.")


def _judge(of: Measures) -> None:
    most = min(MAX_PIXELS, MAX_CANVAS_PIXELS) if of.media_type in _CANVAS or of.frames > 1 else MAX_PIXELS
    if of.pixels > most:
        raise _too_many_pixels(most)
    if min(of.width, of.height) < MIN_SIDE:
        raise ImageProblem(
            f"It is only {of.width} x {of.height} pixels.", f"Use one of at least {MIN_SIDE} x {MIN_SIDE}."
        )
    if of.scans > MAX_SCANS or of.scans * of.pixels > MAX_SCANS_PIXELS:
        raise ImageProblem(
            f"It is too complex to be checked ({of.scans:,} scans).", "Save it again, not as progressive."
        )
    if of.frames > MAX_FRAMES:
        raise ImageProblem(f"It is too complex to be checked ({of.frames:,} frames).", "Shorten it.")
    if of.frames > 1 and of.frames * of.pixels > MAX_FRAMES_PIXELS:
        raise _too_long()


def _too_long() -> ImageProblem:
    return ImageProblem("The animation is too long for its size.", "Shorten it, or scale it down.")


def _turned(data: bytes, measures: Measures) -> Image.Image | None:
    """The picture upright, if its metadata asks for turning; else None. The decoder's own memory is free again then."""
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
        if measures.frames > 1 or turn is None:
            return None
        turned = image.transpose(turn)
        turned.info = {"icc_profile": image.info.get("icc_profile")}
        return turned


def _encoded(image: Image.Image, measures: Measures) -> bytes:
    out = io.BytesIO()
    media_type = measures.media_type
    kind = media_type.removeprefix("image/").upper()
    try:
        image.save(out, kind, icc_profile=image.info["icc_profile"], **_HOW.get(media_type, {}))
    except BROKEN:  # it was decoded, so it is not damaged
        raise ImageProblem(
            "It is stored sideways and cannot be turned.", "Turn it, and save it again."
        ) from None
    return strip_metadata(out.getvalue(), media_type)


def _decoded(data: bytes, measures: Measures) -> tuple[int, int]:
    """Width and height, after every frame was really decoded."""
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        size = image.size
        if image.width * image.height > measures.pixels:
            raise ValueError("it is larger than its header says")
        # Of a JPEG all data is read, and an eighth of each side is made of it.
        image.draft(image.mode, (image.width // 8, image.height // 8))
        for number, frame in enumerate(ImageSequence.Iterator(image), start=1):
            if number > measures.frames:
                raise ValueError("it has more frames than its container says")
            frame.load()
        return size


def _no_image(data: bytes) -> ImageProblem:
    if not data:
        return ImageProblem("The file is empty.", "Save the image once more, or choose another.")
    start = data[:512].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
        return ImageProblem("It is a web page or a drawing, not an image.", "Use a JPEG, PNG, GIF or WebP.")
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return ImageProblem("It is an AVIF image.", "Save it as a JPEG.")
    if data[4:8] == b"ftyp":
        return ImageProblem("It is a HEIC image or a video.", "Save it as a JPEG.")
    return ImageProblem("It is not an image of a known kind.", "Use a JPEG, PNG, GIF or WebP.")
