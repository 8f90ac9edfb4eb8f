"""Requests: one message that asks approvers for the words of several posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select

from bot.domain.kinds import CardType
from bot.domain.posts import Status
from bot.store.engine.prepared import Prepared
from bot.store.slack.card_changes import redraw_last
from bot.store.tables.core import approvals, posts, request_posts, requests, versions
from bot.store.tables.slack import cards

# Built once: see posts/posts.py.
_OF_POST = Prepared(
    select(request_posts.c.request_id).where(request_posts.c.post_id == bindparam("which")).limit(1)
)
_APPROVED_BY = (  # so many people: what they gave ends as soon as the words change
    select(func.count(approvals.c.by_user.distinct()))
    .where(
        approvals.c.post_id == posts.c.id, approvals.c.words.is_not(None), approvals.c.revoked_at.is_(None)
    )
    .scalar_subquery()
)


@dataclass(frozen=True)
class Request:
    """Who asked for which posts, in the order in which they are read."""

    id: str
    by: str
    at: datetime
    post_ids: tuple[str, ...]


def add(db: Connection, request: Request) -> None:
    db.execute(insert(requests), {"id": request.id, "by_user": request.by, "at": request.at})
    rows = [
        {"request_id": request.id, "place": place, "post_id": post_id}
        for place, post_id in enumerate(request.post_ids)
    ]
    db.execute(insert(request_posts), rows)


def load(db: Connection, request_id: str) -> Request | None:
    row = db.execute(select(requests).where(requests.c.id == request_id)).one_or_none()
    if row is None:
        return None
    query = select(request_posts.c.post_id).where(request_posts.c.request_id == request_id)
    return Request(
        row.id, row.by_user, row.at, tuple(db.execute(query.order_by(request_posts.c.place)).scalars())
    )


def find_newest_of(db: Connection, post_ids: Sequence[str]) -> dict[str, str]:
    """{post: the newest request that names it}, of those that were ever asked for."""
    query = (
        select(request_posts.c.post_id, requests.c.id)
        .join(requests, requests.c.id == request_posts.c.request_id)
        .where(request_posts.c.post_id.in_(post_ids))
        .order_by(requests.c.at, requests.c.id)
    )
    return {row.post_id: row.id for row in db.execute(query)}


def list_lacking(
    db: Connection, fewer_than: int, now: datetime, *, limit: int, offset: int = 0, asked: bool = False
) -> list[str]:
    """Planned posts whose words so few people have approved, the soonest first. `asked`: of those that a request
    names."""
    query = (
        select(posts.c.id)
        .join(versions, versions.c.id == posts.c.version_id)
        .where(posts.c.status == Status.SCHEDULED.key, posts.c.drill.is_(False), versions.c.slot > now)
        .where(fewer_than > _APPROVED_BY)
        .order_by(versions.c.slot, posts.c.number)
    )
    if asked:
        query = query.where(posts.c.id.in_(select(request_posts.c.post_id)))
    return list(db.execute(query.limit(limit).offset(offset)).scalars())


def touch(db: Connection, post_id: str) -> None:
    """The post changed: redraw the messages that ask for it, if there are any."""
    if not _OF_POST(db, which=post_id):
        return
    asking = select(request_posts.c.request_id).where(request_posts.c.post_id == post_id)
    shown = (cards.c.kind == CardType.REQUEST) & cards.c.subject.in_(asking) & cards.c.current
    redraw_last(db, select(cards.c.id).where(shown))
