"""Where the images of a plan wait until every row is judged: on disk, so that only one of them is in memory."""

from __future__ import annotations

import tempfile
from types import TracebackType
from typing import Self

from bot.services.images.image_checks import ImageProblem, StoredImage
from bot.store.images import ImageFile


class Spool:
    """One temporary file without a name, gone with us."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `__exit__`
        self._about: dict[str, ImageFile] = {}
        self._begins: dict[str, int] = {}
        self._end = 0

    def put(self, image: StoredImage) -> ImageFile:
        """Raises ImageProblem where the disk is full."""
        if image.sha256 not in self._about:
            try:
                self._file.seek(self._end)
                self._file.write(image.bytes)
                self._file.flush()
            except OSError:
                raise ImageProblem(
                    "There is no room left for temporary files.", "Free some space, or set TMPDIR."
                ) from None
            self._begins[image.sha256] = self._end
            self._end += image.size
            self._about[image.sha256] = ImageFile(
                image.sha256, image.media_type, image.width, image.height, image.size, frames=image.frames
            )
        return self._about[image.sha256]

    def read(self, sha256: str) -> StoredImage:
        about = self._about[sha256]
        self._file.seek(self._begins[sha256])
        content = self._file.read(about.size)
        return StoredImage(
            sha256, about.media_type, about.width, about.height, about.size, content, about.frames or 1
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
