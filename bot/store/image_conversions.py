"""Which images people had converted, and into what."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection as Database
from sqlalchemy import insert, select

from bot.domain.preflight.conversions import Change
from bot.store.tables.image_conversions import image_conversions


@dataclass(frozen=True)
class Converted:
    """`source` and `result`: SHA-256 of two stored images."""

    source: str
    result: str
    changes: frozenset[Change]


def add(db: Database, made: Converted, now: datetime) -> None:
    """Once, however often it is made."""
    key = image_conversions.c.source == made.source, image_conversions.c.result == made.result
    if db.execute(select(image_conversions.c.source).where(*key)).one_or_none() is None:
        changes = " ".join(sorted(made.changes))
        row = {"source": made.source, "result": made.result, "changes": changes, "made_at": now}
        db.execute(insert(image_conversions).values(row))


def list_between(db: Database, sources: Collection[str], results: Collection[str]) -> list[Converted]:
    """Those of one of these images into one of those."""
    query = select(image_conversions).where(
        image_conversions.c.source.in_(list(sources)), image_conversions.c.result.in_(list(results))
    )
    return [
        Converted(row.source, row.result, frozenset(map(Change, row.changes.split())))
        for row in db.execute(query.order_by(image_conversions.c.made_at, image_conversions.c.result))
    ]
