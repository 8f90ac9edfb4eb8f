"""What people were told of sign-ins that end. Each is told once: by the database, whatever two workers do at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from bot.domain.sign_ins.endings import NoticeType
from bot.store.tables.sign_ins import sign_in_notices


@dataclass(frozen=True)
class Notice:
    """People were told `at` that moment. `over`: what was done about it since."""

    id: str
    account: str
    kind: NoticeType
    about: datetime  # the end it tells of, or since when there is none
    why: str | None
    at: datetime
    over: str | None = None
    over_at: datetime | None = None


def add(db: Connection, notice: Notice) -> None:
    db.execute(insert(sign_in_notices).values(**vars(notice)))


def load(db: Connection, notice_id: str) -> Notice | None:
    row = db.execute(select(sign_in_notices).where(sign_in_notices.c.id == notice_id)).one_or_none()
    return Notice(**row._mapping) if row else None


def list_told(db: Connection, accounts: Collection[str]) -> dict[str, list[Notice]]:
    """{account: what people were told, the oldest first}."""
    query = select(sign_in_notices).where(sign_in_notices.c.account.in_(sorted(accounts)))
    found: dict[str, list[Notice]] = {}
    for row in db.execute(query.order_by(sign_in_notices.c.at, sign_in_notices.c.id)):
        found.setdefault(row.account, []).append(Notice(**row._mapping))
    return found


def close(db: Connection, account: str, over: str, now: datetime) -> list[str]:
    """All that is open of an account is over. Returns the ids of those."""
    open_ones = (sign_in_notices.c.account == account) & sign_in_notices.c.over_at.is_(None)
    done = update(sign_in_notices).where(open_ones).values(over=over, over_at=now)
    return list(db.execute(done.returning(sign_in_notices.c.id)).scalars())
