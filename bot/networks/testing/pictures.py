"""Pictures for the suites: one that every network takes, and for each stated limit one that goes beyond it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from math import isqrt

from PIL import Image

from bot.networks.protocol import Capabilities, Part, Picture


def make_picture(alt: str, *, shade: int = 200, size: int | None = None) -> Picture:
    """A small real JPEG; `size` says how large it claims to be."""
    file = io.BytesIO()
    Image.new("RGB", (8, 6), (shade, 120, 40)).save(file, "JPEG")
    data = file.getvalue()
    digest = sha256(data).hexdigest()
    return Picture(digest, "image/jpeg", 8, 6, len(data) if size is None else size, alt, lambda: data)


def list_too_large(limits: Capabilities) -> Iterator[tuple[Picture, Part]]:
    """A picture for each stated limit that goes beyond it by a little, and where that is mended."""
    if limits.max_alt is not None:
        yield make_picture("x" * (limits.max_alt + 1)), Part.ALT
    if limits.max_picture_pixels is not None and limits.max_picture_side is None:
        side = isqrt(limits.max_picture_pixels) + 1
        yield replace(make_picture("Vast"), width=side, height=side), Part.IMAGE
    if limits.max_picture_side is not None:
        side = limits.max_picture_side + 1
        yield replace(make_picture("Long"), width=side, height=side), Part.IMAGE
    if limits.picture_ratios is not None:
        least, _ = limits.picture_ratios
        yield replace(make_picture("Narrow"), width=100, height=int(100 / least) + 2), Part.IMAGE
