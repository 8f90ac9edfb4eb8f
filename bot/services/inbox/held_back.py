"""Answers that a pause kept from being sent: after Resume their writers are asked again, by itself.

Nothing is sent by that (promise P6): each is shown its answer as before, with Send.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.domain.gate import ALL
from bot.domain.kinds import CardType
from bot.domain.shown.inbox_screens import DraftView
from bot.services.inbox import drafts as drafting
from bot.services.unit_of_work import UnitOfWork
from bot.store.inbox import conversations, drafts
from bot.store.pause import gate, pauses
from bot.store.slack import cards

ASKED = 50  # of one pause; for the others [Ask me again] stays
OVER = "Replies can be sent again; this one was not sent."


@dataclass(frozen=True)
class HeldBack:
    """An answer as it can be sent now, and where its writer is asked."""

    by: str
    channel: str
    thread_ts: str
    view: DraftView


def list_held_back(work: UnitOfWork, scope: str) -> tuple[str, ...]:
    """Ids of drafts that were offered while the pause of this scope ran, if it stops replies. Before it is over."""
    row, running = gate.read(work.db).rows.get(scope), pauses.find_running(work.db, scope)
    if row is None or running is None or not (row.paused and row.stops_replies):
        return ()
    account = None if scope == ALL else scope
    return tuple(one.id for one in drafts.list_open_since(work.db, account, running.at, ASKED))


def load_held_back(work: UnitOfWork, draft_id: str) -> HeldBack | None:
    """None: it was sent or taken back since, is stopped by another pause, or nobody is there to be answered."""
    row = drafts.load(work.db, draft_id)
    conversation = conversations.load(work.db, row.conversation_id) if row else None
    if (
        row is None
        or conversation is None
        or row.state != drafts.OFFERED
        or conversation.erased_at is not None
    ):
        return None
    place = cards.find_place(work.db, CardType.CONVERSATION, conversation.id)
    stopped = drafting.find_stop(work, conversation.account)
    if place is None or row.channel != place[0] or stopped is not None:
        return None
    view = drafting.make_view(work, conversation, row)
    return HeldBack(row.by_user, place[0], place[1], replace(view, notes=(OVER, *view.notes)))
