"""Messages of conversations, inbound and our own, and their words: rows to values and back.

`place` is a number of its own, not the order of ids or of the network's times: the message at place 1 is on the card
and the others are lines of its thread, for ever, even if pages came out of order or a clock was set back between two of
them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, literal_column, select, update

from bot.domain.conversations import Kind, Via
from bot.domain.kinds import CardType, DeliveryType, LineType
from bot.store.engine.indexes import hide_from_index
from bot.store.slack.card_changes import change_last
from bot.store.tables.core import deliveries
from bot.store.tables.inbox import conversations, messages, words
from bot.store.tables.slack import cards, lines


@dataclass(frozen=True)
class Message:
    """One row: who wrote it, when, how to answer it. Its words are apart: they can be erased."""

    id: str
    account: str
    remote_id: str
    conversation_id: str
    seq: int  # the conversation's, at this message's last change
    via: Via
    kind: Kind
    at: datetime  # the network's time
    received_at: datetime
    stream: str  # where it is looked at again
    place: int = 0  # given by `add`
    visibility: str | None = None
    parent_id: str | None = None
    url: str | None = None
    reference: Mapping[str, Any] = field(default_factory=dict)
    complaint: bool = False
    edited_at: datetime | None = None
    edits: int = 0
    deleted_at: datetime | None = None
    delivery_id: str | None = None
    by: str | None = None  # of our own: who pressed Send; None: in the network's app


@dataclass(frozen=True)
class Words:
    """What can be erased of a message."""

    text: str
    attachments: tuple[Mapping[str, str], ...] = ()  # {"url": …, "alt": …, "kind": …}
    language: str | None = None
    salt: str = ""  # the record's digest is of salt and text
    likeness: str = ""  # equal for near-identical texts


# Built once: see posts/posts.py.
NAMELESS = "delivery:"  # and the id of the reply's delivery: stands for the network's own until that is read
_CUSTOMER = messages.c.via == literal_column("'customer'")
_THERE = messages.c.deleted_at.is_(None)
_IN = messages.c.conversation_id == bindparam("conversation")
_LAST_PLACE = select(func.coalesce(func.max(messages.c.place), 0)).where(_IN).scalar_subquery()
_ADD = insert(messages).values(place=_LAST_PLACE + 1).returning(messages.c.place)
_ADD_WORDS = insert(words)
_BY_ID = select(messages).where(messages.c.id == bindparam("which"))
_IN_ORDER = select(messages).where(_IN).order_by(messages.c.place)
_KNOWN = select(messages).where(
    messages.c.account == bindparam("account"), messages.c.remote_id.in_(bindparam("ids", expanding=True))
)
_WORDS_OF = select(words).where(words.c.message_id.in_(bindparam("ids", expanding=True)))
_CHANGE = update(messages).where(messages.c.id == bindparam("which"))
_CHANGE_WORDS = update(words).where(words.c.message_id == bindparam("which"))
_SENT_AS = select(deliveries.c.kind, deliveries.c.post_id).where(
    deliveries.c.account == bindparam("account"), deliveries.c.remote_id == bindparam("remote")
)
_WRITERS = (
    select(conversations.c.customer)
    .distinct()
    .select_from(words)
    .join(messages, messages.c.id == words.c.message_id)
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .where(
        words.c.likeness == bindparam("likeness"),
        hide_from_index(messages.c.account) == bindparam("account"),
        _CUSTOMER,
    )
    .where(messages.c.received_at > bindparam("since"), conversations.c.private == bindparam("private"))
    .limit(bindparam("most"))
)


def add(db: Connection, message: Message, said: Words) -> int:
    """Store a message at the end of its conversation, whose row is locked. Returns its place."""
    row = {
        "conversation": message.conversation_id,
        "id": message.id, "account": message.account, "remote_id": message.remote_id,
        "conversation_id": message.conversation_id, "seq": message.seq,
        "via": message.via.value, "kind": message.kind.value, "at": message.at,
        "received_at": message.received_at, "stream": message.stream, "visibility": message.visibility,
        "parent_id": message.parent_id, "url": message.url, "reference": dict(message.reference),
        "complaint": message.complaint, "edited_at": message.edited_at, "edits": message.edits,
        "deleted_at": message.deleted_at, "delivery_id": message.delivery_id, "by_user": message.by,
    }  # fmt: skip
    place = int(db.execute(_ADD, row).scalar_one())
    db.execute(_ADD_WORDS, {"message_id": message.id, **_words_row(said)})
    return place


def rewrite(
    db: Connection,
    message_id: str,
    said: Words,
    *,
    seq: int,
    edited_at: datetime | None,
    reference: Mapping[str, Any] | None = None,
) -> None:
    """Its author changed it, or it is there again. `reference`: how the network calls it now."""
    values: dict[str, Any] = {
        "seq": seq,
        "edited_at": edited_at,
        "edits": messages.c.edits + 1,
        "deleted_at": None,
    }
    values |= {"reference": dict(reference)} if reference is not None else {}
    db.execute(update(messages).where(messages.c.id == message_id).values(**values))
    db.execute(_CHANGE_WORDS, {"which": message_id, **_words_row(said)})


def mark_deleted(db: Connection, message_id: str, *, seq: int, now: datetime) -> None:
    """Its author took it away; its words go with it. The salt stays for the record's digest."""
    db.execute(_CHANGE, {"which": message_id, "seq": seq, "deleted_at": now})
    db.execute(_CHANGE_WORDS, {"which": message_id, "text": "", "attachments": [], "likeness": ""})


def mark_complaint(db: Connection, message_id: str) -> None:
    """It holds one of the words to look at first."""
    db.execute(_CHANGE, {"which": message_id, "complaint": True})


def give_remote_id(db: Connection, message_id: str, remote_id: str, url: str | None) -> None:
    """What the network calls an answer of ours that was nameless so far."""
    db.execute(_CHANGE, {"which": message_id, "remote_id": remote_id, "url": url})


def take_as_sent(db: Connection, message_id: str, *, by: str, delivery_id: str, seq: int) -> None:
    """An answer that was read back as if written in the network's app is one that Byhand sent."""
    sent = {"via": Via.BYHAND.value, "by_user": by, "delivery_id": delivery_id, "seq": seq}
    db.execute(_CHANGE, {"which": message_id, **sent})


def _words_row(said: Words) -> dict[str, Any]:
    return {
        "text": said.text,
        "attachments": [dict(one) for one in said.attachments],
        "language": said.language,
        "salt": said.salt,
        "likeness": said.likeness,
    }


# --- one, or those of one conversation ----------------------------------------------------------------


def load(db: Connection, message_id: str) -> Message | None:
    row = db.execute(_BY_ID, {"which": message_id}).one_or_none()
    return _message(row) if row else None


def list_of_conversation(db: Connection, conversation_id: str) -> list[Message]:
    """All of it, ours too, in the order it is shown in."""
    return [_message(row) for row in db.execute(_IN_ORDER, {"conversation": conversation_id})]


def list_changed_since(db: Connection, conversation_id: str, seq: int) -> list[Message]:
    """What came or changed after `seq`, in the order it is shown in."""
    query = _IN_ORDER.where(messages.c.seq > seq)
    return [_message(row) for row in db.execute(query, {"conversation": conversation_id})]


def find_last_of_customer(db: Connection, conversation_id: str) -> Message | None:
    """The newest message of the customer that is still there: what an answer answers."""
    query = (
        select(messages).where(_IN, _CUSTOMER, _THERE).order_by(messages.c.at.desc(), messages.c.place.desc())
    )
    row = db.execute(query.limit(1), {"conversation": conversation_id}).one_or_none()
    return _message(row) if row else None


def list_of_customer_after(db: Connection, message: Message) -> list[Message]:
    """What its customer wrote after it, and has not deleted; the newest last."""
    after = (messages.c.at > message.at) | (
        (messages.c.at == message.at) & (messages.c.place > message.place)
    )
    query = select(messages).where(_IN, _CUSTOMER, _THERE, after).order_by(messages.c.at, messages.c.place)
    return [_message(row) for row in db.execute(query, {"conversation": message.conversation_id})]


def count_of_customer(db: Connection, conversation_id: str) -> int:
    query = select(func.count()).where(_IN, _CUSTOMER)
    return int(db.execute(query, {"conversation": conversation_id}).scalar_one())


def load_words(db: Connection, message_ids: Iterable[str]) -> dict[str, Words]:
    """{message id: its words}."""
    return {row.message_id: _words(row) for row in db.execute(_WORDS_OF, {"ids": list(message_ids)})}


def load_words_of_customers(db: Connection, conversation_ids: Collection[str]) -> dict[str, list[Words]]:
    """{conversation id: the words of its customer's messages that are still there}."""
    query = (
        select(messages.c.conversation_id, words)
        .join(words, words.c.message_id == messages.c.id)
        .where(messages.c.conversation_id.in_(conversation_ids), _CUSTOMER, _THERE)
    )
    found: dict[str, list[Words]] = {}
    for row in db.execute(query):
        found.setdefault(row.conversation_id, []).append(_words(row))
    return found


def find_first_waiting(db: Connection, conversation_id: str, after: datetime | None) -> datetime | None:
    """When the first message of the customer was written that nobody answered, of those that are still there: the
    first after `after`, our last answer."""
    query = select(func.min(messages.c.at)).where(_IN, _CUSTOMER, _THERE)
    if after is not None:
        query = query.where(messages.c.at > after)
    found: datetime | None = db.execute(query, {"conversation": conversation_id}).scalar_one_or_none()
    return found


def find_last_of_ours(db: Connection, conversation_id: str) -> datetime | None:
    query = select(func.max(messages.c.at)).where(_IN, messages.c.via != literal_column("'customer'"))
    found: datetime | None = db.execute(query, {"conversation": conversation_id}).scalar_one_or_none()
    return found


def list_moments_of_answered(db: Connection, since: datetime) -> dict[str, list[tuple[Via, datetime]]]:
    """{conversation whose last answer came after `since`: who wrote when, in the order it is shown in}."""
    query = (
        select(messages.c.conversation_id, messages.c.place, messages.c.via, messages.c.at)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(conversations.c.answered_at >= since)
    )
    found: dict[str, list[tuple[Via, datetime]]] = {}
    for row in sorted(
        db.execute(query), key=lambda row: row.place
    ):  # asked for in order, SQLite reads all messages
        found.setdefault(row.conversation_id, []).append((Via(row.via), row.at))
    return found


# --- several ------------------------------------------------------------------------------------------


def find_known(db: Connection, account: str, remote_ids: Collection[str]) -> dict[str, Message]:
    """{remote id: its message}, of those that are stored."""
    there = db.execute(_KNOWN, {"account": account, "ids": list(remote_ids)})
    return {row.remote_id: _message(row) for row in there}


def find_sent_as(db: Connection, account: str, remote_id: str) -> tuple[DeliveryType, str | None] | None:
    """(kind, post_id) of the delivery of ours that is this on the network."""
    found = db.execute(_SENT_AS, {"account": account, "remote": remote_id}).first()
    return (found.kind, found.post_id) if found else None


def list_nameless(db: Connection, conversation_id: str) -> list[Message]:
    """Our answers whose id nobody knows yet: a person said that they are there."""
    return [one for one in list_of_conversation(db, conversation_id) if one.remote_id.startswith(NAMELESS)]


def is_up(db: Connection, message: Message) -> bool:
    """Was it relayed? Then its card, or its line, is in Slack, or may be; what waits is drawn as it is then."""
    card = (
        (cards.c.kind == CardType.CONVERSATION)
        & (cards.c.subject == message.conversation_id)
        & cards.c.current
    )
    up = select(cards.c.id).where(card, cards.c.ts.is_not(None) | cards.c.asked_at.is_not(None))
    if message.place > 1:
        up = _lines_of(message, None).where(lines.c.ts.is_not(None) | lines.c.asked_at.is_not(None))
    return db.execute(up.limit(1)).first() is not None


def redraw_lines(db: Connection, message: Message, pile_id: str | None) -> None:
    """Lines that show its words show them as they are now; also one on its way, drawn a moment ago."""
    ids = _lines_of(message, pile_id)
    again = update(lines).where(lines.c.id.in_(ids)).values(redraw=True, retry_at=None)
    change_last(db, CardType.CONVERSATION, message.conversation_id, lambda db: db.execute(again))


def _lines_of(message: Message, pile_id: str | None) -> Select[Any]:
    its = (cards.c.kind == CardType.CONVERSATION) & (cards.c.subject == message.conversation_id)
    if pile_id is not None:
        its |= (cards.c.kind == CardType.PILE) & (cards.c.subject == pile_id)
    shown = lines.c.kind.in_([LineType.MESSAGE, LineType.REOPENED, LineType.PILED, LineType.EDITED])
    shown &= lines.c["values"]["message"].as_string() == message.id
    return select(lines.c.id).join(cards, cards.c.id == lines.c.card_id).where(its, shown)


def list_writers(
    db: Connection, account: str, likeness: str, *, private: bool, since: datetime, limit: int
) -> set[str]:
    """Customers who sent nearly these words to the account after `since`; at most `limit`."""
    keys = {"account": account, "likeness": likeness, "private": private, "since": since, "most": limit}
    return set(db.execute(_WRITERS, keys).scalars())


def count_complaints(db: Connection, account: str, thread: str, since: datetime) -> int:
    """How many complaints were written below one root post after `since`."""
    return measure_complaints(db, account, thread, since)[0]


def measure_complaints(
    db: Connection, account: str, thread: str, since: datetime
) -> tuple[int, datetime | None]:
    """The same, and when the first of them was written."""
    query = (
        select(func.count(), func.min(messages.c.at))
        .select_from(messages)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(conversations.c.account == account, conversations.c.thread == thread)
        .where(messages.c.complaint, _CUSTOMER, messages.c.at > since)
    )
    count, first = db.execute(query).one()
    return int(count), first


def list_recent_roots(
    db: Connection, account: str, since: datetime, limit: int, *, without: Collection[str] = ()
) -> list[str]:
    """Remote ids of the account's newest posts, of those sent after `since`, leaving out those of `without`."""
    query = (
        select(deliveries.c.remote_id)
        .where(deliveries.c.account == account, deliveries.c.kind == literal_column(f"'{DeliveryType.POST}'"))
        .where(deliveries.c.state == literal_column("'sent'"), deliveries.c.remote_id.is_not(None))
        .where(deliveries.c.changed_at > since, deliveries.c.remote_id.not_in(without))
        .order_by(deliveries.c.changed_at.desc())
        .limit(limit)
    )
    return [str(one) for one in db.execute(query).scalars()]


def list_to_look_at(
    db: Connection, account: str, *, after: str, since: datetime, limit: int
) -> list[tuple[str, str, str]]:
    """(id, stream, remote id) of customers' messages of open, or lately changed, conversations, by id."""
    lately = select(conversations.c.id).where(
        conversations.c.account == account, conversations.c.last_at > since, conversations.c.erased_at.is_(None),
        hide_from_index(conversations.c.stage).in_(["open", "answered"]),
    )  # fmt: skip
    message_id = hide_from_index(messages.c.id)  # in the order of their ids, SQLite would read all there are
    query = (
        select(messages.c.id, messages.c.stream, messages.c.remote_id)
        .where(messages.c.conversation_id.in_(lately), message_id > after, _CUSTOMER, _THERE)
        .order_by(message_id)
        .limit(limit)
    )
    return [(row.id, row.stream, row.remote_id) for row in db.execute(query)]


def _message(row: Row[Any]) -> Message:
    return Message(
        id=row.id, account=row.account, remote_id=row.remote_id, conversation_id=row.conversation_id,
        place=row.place, seq=row.seq, via=Via(row.via), kind=Kind(row.kind), at=row.at,
        received_at=row.received_at, stream=row.stream, visibility=row.visibility, parent_id=row.parent_id,
        url=row.url, reference=row.reference, complaint=row.complaint, edited_at=row.edited_at,
        edits=row.edits, deleted_at=row.deleted_at, delivery_id=row.delivery_id, by=row.by_user,
    )  # fmt: skip


def _words(row: Row[Any]) -> Words:
    return Words(row.text, tuple(row.attachments), row.language, row.salt, row.likeness)
