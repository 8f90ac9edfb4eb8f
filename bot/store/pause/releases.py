"""Releases of statements: every one that was given, also those that have ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.domain.ids import VersionId
from bot.domain.pause.statements import Release, Shut
from bot.store.tables.core import releases

_STANDING = releases.c.ended_at.is_(None)
_NEXT = select(releases.c.at).where(_STANDING).order_by(releases.c.at).limit(1)  # built once


def add(db: Connection, release: Release, *, key: str) -> None:
    """The schema refuses a second one of this person that stands."""
    db.execute(
        insert(releases).values(
            id=release.id, pause_id=release.pause_id, post_id=release.post_id, version_id=release.version_id,
            sha256=release.sha256, epochs=release.shut.epochs, pauses=release.shut.pauses or "{}",
            by_user=release.by, approver=release.approver, action_key=key, waived=release.waived, at=release.at,
        )
    )  # fmt: skip


def list_of_post(db: Connection, post_id: str) -> list[Release]:
    """Those of any version, the ended ones too, the oldest first."""
    query = select(releases).where(releases.c.post_id == post_id).order_by(releases.c.at, releases.c.id)
    return [_release(row) for row in db.execute(query)]


def list_of_pause(db: Connection, pause_id: str) -> list[Release]:
    """Those that stand on its message, the ended ones too, the oldest first."""
    query = select(releases).where(releases.c.pause_id == pause_id).order_by(releases.c.at, releases.c.id)
    return [_release(row) for row in db.execute(query)]


def list_these(db: Connection, ids: Sequence[str]) -> list[Release]:
    query = select(releases).where(releases.c.id.in_(ids)).order_by(releases.c.at, releases.c.id)
    return [_release(row) for row in db.execute(query)]


def end(db: Connection, ids: Sequence[str], *, by: str | None, why: str, now: datetime) -> None:
    """`by` None: nobody's act."""
    db.execute(
        update(releases)
        .where(releases.c.id.in_(ids), _STANDING)
        .values(ended_at=now, ended_by=by, ended_why=why)
    )


def list_posts(db: Connection) -> list[str]:
    """Posts with a release that stands."""
    return list(db.execute(select(releases.c.post_id).where(_STANDING).distinct()).scalars())


def list_begun_before(db: Connection, moment: datetime, limit: int = 50) -> list[str]:
    """Posts with a release that stands and was given by then."""
    query = select(releases.c.post_id).where(_STANDING, releases.c.at <= moment).order_by(releases.c.at)
    return list(dict.fromkeys(db.execute(query.limit(limit)).scalars()))


def find_oldest(db: Connection) -> datetime | None:
    """When the oldest was given that stands."""
    return db.execute(_NEXT).scalar()


def list_standing_pauses(db: Connection) -> list[str]:
    """Pauses on whose message a release stands that has not ended."""
    return list(db.execute(select(releases.c.pause_id).where(_STANDING).distinct()).scalars())


def list_pauses(db: Connection, post_id: str) -> list[str]:
    """Pauses on whose message a statement of this post stands."""
    query = select(releases.c.pause_id).where(releases.c.post_id == post_id).distinct()
    return list(db.execute(query).scalars())


def _release(row: Any) -> Release:
    return Release(
        id=row.id, pause_id=row.pause_id, post_id=row.post_id, version_id=VersionId(row.version_id),
        sha256=row.sha256, shut=Shut(row.epochs, row.pauses), by=row.by_user, approver=row.approver, at=row.at,
        waived=row.waived, ended_at=row.ended_at, ended_by=row.ended_by, ended_why=row.ended_why,
    )  # fmt: skip
