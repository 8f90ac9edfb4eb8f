"""What there is of an account: what has been published there, and what ends where it is to be another profile."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from bot.domain.deliveries import AttemptState, State
from bot.domain.kinds import DeliveryType
from bot.store.tables.core import attempts, deliveries
from bot.store.tables.inbox import cursors

_OPEN = [state.key for state in State if not state.final]


def name_attempts(db: Connection, account: str, identity: str) -> None:
    """Whose profile the tries under way are for, where nobody had said so yet."""
    its = select(deliveries.c.id).where(deliveries.c.account == account, deliveries.c.state.in_(_OPEN))
    under_way = attempts.c.state.in_([AttemptState.SENDING.value, AttemptState.UNKNOWN.value])
    unnamed = attempts.c.identity.is_(None) & under_way & attempts.c.delivery_id.in_(its)
    db.execute(update(attempts).where(unnamed).values(identity=identity))


def list_open(db: Connection, account: str) -> list[tuple[str, str | None]]:
    """(id, post) of its deliveries that have not ended, by post and id."""
    query = select(deliveries.c.id, deliveries.c.post_id)
    query = query.where(deliveries.c.account == account, deliveries.c.state.in_(_OPEN))
    return [
        (row.id, row.post_id) for row in db.execute(query.order_by(deliveries.c.post_id, deliveries.c.id))
    ]


def forget_cursors(db: Connection, account: str) -> None:
    """What comes in is read from the beginning, as of an account that is new."""
    db.execute(delete(cursors).where(cursors.c.account == account))


def has_published(db: Connection, account: str, *, but: str) -> bool:
    """Whether another post than this one was ever published there."""
    posts = (deliveries.c.post_id != but) & (deliveries.c.kind != DeliveryType.TAKE_DOWN)
    sent = (deliveries.c.account == account) & (deliveries.c.state == State.SENT.key)
    return db.execute(select(deliveries.c.id).where(sent, posts).limit(1)).first() is not None
