"""What the judge of the simulation knows of statements, from what people did: never from what the bot says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, update

from bot.domain.people import Person
from bot.services.unit_of_work import UnitOfWork
from bot.store.pause import pauses
from bot.store.tables import core
from tests.backend import MAYA
from tests.promises.test_p3_paused_means_paused import shut

WINDOW = timedelta(minutes=30)


@dataclass(frozen=True)
class Released:
    """One person's release of the words and the slot as they were."""

    by: str
    approver: bool
    at: datetime
    shut: frozenset[str]  # scopes of the post that were paused
    epochs: Mapping[str, int]


def find_statement(
    said: Sequence[Released], at: datetime, shut_now: frozenset[str], epochs: Mapping[str, int]
) -> datetime | None:
    """When the second of two people let it go who count at that moment, one of them an approver; None: nobody has.
    `said`: of the words and the slot as they are."""
    count = [one for one in said if at - one.at < WINDOW and (one.shut, one.epochs) == (shut_now, epochs)]
    pairs = [
        max(one.at, other.at)
        for one in count
        for other in count
        if one.by != other.by and (one.approver or other.approver)
    ]
    return min(pairs, default=None)


def pause(work: UnitOfWork, scope: str) -> None:
    """Shut, with the row on whose message a statement is released; there is no Slack here, and nobody is reminded."""
    shut(work, scope)
    pauses.add(
        work.db, work.make_id(), scope=scope, by=MAYA.id, reason=None, at=work.now, stopped=0, next_slot=None,
        under_way=[], elsewhere=[], remind_at=work.now,
    )  # fmt: skip
    work.db.execute(update(core.pauses).values(remind_at=None))


def resume(work: UnitOfWork, scope: str) -> None:
    shut(work, scope, paused=False)
    found = pauses.find_running(work.db, scope)
    assert found is not None
    pauses.end(work.db, found.id, work.now, MAYA.id)


def find_pause(db: Connection, scope: str) -> str:
    found = pauses.find_running(db, scope)
    assert found is not None
    return found.id


def note(person: Person, at: datetime, shut_now: frozenset[str], epochs: Mapping[str, int]) -> Released:
    return Released(person.id, person.approver, at, shut_now, dict(epochs))
