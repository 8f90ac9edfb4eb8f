"""What somebody has begun to type into a dialog: a row for each person and thing, until it is sent off.

A dialog that was sent off leaves an empty row, because a key that was pressed before may arrive after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Database
from sqlalchemy import delete, or_, select, true, update

from bot.store.engine.upsert import insert
from bot.store.tables.slack import begun


@dataclass(frozen=True)
class Begun:
    """`typed`: the dialog's state as Slack sends it. `seen`: what its person saw when they began."""

    person: str
    about: str
    view_id: str
    seen: str
    typed: Mapping[str, Any]
    at: datetime
    typed_at: datetime | None = None
    conversation_id: str | None = None


def keep(db: Database, row: Begun) -> None:
    """In the place of what was there, unless that was typed later, or this dialog was sent off. Without `typed_at` it
    is the latest there is."""
    values = {
        "view_id": row.view_id, "open": True, "seen": row.seen, "typed": dict(row.typed),
        "conversation_id": row.conversation_id, "at": row.at,
    }  # fmt: skip
    later: Any = true()
    if row.typed_at is not None:
        values["typed_at"] = row.typed_at
        later = or_(begun.c.typed_at.is_(None), begun.c.typed_at <= row.typed_at)
    another = begun.c.view_id != row.view_id
    _put(db, row.person, row.about, values, later & or_(another, begun.c.open))


def begin(db: Database, row: Begun) -> None:
    """What a dialog held when it was opened, in the place of another's; what was typed into it since stays."""
    _put(db, row.person, row.about, _values(row), begun.c.view_id != row.view_id)


def put(db: Database, row: Begun) -> None:
    """As it is, its moments too, in the place of whatever was there."""
    _put(db, row.person, row.about, _values(row), true())


def _values(row: Begun) -> dict[str, Any]:
    return {
        "view_id": row.view_id, "open": True, "seen": row.seen, "typed": dict(row.typed),
        "typed_at": row.typed_at, "conversation_id": row.conversation_id, "at": row.at,
    }  # fmt: skip


def close(db: Database, person: str, about: str, view_id: str, at: datetime) -> None:
    """It was sent off."""
    nothing = {"view_id": view_id, "open": False, "seen": "", "typed": {}, "conversation_id": None, "at": at}
    _put(db, person, about, nothing, true())


def drop(db: Database, person: str, about: str) -> None:
    """What was kept about it, as if it had never been."""
    db.execute(delete(begun).where(begun.c.person == person, begun.c.about == about))


def rename(db: Database, person: str, about: str, new: str, view_id: str) -> None:
    """What was kept about one thing is about another from now on, and of another dialog."""
    drop(db, person, new)
    mine = (begun.c.person == person) & (begun.c.about == about)
    db.execute(update(begun).where(mine).values(about=new, view_id=view_id))


def close_dialog(db: Database, person: str, view_id: str, at: datetime) -> None:
    """All that was typed into it, whatever it was about."""
    mine = (begun.c.person == person) & (begun.c.view_id == view_id)
    db.execute(update(begun).where(mine).values(open=False, seen="", typed={}, at=at))


def note_saved(db: Database, person: str, about: str, view_id: str, thing: str, at: datetime) -> None:
    """It was sent off, and this came of it."""
    values = {
        "view_id": view_id,
        "open": False,
        "seen": thing,
        "typed": {},
        "conversation_id": None,
        "at": at,
    }
    _put(db, person, about, values, true())


def find_saved(db: Database, person: str, about: str) -> str | None:
    """What came of it; None: it was not sent off, or nobody noted it."""
    query = select(begun.c.seen).where(begun.c.person == person, begun.c.about == about, ~begun.c.open)
    return db.execute(query).scalar_one_or_none() or None


def set_down(db: Database, row: Begun, *, is_open: bool) -> None:
    """As it is, in the place of whatever was there. `is_open`: something is still to be done about it."""
    values = {
        "view_id": row.view_id, "open": is_open, "seen": row.seen, "typed": dict(row.typed),
        "conversation_id": row.conversation_id, "at": row.at,
    }  # fmt: skip
    _put(db, row.person, row.about, values, true())


def find(db: Database, person: str, about: str, *, lock: bool = False) -> Begun | None:
    """Open or not. `lock`: until the commit."""
    query = select(begun).where(begun.c.person == person, begun.c.about == about)
    row = db.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _from_row(row)


def list_open(db: Database, about: str) -> list[tuple[str, str]]:
    """(person, about) of all that is open about things whose name begins so, whoever began it, the oldest first."""
    mine = begun.c.about.startswith(about, autoescape=True) & begun.c.open
    query = select(begun.c.person, begun.c.about).where(mine).order_by(begun.c.at, begun.c.about)
    return [(row.person, row.about) for row in db.execute(query)]


def has_old(db: Database, about: str, before: datetime) -> bool:
    """Whether anything is unchanged since then, about things whose name begins so."""
    old = begun.c.about.startswith(about, autoescape=True) & (begun.c.at <= before)
    return db.execute(select(begun.c.about).where(old).limit(1)).first() is not None


def list_waiting(db: Database, about: str, before: datetime) -> list[tuple[str, str]]:
    """(person, about) of all that is not open, unchanged since then, about things whose name begins so."""
    old = begun.c.about.startswith(about, autoescape=True) & ~begun.c.open & (begun.c.at <= before)
    query = select(begun.c.person, begun.c.about).where(old).order_by(begun.c.person, begun.c.about)
    return [(row.person, row.about) for row in db.execute(query)]


def _put(db: Database, person: str, about: str, values: Mapping[str, Any], where: Any) -> None:
    new = insert(db, begun).values(person=person, about=about, **values)
    key = [begun.c.person, begun.c.about]
    db.execute(new.on_conflict_do_update(index_elements=key, set_=values, where=where))


def load(db: Database, person: str, about: str) -> Begun | None:
    """None: nothing was begun, or it was sent off."""
    query = select(begun).where(begun.c.person == person, begun.c.about == about, begun.c.open)
    row = db.execute(query).one_or_none()
    return None if row is None else _from_row(row)


def list_like(db: Database, person: str, about: str) -> list[Begun]:
    """All that was begun about things whose name begins so and was not sent off, the latest first."""
    mine = (begun.c.person == person) & begun.c.about.startswith(about, autoescape=True)
    query = select(begun).where(mine, begun.c.open).order_by(begun.c.at.desc(), begun.c.about)
    return [_from_row(row) for row in db.execute(query)]


def _from_row(row: Any) -> Begun:
    return Begun(
        row.person, row.about, row.view_id, row.seen, row.typed, row.at, row.typed_at, row.conversation_id
    )


def erase(db: Database, conversation_id: str) -> None:
    """All that was begun about a conversation."""
    db.execute(delete(begun).where(begun.c.conversation_id == conversation_id))


def forget_old(db: Database, before: datetime, about: str = "", *, but: Sequence[str] = ()) -> None:
    """What is unchanged since then, about things whose name begins so; nothing of what begins with one of `but`."""
    old = (begun.c.at < before) & begun.c.about.startswith(about, autoescape=True)
    kept = [~begun.c.about.startswith(each, autoescape=True) for each in but]
    db.execute(delete(begun).where(old, *kept))
