"""Make a JPEG of a stored image that fits certain bounds. Somebody asked for it and sees the outcome before it counts.

What is transparent turns white, colours become sRGB, nothing is cut off. Like every decoding it runs in the helper's
process (`image_helper.py`); the outcome is judged once more as if it had just come in.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator

from PIL import Image, ImageCms

from bot.domain.preflight.conversions import Bounds
from bot.services.images.image_checks import (
    BROKEN,
    MIN_SIDE,
    ImageProblem,
    StoredImage,
    check_image,
    open_measured,
)

MOST_PIXELS = 16_000_000  # of a converted picture, its border included; what is larger is scaled down
QUALITIES = (92, 85, 75, 65)  # Pillow's; the first at which it is small enough
SHARES = (1.0, 0.75, 0.5, 0.35, 0.25)  # of its sides: the next one where no quality is enough
SHARP = 85  # from here on colours keep their full resolution, so that letters stay sharp
WHITE = (255, 255, 255)
NARROW = "It is too narrow: with a border hardly anything of it could be seen."

Size = tuple[int, int]


def convert_image(data: bytes, bounds: Bounds) -> StoredImage:
    """The picture as a JPEG within these bounds. Raises ImageProblem."""
    try:
        image = _decode(data, bounds)
        for encoded in _encode(image, bounds):
            if len(encoded) <= bounds.max_bytes:
                return check_image(encoded)
    except MemoryError:
        raise ImageProblem("It takes too much memory to be converted.", "Scale it down.") from None
    except BROKEN:
        raise ImageProblem("It cannot be converted.", "Save it as a JPEG.") from None
    raise ImageProblem("It cannot be made small enough.", "Scale it down.")


def _decode(data: bytes, bounds: Bounds) -> Image.Image:
    """In sRGB, on white, and no larger than it can become. At its full size there are never more than two of it."""
    with open_measured(data) as image:
        profile = image.info.get("icc_profile")
        size = _fit(image.size, bounds)
        if image.format == "JPEG":
            image.draft(None, size)  # never smaller than that
        image.load()
        image = _flatten(image)
    if image.size != size:
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _to_srgb(image, profile) if profile else image.convert("RGB")


def _flatten(image: Image.Image) -> Image.Image:
    """Without transparency: L, RGB or CMYK."""
    if image.mode.startswith("I"):  # 16 bits of grey
        return image.convert("I").point(lambda grey: grey / 256).convert("L")
    if not image.has_transparency_data:
        return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")
    image = image.convert("LA" if image.mode in ("L", "LA") else "RGBA")
    white = Image.new(image.mode.removesuffix("A"), image.size, "white")
    white.paste(image, mask=image)
    return white


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """A profile that does not belong to the picture says nothing about its colours."""
    try:
        of = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        shown = ImageCms.profileToProfile(image, of, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image.convert("RGB")
    return shown or image.convert("RGB")


def _encode(image: Image.Image, bounds: Bounds) -> Iterator[bytes]:
    """Ever smaller files of it."""
    for share in SHARES:
        size = max(1, round(image.width * share)), max(1, round(image.height * share))
        if min(size) < MIN_SIDE:
            raise ImageProblem(NARROW, "Crop it.")
        scaled = image if share == 1.0 else image.resize(size, Image.Resampling.LANCZOS)
        framed = Image.new("RGB", frame(scaled.size, bounds.ratios), WHITE)
        framed.paste(scaled, ((framed.width - scaled.width) // 2, (framed.height - scaled.height) // 2))
        for quality in QUALITIES:
            out = io.BytesIO()
            framed.save(out, "JPEG", quality=quality, optimize=True, subsampling=0 if quality >= SHARP else 2)
            yield out.getvalue()


def frame(size: Size, ratios: tuple[float, float] | None) -> Size:
    """The least canvas around it whose sides (width / height) are within `ratios`."""
    width, height = size
    if ratios is None:
        return size
    least, widest = ratios
    if width / height < least:
        return math.ceil(height * least), height
    if width / height > widest:
        return width, math.ceil(width / widest)
    return size


def _fit(size: Size, bounds: Bounds) -> Size:
    """As large as it may become, so that its frame is within the bounds."""
    most = min(MOST_PIXELS, bounds.max_pixels or MOST_PIXELS)
    width, height = frame(size, bounds.ratios)
    share = min(1.0, math.sqrt(most / (width * height)), (bounds.max_side or math.inf) / max(width, height))
    while True:
        fitted = max(1, int(size[0] * share)), max(1, int(size[1] * share))
        width, height = frame(fitted, bounds.ratios)
        within = width * height <= most and (bounds.max_side is None or max(width, height) <= bounds.max_side)
        if within or min(fitted) < MIN_SIDE:
            return fitted
        share *= 0.99
