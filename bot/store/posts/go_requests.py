"""Go requests: one message that asks whether the moment is right for several posts of the same hour."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)

from bot.domain.kinds import CardType
from bot.domain.posts import Status
from bot.store.engine.moment import Moment
from bot.store.engine.prepared import Prepared
from bot.store.slack.card_changes import redraw_last
from bot.store.tables.core import posts, versions
from bot.store.tables.go_requests import go_request_posts, go_requests
from bot.store.tables.slack import cards

# Built once: see posts/posts.py.
_OF_POST = Prepared(
    select(go_request_posts.c.request_id).where(go_request_posts.c.post_id == bindparam("which")).limit(1)
)


@dataclass(frozen=True)
class Asked:
    """A post that a message asks about, as it stood when it came to it. `epochs`: of the gate then, where the message
    mentions people for it in place of its own card; None: its own card does."""

    request_id: str
    post_id: str
    version_id: str
    slot: datetime
    epochs: str | None


def add(db: Connection, request_id: str, now: datetime, asked: Iterable[Asked]) -> None:
    db.execute(insert(go_requests), {"id": request_id, "at": now})
    db.execute(insert(go_request_posts), [asdict(one) for one in asked])


def put(db: Connection, asked: Asked) -> None:
    """A post comes to a message, or is asked about there as it is now."""
    same = (go_request_posts.c.request_id == asked.request_id) & (go_request_posts.c.post_id == asked.post_id)
    db.execute(delete(go_request_posts).where(same))
    db.execute(insert(go_request_posts), asdict(asked))


def has(db: Connection, request_id: str) -> bool:
    return db.execute(select(go_requests.c.id).where(go_requests.c.id == request_id)).first() is not None


def list_of_request(db: Connection, request_id: str) -> list[Asked]:
    """By slot."""
    query = select(go_request_posts).where(go_request_posts.c.request_id == request_id)
    query = query.order_by(go_request_posts.c.slot, go_request_posts.c.post_id)
    return [Asked(*row) for row in db.execute(query)]


def list_of_post(db: Connection, post_id: str, *, since: datetime | None = None) -> list[Asked]:
    """In every message that asks, or asked, about it. `since`: only where it was put up from then on."""
    if not _OF_POST(db, which=post_id):
        return []
    query = select(go_request_posts).where(go_request_posts.c.post_id == post_id)
    if since is not None:
        newer = select(go_requests.c.id).where(go_requests.c.at >= since)
        query = query.where(go_request_posts.c.request_id.in_(newer))
    return [Asked(*row) for row in db.execute(query)]


def list_moments(db: Connection, ids: Collection[str]) -> list[datetime]:
    """When these messages were put up."""
    return (
        list(db.execute(select(go_requests.c.at).where(go_requests.c.id.in_(ids))).scalars()) if ids else []
    )


def list_near(db: Connection, start: datetime, end: datetime) -> dict[str, list[Asked]]:
    """{message: its posts}, the newest message first, of those with a slot between these moments, both included."""
    near = select(go_request_posts.c.request_id).where(go_request_posts.c.slot.between(start, end))
    query = (
        select(go_request_posts)
        .join(go_requests, go_requests.c.id == go_request_posts.c.request_id)
        .where(go_requests.c.id.in_(near))
        .order_by(go_requests.c.at.desc(), go_requests.c.id.desc(), go_request_posts.c.slot)
    )
    found: dict[str, list[Asked]] = {}
    for row in db.execute(query):
        found.setdefault(row.request_id, []).append(Asked(*row))
    return found


def list_waiting_near(
    db: Connection, slot: datetime, around: timedelta, opens_by: datetime, most: int
) -> list[str]:
    """Posts in review, and those whose review opens by then, with a slot so near to this one; not those that a message
    asks about already. The nearest of them."""
    middle = Moment().process_bind_param(slot, db.dialect)
    away = func.abs(type_coerce(versions.c.slot, BigInteger) - middle)
    opens = (posts.c.status == Status.SCHEDULED.key) & (posts.c.due_at <= opens_by)
    known = exists().where(
        go_request_posts.c.post_id == posts.c.id, go_request_posts.c.slot == versions.c.slot
    )
    query = (
        select(posts.c.id)
        .join(versions, versions.c.id == posts.c.version_id)
        .where(versions.c.slot.between(slot - around, slot + around), versions.c.post_id == posts.c.id)
        .where(posts.c.drill.is_(False), or_(posts.c.status == Status.REVIEW.key, opens), ~known)
    )
    return list(db.execute(query.order_by(away, posts.c.number).limit(most)).scalars())


def call_by_own_card(db: Connection, post_id: str) -> None:
    """Whatever a message did before: from now on this post's own card mentions people."""
    if not _OF_POST(db, which=post_id):
        return
    calling = (go_request_posts.c.post_id == post_id) & go_request_posts.c.epochs.is_not(None)
    db.execute(update(go_request_posts).where(calling).values(epochs=None))


def touch(db: Connection, post_id: str) -> None:
    """The post changed: redraw the messages that ask about it, if there are any."""
    if not _OF_POST(db, which=post_id):
        return
    asking = select(go_request_posts.c.request_id).where(go_request_posts.c.post_id == post_id)
    shown = (cards.c.kind == CardType.GO_REQUEST) & cards.c.subject.in_(asking) & cards.c.current
    redraw_last(db, select(cards.c.id).where(shown))


def touch_since(db: Connection, since: datetime) -> None:
    """Something changed that all of them may show: redraw those that were put up since then."""
    asking = select(go_requests.c.id).where(go_requests.c.at >= since)
    shown = (cards.c.kind == CardType.GO_REQUEST) & cards.c.subject.in_(asking) & cards.c.current
    redraw_last(db, select(cards.c.id).where(shown))
