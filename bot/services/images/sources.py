"""Images of posts: fetch what an image column names.

A plan file is written by others, so its image column is treated as hostile: a path may not leave the file's
folder, an address may not lead into our own network, and a picture may not be larger than it says. What was
fetched is judged in a process of its own (`image_helper.py`).
"""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from bot.networks.addresses import NoHost, NotPublic
from bot.services.images.image_checks import MAX_BYTES, ImageProblem, say_too_large

REDIRECTS = 3
_ENDING = re.compile(r"\.(?:jpe?g|png|gif|webp|heic|bmp|tiff?|svg)$", re.IGNORECASE)


@dataclass(frozen=True)
class Fetched:
    """One answer to one GET."""

    status: int
    content: bytes = field(repr=False)
    location: str | None = None


class HttpGet(Protocol):
    """One GET of a public address (`networks/addresses.py`), no redirect followed; stops reading after `limit` + 1
    bytes. Raises ValueError for what is no address, NotPublic, NoHost, and another OSError when there is no answer."""

    def __call__(self, url: str, *, limit: int) -> Fetched: ...


def fetch_image(reference: str, folder: Path | None, http_get: HttpGet) -> bytes:
    """The bytes an image column names: a path below `folder`, or an https address. Raises ImageProblem."""
    if "://" in reference:
        return _fetch_address(reference, http_get)
    if folder is None:
        raise ImageProblem(
            f'"{reference}" is a file, and none came with the plan.',
            "Use an https address, or put plan and images into a zip.",
        )
    return _read_below(folder.resolve(), reference)


def split_references(cell: str, is_file: Callable[[str], bool]) -> list[str]:
    """The images a cell names: several only where each of them is an address, or has a picture's ending, and no file
    has the whole for its name."""
    parts = [part for part in re.split(r"[\s,;|]+", cell) if part]
    if len(parts) < 2 or not all("://" in part or _ENDING.search(part) for part in parts):
        return [cell]
    return [cell] if "://" not in cell and is_file(cell) else parts


def is_below(folder: Path | None, reference: str) -> bool:
    """Whether there is such a path."""
    with suppress(OSError, ValueError):
        return folder is not None and _find(folder, (reference,)).exists()
    return False


def _find(folder: Path, parts: tuple[str, ...]) -> Path:
    """The path, also where its name has the same letters, put together otherwise ("ö" as o and two dots)."""
    path = folder
    for part in parts:
        path = path / part if os.path.lexists(path / part) else path / _spelled_there(path, part)
    return path


def _spelled_there(folder: Path, name: str) -> str:
    with suppress(OSError):
        same = [found for found in os.listdir(folder) if _to_letters(found) == _to_letters(name)]
        if len(same) == 1:
            return same[0]
    return name


def _to_letters(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _read_below(folder: Path, reference: str) -> bytes:
    parts = PurePosixPath(reference).parts
    windows = PureWindowsPath(reference)
    outside = ImageProblem(
        f'"{reference}" is not a path below the plan file.', "Put the image beside the plan."
    )
    if "\\" in reference and not (windows.drive or windows.root):
        raise ImageProblem(f'"{reference}" has backslashes.', f'Write "{windows.as_posix()}".')
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
        path = _find(folder, parts).resolve(strict=True)
        if not path.is_relative_to(folder):  # a link that leads out
            raise outside
        if not path.is_file():
            raise ImageProblem(f'"{reference}" is not a file.')
        with path.open("rb") as file:
            # No more room than the file needs is made for it.
            data = file.read(min(os.fstat(file.fileno()).st_size, MAX_BYTES) + 1)
    except FileNotFoundError:
        raise ImageProblem(f'There is no file "{reference}".', _closest(folder, parts)) from None
    except (
        OSError,
        RuntimeError,
        ValueError,
    ) as problem:  # RuntimeError: a circle of links, before Python 3.13
        raise ImageProblem(f'"{reference}" cannot be read.', "Check its permissions.") from problem
    if len(data) > MAX_BYTES:
        raise say_too_large(f"{path.stat().st_size / 1e6:.0f} MB")
    return data


def _closest(folder: Path, parts: tuple[str, ...]) -> str:
    names: list[str] = []
    with suppress(OSError):
        names = [_to_letters(name) for name in os.listdir(_find(folder, parts[:-1]))]
    close = difflib.get_close_matches(_to_letters(parts[-1]), names, n=1)
    there = _to_letters(str(PurePosixPath(*parts[:-1], close[0]))) if close else ""
    return f"Did you mean {there}?" if there else "Put it beside the plan."


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
        except ValueError:
            raise _not_plain(url) from None
        except OSError:
            raise ImageProblem(
                f'"{url}" does not answer.', "Try again later, or put the image beside the plan."
            ) from None
        if answer.status in (301, 302, 303, 307, 308) and answer.location:
            url = _follow(url, answer.location)
            continue
        if answer.status != 200:
            raise ImageProblem(f'"{url}" answered with status {answer.status}.', "Is it open to everybody?")
        if len(answer.content) > MAX_BYTES:
            raise say_too_large("more")
        return answer.content
    raise ImageProblem(f'"{url}" redirects again and again.', "Use the address of the image itself.")


def _follow(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise ImageProblem(f'"{url}" leads to no address.', "Use the address of the image itself.") from None


def _not_plain(url: str) -> ImageProblem:
    return ImageProblem(
        f'"{url}" is not a plain https address.', 'Write it like "https://example.com/a.jpg".'
    )


def _judge_spelling(url: str) -> None:
    """A plain https address; where it leads, the one guard judges when it is fetched."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme != "https" or parts.username is not None or re.search(r"\s", url):
        raise _not_plain(url)
