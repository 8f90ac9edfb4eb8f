"""Answers that a pause kept from being sent: once they can be, their writers are asked again, by itself.

Nothing is sent by that (promise P6): each is shown its answer as before, with Send. Which ones is marked on the draft
when it is offered (`drafts.py`), so that it does not matter who resumed, how, or what ended in between. One whose
account takes no answers any more can never be sent: its writer gets the words back, once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.conversations import Conversation
from bot.domain.gate import ALL, DRILL, Gate
from bot.domain.kinds import CardType
from bot.domain.shown.inbox_screens import DraftView
from bot.domain.shown.stopped_replies import UnsentView
from bot.networks.receiving import as_answering
from bot.services.inbox import drafts as drafting
from bot.services.unit_of_work import UnitOfWork
from bot.store.inbox import conversations, drafts
from bot.store.inbox.drafts import Draft
from bot.store.pause import gate, pauses
from bot.store.slack import cards

OVER = "Replies can be sent again; this one was not sent."


@dataclass(frozen=True)
class HeldBack:
    """An answer, and where its writer is asked. `view`: as it can be sent now; None: its account takes no answers."""

    by: str
    place: tuple[str, str] | None  # (channel, ts) of its conversation's card; None: it is not up
    unsent: UnsentView
    view: DraftView | None
    held_at: datetime


def list_held_back(work: UnitOfWork) -> tuple[str, ...]:
    """Ids of drafts that were held back, and that no pause stops any more; also those that can never be sent."""
    held = drafts.list_held(work.db)
    shut = gate.read(work.db) if held else Gate()
    return tuple(
        one.id
        for one in held
        if shut.replies_stopped_for((one.account,)) is None or not _takes_answers(work, one.account)
    )


def _takes_answers(work: UnitOfWork, account: str) -> bool:
    return as_answering(work.accounts.get(account)) is not None


def adopt_unmarked(work: UnitOfWork) -> None:
    """At start: what was offered while a pause stopped it, by a Byhand that did not mark it yet."""
    for row in gate.read(work.db).rows.values():
        if row.paused and row.stops_replies and row.at is not None and row.scope != DRILL:
            since = pauses.find_replies_stopped(work.db, row.scope, row.at) or row.at
            drafts.mark_held(work.db, None if row.scope == ALL else row.scope, since, work.now)


def count_all(work: UnitOfWork, accounts: Collection[str] = ()) -> int:
    """How many wait for their writers; of these accounts, where any are named."""
    return sum(not accounts or one.account in accounts for one in drafts.list_held(work.db))


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
    """None: not now. It was sent or taken back since, or is stopped anew."""
    row = drafts.load(work.db, draft_id)
    conversation = conversations.load(work.db, row.conversation_id) if row else None
    if row is None or row.held_at is None or row.state != drafts.OFFERED:
        return None
    if conversation is None or conversation.erased_at is not None:
        return None
    place = cards.find_place(work.db, CardType.CONVERSATION, conversation.id)
    unsent = _make_unsent_view(work, conversation, row, place)
    if not _takes_answers(work, conversation.account):
        return HeldBack(row.by_user, place, unsent, None, row.held_at)
    if drafting.find_stop(work, conversation.account) is not None:
        return None
    view = drafting.make_view(work, conversation, row)
    return HeldBack(row.by_user, place, unsent, replace(view, notes=(OVER, *view.notes)), row.held_at)


def _make_unsent_view(
    work: UnitOfWork, conversation: Conversation, row: Draft, place: tuple[str, str] | None
) -> UnsentView:
    known = conversation.account in work.accounts
    return UnsentView(
        row.id, work.policy.title_of(conversation.account), row.text,
        image_alt=(row.alt or "") if row.image_sha256 else None, card=place, in_settings=known,
    )  # fmt: skip


def mark_shown(work: UnitOfWork, held: HeldBack) -> None:
    """Its writer has seen it with Send, or has its words back: these wait for nothing any more."""
    if held.view is None:
        drafts.mark_given_back(work.db, held.unsent.draft_id, held.held_at)
    else:
        drafts.mark_shown_again(work.db, held.unsent.draft_id, held.held_at)
