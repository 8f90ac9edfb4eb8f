"""Slack's private copies of posts' images: which file shows which image."""

from __future__ import annotations

from sqlalchemy import Connection as Database
from sqlalchemy import select, update

from bot.store.tables import images


def to_upload(db: Database, sha256: str) -> tuple[str, bytes] | None:
    """(media type, bytes) of an image Slack has no copy of; None if it has, or there is no such image."""
    row = db.execute(
        select(images.c.media_type, images.c.bytes).where(
            images.c.sha256 == sha256, images.c.slack_file.is_(None)
        )
    ).one_or_none()
    return (row.media_type, bytes(row.bytes)) if row else None


def uploaded(db: Database, sha256: str, slack_file: str) -> None:
    db.execute(update(images).where(images.c.sha256 == sha256).values(slack_file=slack_file))
