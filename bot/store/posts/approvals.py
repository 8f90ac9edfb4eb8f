"""Approvals: every one that was given, also those that have ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update

from bot.domain.approvals import TAKEN, Approval
from bot.domain.ids import VersionId
from bot.domain.posts import NOT_BEGUN, Status
from bot.store.engine.indexes import hide_from_index
from bot.store.engine.prepared import Prepared
from bot.store.tables.core import approvals, posts, versions

OVER = (Status.MISSED, Status.FAILED)  # of these there are more with every year

# Built once: see posts/posts.py.
_ADD = Prepared(insert(approvals))
_OF_WORDS = approvals.c.words.is_not(None)  # they may be those of other versions, too
_ITS_POST = select(versions.c.post_id).where(versions.c.id == bindparam("which")).scalar_subquery()
_OF_VERSION = Prepared(
    select(approvals)
    .where(
        or_(approvals.c.version_id == bindparam("which"), and_(_OF_WORDS, approvals.c.post_id == _ITS_POST))
    )
    .order_by(approvals.c.at, approvals.c.id)
)


def add(db: Connection, approval: Approval, *, post_id: str, key: str) -> None:
    _ADD(
        db, id=approval.id, post_id=post_id, version_id=approval.version_id, sha256=approval.sha256,
        kind=approval.kind, epochs=approval.epochs, by_user=approval.by, action_key=key,
        waived=approval.waived, at=approval.at, words=approval.words,
    )  # fmt: skip


def list_of_version(db: Connection, version_id: str) -> list[Approval]:
    """Those of this version, and those of the words only of any version of its post, the ended ones too. Oldest
    first."""
    return [_approval(row) for row in _OF_VERSION(db, which=version_id)]


def _approval(row: Any) -> Approval:
    return Approval(
        row.id, VersionId(row.version_id), row.sha256, row.kind, row.epochs, row.by_user, row.at,
        row.revoked_at, row.waived, row.words,
    )  # fmt: skip


def list_standing(db: Connection, since: datetime) -> list[tuple[str, Approval]]:
    """(post id, approval) of every one that has not ended and may still count: of the current versions of posts that
    wait, or that were missed or failed since then; and of the words only, of any post that has not begun."""
    of_current = select(approvals).join(posts, posts.c.version_id == approvals.c.version_id)
    wait = [one.key for one in NOT_BEGUN if one not in OVER]
    over = posts.c.status.in_([one.key for one in OVER]) & (posts.c.status_at >= since)
    its_status = hide_from_index(posts.c.status).in_(
        [one.key for one in NOT_BEGUN]
    )  # of the few that have any
    of_words = select(approvals).join(posts, posts.c.id == approvals.c.post_id).where(_OF_WORDS, its_status)
    queries = (of_current.where(posts.c.status.in_(wait)), of_current.where(over), of_words)
    rows = [row for query in queries for row in db.execute(query.where(approvals.c.revoked_at.is_(None)))]
    return [(row.post_id, _approval(row)) for row in {row.id: row for row in rows}.values()]


def list_of_versions(db: Connection, version_ids: Sequence[str]) -> dict[str, list[Approval]]:
    """{version: its approvals}, as `list_of_version` has them; for lists of posts."""
    its = select(versions.c.id, versions.c.post_id).where(versions.c.id.in_(version_ids)).subquery()
    of_words = and_(_OF_WORDS, approvals.c.version_id != its.c.id)
    query = (
        select(its.c.id.label("which"), approvals)
        .join(its, approvals.c.post_id == its.c.post_id)
        .where(or_(approvals.c.version_id == its.c.id, of_words))
        .order_by(approvals.c.at, approvals.c.id)
    )
    found: dict[str, list[Approval]] = {version_id: [] for version_id in version_ids}
    for row in db.execute(query):
        found[row.which].append(_approval(row))
    return found


def end_all(
    db: Connection, post_id: str, *, by: str | None, why: str, now: datetime, but: str | None = None
) -> list[str]:
    """End every standing approval of a post; returns whose they were. `but`: not those of the words only, where they
    have this digest."""
    query = (
        update(approvals)
        .where(approvals.c.post_id == post_id, approvals.c.revoked_at.is_(None))
        .where(or_(approvals.c.words.is_(None), approvals.c.words != (but or "")))
        .values(revoked_at=now, revoked_by=by, revoked_why=why)
        .returning(approvals.c.by_user)
    )
    return list(dict.fromkeys(db.execute(query).scalars()))


def end_one(db: Connection, approval_id: str, *, by: str | None, why: str, now: datetime) -> None:
    """`by` None: nobody's act."""
    db.execute(
        update(approvals)
        .where(approvals.c.id == approval_id)
        .values(revoked_at=now, revoked_by=by, revoked_why=why)
    )


def list_who_gave(db: Connection, post_id: str, since: datetime) -> list[str]:
    """Who approved a post since then, in whatever version, the oldest first; not whoever took it back."""
    kept = or_(
        approvals.c.revoked_why.is_(None),
        approvals.c.revoked_why.not_in(TAKEN),
        approvals.c.revoked_by != approvals.c.by_user,
    )
    query = (
        select(approvals.c.by_user)
        .where(approvals.c.post_id == post_id, approvals.c.at >= since, kept)
        .order_by(approvals.c.at, approvals.c.id)
    )
    return list(dict.fromkeys(db.execute(query).scalars()))


@dataclass(frozen=True)
class LastEnded:
    """The last time approvals of a post ended."""

    at: datetime
    by: str | None
    why: str  # what they did
    whose: tuple[str, ...]
    version_id: str  # what had been approved


def find_last_ended(db: Connection, post_id: str) -> LastEnded | None:
    query = (
        select(approvals)
        .where(approvals.c.post_id == post_id, approvals.c.revoked_at.is_not(None))
        .order_by(approvals.c.revoked_at.desc())
    )
    rows = db.execute(query).all()
    if not rows:
        return None
    last = rows[0]
    at_once = [
        row for row in rows if (row.revoked_at, row.revoked_why) == (last.revoked_at, last.revoked_why)
    ]
    whose = tuple(dict.fromkeys(row.by_user for row in at_once))
    return LastEnded(last.revoked_at, last.revoked_by, last.revoked_why or "", whose, last.version_id)
