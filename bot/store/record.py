"""The record: facts appended with their cause, chained by hash a moment later, verifiable without us.

Facts are sealed late, because chaining inside every transaction would make them all wait for one row (measured: half
the throughput). So a fact commits unchained with its cause, and one sealer chains the facts in its own order within two
seconds. `verify` says how many are not sealed yet.

What a bare chain cannot catch: someone who can write to the database can change a fact and compute every
hash after it anew, or drop the newest facts with their seals, or a fact before it is sealed. Against that,
keep a head (its number and hash) where they cannot write, and hand it to `verify` as `known`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, func, insert, or_, select, true

from bot.domain.facts import Source
from bot.store.engine.leases import take_lease
from bot.store.engine.moment import EPOCH
from bot.store.engine.prepared import Prepared
from bot.store.tables.core import facts, seals

SEALER = "sealer"
SEALER_LEASE = timedelta(seconds=10)
LOOK_BACK = timedelta(minutes=2)  # how much older than the newest sealed fact one may commit
START = "0" * 64  # stands before the first hash


@dataclass(frozen=True)
class Fact:
    """Something that happened. Its id is made by the caller, with `ids.make_id`."""

    id: str
    at: datetime
    what: str  # "post.approved"
    via: Source
    who: str | None = None  # a person's id, "cli:user@host"; nothing: the clock
    subject: str | None = None  # "post:…", "gate:all", "account:…"
    version_id: str | None = None
    data: Mapping[str, Any] | None = None  # JSON; never a customer's words, only their digest


@dataclass(frozen=True)
class Head:
    """The newest seal. Kept elsewhere, it proves later that nothing before it was changed or dropped."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Verdict:
    """What reading the whole chain has shown."""

    head: Head
    unsealed: int  # facts the sealer has not reached
    broken_at: int | None = None  # the first number that does not hold
    problem: str | None = None  # a sentence

    @property
    def ok(self) -> bool:
        return self.problem is None


# Built once: see posts/posts.py.
_APPEND = Prepared(insert(facts))
_UNSEALED = (
    select(facts).where(~exists().where(seals.c.fact_id == facts.c.id)).order_by(facts.c.at, facts.c.id)
)
_TO_SEAL = (
    _UNSEALED.with_only_columns(facts.c.id).where(facts.c.at >= bindparam("since")).limit(bindparam("limit"))
)
_NEWEST_SEALED = select(facts.c.at).join(seals).order_by(seals.c.seq.desc()).limit(1)
_HEAD = select(seals.c.seq, seals.c.hash).order_by(seals.c.seq.desc()).limit(1)
_SEAL = insert(seals)
_BETWEEN = select(facts.c.id).where(
    facts.c.at > bindparam("after"), facts.c.at <= bindparam("until"), facts.c.what == bindparam("what")
)


def append(conn: Connection, *happened: Fact) -> None:
    """Add facts in the transaction of their cause."""
    rows = [{**vars(fact), "data": dict(fact.data or {})} for fact in happened]
    if len(rows) > 1:
        conn.execute(insert(facts), rows)
    elif rows:
        _APPEND(conn, **rows[0])


def count_between(conn: Connection, what: str, after: datetime, until: datetime, most: int) -> int:
    """How many facts of this kind there are, counted up to `most`. It passes every fact of that time."""
    found = _BETWEEN.limit(most)
    return len(conn.execute(found, {"what": what, "after": after, "until": until}).all())


def find_latest(conn: Connection, what: str, subjects: Iterable[str]) -> dict[str, datetime]:
    """{subject: when the newest fact of this kind was}, of those that have one."""
    query = select(facts.c.subject, func.max(facts.c.at).label("at")).group_by(facts.c.subject)
    rows = conn.execute(query.where(facts.c.what == what, facts.c.subject.in_(list(subjects))))
    return {row.subject: row.at for row in rows}


def seal(
    conn: Connection, *, by: str, now: datetime, limit: int = 500, oldest: datetime | None = None
) -> int:
    """Chain up to `limit` facts, oldest first, if `by` holds or gets the sealer's lease. Returns how many.

    With nothing to seal it writes nothing.
    """
    return seal_these(conn, list_to_seal(conn, now=now, limit=limit, oldest=oldest), by=by, now=now)


def list_to_seal(conn: Connection, *, now: datetime, limit: int, oldest: datetime | None = None) -> list[str]:
    """Ids of facts without a seal, oldest first. It passes every fact of the last minutes: not for a busy write.

    It looks at the facts of the last minutes, and of all since `oldest` if that is given: hand in what
    `find_oldest_unsealed` found, at start and every hour.
    """
    since = _find_start(conn, now, oldest)
    return list(conn.execute(_TO_SEAL, {"since": since, "limit": limit}).scalars())


def _find_start(conn: Connection, now: datetime, oldest: datetime | None = None) -> datetime:
    """Since when facts without a seal are looked for."""
    newest = conn.execute(_NEWEST_SEALED).scalar()
    return EPOCH if newest is None else min(now, newest, oldest or now) - LOOK_BACK


def seal_these(conn: Connection, ids: Sequence[str], *, by: str, now: datetime) -> int:
    """Chain those of these facts that have no seal yet, oldest first, under the lease. Returns how many."""
    if not ids or not take_lease(conn, SEALER, by, now, now + SEALER_LEASE):
        return 0
    before = load_head(conn)  # and the facts anew: another sealer may have been here before we had the lease
    seq, chained, rows, sealed_at = before.seq, before.hash, [], _moment(now)
    for row in conn.execute(_UNSEALED.where(facts.c.id.in_(ids))).all():
        seq += 1
        chained = compute_chain_hash(seq, chained, sealed_at, _as_json(row))
        rows.append({"seq": seq, "fact_id": row.id, "hash": chained, "at": now})
    if rows:
        conn.execute(_SEAL, rows)
    return len(rows)


def find_oldest_unsealed(conn: Connection) -> datetime | None:
    """The moment of the oldest fact without a seal, however old. Reads the whole record: not for a write.

    It finds what `seal` overlooks: facts of a clock set back while no sealer ran.
    """
    first = conn.execute(_UNSEALED.limit(1)).first()
    return first.at if first else None


def export(conn: Connection) -> Generator[dict[str, Any]]:
    """The record as JSON values, one a line: sealed facts in their order, then those not sealed yet.

    `{"seq", "hash", "sealed_at", "fact": {…}}`; the last have no seq. `verify_export` needs nothing else.
    """
    chain = select(
        seals.c.seq, seals.c.hash, seals.c.at.label("sealed_at"), facts
    ).join_from(seals, facts, isouter=True).order_by(seals.c.seq)  # fmt: skip
    with conn.execute(chain.execution_options(yield_per=500)) as rows:
        for row in rows:
            fact = None if row.id is None else _as_json(row)
            yield {"seq": row.seq, "hash": row.hash, "sealed_at": _moment(row.sealed_at), "fact": fact}
    with conn.execute(_UNSEALED.execution_options(yield_per=500)) as rows:
        for row in rows:
            yield {"seq": None, "hash": None, "sealed_at": None, "fact": _as_json(row)}


def verify(conn: Connection, known: Head | None = None) -> Verdict:
    """Read the whole chain; with a head `known` from elsewhere, also whether it is still in it."""
    with closing(export(conn)) as lines:
        return verify_export(lines, known)


def verify_export(lines: Iterable[Mapping[str, Any]], known: Head | None = None) -> Verdict:
    """Pure: what `verify` does, on exported lines."""
    head = Head(0, START)
    unsealed = 0
    for line in lines:
        if line["seq"] is None:
            unsealed += 1
            continue
        if problem := _problem(line, head, known):
            return Verdict(head, unsealed, head.seq + 1, problem)
        if unsealed:
            return Verdict(
                head,
                unsealed,
                head.seq + 1,
                f"It was changed: seal {head.seq + 1} follows facts that are not sealed.",
            )
        head = Head(line["seq"], line["hash"])
    if known and known.seq > head.seq:
        problem = f"The record ends at {head.seq}, but {known.seq} was sealed once: its end was cut off."
        return Verdict(head, unsealed, head.seq + 1, problem)
    return Verdict(head, unsealed)


def _problem(line: Mapping[str, Any], head: Head, known: Head | None) -> str | None:
    """What is wrong with the line that follows `head`; nothing: it holds."""
    seq, fact = line["seq"], line["fact"]
    if seq != head.seq + 1:
        return f"Seal {head.seq + 1} is missing: {head.seq} is followed by {seq}."
    if fact is None:
        return f"The fact of seal {seq} was deleted."
    if compute_chain_hash(seq, head.hash, line["sealed_at"], fact) != line["hash"]:
        return f"Fact {fact.get('id')} of seal {seq}, its seal, or the order before it was changed."
    if known and known.seq == seq and known.hash != line["hash"]:
        return f"Seal {seq} is not the one known from elsewhere: the record was written again."
    return None


def load_head(conn: Connection) -> Head:
    """The newest seal, to be kept elsewhere."""
    newest = conn.execute(_HEAD).one_or_none()
    return Head(newest.seq, newest.hash) if newest else Head(0, START)


def list_newest(
    conn: Connection, subject: str, *, also: Iterable[tuple[str, datetime, datetime | None]], limit: int
) -> list[Fact]:
    """The newest `limit` facts of a subject, and of each other from a moment on and until one; the oldest of them
    first."""
    wanted = [facts.c.subject == subject]
    for other, since, until in also:
        ended = facts.c.at <= until if until else true()
        wanted.append((facts.c.subject == other) & (facts.c.at >= since) & ended)
    newest = select(facts).where(or_(*wanted)).order_by(facts.c.at.desc(), facts.c.id.desc()).limit(limit)
    return [_fact(row) for row in reversed(conn.execute(newest).all())]


def find_newest_moment(conn: Connection) -> datetime | None:
    newest: datetime | None = conn.execute(select(func.max(facts.c.at))).scalar()
    return newest


def find_newest(conn: Connection, what: str, since: datetime) -> Fact | None:
    """The newest fact of a kind, if there is one since then."""
    query = select(facts).where(facts.c.at >= since, facts.c.what == what)
    row = conn.execute(query.order_by(facts.c.at.desc(), facts.c.id.desc()).limit(1)).one_or_none()
    return _fact(row) if row else None


def list_subjects_since(conn: Connection, what: str, since: datetime) -> list[str]:
    """What facts of a kind are about, the oldest first."""
    query = (
        select(facts.c.subject)
        .where(facts.c.at >= since, facts.c.what == what)
        .order_by(facts.c.at, facts.c.id)
    )
    return list(dict.fromkeys(subject for subject in conn.execute(query).scalars() if subject))


def list_of_kinds(conn: Connection, subject: str, *whats: str) -> list[Fact]:
    """Every fact of these kinds about a subject, the oldest first."""
    query = select(facts).where(facts.c.subject == subject, facts.c.what.in_(whats))
    return [_fact(row) for row in conn.execute(query.order_by(facts.c.at, facts.c.id))]


def list_of_kind(conn: Connection, subjects: Collection[str], what: str) -> list[Fact]:
    """Every fact of this kind about these subjects, the oldest first."""
    query = select(facts).where(facts.c.subject.in_(subjects), facts.c.what == what)
    return [_fact(row) for row in conn.execute(query.order_by(facts.c.at, facts.c.id))]


def find_newest_of(conn: Connection, subject: str, *whats: str) -> Fact | None:
    """The newest fact of these kinds about a subject."""
    query = select(facts).where(facts.c.subject == subject, facts.c.what.in_(whats))
    row = conn.execute(query.order_by(facts.c.at.desc(), facts.c.id.desc()).limit(1)).one_or_none()
    return _fact(row) if row else None


def list_since(conn: Connection, subject: str, what: str, since: datetime) -> list[Fact]:
    """Facts of this kind about a subject since a moment, the oldest first."""
    query = select(facts).where(facts.c.subject == subject, facts.c.what == what, facts.c.at >= since)
    return [_fact(row) for row in conn.execute(query.order_by(facts.c.at, facts.c.id))]


def list_of_kind_since(conn: Connection, what: str, since: datetime) -> list[Fact]:
    """Facts of this kind since a moment, about whatever, the oldest first."""
    query = select(facts).where(facts.c.at >= since, facts.c.what == what)
    return [_fact(row) for row in conn.execute(query.order_by(facts.c.at, facts.c.id))]


def count_unsealed(conn: Connection, now: datetime) -> int:
    """How many facts wait for the sealer, of those `list_to_seal` looks at."""
    waiting = (
        _UNSEALED.with_only_columns(facts.c.id).where(facts.c.at >= _find_start(conn, now)).order_by(None)
    )
    return int(conn.execute(select(func.count()).select_from(waiting.subquery())).scalar_one())


def compute_chain_hash(seq: int, before: str, sealed_at: str, fact: Mapping[str, Any]) -> str:
    """SHA-256 over canonical JSON: keys sorted, no spaces, ASCII with escapes."""
    value = {"seq": seq, "before": before, "sealed_at": sealed_at, "fact": fact}
    return hashlib.sha256(_canonical(value).encode("ascii")).hexdigest()


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def _fact(row: Row[Any]) -> Fact:
    return Fact(
        id=row.id, at=row.at, what=row.what, via=row.via, who=row.who, subject=row.subject,
        version_id=row.version_id, data=row.data,
    )  # fmt: skip


def _as_json(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id, "at": _moment(row.at), "what": row.what, "who": row.who, "via": row.via,
        "subject": row.subject, "version_id": row.version_id, "data": row.data,
    }  # fmt: skip


def _moment(at: datetime) -> str:
    """Always six digits, so that one moment is one text."""
    return at.isoformat(timespec="microseconds")
