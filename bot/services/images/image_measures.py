"""What a picture's container says before anything is unpacked: its size, and how many scans or frames follow.

Read from the parts that are walked anyway (`image_metadata.py`), so that what would take minutes or gigabytes to
decode is refused at the cost of reading it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from bot.services.images.image_metadata import GIF_IMAGE, SOS, walk_gif, walk_jpeg, walk_png, walk_riff

# JPEG's frame headers, which hold the size.
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Those whose entropy coding spends at least a bit on each block of 8 x 8 pixels. (Arithmetic coding may not.)
_HUFFMAN = frozenset((0xC0, 0xC1, 0xC2))
_PIXELS_A_BYTE = 4 * 64 * 8  # a quarter of that bit: odd sampling leaves no part at full size


@dataclass(frozen=True)
class Measures:
    """`width` and `height` are the largest that any part of the file asks for."""

    media_type: str
    width: int
    height: int
    frames: int = 1
    scans: int = 1

    @property
    def pixels(self) -> int:
        return self.width * self.height


def measure(data: bytes) -> Measures | None:
    """None: no image of a known kind. Raises ValueError where the container is broken."""
    for matches, read in _READERS:
        if matches(data):
            try:
                return read(data)
            except (IndexError, struct.error):
                raise ValueError("the file is cut off") from None
    return None


def _jpeg(data: bytes) -> Measures:
    frame, scans, coded = b"", 0, 0
    for marker, at, end in walk_jpeg(data):
        if marker == SOS:
            scans += 1
            coded += end - at
        elif marker in _SOF:
            if frame:
                raise ValueError("it says its size twice")
            frame = data[at + 1 : at + 9]
    kind, _, _, height, width = struct.unpack(">BHBHH", frame)
    if kind in _HUFFMAN and coded * _PIXELS_A_BYTE < width * height:
        raise ValueError("its header says far more pixels than its data can hold")
    return Measures("image/jpeg", width, height, scans=scans)


def _png(data: bytes) -> Measures:
    sizes, frames = [], 0
    for kind, at, _ in walk_png(data):
        if kind == b"IHDR":
            sizes.append(struct.unpack_from(">II", data, at + 8))
        frames += kind == b"fcTL"
    if len(sizes) != 1:
        raise ValueError("it does not say its size once")
    width, height = sizes[0]
    return Measures("image/png", width, height, frames=max(1, frames))


def _webp(data: bytes) -> Measures:
    sizes, frames = [], 0
    for kind, content in walk_riff(data):
        if kind == b"VP8X":
            sizes.append((1 + _little(content[4:7]), 1 + _little(content[7:10])))
        elif kind == b"VP8 ":
            sizes.append((_little(content[6:8]) & 0x3FFF, _little(content[8:10]) & 0x3FFF))
        elif kind == b"VP8L":
            bits = _little(content[1:5])
            sizes.append((1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)))
        frames += kind == b"ANMF"
    if not sizes:
        raise ValueError("it does not say its size")
    width, height = _largest(sizes)
    return Measures("image/webp", width, height, frames=max(1, frames))


def _gif(data: bytes) -> Measures:
    sizes, frames = [struct.unpack_from("<HH", data, 6)], 0
    for kind, at, _ in walk_gif(data):
        if kind == GIF_IMAGE:
            left, top, width, height = struct.unpack_from("<HHHH", data, at + 1)
            sizes.append((left + width, top + height))  # it may reach beyond the screen, which then grows
            frames += 1
    width, height = _largest(sizes)
    return Measures("image/gif", width, height, frames=max(1, frames))


def _little(number: bytes) -> int:
    return int.from_bytes(number, "little")


def _largest(sizes: list[tuple[int, int]]) -> tuple[int, int]:
    return max(width for width, _ in sizes), max(height for _, height in sizes)


_READERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Measures]], ...] = (
    (lambda data: data.startswith(b"\xff\xd8\xff"), _jpeg),
    (lambda data: data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) > 8, _png),
    (lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP", _webp),
    (lambda data: data.startswith((b"GIF87a", b"GIF89a")), _gif),
)
