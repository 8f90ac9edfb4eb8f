"""Guards taken away on purpose. Each must be noticed by the judge: a check that cannot fail proves nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection as Database

from bot.domain.approvals import Approval
from bot.domain.gate import ALL, Gate
from bot.domain.outcomes import Absent
from bot.domain.pause.statements import Release, Shut
from bot.domain.posts import Version
from bot.services.deliveries import machine, posts
from bot.services.deliveries.types import ToLook
from bot.services.posts.lifecycle import Case
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.pause import gate, pause_effects
from bot.store.posts import approvals
from bot.workers.worker import Worker


def without_the_lock(patch: pytest.MonkeyPatch) -> None:
    """The gate is read before, as everybody would write it at first, and not locked. The machine is busy, so that
    begins and calls take their time; with the lock that would change nothing."""
    take_turn, call = deliveries.take_turn, Worker._call

    def read_before(db: Database, account_names: Iterable[str]) -> Gate:
        rows = gate.read(db).rows
        return Gate({scope: row for scope, row in rows.items() if scope in {ALL, *account_names}})

    def slowly(*args: Any) -> Any:
        time.sleep(0.3)
        return take_turn(*args)

    def call_slowly(*args: Any) -> Any:
        time.sleep(0.05)
        return call(*args)

    patch.setattr(gate, "lock_shared", read_before)
    patch.setattr(deliveries, "take_turn", slowly)
    patch.setattr(Worker, "_call", call_slowly)


def without_the_check(patch: pytest.MonkeyPatch) -> None:
    """A pause shuts the gate and relies on it; begin does not ask it, and takes approvals of any epoch."""
    why_not = posts._why_not

    def careless(work: UnitOfWork, case: Case, *rest: Any) -> str | None:
        rows = {scope: replace(row, paused=False) for scope, row in case.gate.rows.items()}
        return why_not(work, Case(case.post, Gate(rows)), *rest)

    def any_yes(work: UnitOfWork, case: Case) -> Approval | None:
        given = approvals.list_of_version(work.db, case.post.version.id)
        return next((one for one in given if one.revoked_at is None), None)

    patch.setattr(pause_effects, "unapprove", lambda *args: 0)
    patch.setattr(pause_effects, "disarm", lambda *args: None)
    patch.setattr(posts, "_why_not", careless)
    patch.setattr(posts, "find_authority", any_yes)


def without_epochs(patch: pytest.MonkeyPatch) -> None:
    """A pause shuts the gate, and approvals survive it: what was approved goes out after the resume."""
    patch.setattr(Gate, "epochs_for", lambda self, accounts: "{}")
    patch.setattr(pause_effects, "unapprove", lambda *args: 0)
    patch.setattr(pause_effects, "disarm", lambda *args: None)
    patch.setattr(posts.Posts, "stand_down", lambda *args: None)


def settling_by_sending(patch: pytest.MonkeyPatch) -> None:
    """What is not there is sent again at once, by whoever looked."""
    settle = machine.settle

    def resend(work: UnitOfWork, looked: ToLook, look: Any) -> None:
        if isinstance(look, Absent):
            connection = work.accounts[looked.account]
            connection.publish(looked.attempt.payload, looked.attempt.handle, lambda: True)
        settle(work, looked, look)

    resend.__name__ = "settle"
    patch.setattr(machine, "settle", resend)


def releases_that_last(patch: pytest.MonkeyPatch) -> None:
    """What two people released in one pause goes out in the next."""
    find_end = Release.find_end

    def lasting(one: Release, version: Version, shut: Shut, now: datetime) -> str | None:
        return find_end(replace(one, shut=shut) if shut.pauses else one, version, shut, now)

    patch.setattr(Release, "find_end", lasting)
    patch.setattr(pause_effects, "disarm", lambda *args: None)


BY_NAME: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "without the lock": without_the_lock,
    "without the check": without_the_check,
    "releases that last": releases_that_last,
    "without epochs": without_epochs,
    "settling by sending": settling_by_sending,
}
