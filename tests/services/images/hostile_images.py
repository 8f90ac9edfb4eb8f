"""Small files that want much: built here byte by byte, none of them by unpacking anything large."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from functools import cache

from PIL import Image

from bot.services.images.image_metadata import SOS, walk_jpeg


def many_scans(scans: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again: each goes over the whole picture."""
    data = saved("JPEG", Image.new("RGB", (1200, 1200), "brown"), progressive=True)
    at, end = [(at, end) for marker, at, end in walk_jpeg(data) if marker == SOS][-1]
    already = sum(marker == SOS for marker, _, _ in walk_jpeg(data))
    return data[:end] + data[at:end] * (scans - already) + data[end:]


def jpeg_of_another_size(width: int, height: int) -> bytes:
    """Its header says this size, its data are those of 64 x 64 pixels."""
    data = saved("JPEG", Image.new("RGB", (64, 64), "brown"))
    at = next(at for marker, at, _ in walk_jpeg(data) if marker == 0xC0)
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def jpeg_of_two_sizes() -> bytes:
    data = saved("JPEG", Image.new("RGB", (64, 64), "brown"))
    at, end = next((at, end) for marker, at, end in walk_jpeg(data) if marker == 0xC0)
    second = data[at : at + 5] + struct.pack(">HH", 32, 32) + data[at + 9 : end]
    return data[:end] + second + data[end:]


def webp_of_one_colour(width: int, height: int) -> bytes:
    """Lossless: each of its five codes has one symbol, so a pixel takes no bit at all."""
    bits = "000"  # no transform, no colour cache, no codes of codes
    bits += "1000" * 5  # a simple code of one symbol, which is 0
    payload = bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))
    head = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14)
    body = head + payload + b"\0" * 9
    chunk = b"VP8L" + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def webp_of_frames(frames: int) -> bytes:
    still = webp_of_one_colour(16, 16)[12:]
    head = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + b"\x0f\0\0" * 2
    loop = b"ANIM" + struct.pack("<I", 6) + b"\0" * 6
    frame = b"\0" * 6 + b"\x0f\0\0" * 2 + b"\x0a\0\0\0" + still
    body = head + loop + (b"ANMF" + struct.pack("<I", len(frame)) + frame) * frames
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def png(width: int, height: int, *more: tuple[bytes, bytes]) -> bytes:
    """Black and white, a bit a pixel; `more` stands before its data."""
    row = b"\0" * (1 + (width + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">II", width, height) + b"\x01\0\0\0\0"
    chunks = ((b"IHDR", head), *more, (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def png_of_frames(frames: int) -> bytes:
    control = struct.pack(">IIIIIHHBB", 0, 16, 16, 0, 0, 1, 10, 0, 0)
    return png(16, 16, (b"acTL", struct.pack(">II", frames, 0)), *[(b"fcTL", control)] * frames)


def packed_zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(b"\0" * 2**20) for _ in range(megabytes)) + packer.flush()


def gif_of_frames(frames: int) -> bytes:
    data = saved("GIF", Image.new("P", (16, 16)))
    begins = data.index(b"\x2c\0\0\0\0")
    return data[:begins] + data[begins:-1] * frames + b"\x3b"


def gif_beyond_its_screen() -> bytes:
    """The screen is 16 x 16 pixels, the frame of it 60,000 x 60,000."""
    data = saved("GIF", Image.new("P", (16, 16)))
    begins = data.index(b"\x2c\0\0\0\0")
    return data[: begins + 5] + struct.pack("<HH", 60_000, 60_000) + data[begins + 9 :]


def saved(kind: str, image: Image.Image, **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


@cache
def refused() -> Mapping[str, tuple[bytes, str]]:
    """What is refused for what its header says: name → (file, part of the sentence)."""
    return {
        "a JPEG of 400 scans": (many_scans(400), "too complex to be checked (400 scans)"),
        "a JPEG that says more than it has": (jpeg_of_another_size(7000, 7000), "damaged or cut off"),
        "a JPEG of two sizes": (jpeg_of_two_sizes(), "damaged or cut off"),
        "a huge JPEG": (jpeg_of_another_size(60_000, 60_000), "damaged or cut off"),
        "a WebP of one colour": (webp_of_one_colour(7000, 7000), "more than 20 million pixels"),
        "a WebP of 5,000 frames": (webp_of_frames(5000), "too complex to be checked (5,000 frames)"),
        "a PNG of 5,000 frames": (png_of_frames(5000), "too complex to be checked (5,000 frames)"),
        "a GIF of 5,000 frames": (gif_of_frames(5000), "too complex to be checked (5,000 frames)"),
        "a GIF beyond its screen": (gif_beyond_its_screen(), "more than 20 million pixels"),
        "a PNG with a colour profile that unpacks": (
            png(64, 64, (b"iCCP", b"x\0\0" + packed_zeros(100))),
            "damaged or cut off",
        ),
        "a PNG with a text that unpacks": (
            png(64, 64, (b"zTXt", b"x\0\0" + packed_zeros(100))),
            "damaged or cut off",
        ),
    }


@cache
def taken() -> Mapping[str, bytes]:
    """What is as large as may be, and is decoded."""
    return {
        "a WebP of one colour": webp_of_one_colour(4000, 5000),
        "a PNG of a bit a pixel": png(7000, 7000),
        "a JPEG of 60 scans": many_scans(60),
        "a GIF of 1,000 frames": gif_of_frames(1000),
    }
