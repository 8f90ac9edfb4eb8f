"""What Slack said of people when last asked, so that the team is known also while Slack is down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection as Database
from sqlalchemy import delete, select, update

from bot.domain.people import Role
from bot.store.tables.core import people


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


def remember(db: Database, known: KnownPerson) -> None:
    values = {
        "name": known.name,
        "role": known.role.name.lower(),
        "zone": known.zone,
        "seen_at": known.seen_at,
    }
    if not db.execute(update(people).where(people.c.id == known.id).values(values)).rowcount:
        db.execute(people.insert().values(id=known.id, **values))


def forget(db: Database, user_id: str) -> None:
    """Slack says the person changed: what was known must not be used, not even while Slack is silent."""
    db.execute(delete(people).where(people.c.id == user_id))
