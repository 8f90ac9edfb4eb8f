"""What may have gone out all the same: deliveries of a copy of the database that was put back, and tries given up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, literal_column, select, update

from bot.domain.deliveries import AttemptState, State
from bot.domain.kinds import DeliveryType
from bot.store.tables.core import attempts, deliveries


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


def find_first_absent(db: Connection, delivery_id: str) -> datetime | None:
    """When the first of its tries began that were given up as not there."""
    absent = attempts.c.state == AttemptState.ABSENT.value
    query = select(func.min(attempts.c.started_at)).where(attempts.c.delivery_id == delivery_id, absent)
    return db.execute(query).scalar()
