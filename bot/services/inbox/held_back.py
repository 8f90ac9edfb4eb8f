"""Answers that a pause kept from being sent: once they can be, their writers are asked again, by itself.

Nothing is sent by that (promise P6): each is shown its answer as before, with Send. Which ones is marked on the draft
when it is offered (`drafts.py`), so that it does not matter who resumed, how, or what ended in between.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.gate import Gate
from bot.domain.kinds import CardType
from bot.domain.shown.inbox_screens import DraftView
from bot.services.inbox import drafts as drafting
from bot.services.unit_of_work import UnitOfWork
from bot.store.inbox import conversations, drafts
from bot.store.pause import gate
from bot.store.slack import cards

OVER = "Replies can be sent again; this one was not sent."


@dataclass(frozen=True)
class HeldBack:
    """An answer as it can be sent now, and where its writer is asked."""

    by: str
    channel: str
    thread_ts: str
    view: DraftView
    held_at: datetime


def list_held_back(work: UnitOfWork) -> tuple[str, ...]:
    """Ids of drafts that were held back, and that no pause stops any more."""
    held = drafts.list_held(work.db)
    shut = gate.read(work.db) if held else None
    return tuple(one.id for one in held if shut and shut.replies_stopped_for((one.account,)) is None)


def count_all(work: UnitOfWork) -> int:
    """How many wait for their writers."""
    return len(drafts.list_held(work.db))


def count_freed(work: UnitOfWork, scope: str) -> int:
    """How many can be sent once this scope is resumed, and not before."""
    held, shut = drafts.list_held(work.db), gate.read(work.db)
    after = Gate({name: row for name, row in shut.rows.items() if name != scope})
    return sum(
        shut.replies_stopped_for((one.account,)) is not None
        and after.replies_stopped_for((one.account,)) is None
        for one in held
    )


def load_held_back(work: UnitOfWork, draft_id: str) -> HeldBack | None:
    """None: not now. It was sent or taken back since, is stopped anew, or its card is not up."""
    row = drafts.load(work.db, draft_id)
    conversation = conversations.load(work.db, row.conversation_id) if row else None
    if row is None or row.held_at is None or row.state != drafts.OFFERED:
        return None
    if conversation is None or conversation.erased_at is not None:
        return None
    place = cards.find_place(work.db, CardType.CONVERSATION, conversation.id)
    if place is None or drafting.find_stop(work, conversation.account) is not None:
        return None
    view = drafting.make_view(work, conversation, row)
    return HeldBack(row.by_user, *place, replace(view, notes=(OVER, *view.notes)), row.held_at)


def mark_shown(work: UnitOfWork, held: HeldBack) -> None:
    """Its writer has seen it with Send."""
    drafts.mark_shown_again(work.db, held.view.draft_id, held.held_at)
