"""Deliveries of a copy of the database that was put back: which of them may have gone out since."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, literal_column, update

from bot.domain.deliveries import State
from bot.domain.kinds import DeliveryType
from bot.store.tables.core import deliveries


def give_up_unknown(db: Connection, now: datetime) -> int:
    """What is looked for already does not go out again, whatever is found. Returns how many."""
    return db.execute(
        update(deliveries)
        .where(deliveries.c.state == literal_column(f"'{State.UNKNOWN.key}'"))
        .values(latest_at=now)
    ).rowcount


def doubt_ended(db: Connection, copied_at: datetime) -> None:
    """A backup of then was put back: what had not arrived in it may have been tried again since. A take-down may be
    repeated without harm."""
    kinds = (DeliveryType.POST, DeliveryType.REPLY, DeliveryType.CORRECTION)
    ended = deliveries.c.state.in_([State.REFUSED.key, State.DROPPED.key]) & deliveries.c.kind.in_(kinds)
    db.execute(update(deliveries).where(ended).values(copied_at=copied_at))
