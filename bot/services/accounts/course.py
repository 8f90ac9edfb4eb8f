"""How the renewal of an account's secrets stands. Never writes.

Only what is kept in the database is renewed: Byhand cannot change its own environment.
"""

from __future__ import annotations

from datetime import datetime

from bot.domain.sign_ins import renewal
from bot.domain.sign_ins.renewal import Course, Renewal
from bot.networks.signin.protocol import Renewing
from bot.services.accounts.connection import Connection
from bot.services.unit_of_work import UnitOfWork
from bot.store.sign_ins import KeptSignIn


def find_way(work: UnitOfWork, account: str) -> Renewing | None:
    """How its secrets are renewed; None: they are not."""
    connection = work.accounts.get(account)
    return connection.opened.way if isinstance(connection, Connection) else None


def to_course(kept: KeptSignIn) -> Course:
    return Course(
        kept.renewed_at or kept.changed_at, kept.until, Renewal(kept.renewal) if kept.renewal else None,
        kept.renew_after, kept.renewal_tries or 0,
    )  # fmt: skip


def find_next(way: Renewing, kept: KeptSignIn, now: datetime) -> datetime | None:
    """When its secrets are exchanged; None: not at all."""
    if kept.by_user is None or kept.ended_at is not None:
        return None
    known = to_course(kept)
    return renewal.find_next(known, way.find_due(known.taken_at, known.until), now)


def is_left_to_byhand(work: UnitOfWork, kept: KeptSignIn) -> bool:
    """Is it renewed before it ends, as far as is known? Then nobody has to act."""
    way = find_way(work, kept.account)
    if way is None or kept.by_user is None:
        return False
    known = to_course(kept)
    return not renewal.is_failing(known, way.find_due(known.taken_at, known.until), work.now)
