"""What Slack said of people when last asked, so that the team is known also while Slack is down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection as Database
from sqlalchemy import bindparam, func, select, update

from bot.domain.people import Role
from bot.store.engine.prepared import Prepared
from bot.store.engine.upsert import insert
from bot.store.tables.slack import people

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

FEW = 4
_ROLE = Prepared(select(people.c.id, people.c.role).where(people.c.id == bindparam("which")))


@dataclass(frozen=True)
class KnownPerson:
    """One person of Slack's. `role` is MEMBER, GUEST or OUTSIDER."""

    id: str
    name: str
    role: Role
    zone: str | None  # "Europe/Berlin"
    seen_at: datetime  # when Slack said so


def recall(db: Database, user_id: str) -> KnownPerson | None:
    row = db.execute(select(people).where(people.c.id == user_id)).one_or_none()
    return KnownPerson(row.id, row.name, Role[row.role.upper()], row.zone, row.seen_at) if row else None


def load_names(db: Database, ids: Iterable[str]) -> dict[str, str]:
    """{id: name}, as last seen."""
    query = select(people.c.id, people.c.name).where(people.c.id.in_(list(ids)))
    return {row.id: row.name for row in db.execute(query)}


def load_roles(db: Database, ids: Iterable[str]) -> dict[str, Role]:
    """{id: what Slack last said they are}, however long ago."""
    wanted = list(ids)
    if len(wanted) <= FEW:  # those of one post, which a click asks for
        rows = [row for each in wanted for row in _ROLE(db, which=each)]
    else:
        rows = list(db.execute(select(people.c.id, people.c.role).where(people.c.id.in_(wanted))))
    return {row.id: Role[row.role.upper()] for row in rows}


def remember(db: Database, known: KnownPerson, *, asked_at: datetime | None = None) -> None:
    """`asked_at`: when Slack was asked. What it said by itself since counts, not this answer; also that somebody
    changed, without saying how."""
    values = {
        "name": known.name,
        "role": known.role.name.lower(),
        "zone": known.zone,
        "seen_at": known.seen_at,
        "doubted_at": None,
    }
    new = insert(db, people).values(id=known.id, **values)
    asked_at = asked_at or known.seen_at
    older = (people.c.seen_at <= asked_at) & func.coalesce(people.c.doubted_at <= asked_at, True)
    db.execute(new.on_conflict_do_update(index_elements=["id"], set_=values, where=older))


def doubt(db: Database, user_id: str, now: datetime) -> None:
    """Slack says the person changed, not how: they start nothing until it was asked. Whoever they were last known to
    be, an approval they gave before still counts by."""
    db.execute(update(people).where(people.c.id == user_id).values(seen_at=LONG_AGO, doubted_at=now))
