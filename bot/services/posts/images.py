"""Images of posts: fetch what an image column names.

A plan file is written by others, so its image column is treated as hostile: a path may not leave the file's
folder, an address may not lead into our own network, and a picture may not be larger than it says. What was
fetched is judged in a process of its own (`image_helper.py`).
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from bot.networks.addresses import NoHost, NotPublic
from bot.services.posts.image_checks import MAX_BYTES, ImageProblem, say_too_large

REDIRECTS = 3


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
            # No more room than the file needs is made for it.
            data = file.read(min(os.fstat(file.fileno()).st_size, MAX_BYTES) + 1)
    except FileNotFoundError:
        raise ImageProblem(f'There is no file "{reference}".', _closest(folder, parts)) from None
    except (OSError, RuntimeError) as problem:  # RuntimeError: a circle of links, before Python 3.13
        raise ImageProblem(f'"{reference}" cannot be read.', "Check its permissions.") from problem
    if len(data) > MAX_BYTES:
        raise say_too_large(f"{path.stat().st_size / 1e6:.0f} MB")
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
            raise say_too_large("more")
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
