"""Posts and their versions: rows to values and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    union,
    update,
)

from bot.domain.deliveries import State
from bot.domain.facts import FactKind
from bot.domain.gate import DRILL
from bot.domain.ids import PostId, VersionId
from bot.domain.kinds import DeliveryType
from bot.domain.posts import Body, Image, Post, Status, Version
from bot.store.engine import upsert
from bot.store.engine.indexes import hide_from_index
from bot.store.engine.prepared import Prepared
from bot.store.tables.core import deliveries, facts, posts, versions
from bot.store.tables.system import counters

_REAL = posts.c.drill.is_(False)
_CURRENT = versions.c.id == posts.c.version_id
_OF_A_POST = deliveries.c.kind == literal_column(f"'{DeliveryType.POST}'")


def take_next_number(db: Connection) -> int:
    """The next post's number. The counter's row is locked until the commit, so no number is given twice."""
    return take_numbers(db, 1)


def take_numbers(db: Connection, count: int) -> int:
    """The first of so many numbers, one after the other."""
    first = upsert.insert(db, counters).values(name="posts", value=count)
    more = first.on_conflict_do_update(
        index_elements=["name"], set_={"value": counters.c.value + count}
    ).returning(counters.c.value)
    return int(db.execute(more).scalar_one()) - count + 1


def lock_numbers(db: Connection) -> None:
    """No post is added by anybody else until the commit. On SQLite nobody else writes."""
    if db.dialect.name == "postgresql":
        take_numbers(db, 0)


def add(db: Connection, post: Post, due_at: datetime | None, import_key: str | None = None) -> None:
    add_all(db, [post], [due_at], [import_key])


def add_all(
    db: Connection,
    new: Sequence[Post],
    due_at: Sequence[datetime | None],
    import_keys: Sequence[str | None],
) -> None:
    """Each with its next moment and its key."""
    if not new:
        return
    rows = [
        {
            "id": post.id, "number": post.number, "created_by": post.created_by, "created_at": post.created_at,
            "import_key": key, "drill": post.version.body.accounts == (DRILL,), **_standing(post, due),
        }
        for post, due, key in zip(new, due_at, import_keys, strict=True)
    ]  # fmt: skip
    db.execute(insert(posts), rows)
    db.execute(insert(versions), [_to_row(post.version) for post in new])


def add_version(db: Connection, version: Version) -> None:
    db.execute(insert(versions), _to_row(version))


def _to_row(version: Version) -> dict[str, Any]:
    body = version.body
    return {
        "id": version.id, "post_id": version.post_id, "seq": version.seq, "sha256": version.sha256,
        "accounts": list(body.accounts), "text": body.text, "variants": dict(body.variants or {}),
        "images": [asdict(image) for image in body.images], "slot": body.slot,
        "visibility": dict(body.visibility or {}), "language": dict(body.language or {}),
        "warning": body.warning or None, "label": version.label, "note": version.note,
        "immediate": version.immediate, "words_by": list(version.words_by), "saved_by": version.saved_by,
        "saved_at": version.saved_at, "identities": body.identities,
    }  # fmt: skip


def save(db: Connection, post: Post, due_at: datetime | None) -> None:
    """Write where the post stands now. Its versions are added, never saved over."""
    _SAVE(db, which=post.id, **_standing(post, due_at))


def set_due(db: Connection, post: Post, due_at: datetime | None) -> None:
    """Its next moment, worked out without a lock: written only if the post still stands as it was read."""
    same = (posts.c.id == post.id) & (posts.c.version_id == post.version.id)
    same &= (posts.c.status == post.status.key) & (posts.c.reminded == post.reminded)
    db.execute(update(posts).where(same).values(due_at=due_at))


def doubt_all(db: Connection, copied_at: datetime) -> None:
    """A backup of then was put back: all that was not out everywhere by then may be by now; or since an earlier one,
    of which nobody has looked yet."""
    open_sends = select(deliveries.c.post_id).where(_OF_A_POST, deliveries.c.state != State.SENT.key)
    not_out = (posts.c.status != Status.PUBLISHED.key) | posts.c.id.in_(open_sends)
    since = func.coalesce(posts.c.copied_at, literal(copied_at, posts.c.copied_at.type))
    db.execute(update(posts).where(not_out).values(copied_at=since))


def _standing(post: Post, due_at: datetime | None) -> dict[str, Any]:
    return {
        "status": post.status.key,
        "version_id": post.version.id,
        "review_at": post.review_at,
        "status_at": post.status_at,
        "status_by": post.status_by,
        "reason": post.reason,
        "reminded": post.reminded,
        "due_at": due_at,
        "copied_at": post.copied_at,
    }


def load(db: Connection, post_id: str, *, lock: bool = False) -> Post | None:
    """One post; `lock` holds its row until the commit (on SQLite the whole database is held anyway).

    The lock is taken by a statement of its own: PostgreSQL, having waited for a row, joins what changed with the
    version it had found before, finds that they do not belong together, and answers with no row at all.
    """
    if lock:
        db.execute(_LOCK, {"which": post_id})
    rows = _BY_ID(db, which=post_id)
    return _post(rows[0]) if rows else None


def lock(db: Connection, glimpse: Post) -> Post | None:
    """The post as it is under its lock. On SQLite nobody else writes meanwhile, so what was read before is still
    true."""
    return glimpse if db.dialect.name == "sqlite" else load(db, glimpse.id, lock=True)


def lock_these(db: Connection, ids: Collection[str]) -> None:
    """Until the commit. On SQLite nobody else writes."""
    if db.dialect.name == "postgresql":
        db.execute(select(posts.c.id).where(posts.c.id.in_(ids)).order_by(posts.c.id).with_for_update()).all()


def list_with_status(
    db: Connection,
    statuses: Iterable[Status],
    *,
    since: datetime | None = None,
    before: datetime | None = None,
    limit: int | None = None,
    newest_first: bool = False,
) -> list[Post]:
    """By slot, those without one last: that came to stand so at `since` or later, whose slot is before `before`.

    Of statuses a post ends in, hand in `since`: there are more of them every day. Lists and numbers leave out what
    belongs to a drill, here and below.
    """
    query = _query().where(_REAL, _has_one_of(statuses))
    if since is not None:
        query = query.where(posts.c.status_at >= since)
    if before is not None:
        query = query.where(versions.c.slot < before)
    by = versions.c.slot.desc() if newest_first else versions.c.slot
    query = query.order_by(versions.c.slot.is_(None), by).limit(limit)
    return [_post(row) for row in db.execute(query)]


def list_drafts(db: Connection, by: str | None, limit: int, *, below: int | None = None) -> list[Post]:
    """The newest first; `by`: only those this person began; `below`: only those with a smaller number."""
    query = _query().where(_REAL, _has_one_of([Status.DRAFT]), *_began(by))
    query = query if below is None else query.where(posts.c.number < below)
    return [_post(row) for row in db.execute(query.order_by(posts.c.number.desc()).limit(limit))]


def count_drafts(db: Connection, by: str | None) -> int:
    """`by`: only those this person began."""
    query = select(func.count()).select_from(posts).where(_REAL, _has_one_of([Status.DRAFT]), *_began(by))
    return int(db.execute(query).scalar_one())


def _began(by: str | None) -> list[Any]:
    return [] if by is None else [posts.c.created_by == by]


def list_with_slot_between(
    db: Connection, start: datetime, end: datetime, limit: int | None = None
) -> list[Post]:
    query = _query().where(_REAL, *_slot_between(start, end)).order_by(versions.c.slot, posts.c.number)
    return [_post(row) for row in db.execute(query.limit(limit))]


def list_sent_in_part(db: Connection, since: datetime, limit: int) -> list[Post]:
    """Posts being sent or published with an outcome that nobody knows, or since `since` with a refusal; by slot."""
    went_out = [Status.PUBLISHING.key, Status.PUBLISHED.key]
    open_ones = select(deliveries.c.post_id).where(
        _OF_A_POST, deliveries.c.state == literal_column("'unknown'")
    )
    refused = (
        select(deliveries.c.post_id)
        .join(posts, posts.c.id == deliveries.c.post_id)
        .where(posts.c.status.in_(went_out), posts.c.status_at >= since, _OF_A_POST)
        .where(hide_from_index(deliveries.c.state) == "refused")
    )
    found = _query().where(
        posts.c.id.in_(union(open_ones, refused)), hide_from_index(posts.c.status).in_(went_out)
    )
    found = found.where(_REAL).order_by(versions.c.slot.is_(None), versions.c.slot).limit(limit)
    return [_post(row) for row in db.execute(found)]


def list_accounts_between(
    db: Connection, start: datetime, end: datetime, statuses: Iterable[Status]
) -> list[tuple[str, datetime, tuple[str, ...]]]:
    """(post, slot, its accounts), of those in these statuses."""
    query = select(posts.c.id, versions.c.slot, versions.c.accounts).select_from(
        posts.join(versions, _CURRENT)
    )
    query = query.where(_REAL, *_slot_between(start, end), _has_one_of(statuses, hidden=True))
    return [(post_id, slot, tuple(names)) for post_id, slot, names in db.execute(query)]


def _slot_between(start: datetime, end: datetime) -> tuple[Any, ...]:
    """By the slot's index, and from there to the post: no index leads from a version to the post it is current of."""
    return versions.c.slot >= start, versions.c.slot < end, versions.c.post_id == posts.c.id


def _has_one_of(statuses: Iterable[Status], *, hidden: bool = False) -> Any:
    """`hidden`: of a moment that another index finds."""
    status = hide_from_index(posts.c.status) if hidden else posts.c.status
    return status.in_([each.key for each in statuses])


@dataclass(frozen=True)
class Words:
    """What another post says, and where: enough to compare, cheap enough to read of every post of two months."""

    post_id: str
    number: int
    slot: datetime
    accounts: tuple[str, ...]
    text: str
    variants: Mapping[str, str]

    def text_for(self, account: str) -> str:
        return self.variants.get(account, self.text)


def list_words_around(
    db: Connection, middle: datetime, window: timedelta, statuses: Iterable[Status], most: int
) -> list[Words]:
    """By slot: those in these statuses as far around a moment, `most` on either side, the nearest."""
    by = (versions.c.slot, posts.c.number)
    earlier = _words_between(middle - window, middle, statuses).order_by(*(each.desc() for each in by))
    later = _words_between(middle, middle + window, statuses).order_by(*by)
    found = [*reversed(db.execute(earlier.limit(most)).all()), *db.execute(later.limit(most))]
    return [Words(row.id, row.number, row.slot, tuple(row.accounts), row.text, row.variants) for row in found]


def _words_between(start: datetime, end: datetime, statuses: Iterable[Status]) -> Select[Any]:
    its = versions.c
    query = select(posts.c.id, posts.c.number, its.slot, its.accounts, its.text, its.variants)
    query = query.join(versions, _CURRENT)
    return query.where(_REAL, *_slot_between(start, end), _has_one_of(statuses, hidden=True))


def list_due(db: Connection, now: datetime, limit: int) -> list[str]:
    """Ids of posts whose moment has come, oldest first."""
    query = select(posts.c.id).where(posts.c.due_at <= now).order_by(posts.c.due_at).limit(limit)
    return list(db.execute(query).scalars())


def find_next_due(db: Connection) -> datetime | None:
    return db.execute(_NEXT_DUE).scalar()


def load_version(db: Connection, post_id: str, seq: int) -> Version | None:
    query = select(versions).where(versions.c.post_id == post_id, versions.c.seq == seq)
    row = db.execute(query).one_or_none()
    return _version(row) if row else None


def list_versions(db: Connection, post_id: str) -> list[Version]:
    """All there were of a post, the oldest first."""
    query = select(versions).where(versions.c.post_id == post_id).order_by(versions.c.seq)
    return [_version(row) for row in db.execute(query)]


def find_known_imports(db: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these rows were imported before."""
    return set(db.execute(select(posts.c.import_key).where(posts.c.import_key.in_(keys))).scalars())


def list_these(db: Connection, *, ids: Sequence[str] = (), import_keys: Sequence[str] = ()) -> list[Post]:
    """By their ids, or those that came of these rows; by slot."""
    query = _query().where(or_(posts.c.id.in_(ids), posts.c.import_key.in_(import_keys)))
    query = query.order_by(versions.c.slot.is_(None), versions.c.slot, posts.c.number)
    return [_post(row) for row in db.execute(query)]


def count_with_status(db: Connection, status: Status) -> int:
    query = select(func.count()).where(_REAL, posts.c.status == status.key)
    return int(db.execute(query).scalar_one())


def has_ended_as(status: Status) -> ColumnElement[bool]:
    """Of a fact: with it a post was published, or had missed its slot, whatever became of it since."""
    finished = (facts.c.what == FactKind.FINISHED.value) & (facts.c.data["status"].as_string() == status.key)
    return or_(finished, facts.c.what == FactKind.MISSED.value) if status is Status.MISSED else finished


def list_ended_as(db: Connection, status: Status, since: datetime) -> list[str]:
    """Posts that were published, or missed their slot, since then: each once."""
    ended = select(func.substr(facts.c.subject, len("post:") + 1)).where(
        has_ended_as(status), facts.c.at >= since
    )
    return list(db.execute(select(posts.c.id).where(_REAL, posts.c.id.in_(ended))).scalars())


def list_missed_before(db: Connection, post_ids: Collection[str]) -> list[str]:
    """Those of them that ever missed a slot."""
    subjects = [f"post:{post_id}" for post_id in post_ids]
    query = (
        select(facts.c.subject).where(facts.c.subject.in_(subjects), has_ended_as(Status.MISSED)).distinct()
    )
    return [subject.removeprefix("post:") for subject in db.execute(query).scalars()]


def _query() -> Select[Any]:
    own = [column.label(f"p_{column.name}") for column in posts.c]
    return select(*own, *versions.c).join(versions, _CURRENT)


# Built once: building a statement and its cache key costs more than SQLite takes to run it.
# What a decision runs is prepared besides.
_BY_ID = Prepared(_query().where(posts.c.id == bindparam("which")))
_LOCK = select(posts.c.id).where(posts.c.id == bindparam("which")).with_for_update()
_SAVE = Prepared(update(posts).where(posts.c.id == bindparam("which")))
_NEXT_DUE = select(posts.c.due_at).where(posts.c.due_at.is_not(None)).order_by(posts.c.due_at).limit(1)


def _post(row: Row[Any]) -> Post:
    return Post(
        id=PostId(row.p_id),
        number=row.p_number,
        status=Status.of(row.p_status),
        version=_version(row),
        created_at=row.p_created_at,
        status_at=row.p_status_at,
        created_by=row.p_created_by,
        status_by=row.p_status_by,
        reason=row.p_reason,
        review_at=row.p_review_at,
        reminded=row.p_reminded,
        copied_at=row.p_copied_at,
    )


def _version(row: Row[Any]) -> Version:
    return Version(
        id=VersionId(row.id),
        post_id=PostId(row.post_id),
        seq=row.seq,
        body=Body(
            accounts=tuple(row.accounts),
            text=row.text,
            slot=row.slot,
            variants=row.variants,
            images=tuple(Image(**image) for image in row.images),
            visibility=row.visibility,
            language=row.language,
            warning=row.warning or "",
            identities=row.identities,
        ),
        saved_at=row.saved_at,
        saved_by=row.saved_by,
        words_by=tuple(row.words_by),
        label=row.label,
        note=row.note,
        immediate=row.immediate,
    )
