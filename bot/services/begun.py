"""What somebody has begun to type into a dialog: kept as it is typed, so that neither a closed dialog, a refusal nor a
restart loses it, and offered when they open the dialog again.

For its person alone, and for a week: it is no draft that anybody could send.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.services.unit_of_work import UnitOfWork
from bot.store.slack import begun
from bot.store.slack.begun import Begun

KEPT = timedelta(days=7)
PLAN, PLAN_ROWS = "plan:", "plan_rows:"  # plans that were dropped, which `plans/dropped.py` forgets
MOST = 100_000  # characters as JSON; Slack's own limit of a dialog is 250 kB


@dataclass(frozen=True)
class Thing:
    """What a dialog is about. `lasts`: how long its words are offered again."""

    about: str
    conversation_id: str | None = None
    lasts: timedelta = KEPT


@dataclass(frozen=True)
class Typed:
    """The state of a dialog: `view_id` is its, `seen` its private_metadata. `at`: Slack's time of the last key."""

    view_id: str
    seen: str
    values: Mapping[str, Any]
    at: datetime | None = None


def keep(work: UnitOfWork, person_id: str, thing: Thing, typed: Typed) -> None:
    """In the place of what this person had begun about the same thing."""
    if len(json.dumps(typed.values, ensure_ascii=False)) > MOST:
        return
    row = Begun(
        person_id,
        thing.about,
        typed.view_id,
        typed.seen,
        typed.values,
        work.now,
        typed.at,
        thing.conversation_id,
    )
    begun.keep(work.db, row)


def close(work: UnitOfWork, person_id: str, thing: Thing, view_id: str) -> None:
    """It was sent off: there is nothing to offer any more."""
    begun.close(work.db, person_id, thing.about, view_id, work.now)


def drop(work: UnitOfWork, person_id: str, thing: Thing) -> None:
    """As if it had never been begun."""
    begun.drop(work.db, person_id, thing.about)


def find(work: UnitOfWork, person_id: str, thing: Thing) -> Begun | None:
    """What this person had begun about it."""
    found = begun.load(work.db, person_id, thing.about)
    return found if found is not None and found.at > work.now - thing.lasts else None


def forget_old(work: UnitOfWork) -> None:
    begun.forget_old(work.db, work.now - KEPT, but=(PLAN, PLAN_ROWS))
