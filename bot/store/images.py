"""Images: their bytes, each stored once, and which private file of Slack's shows one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection as Database
from sqlalchemy import Row, insert, select, update

from bot.store.tables.core import images


@dataclass(frozen=True)
class ImageFile:
    """What is known of a stored image without reading its bytes."""

    sha256: str
    media_type: str
    width: int
    height: int
    size: int  # bytes
    slack_file: str | None = None  # the private copy cards show
    frames: int | None = None  # more than one: it moves; None: not counted (`services/images/frames.py`)


def add(db: Database, image: ImageFile, content: bytes) -> None:
    """Store an image once; the same bytes are the same row."""
    known = db.execute(select(images.c.sha256).where(images.c.sha256 == image.sha256)).one_or_none()
    if known is None:
        db.execute(insert(images).values(**vars(image), bytes=content))


def load(db: Database, digests: Iterable[str]) -> dict[str, ImageFile]:
    """{SHA-256: its image}, of those that are stored."""
    columns = [column for column in images.c if column.name != "bytes"]
    query = select(*columns).where(images.c.sha256.in_(list(digests)))
    found = [_image(row) for row in db.execute(query)]
    return {image.sha256: image for image in found}


def read_bytes(db: Database, sha256: str) -> bytes:
    return bytes(db.execute(select(images.c.bytes).where(images.c.sha256 == sha256)).scalar_one())


def find_to_upload(db: Database, sha256: str) -> tuple[str, bytes] | None:
    """(media type, bytes) of an image Slack has no copy of; None if it has, or there is no such image."""
    row = db.execute(
        select(images.c.media_type, images.c.bytes).where(
            images.c.sha256 == sha256, images.c.slack_file.is_(None)
        )
    ).one_or_none()
    return (row.media_type, bytes(row.bytes)) if row else None


def mark_uploaded(db: Database, sha256: str, slack_file: str) -> None:
    db.execute(update(images).where(images.c.sha256 == sha256).values(slack_file=slack_file))


def _image(row: Row[Any]) -> ImageFile:
    return ImageFile(row.sha256, row.media_type, row.width, row.height, row.size, row.slack_file, row.frames)
