"""A zip of one plan and its images.

Whoever packed it is not trusted, and what its headers say is not either: its list is bounded before it is read, every
file while it is read, and all of them together. Nothing is unpacked onto the disk. What computers put in by themselves
is passed over.
"""

from __future__ import annotations

import difflib
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from bot.services.images.image_checks import MAX_BYTES as MAX_IMAGE_BYTES
from bot.services.images.image_checks import ImageProblem, say_too_large
from bot.services.images.sources import fetch_image
from bot.services.plans import table
from bot.services.plans.findings import PlanRefused, Problem
from bot.services.plans.plan_images import fetch_over_http

MAX_ZIP_BYTES = 200_000_000
MAX_FILES = 2_000
MAX_LIST_BYTES = 1_000_000  # of the list at its end, which the library reads whole
MAX_UNPACKED = 400_000_000  # of all files together, as they are read
MOST_TIMES = 150  # as large as it was packed, beyond the first megabyte
CHUNK = 256 * 1024

_BEGINS = (b"PK\x03\x04", b"PK\x05\x06")
_END, _END_SIZE = b"PK\x05\x06", 22
_PASSED_OVER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".tar", ".tgz")
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)


def is_zip(path: Path) -> bool:
    """By its first bytes. Raises OSError."""
    with path.open("rb") as file:
        return file.read(4) in _BEGINS


@dataclass
class ZippedPlan:
    """The plan, and the images beside it. Open as long as `file` is."""

    name: str  # of the CSV
    data: bytes
    folder: PurePosixPath  # the CSV's
    unpacking: _Unpacking
    images: dict[str, zipfile.ZipInfo]  # by path

    def has(self, name: str) -> bool:
        return self._find(name) is not None

    def read(self, reference: str) -> bytes:
        """A file beside the plan, or an https address. Raises ImageProblem."""
        if "://" in reference:
            return fetch_image(reference, None, fetch_over_http)
        info = self._find(reference)
        if info is None:
            close = difflib.get_close_matches(
                reference, [path.rpartition("/")[2] for path in self.images], n=1
            )
            mend = f"Did you mean {close[0]}?" if close else "Put it into the zip, beside the plan."
            raise ImageProblem(f'There is no file "{reference}" in the zip.', mend)
        try:
            data = self.unpacking.read(info, MAX_IMAGE_BYTES)
        except PlanRefused as refused:
            raise ImageProblem(refused.problem.sentence, refused.problem.mend) from None
        if data is None:
            raise say_too_large("more")
        return data

    def _find(self, name: str) -> zipfile.ZipInfo | None:
        """Beside the plan. A path that leads out of the zip is none of its files."""
        parts = PurePosixPath(_to_path(name)).parts
        if ".." in parts or name.startswith(("/", "\\")):
            return None
        return self.images.get(str(self.folder.joinpath(*parts)))


def open_zip(path: Path, file: IO[bytes]) -> ZippedPlan:
    """Raises PlanRefused."""
    size = os.fstat(file.fileno()).st_size
    if size > MAX_ZIP_BYTES:
        raise _refuse(
            f"It has {size / 1e6:.0f} MB; at most {MAX_ZIP_BYTES // 10**6} are taken.", "Make two of it."
        )
    _judge_list(file, size)
    try:
        archive = zipfile.ZipFile(file)
        files = dict(_list_files(archive.infolist()))
    except _BROKEN:
        raise _refuse("The zip is damaged or cut off.", "Make it again.") from None
    plan = _find_plan(files)
    unpacking = _Unpacking(archive)
    data = unpacking.read(files.pop(plan), table.MAX_BYTES)
    if data is None:
        raise PlanRefused(table.say_too_large())
    where = PurePosixPath(plan)
    return ZippedPlan(f"{path.name}: {where.name}", data, where.parent, unpacking, files)


def _refuse(sentence: str, mend: str) -> PlanRefused:
    return PlanRefused(Problem(0, "", sentence, mend))


def _judge_list(file: IO[bytes], size: int) -> None:
    """What the library will read at once, whatever it is: looked at as the library does. Raises PlanRefused."""
    damaged = _refuse("The zip is damaged or cut off.", "Make it again.")
    file.seek(max(0, size - _END_SIZE - 65536))
    tail = file.read()
    at = len(tail) - _END_SIZE
    if at < 0:
        raise damaged
    if not (tail[at:].startswith(_END) and tail.endswith(b"\0\0")):
        at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_SIZE:
        raise damaged
    count, length = struct.unpack("<HI", tail[at + 10 : at + 16])
    if b"PK\x06\x07" in tail[max(0, at - 20) : at] or count > MAX_FILES or length > MAX_LIST_BYTES:
        raise _refuse(f"It has more than {MAX_FILES:,} files.", "Put only the plan and its images into it.")


def _list_files(infos: Sequence[zipfile.ZipInfo]) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """(path, file) of all that a person put in. Raises PlanRefused."""
    seen: set[str] = set()
    if len(infos) > MAX_FILES:
        raise _refuse(f"It has more than {MAX_FILES:,} files.", "Put only the plan and its images into it.")
    for info in infos:
        path = _to_path(_read_name(info))
        parts = PurePosixPath(path).parts
        if path.startswith("/") or ".." in parts or path[1:2] == ":" or "\0" in path:
            raise _refuse(f'"{path[:60]}" leads out of the zip.', "Make a new one of one folder.")
        if info.is_dir() or not parts or "__MACOSX" in parts or parts[-1].lower() in _PASSED_OVER:
            continue
        if stat.S_ISLNK(info.external_attr >> 16):
            raise _refuse(f'"{path[:60]}" is a link, not a file.', "Put the file itself into the zip.")
        if info.flag_bits & 1:
            raise _refuse("It needs a password.", "Make it without one.")
        if info.compress_type not in _PACKED:
            raise _refuse(f'"{path[:60]}" is packed in a way that is not read.', "Make an ordinary zip.")
        if path.lower().endswith(_ARCHIVES):
            raise _refuse(f'There is a zip in it: "{path[:60]}".', "Put its files into this one.")
        if path in seen:
            raise _refuse(f'"{path[:60]}" is there twice.', "Make the zip again.")
        seen.add(path)
        yield path, info


def _find_plan(files: dict[str, zipfile.ZipInfo]) -> str:
    plans = sorted(path for path in files if path.lower().endswith(".csv"))
    if len(plans) > 1:
        raise _refuse(
            f'There are {len(plans)} plans in it: "{plans[0]}" and "{plans[1]}".', "Leave one in it."
        )
    if plans:
        return plans[0]
    if "[Content_Types].xml" in files:
        raise _refuse("This is a workbook, not a CSV file.", 'Save it as "CSV UTF-8".')
    raise _refuse("The zip holds no CSV file.", "Put the plan beside its images.")


def _read_name(info: zipfile.ZipInfo) -> str:
    """macOS writes UTF-8 and does not say so; the library takes it for letters of DOS then."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except ValueError:
        return info.filename


def _to_path(name: str) -> str:
    """Windows' backslashes as everybody's, and letters put together in one way."""
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


@dataclass
class _Unpacking:
    """Reads files, and counts what came out, whatever their headers say."""

    archive: zipfile.ZipFile
    left: int = field(default_factory=lambda: MAX_UNPACKED)

    def read(self, info: zipfile.ZipInfo, limit: int) -> bytes | None:
        """None: it is larger than `limit`. Raises PlanRefused."""
        data = bytearray()
        most = min(limit, 1_000_000 + MOST_TIMES * info.compress_size)
        try:
            with self.archive.open(info) as file:
                while more := file.read(CHUNK):
                    data += more
                    self.left -= len(more)
                    if self.left < 0:
                        said = f"The zip holds more than {MAX_UNPACKED // 10**6} MB."
                        raise _refuse(said, "Make two of it.")
                    if len(data) > most:
                        if len(data) > limit:
                            return None
                        raise _refuse("It unpacks to far more than it is.", "Use the file as it was made.")
        except _BROKEN:
            name = PurePosixPath(_to_path(_read_name(info))).name
            raise _refuse(f'"{name[:60]}" in the zip is damaged.', "Make the zip again.") from None
        return bytes(data)
