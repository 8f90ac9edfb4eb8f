"""Deliveries and attempts: the rows behind "never twice".

Every write names the state it expects, so that a loser of a race changes nothing; the partial unique index on
live attempts refuses what the code should have. States and kinds stand as literals in the queries: with a bound
parameter SQLite, and PostgreSQL's generic plan, skip the partial indexes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack, cast

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, literal_column, or_, select, update

from bot.domain.deliveries import FAR, Attempt, AttemptState, Delivery, State
from bot.domain.kinds import DeliveryType
from bot.store.engine.indexes import hide_from_index
from bot.store.engine.prepared import Prepared
from bot.store.tables.core import accounts, attempts, clicks, deliveries

BY_A_PERSON = "a person"  # `lease_by` of what somebody posts by hand


class DeliveryChanges(TypedDict, total=False):
    """The columns of a delivery that change."""

    state: State
    due_at: datetime | None
    latest_at: datetime | None
    lease_by: str
    lease_until: datetime | None
    fence: int
    next_check_at: datetime | None
    tries: int
    handle: str
    prepared: Mapping[str, Any]
    remote_id: str | None
    remote_url: str | None
    reason: str | None
    resolved_by: str | None
    copied_at: datetime | None
    release_id: str | None


class AttemptEnd(TypedDict, total=False):
    http_status: int | None
    evidence: str | None
    remote_id: str | None


def _is(state: State) -> Any:
    return deliveries.c.state == literal_column(f"'{state.key}'")


def _earliest(moment: Any, *which: Any) -> Select[datetime | None]:
    return select(func.min(moment)).where(*which)


# Built once: see posts/posts.py.
_ADD = Prepared(insert(deliveries))
_KIND = select(deliveries.c.kind).where(deliveries.c.id == bindparam("of")).scalar_subquery()
_ADD_ATTEMPT = Prepared(insert(attempts).values(kind=_KIND))
_BY_ID = select(deliveries).where(deliveries.c.id == bindparam("which"))
_BY_ID_LOCKED = Prepared(_BY_ID.with_for_update())
_OF_POST = (
    select(deliveries)
    .where(
        deliveries.c.post_id == bindparam("which"),
        deliveries.c.kind == literal_column(f"'{DeliveryType.POST}'"),
    )
    .order_by(deliveries.c.account)
)
_OF_POST_LOCKED = Prepared(_OF_POST.with_for_update())
_CHANGE = Prepared(update(deliveries).where(deliveries.c.id == bindparam("which")))
_OPEN = ("sending", "unknown")  # attempts nobody has settled
_HELD = deliveries.c.state.in_(
    [literal_column("'claimed'"), literal_column("'sending'")]
)  # as its index has it
_END_ATTEMPT = (
    update(attempts)
    .where(
        attempts.c.id == bindparam("which"),
        attempts.c.state.in_([literal_column(f"'{state}'") for state in _OPEN]),
    )
    .returning(attempts.c.id)
)
_NEXT_MOMENTS = (
    _earliest(deliveries.c.due_at, _is(State.READY), deliveries.c.due_at.is_not(None)),
    _earliest(deliveries.c.lease_until, _HELD),
    _earliest(deliveries.c.next_check_at, _is(State.UNKNOWN)),
)
_LAST_ATTEMPT = (
    select(attempts)
    .where(attempts.c.delivery_id == bindparam("delivery"))
    .order_by(attempts.c.fence.desc(), attempts.c.id.desc())  # moments may be of a clock that was set back
    .limit(1)
)
_LAST_BEGIN = select(accounts.c.last_begin_at).where(accounts.c.name == bindparam("which")).with_for_update()
_BEGIN_NOW = Prepared(
    update(accounts)
    .where(
        accounts.c.name == bindparam("which"),
        or_(accounts.c.last_begin_at.is_(None), accounts.c.last_begin_at <= bindparam("not_since")),
    )
    .values(last_begin_at=bindparam("now"))
    .returning(accounts.c.name)
)


def add(db: Connection, delivery: Delivery, *, now: datetime) -> None:
    _ADD(
        db, id=delivery.id, post_id=delivery.post_id, kind=delivery.kind, account=delivery.account,
        state=delivery.state.key, due_at=delivery.due_at, latest_at=delivery.latest_at, fence=0, tries=0,
        idem_key=delivery.id, handle=delivery.handle, prepared={}, changed_at=now, release_id=delivery.release_id,
    )  # fmt: skip


def list_of_post(db: Connection, post_id: str, *, lock: bool = False) -> list[Delivery]:
    found = _OF_POST_LOCKED(db, which=post_id) if lock else db.execute(_OF_POST, {"which": post_id})
    return [_delivery(row) for row in found]


def list_of_posts(db: Connection, post_ids: Sequence[str]) -> list[Delivery]:
    """The same of several posts, for lists."""
    query = select(deliveries).where(
        deliveries.c.post_id.in_(post_ids), deliveries.c.kind == literal_column(f"'{DeliveryType.POST}'")
    )
    return [_delivery(row) for row in db.execute(query.order_by(deliveries.c.post_id, deliveries.c.account))]


def list_taken_down(db: Connection, post_ids: Sequence[str]) -> dict[tuple[str, str, str | None], datetime]:
    """{(post, account, remote id): since when it is gone} of what was taken down; of two copies each by itself."""
    query = select(deliveries).where(
        deliveries.c.post_id.in_(post_ids),
        deliveries.c.kind == literal_column(f"'{DeliveryType.TAKE_DOWN}'"),
        hide_from_index(deliveries.c.state) == State.SENT.key,
    )
    return {(row.post_id, row.account, row.remote_id): row.changed_at for row in db.execute(query)}


def list_take_downs(db: Connection, post_id: str, account: str) -> list[Delivery]:
    """The take-downs of a post from one account, the newest last."""
    query = select(deliveries).where(
        deliveries.c.post_id == post_id,
        deliveries.c.kind == literal_column(f"'{DeliveryType.TAKE_DOWN}'"),
        deliveries.c.account == account,
    )
    return [_delivery(row) for row in db.execute(query.order_by(deliveries.c.id))]


def list_take_downs_of_reply(db: Connection, account: str, remote_id: str) -> list[Delivery]:
    """The take-downs of a reply, the newest last."""
    query = select(deliveries).where(
        deliveries.c.kind == DeliveryType.TAKE_DOWN, deliveries.c.account == account, deliveries.c.post_id.is_(None),
        deliveries.c.remote_id == remote_id,
    )  # fmt: skip
    return [_delivery(row) for row in db.execute(query.order_by(deliveries.c.id))]


def add_click(db: Connection, click_id: str, *, action_key: str, by: str, at: datetime) -> None:
    """A person's click: the authority of a take-down."""
    db.execute(insert(clicks).values(id=click_id, action_key=action_key, by_user=by, at=at))


def load(db: Connection, delivery_id: str, *, lock: bool = False) -> Delivery | None:
    found = _BY_ID_LOCKED(db, which=delivery_id) if lock else db.execute(_BY_ID, {"which": delivery_id})
    return next((_delivery(row) for row in found), None)


def change(db: Connection, delivery_id: str, now: datetime, **changes: Unpack[DeliveryChanges]) -> None:
    """Set columns of one delivery whose row this transaction has locked."""
    values: dict[str, Any] = {**changes}
    if "state" in changes:
        values["state"] = changes["state"].key
    _CHANGE(db, which=delivery_id, changed_at=now, **values)


# --- claim -------------------------------------------------------------------------------------------


def claim(
    db: Connection, *, by: str, until: datetime, ahead: datetime, now: datetime, limit: int
) -> list[str]:
    """Take up to `limit` ready deliveries due before `ahead`, each with its fence raised by one."""
    chosen = (
        select(deliveries.c.id)
        .where(_is(State.READY), deliveries.c.due_at <= ahead)
        .order_by(deliveries.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(db.execute(chosen).scalars())
    if ids:
        db.execute(
            update(deliveries)
            .where(deliveries.c.id.in_(ids), _is(State.READY))
            .values(
                state=State.CLAIMED.key, fence=deliveries.c.fence + 1, lease_by=by, lease_until=until,
                changed_at=now,
            )
        )  # fmt: skip
    return ids


def list_claimed(db: Connection, ids: list[str]) -> list[Delivery]:
    """What the worker has just claimed, as it stands now."""
    query = select(deliveries).where(deliveries.c.id.in_(ids)).order_by(deliveries.c.due_at)
    return [_delivery(row) for row in db.execute(query)]


def renew(db: Connection, ids: Iterable[str], *, by: str, until: datetime) -> None:
    """Keep the leases of what this worker still holds. A row somebody has locked is left out: it is being begun, or
    a pause takes it, and a pause must not wait for hundreds of leases, nor in a circle with them."""
    mine = (deliveries.c.id.in_(list(ids)), _is(State.CLAIMED), deliveries.c.lease_by == by)
    free = list(db.execute(select(deliveries.c.id).where(*mine).with_for_update(skip_locked=True)).scalars())
    db.execute(update(deliveries).where(deliveries.c.id.in_(free)).values(lease_until=until))


def save_prepared(
    db: Connection, delivery_id: str, fence: int, prepared: dict[str, Any], now: datetime
) -> None:
    db.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.fence == fence, _is(State.CLAIMED))
        .values(prepared=prepared, changed_at=now)
    )


def list_sent_again(db: Connection, account: str, since: datetime, until: datetime) -> list[Delivery]:
    """Posts of an account that were sent in that time, and tried more than once: two tries may have arrived."""
    tried = select(func.count()).where(
        attempts.c.delivery_id == deliveries.c.id, attempts.c.state != AttemptState.NOT_SENT.value
    )
    query = select(deliveries).where(
        deliveries.c.kind == DeliveryType.POST, deliveries.c.account == account,
        deliveries.c.state == State.SENT.key, tried.scalar_subquery() > 1,
        deliveries.c.changed_at.between(since, until),
    )  # fmt: skip
    return [_delivery(row) for row in db.execute(query)]


def load_prepared(db: Connection, delivery_id: str) -> dict[str, Any]:
    return dict(db.execute(select(deliveries.c.prepared).where(deliveries.c.id == delivery_id)).scalar_one())


def find_changed_at(db: Connection, delivery_id: str) -> datetime | None:
    """When something of it was last written."""
    query = select(deliveries.c.changed_at).where(deliveries.c.id == delivery_id)
    return cast(datetime | None, db.execute(query).scalar_one_or_none())


def free_claims(db: Connection, now: datetime, *, not_by: str | None = None) -> int:
    """Claimed rows whose lease is over, or, at start, whose holder is gone, are ready again. Returns how many."""
    over = _over(now, not_by)
    ids = select(deliveries.c.id).where(_HELD, _is(State.CLAIMED), over).limit(200)
    found = list(db.execute(ids.with_for_update(skip_locked=True)).scalars())
    if found:
        values = {"state": State.READY.key, "lease_until": None, "changed_at": now}
        db.execute(update(deliveries).where(deliveries.c.id.in_(found), _is(State.CLAIMED)).values(**values))
    return len(found)


def find_lapsed_send(db: Connection, now: datetime, *, not_by: str | None = None) -> Delivery | None:
    """One that is sending with a lease that is over; not locked, for its gate and post come first."""
    query = select(deliveries).where(_HELD, _is(State.SENDING), _over(now, not_by))
    row = db.execute(query.order_by(deliveries.c.lease_until).limit(1)).one_or_none()
    return _delivery(row) if row else None


def _over(now: datetime, not_by: str | None) -> Any:
    """A person's lease ends at its time alone, whichever process comes and goes."""
    over = _has_come(deliveries.c.lease_until, now)
    gone = deliveries.c.lease_by.not_in([not_by, BY_A_PERSON])
    return over if not_by is None else or_(over, gone)


def _has_come(moment: Any, now: datetime) -> Any:
    """As `domain.deliveries.has_come`."""
    return or_(moment <= now, moment > now + FAR)


def list_to_look_at(db: Connection, now: datetime, limit: int) -> list[str]:
    """Unknown deliveries whose time to look has come."""
    query = (
        select(deliveries.c.id)
        .where(_is(State.UNKNOWN), _has_come(deliveries.c.next_check_at, now))
        .order_by(deliveries.c.next_check_at)
        .limit(limit)
    )
    return list(db.execute(query).scalars())


def list_begun_or_due(db: Connection, now: datetime) -> list[Delivery]:
    """What is being sent, and what was to begin by now; of what is no post, which no pause stops, also what is to begin
    later. What people post themselves was theirs from the slot on: then its moment is the last one it has. Locked by
    whoever handles each."""
    no_post = deliveries.c.kind != literal_column(f"'{DeliveryType.POST}'")
    has_come = (deliveries.c.due_at <= now) | no_post | (deliveries.c.due_at == deliveries.c.latest_at)
    due = or_(_is(State.READY), _is(State.CLAIMED)) & deliveries.c.due_at.is_not(None) & has_come
    query = select(deliveries).where(or_(due, _is(State.SENDING))).order_by(deliveries.c.id)
    return [_delivery(row) for row in db.execute(query)]


def find_next_moments(db: Connection) -> tuple[datetime | None, datetime | None, datetime | None]:
    """The earliest due_at of ready rows, lease end of held rows, and look of unknown rows."""
    ready, held, look = (db.execute(query).scalar() for query in _NEXT_MOMENTS)
    return ready, held, look


def count(db: Connection, state: State, accounts: Collection[str] = ()) -> int:
    """Of a state that deliveries leave again; to these accounts, where any are named."""
    narrowed = [_HELD] if state in (State.CLAIMED, State.SENDING) else []
    if accounts:
        narrowed.append(deliveries.c.account.in_(accounts))
    return int(db.execute(select(func.count()).where(_is(state), *narrowed)).scalar_one())


# --- attempts ----------------------------------------------------------------------------------------


def add_attempt(db: Connection, attempt: Attempt) -> None:
    """The point of no return once committed. The schema refuses a second live one, and one without the authority its
    kind asks for: a post's approval of this version, a statement's two releases of it, a reply's Send of this very
    delivery, a take-down's click."""
    _ADD_ATTEMPT(
        db, of=attempt.delivery_id, id=attempt.id, delivery_id=attempt.delivery_id, post_id=attempt.post_id,
        version_id=attempt.version_id, approval_id=attempt.approval_id, release_id=attempt.release_id,
        seconds_id=attempt.seconds_id, send_id=attempt.send_id, click_id=attempt.click_id, fence=attempt.fence,
        epochs=attempt.epochs, bytes=attempt.payload, state=attempt.state.value, started_at=attempt.started_at,
        send_by=attempt.send_by, identity=attempt.identity,
    )  # fmt: skip


def load_attempt(db: Connection, attempt_id: str) -> Attempt:
    return _attempt(db.execute(select(attempts).where(attempts.c.id == attempt_id)).one())


def find_live_attempt(db: Connection, delivery_id: str) -> Attempt | None:
    """The attempt that is sending, unknown or sent; there is at most one."""
    states: list[Any] = [literal_column(f"'{state}'") for state in ("sending", "unknown", "sent")]
    query = select(attempts).where(attempts.c.delivery_id == delivery_id, attempts.c.state.in_(states))
    return next(map(_attempt, db.execute(query)), None)


def find_last_attempt(db: Connection, delivery_id: str) -> Attempt | None:
    return next(map(_attempt, db.execute(_LAST_ATTEMPT, {"delivery": delivery_id})), None)


def end_attempt(
    db: Connection, attempt_id: str, state: AttemptState, now: datetime, **known: Unpack[AttemptEnd]
) -> bool:
    """Settle an attempt that is still open (sending or unknown); False if somebody did so already.

    What `known` leaves out stays as it was: a look that finds nothing keeps what the call had shown."""
    ended = {"which": attempt_id, "state": state.value, "ended_at": now, **known}
    return db.execute(_END_ATTEMPT, ended).first() is not None


def prove_sent(db: Connection, attempt_id: str, now: datetime, *, remote_id: str) -> None:
    """Late proof: also an attempt settled as absent was sent. The schema refuses it if another one is live."""
    values = {"state": AttemptState.SENT.value, "ended_at": now, "remote_id": remote_id}
    db.execute(update(attempts).where(attempts.c.id == attempt_id).values(**values))


# --- one account, one post a minute --------------------------------------------------------------------


def take_turn(db: Connection, account: str, now: datetime, not_since: datetime) -> datetime | None:
    """Note that the account begins a post now. Returns the moment of its last begin if that is too near."""
    if _BEGIN_NOW(db, which=account, now=now, not_since=not_since):
        return None
    row = db.execute(_LAST_BEGIN, {"which": account}).one_or_none()
    if row is None:
        db.execute(insert(accounts).values(name=account, last_begin_at=now))
        return None
    return cast(datetime, row.last_begin_at)


def _delivery(row: Row[Any]) -> Delivery:
    """A post has one row for each account, whoever lets it go: so a statement is never sent twice."""
    return Delivery(
        id=row.id, post_id=row.post_id, kind=DeliveryType.STATEMENT if row.release_id else row.kind,
        account=row.account, release_id=row.release_id, state=State.of(row.state),
        handle=row.handle, due_at=row.due_at, latest_at=row.latest_at, fence=row.fence,
        next_check_at=row.next_check_at, tries=row.tries, remote_id=row.remote_id, remote_url=row.remote_url,
        reason=row.reason, resolved_by=row.resolved_by, copied_at=row.copied_at, prepared=row.prepared,
    )  # fmt: skip


def _attempt(row: Row[Any]) -> Attempt:
    return Attempt(
        id=row.id, delivery_id=row.delivery_id, fence=row.fence, epochs=row.epochs, payload=bytes(row.bytes),
        started_at=row.started_at, send_by=row.send_by, post_id=row.post_id, version_id=row.version_id,
        approval_id=row.approval_id, send_id=row.send_id, click_id=row.click_id,
        release_id=row.release_id, seconds_id=row.seconds_id, identity=row.identity,
        state=AttemptState(row.state), ended_at=row.ended_at, http_status=row.http_status,
        evidence=row.evidence, remote_id=row.remote_id,
    )  # fmt: skip
