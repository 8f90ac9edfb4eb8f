"""Images of posts: fetch them, judge them by their content, and keep only the picture.

A plan file is written by others, so its image column is treated as hostile: a path may not leave the file's
folder, an address may not lead into our own network, and a picture may not be larger than it says.
"""

from __future__ import annotations

import difflib
import hashlib
import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

from PIL import Image, ImageSequence, UnidentifiedImageError

from bot.networks.addresses import NoHost, NotPublic
from bot.services.posts.image_metadata import strip_metadata

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000  # of one frame: a decoded frame takes four bytes each
MAX_FRAMES_PIXELS = 200_000_000  # of all frames of an animation together
MIN_SIDE = 16  # pixels
REDIRECTS = 3

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
}
_HOW: Mapping[str, Mapping[str, Any]] = {  # as little loss as the format can
    "image/jpeg": {"quality": 95, "subsampling": 0},
    "image/webp": {"lossless": True},
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
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError, KeyError, struct.error)


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


def judge_image(data: bytes) -> StoredImage:
    """Type by content, bounds, and the picture alone. Raises ImageProblem."""
    if len(data) > MAX_BYTES:
        raise _too_large(f"{len(data) / 1e6:.0f} MB")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            media_type = _TYPES[image.format or ""]
            _judge_size(image)
            cleaned = _upright(image, media_type) or strip_metadata(data, media_type)
        width, height = _decoded(cleaned)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageProblem(
            f"It has more than {MAX_PIXELS // 10**6} million pixels.", "Scale it down."
        ) from None
    except UnidentifiedImageError:
        raise _no_image(data) from None
    except _BROKEN:
        raise ImageProblem("The image is damaged or cut off.", "Save it again.") from None
    digest = hashlib.sha256(cleaned).hexdigest()
    return StoredImage(digest, media_type, width, height, len(cleaned), cleaned)


def _too_large(size: str) -> ImageProblem:
    return ImageProblem(f"It has {size}; at most {MAX_BYTES // 10**6} MB are taken.", "Scale it down.")


def _judge_size(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise Image.DecompressionBombError
    if min(image.size) < MIN_SIDE:
        raise ImageProblem(
            f"It is only {image.width} x {image.height} pixels.",
            f"Use one of at least {MIN_SIDE} x {MIN_SIDE}.",
        )


def _upright(image: Image.Image, media_type: str) -> bytes | None:
    """The picture turned and encoded anew, if its metadata asks for turning; else None."""
    animated = (
        getattr(image, "is_animated", False) and image.format != "MPO"
    )  # an MPO's frames are other pictures
    turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    if animated or turn is None:
        return None
    out = io.BytesIO()
    image.transpose(turn).save(
        out,
        media_type.removeprefix("image/").upper(),
        icc_profile=image.info.get("icc_profile"),
        **_HOW.get(media_type, {}),
    )
    return strip_metadata(out.getvalue(), media_type)


def _decoded(data: bytes) -> tuple[int, int]:
    """Width and height, after every frame was really decoded."""
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        for number, frame in enumerate(ImageSequence.Iterator(image), start=1):
            if number * image.width * image.height > MAX_FRAMES_PIXELS:
                raise ImageProblem("The animation is too long for its size.", "Shorten it, or scale it down.")
            frame.load()
        return image.size


def _no_image(data: bytes) -> ImageProblem:
    start = data[:512].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
        return ImageProblem("It is a web page or a drawing, not an image.", "Use a JPEG, PNG, GIF or WebP.")
    if data[4:8] == b"ftyp":
        return ImageProblem("It is a HEIC image or a video.", "Save it as JPEG.")
    return ImageProblem("It is not an image of a known kind.", "Use a JPEG, PNG, GIF or WebP.")


@dataclass(frozen=True)
class Fetched:
    """One answer to one GET."""

    status: int
    content: bytes = field(repr=False)
    location: str | None = None


class HttpGet(Protocol):
    """One GET of a public address (`networks/addresses.py`), no redirect followed; stops reading after `limit` + 1
    bytes. Raises NotPublic, NoHost, and another OSError when there is no answer."""

    def __call__(self, url: str, *, limit: int) -> Fetched: ...


def fetch_image(reference: str, folder: Path | None, http_get: HttpGet) -> bytes:
    """The bytes an image column names: a path below `folder`, or an https address. Raises ImageProblem."""
    if "://" in reference:
        return _fetch_address(reference, http_get)
    if folder is None:
        raise ImageProblem(f'"{reference}" is a path, and there is no folder here.', "Use an https address.")
    return _read_below(folder.resolve(), reference)


def _read_below(folder: Path, reference: str) -> bytes:
    parts = PurePosixPath(reference).parts
    windows = PureWindowsPath(reference)
    outside = ImageProblem(
        f'"{reference}" is not a path below the plan file.', "Put the image beside the plan."
    )
    if (
        "\\" in reference
        or windows.drive
        or "\0" in reference
        or not parts
        or ".." in parts
        or parts[0] == "/"
    ):
        raise outside
    try:
        path = folder.joinpath(*parts).resolve(strict=True)
        if not path.is_relative_to(folder):  # a link that leads out
            raise outside
        if not path.is_file():
            raise ImageProblem(f'"{reference}" is not a file.')
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ImageProblem(f'There is no file "{reference}".', _closest(folder, parts)) from None
    except (OSError, RuntimeError) as problem:  # RuntimeError: a circle of links, before Python 3.13
        raise ImageProblem(f'"{reference}" cannot be read.', "Check its permissions.") from problem
    if len(data) > MAX_BYTES:
        raise _too_large(f"{path.stat().st_size / 1e6:.0f} MB")
    return data


def _closest(folder: Path, parts: tuple[str, ...]) -> str:
    beside = folder.joinpath(*parts[:-1])
    names = [path.name for path in beside.iterdir()] if beside.is_dir() else []
    close = difflib.get_close_matches(parts[-1], names, n=1)
    return f"Did you mean {PurePosixPath(*parts[:-1], close[0])}?" if close else "Put it beside the plan."


def _fetch_address(url: str, http_get: HttpGet) -> bytes:
    for _ in range(REDIRECTS + 1):
        _judge_spelling(url)
        try:
            answer = http_get(url, limit=MAX_BYTES)
        except NotPublic as problem:
            raise ImageProblem(
                f"{problem.host} is inside a private network.", "Use an address that everybody can open."
            ) from None
        except NoHost as problem:
            raise ImageProblem(f"There is no host {problem.host}.", "Check the address.") from None
        except OSError:
            raise ImageProblem(
                f'"{url}" does not answer.', "Try again later, or put the image beside the plan."
            ) from None
        if answer.status in (301, 302, 303, 307, 308) and answer.location:
            url = urljoin(url, answer.location)
            continue
        if answer.status != 200:
            raise ImageProblem(f'"{url}" answered with status {answer.status}.', "Is it open to everybody?")
        if len(answer.content) > MAX_BYTES:
            raise _too_large("more")
        return answer.content
    raise ImageProblem(f'"{url}" leads on and on.', "Use the address of the image itself.")


def _judge_spelling(url: str) -> None:
    """A plain https address; where it leads, the one guard judges when it is fetched."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme != "https" or parts.username is not None:
        raise ImageProblem(
            f'"{url}" is not a plain https address.', 'Write it like "https://example.com/a.jpg".'
        )
