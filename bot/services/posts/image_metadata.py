"""Cut what an image says about its maker (position, camera, names) out of the file, pixels untouched.

Decoding and encoding again would be shorter, but it spoils JPEGs and animations. So the container's parts are
walked, and only those that a picture needs are kept: a list of what stays, never of what goes. Anything after
the image's end goes as well (a phone's JPEG carries further pictures there, with positions of their own).
Raises ValueError where the container is broken; `images.py` turns that into a sentence.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs cICP acTL fcTL fdAT".split()
)
_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_WEBP_EXIF, _WEBP_XMP = 0x08, 0x04  # flags of VP8X
_GIF_KEPT = (b"NETSCAPE2.0", b"ANIMEXTS1.0")  # how often it repeats

_EOI, _SOS = 0xD9, 0xDA
_JPEG_KEPT = frozenset({*range(0xC0, 0xD0), _SOS, 0xDB, 0xDC, 0xDD})  # frames, tables, scans
_JPEG_KEPT_APPS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}  # colours; all other APPn go


def strip_metadata(data: bytes, media_type: str) -> bytes:
    """The same picture as a file that holds nothing else."""
    try:
        return _STRIPPERS[media_type](data)
    except (IndexError, struct.error):
        raise ValueError("the file is cut off") from None


def _jpeg(data: bytes) -> bytes:
    kept = bytearray(data[:2])
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError("a marker is missing")
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker == _EOI:
            return bytes(kept + data[at : at + 2])
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if marker == _SOS:
            end = _end_of_scan(data, end)
        if _jpeg_keeps(marker, data[at + 4 : end]):
            kept += data[at:end]
        at = end


def _jpeg_keeps(marker: int, content: bytes) -> bool:
    if marker in _JPEG_KEPT_APPS:
        return content.startswith(_JPEG_KEPT_APPS[marker])
    return marker in _JPEG_KEPT


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the next marker begins. Inside a scan FF00 is a byte and FFD0 to FFD7 are restarts."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise IndexError
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2


def _png(data: bytes) -> bytes:
    kept = bytearray(_PNG_START)
    at = len(_PNG_START)
    while True:
        size, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + size
        if end > len(data):
            raise IndexError
        if kind in _PNG_KEPT:
            kept += data[at:end]
        if kind == b"IEND":
            return bytes(kept)
        at = end


def _webp(data: bytes) -> bytes:
    kept = bytearray()
    for kind, content in _riff_chunks(data):
        if kind not in _WEBP_KEPT:
            continue
        if kind == b"VP8X":
            content = bytes([content[0] & ~(_WEBP_EXIF | _WEBP_XMP)]) + content[1:]
        kept += kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
    return b"RIFF" + struct.pack("<I", len(kept) + 4) + b"WEBP" + bytes(kept)


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
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
    at = 13 + _gif_colours(data[10])
    kept = bytearray(data[:at])
    while data[at] != 0x3B:  # the trailer
        if data[at] == 0x2C:  # an image
            end = _gif_blocks(data, at + 11 + _gif_colours(data[at + 9]))
            kept += data[at:end]
        elif data[at] == 0x21:  # an extension
            end = _gif_blocks(data, at + 2)
            if data[at + 1] == 0xF9 or (data[at + 1] == 0xFF and data[at + 3 : at + 14] in _GIF_KEPT):
                kept += data[at:end]
        else:
            raise ValueError("an unknown block")
        at = end
    return bytes(kept + b"\x3b")


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
