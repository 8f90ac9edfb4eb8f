"""Conversations and their customers: rows to values and back.

`save` writes everything that can change, `seq` too, so whoever saves must have loaded and locked the row in the same
transaction; the collision check is a comparison of that number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Executable,
    Row,
    Text,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from bot.domain.conversations import Closing, Conversation, Stage
from bot.domain.deliveries import State
from bot.store.engine import upsert
from bot.store.engine.upsert import Upsert
from bot.store.tables.core import deliveries
from bot.store.tables.inbox import conversations, customers, sends
from bot.store.tables.system import counters


@dataclass(frozen=True)
class Customer:
    """Who writes to us, as they call themselves. Without a name and a handle: erased."""

    account: str
    remote_id: str
    name: str | None
    handle: str | None
    url: str | None = None
    followers: int | None = None


# Built once: see posts/posts.py.
_BY_ID = select(conversations).where(conversations.c.id == bindparam("which"))
_BY_ID_LOCKED = _BY_ID.with_for_update()
_SAVE = update(conversations).where(conversations.c.id == bindparam("which"))
_OF_CUSTOMER = select(conversations).where(
    conversations.c.account == bindparam("account"),
    conversations.c.customer == bindparam("customer"),
    conversations.c.thread == bindparam("thread"),
)
_OPEN = conversations.c.stage == literal_column("'open'")
_NEW = (
    _OPEN,
    conversations.c.owner.is_(None),
    conversations.c.escalated_at.is_(None),
    conversations.c.waiting_since.is_not(None),
)
_PRESSING = or_(conversations.c.private, cast(conversations.c.reasons, Text) != "[]")
_OPEN_IN_THREAD = (
    select(conversations)
    .where(
        _OPEN,
        conversations.c.account == bindparam("account"),
        conversations.c.thread == bindparam("thread"),
        conversations.c.opened_at > bindparam("since"),
    )
    .order_by(conversations.c.number)
    .limit(bindparam("most"))
)
_CUSTOMER = select(customers).where(
    customers.c.account == bindparam("account"), customers.c.remote_id == bindparam("remote")
)
_NEXT_DUE = (
    select(conversations.c.due_at)
    .where(conversations.c.due_at.is_not(None))
    .order_by(conversations.c.due_at)
    .limit(1)
)
_ON_ITS_WAY = (
    select(deliveries.c.state, deliveries.c.next_check_at)
    .join(sends, sends.c.delivery_id == deliveries.c.id)
    .where(sends.c.conversation_id == bindparam("which"))
    .where(deliveries.c.state.in_([state.key for state in State if not state.final]))
)


def _next_number(new: Upsert, of: str) -> Executable:
    first = new.values(name=of, value=1)
    next_one = first.on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + 1})
    return next_one.returning(counters.c.value)


def _keep_customer(new: Upsert) -> Executable:
    fresh = {name: new.excluded[name] for name in ("name", "handle", "url", "seen_at")}
    followers = func.coalesce(new.excluded.followers, customers.c.followers)
    key = ["account", "remote_id"]
    return new.on_conflict_do_update(index_elements=key, set_={**fresh, "followers": followers})


_NEXT_NUMBER = {name: _next_number(made(counters), "conversations") for name, made in upsert.BY_NAME.items()}
_NEXT_HOUR = {name: _next_number(made(counters), "hourly messages") for name, made in upsert.BY_NAME.items()}
_NEXT_RINGS = _next_number(upsert.BY_NAME["postgresql"](counters), "rings")
_KEEP_CUSTOMER = {name: _keep_customer(made(customers)) for name, made in upsert.BY_NAME.items()}


def take_next_number(db: Connection) -> int:
    """The next conversation's number. The counter's row is locked until the commit: no number is given twice."""
    return int(db.execute(_NEXT_NUMBER[db.dialect.name]).scalar_one())


def lock_hour(db: Connection) -> None:
    """Whoever may put up a message that comes once an hour does so alone, until the commit."""
    db.execute(_NEXT_HOUR[db.dialect.name]).scalar_one()


def lock_rings(db: Connection) -> None:
    """Whoever may ring the approvers does so alone, until the commit. SQLite has one writer anyway."""
    if db.dialect.name == "postgresql":
        db.execute(_NEXT_RINGS).scalar_one()


def add(db: Connection, conversation: Conversation) -> None:
    fixed = {
        "id": conversation.id, "number": conversation.number, "account": conversation.account,
        "thread": conversation.thread, "private": conversation.private, "seq": conversation.seq,
    }  # fmt: skip
    db.execute(insert(conversations), {**fixed, **_standing(conversation)})


def save(db: Connection, conversation: Conversation) -> None:
    """Write where it stands now. Its row is locked by this transaction."""
    db.execute(_SAVE, {"which": conversation.id, "seq": conversation.seq, **_standing(conversation)})


def raise_seqs(db: Connection, by: int) -> None:
    """Of all of them: what somebody saw before lies behind."""
    db.execute(update(conversations).values(seq=conversations.c.seq + by))


def set_due(db: Connection, conversation_id: str, due_at: datetime | None) -> None:
    """The next moment of one conversation whose row this transaction has locked."""
    db.execute(_SAVE, {"which": conversation_id, "due_at": due_at})


def _standing(conversation: Conversation) -> dict[str, Any]:
    return {
        "customer": conversation.customer,
        "stage": conversation.stage.value,
        "opened_at": conversation.opened_at,
        "last_at": conversation.last_at,
        "waiting_since": conversation.waiting_since,
        "owner": conversation.owner,
        "owner_since": conversation.owner_since,
        "reasons": list(conversation.reasons),
        "post_id": conversation.post_id,
        "pile_id": conversation.pile_id,
        "escalated_at": conversation.escalated_at,
        "due_at": conversation.due_at,
        "closed_at": conversation.closed_at,
        "closed_by": conversation.closed_by,
        "closing": conversation.closing.value if conversation.closing else None,
        "answered_at": conversation.answered_at,
        "answered_by": conversation.answered_by,
        "erased_at": conversation.erased_at,
    }


# --- one ---------------------------------------------------------------------------------------------


def load(db: Connection, conversation_id: str, *, lock: bool = False) -> Conversation | None:
    """One conversation; `lock` holds its row until the commit."""
    row = db.execute(_BY_ID_LOCKED if lock else _BY_ID, {"which": conversation_id}).one_or_none()
    return _conversation(row) if row else None


def find_of_customer(db: Connection, account: str, customer: str, thread: str) -> Conversation | None:
    """This customer's conversation there. An erased one is not found: it belongs to nobody any more."""
    its = {"account": account, "customer": customer, "thread": thread}
    row = db.execute(_OF_CUSTOMER, its).one_or_none()
    return _conversation(row) if row else None


def lock_all(db: Connection, ids: Collection[str]) -> None:
    """Lock several, in the one order, before the first of them is changed."""
    if ids and db.dialect.name == "postgresql":
        query = select(conversations.c.id).where(conversations.c.id.in_(ids))
        db.execute(query.order_by(conversations.c.id).with_for_update()).all()


def check_reply_on_its_way(db: Connection, conversation_id: str) -> tuple[bool, bool]:
    """(is an answer of ours not settled, will it be settled without a person)."""
    rows = db.execute(_ON_ITS_WAY, {"which": conversation_id}).all()
    return bool(rows), any(row[0] != "unknown" or row[1] is not None for row in rows)


# --- several -----------------------------------------------------------------------------------------


def list_open_in_thread(
    db: Connection, account: str, thread: str, since: datetime, limit: int = 1000
) -> list[Conversation]:
    """Those that wait below one root post, opened after `since`; the oldest first."""
    which = {"account": account, "thread": thread, "since": since, "most": limit}
    return [_conversation(row) for row in db.execute(_OPEN_IN_THREAD, which)]


def list_waiting(
    db: Connection, *, owner: str | None = None, nobody: bool = False, limit: int | None = None
) -> list[Conversation]:
    """Open ones, the one that waits longest first; of one owner, or of nobody."""
    query = select(conversations).where(_OPEN)
    if owner is not None:
        query = query.where(conversations.c.owner == owner)
    if nobody:
        query = query.where(conversations.c.owner.is_(None))
    nobody_waits = conversations.c.waiting_since.is_(None)  # the customer took everything away again
    query = query.order_by(nobody_waits, conversations.c.waiting_since, conversations.c.number).limit(limit)
    return [_conversation(row) for row in db.execute(query)]


def list_of_post(db: Connection, post_id: str, limit: int | None = None) -> list[Conversation]:
    """Every conversation about a post of ours; those that were only offered are not among them."""
    query = select(conversations).where(conversations.c.post_id == post_id)
    query = query.where(conversations.c.stage.not_in(["offered", "left"])).order_by(conversations.c.number)
    query = query.limit(limit)
    return [_conversation(row) for row in db.execute(query)]


def list_in_pile(
    db: Connection, pile_id: str, *, only_open: bool = False, limit: int | None = None
) -> list[Conversation]:
    """Those a pile stands for, and those somebody took out of it (they keep its id); the oldest first."""
    query = select(conversations).where(conversations.c.pile_id == pile_id)
    if only_open:
        query = query.where(_OPEN)
    query = query.order_by(conversations.c.number).limit(limit)
    return [_conversation(row) for row in db.execute(query)]


def list_called(db: Connection, limit: int) -> list[Conversation]:
    """Those who wait past the answer target, as the approvers were told; the one that waits longest first."""
    query = select(conversations).where(_OPEN, conversations.c.escalated_at.is_not(None))
    query = query.order_by(conversations.c.waiting_since, conversations.c.number).limit(limit)
    return [_conversation(row) for row in db.execute(query)]


def count_called(db: Connection) -> dict[str, int]:
    """{account: how many of these wait there}."""
    query = select(conversations.c.account, func.count()).where(
        _OPEN, conversations.c.escalated_at.is_not(None)
    )
    return dict(db.execute(query.group_by(conversations.c.account)).all())


def list_new(db: Connection, limit: int, *, pressing: bool = False) -> list[Conversation]:
    """Those who wait, nobody has, and are not late: what is to be looked at first before all, then who waits
    longest, as in every list. `pressing`: the former alone, the newest first."""
    query = select(conversations).where(*_NEW, *([_PRESSING] if pressing else []))
    longest = (conversations.c.waiting_since.is_(None), conversations.c.waiting_since, conversations.c.number)
    newest = (conversations.c.opened_at.desc(), conversations.c.number.desc())
    query = query.order_by(_PRESSING.desc(), *(newest if pressing else longest))
    return [_conversation(row) for row in db.execute(query.limit(limit))]


def measure_new(db: Connection) -> tuple[int, datetime | None]:
    """How many of these there are, and since when the first of them waits."""
    waiting = select(func.count(), func.min(conversations.c.waiting_since)).where(*_NEW)
    count, since = db.execute(waiting).one()
    return int(count), since


def list_offered(db: Connection, account: str, *, lock: bool = False) -> list[Conversation]:
    """What the first sync found and nobody decided yet, the oldest first."""
    query = select(conversations).where(
        conversations.c.account == account, conversations.c.stage == literal_column("'offered'")
    )
    query = query.order_by(conversations.c.id) if lock else query.order_by(conversations.c.last_at)
    return [_conversation(row) for row in db.execute(query.with_for_update() if lock else query)]


def count(db: Connection, *stages: Stage) -> int:
    query = select(func.count()).where(conversations.c.stage.in_([stage.value for stage in stages]))
    return int(db.execute(query).scalar_one())


def count_open(db: Connection, accounts: Collection[str] = ()) -> tuple[int, int]:
    """How many are open, and how many of them nobody has; of these accounts, where any are named."""
    query = select(func.count(), func.count().filter(conversations.c.owner.is_(None))).where(_OPEN)
    if accounts:
        query = query.where(conversations.c.account.in_(accounts))
    waiting, nobodys = db.execute(query).one()
    return int(waiting), int(nobodys)


def count_owned(db: Connection, owner: str) -> int:
    """Open ones that this person has."""
    query = select(func.count()).where(_OPEN, conversations.c.owner == owner)
    return int(db.execute(query).scalar_one())


def list_with_doubtful_reply(db: Connection, limit: int) -> list[Conversation]:
    """With an answer of ours of which nobody knows whether it arrived, and a person is asked; not where the words were
    erased."""
    doubtful = select(deliveries.c.id).where(
        deliveries.c.state == literal_column("'unknown'"), deliveries.c.next_check_at.is_(None)
    )
    its = select(sends.c.conversation_id).where(sends.c.delivery_id.in_(doubtful))
    query = (
        select(conversations)
        .where(conversations.c.id.in_(its), conversations.c.erased_at.is_(None))
        .order_by(conversations.c.number)
    )
    return [_conversation(row) for row in db.execute(query.limit(limit))]


def count_answered_since(db: Connection, since: datetime) -> int:
    query = select(func.count()).where(conversations.c.answered_at >= since)
    return int(db.execute(query).scalar_one())


def list_answered_since(db: Connection, since: datetime) -> list[Conversation]:
    """Whose last answer came after `since`."""
    query = select(conversations).where(conversations.c.answered_at >= since)
    return [_conversation(row) for row in db.execute(query.order_by(conversations.c.answered_at))]


# --- the clock ---------------------------------------------------------------------------------------


def list_due(db: Connection, now: datetime, limit: int) -> list[str]:
    """Ids of conversations whose moment has come, the oldest first."""
    query = select(conversations.c.id).where(conversations.c.due_at <= now)
    return list(db.execute(query.order_by(conversations.c.due_at).limit(limit)).scalars())


def find_next_due(db: Connection) -> datetime | None:
    return db.execute(_NEXT_DUE).scalar()


def list_with_moment(db: Connection) -> list[Conversation]:
    """Those the clock has to look at some time."""
    query = select(conversations).where(conversations.c.due_at.is_not(None)).order_by(conversations.c.id)
    return [_conversation(row) for row in db.execute(query)]


# --- customers ---------------------------------------------------------------------------------------


def keep_customer(db: Connection, customer: Customer, now: datetime) -> None:
    """Note who it is, as they call themselves now. An unknown number of followers leaves the one known."""
    db.execute(_KEEP_CUSTOMER[db.dialect.name], {**vars(customer), "seen_at": now})


def load_customer(db: Connection, account: str, remote_id: str) -> Customer | None:
    row = db.execute(_CUSTOMER, {"account": account, "remote": remote_id}).one_or_none()
    return _customer(row) if row else None


def load_customers(db: Connection, of: Iterable[Conversation]) -> dict[str, Customer]:
    """{conversation id: its customer}, for lists."""
    query = select(conversations.c.id.label("conversation"), customers).join(
        customers,
        (customers.c.account == conversations.c.account)
        & (customers.c.remote_id == conversations.c.customer),
    )
    ids = [one.id for one in of]
    return {row.conversation: _customer(row) for row in db.execute(query.where(conversations.c.id.in_(ids)))}


def _customer(row: Row[Any]) -> Customer:
    return Customer(
        account=row.account,
        remote_id=row.remote_id,
        name=row.name,
        handle=row.handle,
        url=row.url,
        followers=row.followers,
    )


def _conversation(row: Row[Any]) -> Conversation:
    return Conversation(
        id=row.id, number=row.number, account=row.account, customer=row.customer, thread=row.thread,
        private=row.private, stage=Stage(row.stage), seq=row.seq, opened_at=row.opened_at,
        last_at=row.last_at, waiting_since=row.waiting_since, owner=row.owner, owner_since=row.owner_since,
        reasons=tuple(row.reasons), post_id=row.post_id, pile_id=row.pile_id, escalated_at=row.escalated_at,
        due_at=row.due_at, closed_at=row.closed_at, closed_by=row.closed_by,
        closing=Closing(row.closing) if row.closing else None, answered_at=row.answered_at,
        answered_by=row.answered_by, erased_at=row.erased_at,
    )  # fmt: skip
