"""A copy of the database was put back: it does not know what happened since, and must not act as if it did.

It starts paused, what may have been sent is asked for (`deliveries/doubt.py`), messages that may be in Slack are looked
for before they are posted, and what was not published in it needs somebody who looked first. Numbers by which a dialog
or a preview says what its person saw (epochs, a conversation's `seq`) begin beyond those that were given since. One
transaction: a restore that stops in the middle has not begun.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.conversations import Stage
from bot.domain.facts import FactKind
from bot.domain.gate import ALL
from bot.domain.people import Person
from bot.services.deliveries import doubt
from bot.services.inbox import erasure
from bot.services.pause import pause
from bot.services.plans import dropped
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import format_date
from bot.store import doubts
from bot.store.inbox import conversations, drafts
from bot.store.pause import gate, pause_effects, pauses
from bot.store.posts import posts
from bot.store.slack import card_doubts

FAR = 1000  # more than the gate's epochs, or a conversation's numbers, can have risen in a moment
UNKNOWN = "Byhand does not know what was sent or decided since: look at each account before you resume."

ERASE_AGAIN = " Customers' words that were erased since are here again: please erase them once more."


@dataclass(frozen=True)
class Restored:
    """What was found in the copy."""

    made_at: str  # when the copy is of, in the team's zone
    open_sends: int
    erased: int = 0  # conversations whose words were erased once more
    not_erased: int = 0  # whose words could not be
    maybe_erased: bool = False  # nobody knows whose words had been erased since


def take_as_copy(
    work: UnitOfWork, person: Person, made_at: datetime, key: str, erased: Sequence[str] | None = None
) -> Restored:
    """The database of this transaction is a copy, made at `made_at`. `erased`: the conversations whose words were
    erased since; None: nobody knows which."""
    _begin_beyond(work, made_at)
    maybe_erased = erased is None and conversations.count(work.db, *Stage) > 0
    again, kept = erasure.erase_again(work, person.id, erased or ())
    card_doubts.doubt_all(work.db)
    dropped.doubt_all(work)
    doubts.doubt_ended(work.db, made_at)
    count = doubt.doubt_what_is_open(work)
    posts.doubt_all(work.db, made_at)
    when = format_date(work, made_at)
    reason = f"A backup of {when} was put back. {UNKNOWN}{ERASE_AGAIN if maybe_erased or kept else ''}"
    done = pause.pause(work, person, ALL, reason, key)
    if not done.first:
        pauses.give_reason(
            work.db,
            done.pause_id,
            f"{reason} Paused before that: {(done.reason or 'no reason').rstrip('.')}.",
        )
        pause.redraw_banner(work, done.pause_id)
    pause_effects.redraw_conversations(work.db, ALL, since=work.now - pause.OFFERED)
    work.note(
        FactKind.RESTORED,
        person.id,
        made_at=made_at.isoformat(),
        open_sends=count,
        erased=again,
        not_erased=kept,
    )
    return Restored(when, count, again, kept, maybe_erased)


def _begin_beyond(work: UnitOfWork, made_at: datetime) -> None:
    """Without it a Resume dialog of a pause that the copy does not know would end this one, and a Send whose preview is
    older than the copy's answers would miss that a colleague was faster."""
    far = FAR + max(int((work.now - made_at).total_seconds()), 0)
    gate.raise_epochs(work.db, far)
    conversations.raise_seqs(work.db, far)
    drafts.replace_all_open(work.db)
