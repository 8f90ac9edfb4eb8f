"""Cut what an image says about its maker (position, camera, names) out of the file, pixels untouched.

Decoding and encoding again would be shorter, but it spoils JPEGs and animations. So the container's parts are
walked, and only those that a picture needs are kept: a list of what stays, never of what goes. Anything after
the image's end goes as well (a phone's JPEG carries further pictures there, with positions of their own).
Raises ValueError where the container is broken; `image_checks.py` turns that into a sentence.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs cICP acTL fcTL fdAT".split()
)
_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_WEBP_EXIF, _WEBP_XMP = 0x08, 0x04  # flags of VP8X
GIF_IMAGE = 0x2C
_GIF_KEPT = (b"NETSCAPE2.0", b"ANIMEXTS1.0")  # how often it repeats

EOI, SOS = 0xD9, 0xDA
_NO_FILL = re.compile(rb"[^\xff]")
_SCAN_ENDS = re.compile(rb"\xff[^\x00\xd0-\xd7]")  # FF00 is a byte, FFD0 to FFD7 are restarts
_JPEG_KEPT = frozenset({*range(0xC0, 0xD0), SOS, 0xDB, 0xDC, 0xDD})  # frames, tables, scans
_JPEG_KEPT_APPS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}  # colours; all other APPn go


def strip_metadata(data: bytes, media_type: str) -> bytes:
    """The same picture as a file that holds nothing else."""
    try:
        return _STRIPPERS[media_type](data)
    except (IndexError, struct.error):
        raise ValueError("the file is cut off") from None


def _jpeg(data: bytes) -> bytes:
    kept = bytearray(data[:2])
    for marker, at, end in walk_jpeg(data):
        if marker == EOI or _jpeg_keeps(marker, data[at + 4 : at + 16]):
            kept += data[at:end]
    return bytes(kept)


def walk_jpeg(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, where it begins, where its content ends), a scan's data included, up to the image's end."""
    at, marker = 2, 0
    while marker != EOI:
        if data[at] != 0xFF:
            raise ValueError("a marker is missing")
        at = _found(_NO_FILL, data, at) - 1
        marker = data[at + 1]
        end = at + 2 if marker == EOI else at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if marker == SOS:
            end = _found(_SCAN_ENDS, data, end)
        yield marker, at, end
        at = end


def _found(what: re.Pattern[bytes], data: bytes, at: int) -> int:
    if (found := what.search(data, at)) is None:
        raise IndexError
    return found.start()


def _jpeg_keeps(marker: int, content: bytes) -> bool:
    if marker in _JPEG_KEPT_APPS:
        return content.startswith(_JPEG_KEPT_APPS[marker])
    return marker in _JPEG_KEPT


def _png(data: bytes) -> bytes:
    kept = bytearray(_PNG_START)
    for kind, at, end in walk_png(data):
        if kind in _PNG_KEPT:
            kept += data[at:end]
    return bytes(kept)


def walk_png(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, where its chunk begins, where it ends) up to the image's end."""
    at, kind = len(_PNG_START), b""
    while kind != b"IEND":
        size, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + size
        if end > len(data):
            raise IndexError
        yield kind, at, end
        at = end


def _webp(data: bytes) -> bytes:
    kept = bytearray()
    for kind, content in walk_riff(data):
        if kind not in _WEBP_KEPT:
            continue
        if kind == b"VP8X":
            content = bytes([content[0] & ~(_WEBP_EXIF | _WEBP_XMP)]) + content[1:]
        kept += kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
    return b"RIFF" + struct.pack("<I", len(kept) + 4) + b"WEBP" + bytes(kept)


def walk_riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, content) of each chunk of a WebP."""
    end = 8 + int(struct.unpack_from("<I", data, 4)[0])
    if end > len(data):
        raise IndexError
    at = 12
    while at + 8 <= end:
        kind, size = struct.unpack_from("<4sI", data, at)
        if at + 8 + size > end:
            raise IndexError
        yield kind, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _gif(data: bytes) -> bytes:
    kept = bytearray(data[: 13 + _gif_colours(data[10])])
    for kind, at, end in walk_gif(data):
        extension = data[at + 1]
        if (
            kind == GIF_IMAGE
            or extension == 0xF9
            or (extension == 0xFF and data[at + 3 : at + 14] in _GIF_KEPT)
        ):
            kept += data[at:end]
    return bytes(kept + b"\x3b")


def walk_gif(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(its introducer, where its block begins, where it ends) up to the trailer."""
    at = 13 + _gif_colours(data[10])
    while (block := data[at]) != 0x3B:
        if block == GIF_IMAGE:
            end = _gif_blocks(data, at + 11 + _gif_colours(data[at + 9]))
        elif block == 0x21:  # an extension
            end = _gif_blocks(data, at + 2)
        else:
            raise ValueError("an unknown block")
        yield block, at, end
        at = end


def _gif_colours(flags: int) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_blocks(data: bytes, at: int) -> int:
    """The end of a run of sub-blocks, which an empty one closes."""
    while data[at]:
        at += 1 + data[at]
    return at + 1


_STRIPPERS: Mapping[str, Callable[[bytes], bytes]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/gif": _gif,
}
