"""What sends cost: a row for each attempt that its network takes money for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from bot.domain.deliveries import AttemptState
from bot.store.tables.core import accounts, attempts
from bot.store.tables.send_costs import send_costs

# What is refused is billed, too, and of what nobody knows it has to be feared.
_BILLED = tuple(
    state.value
    for state in (AttemptState.SENDING, AttemptState.UNKNOWN, AttemptState.SENT, AttemptState.REFUSED)
)


def add(db: Connection, attempt_id: str, account: str, mills: int, now: datetime) -> None:
    db.execute(insert(send_costs).values(attempt_id=attempt_id, account=account, at=now, mills=mills))


def lock(db: Connection, account: str) -> None:
    """Nobody else begins a send there until the commit that asks whether its limit allows one."""
    db.execute(select(accounts.c.name).where(accounts.c.name == account).with_for_update())


def count(db: Connection, account: str, start: datetime, end: datetime) -> int:
    """In mills, of what began from `start` on and before `end`."""
    within = (send_costs.c.account == account) & (send_costs.c.at >= start) & (send_costs.c.at < end)
    found = select(func.coalesce(func.sum(send_costs.c.mills), 0)).join(attempts)
    return int(db.execute(found.where(within, attempts.c.state.in_(_BILLED))).scalar_one())
