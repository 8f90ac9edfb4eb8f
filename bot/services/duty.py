"""Who is on shift, and whom that rings. Without a rota the approvers are rung, as for everything else."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain import duty
from bot.domain.duty import Turn
from bot.domain.people import Role
from bot.services.unit_of_work import UnitOfWork
from bot.store import duty_changes
from bot.store.slack import people

SOON = timedelta(minutes=1)
A_DAY = timedelta(days=1)


def list_turns(work: UnitOfWork, start: datetime, end: datetime) -> tuple[Turn, ...]:
    """Who is on shift between two moments, by the beginning; nobody who is no member of the workspace any more."""
    changes = duty_changes.list_between(work.db, start, end)
    if not work.policy.rota and not changes:
        return ()
    turns = duty.list_turns(work.policy.rota, work.policy.zone, changes, start, end)
    known = people.load_roles(work.db, {turn.person for turn in turns})
    return tuple(turn for turn in turns if known.get(turn.person, Role.MEMBER) is Role.MEMBER)


def list_on_shift(work: UnitOfWork) -> tuple[Turn, ...]:
    """Who is on shift now, each until when (at most a day from now)."""
    return tuple(turn for turn in list_turns(work, work.now, work.now + A_DAY) if turn.start <= work.now)


def find_next(work: UnitOfWork) -> Turn | None:
    """Who comes on shift next, within a week."""
    turns = list_turns(work, work.now, work.now + 7 * A_DAY)
    return next((turn for turn in turns if turn.start > work.now), None)


def list_to_ring(work: UnitOfWork) -> tuple[str, ...]:
    """Who is rung for a customer: who is on shift, else the approvers."""
    return tuple(turn.person for turn in list_on_shift(work)) or work.policy.approvers


def list_to_alarm(work: UnitOfWork) -> tuple[str, ...]:
    """Who is rung when something goes wrong: the approvers, and who is on shift."""
    return tuple(dict.fromkeys((*work.policy.approvers, *(turn.person for turn in list_on_shift(work)))))
