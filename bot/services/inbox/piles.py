"""Piles and spikes: many at once under one post, many with the same words, many complaints.

A pile is only a card: each conversation in it stays separate, with its own deadline, and gets its own card when
somebody takes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.conversations import Conversation
from bot.domain.facts import FactKind, Source
from bot.domain.inbox_refusals import NothingKnown
from bot.domain.kinds import CardType, PileType
from bot.domain.people import Person
from bot.domain.refusals import NotPausedUnknown
from bot.domain.urgency import Urgency
from bot.services import clicks
from bot.services.inbox import lifecycle
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.store import record
from bot.store.inbox import conversations, messages, piles
from bot.store.inbox.piles import Pile, Spike
from bot.store.pause import gate, pause_effects
from bot.store.slack import cards

CROWD = 6  # from the sixth open conversation under one root on
CROWD_WITHIN = timedelta(hours=1)
ALIKE = 3  # from the third customer with nearly the same words on
ALIKE_WITHIN = timedelta(days=1)
AGAIN = timedelta(hours=1)  # a pause is suggested for one post at most once in this time


# --- piles -------------------------------------------------------------------------------------------


def find_or_open_pile(work: UnitOfWork, conversation: Conversation, likeness: str) -> Pile | None:
    """The pile this conversation belongs to, its card up; None: it gets a card of its own. `likeness`: of its words."""
    if likeness and _many_say_so(work, conversation, likeness):
        key = f"private:{likeness}" if conversation.private else likeness
        return _pile(work, conversation, PileType.SAME, key, likeness)
    if not conversation.private and _is_crowd(work, conversation):
        return _pile(work, conversation, PileType.POST, conversation.thread)
    return None


def _many_say_so(work: UnitOfWork, conversation: Conversation, likeness: str) -> bool:
    since = work.now - ALIKE_WITHIN
    writers = messages.list_writers(
        work.db, conversation.account, likeness, private=conversation.private, since=since, limit=ALIKE
    )
    return len(writers | {conversation.customer}) >= ALIKE


def _is_crowd(work: UnitOfWork, conversation: Conversation) -> bool:
    since = work.now - CROWD_WITHIN
    others = conversations.list_open_in_thread(
        work.db, conversation.account, conversation.thread, since, limit=CROWD
    )
    return len({one.id for one in others} | {conversation.id}) >= CROWD


def _pile(work: UnitOfWork, conversation: Conversation, kind: PileType, key: str, likeness: str = "") -> Pile:
    """One for each root, or words, for ever; its card is put up anew for a new wave, or nobody would see it.
    `likeness`: whoever wrote so before belongs to it, too."""
    channel = work.policy.private_channel if conversation.private else work.policy.inbox_channel
    pile = piles.find(work.db, conversation.account, kind, key)
    if pile is None:
        pile = Pile(work.make_id(), conversation.account, kind, key, conversation.post_id, work.now)
        piles.add(work.db, pile)
        _join(work, pile, conversation, likeness)
        cards.add(work.db, CardType.PILE, pile.id, channel, work.now)
    elif pile.opened_at <= work.now - CROWD_WITHIN and not conversations.list_in_pile(
        work.db, pile.id, only_open=True, limit=1
    ):
        piles.mark_opened_anew(work.db, pile.id, work.now)
        _join(work, pile, conversation, likeness)
        cards.add(work.db, CardType.PILE, pile.id, channel, work.now)
    return pile


def _join(work: UnitOfWork, pile: Pile, conversation: Conversation, likeness: str) -> None:
    if likeness:
        piles.join(work.db, pile, likeness, private=conversation.private, since=work.now - ALIKE_WITHIN)


# --- spikes ------------------------------------------------------------------------------------------


def watch_complaints(work: UnitOfWork, conversation: Conversation) -> None:
    """Suggest a pause if there are many complaints below this post; never more than suggest."""
    if not work.policy.complaints:
        return
    since = work.now - work.policy.complaints_within
    count = messages.count_complaints(work.db, conversation.account, conversation.thread, since)
    known = piles.lock_spike_below(work.db, conversation.account, conversation.thread)
    if known is not None and known.suggested_at > work.now - AGAIN:
        _count(work, known, count)
    elif (
        count >= work.policy.complaints
        and not _is_expected(work, known)
        and not _is_paused(work, conversation)
    ):
        _suggest(work, conversation, known, count)


def _count(work: UnitOfWork, spike: Spike, count: int) -> None:
    if count > spike.complaints:
        piles.count_complaints(work.db, spike.id, count)
        _redraw(work, spike)


def _is_expected(work: UnitOfWork, known: Spike | None) -> bool:
    return known is not None and known.expected_until is not None and known.expected_until > work.now


def _is_paused(work: UnitOfWork, conversation: Conversation) -> bool:
    return gate.read(work.db).closed_for((conversation.account,)) is not None


def _suggest(work: UnitOfWork, conversation: Conversation, known: Spike | None, count: int) -> None:
    if known is None:
        known = Spike(
            work.make_id(),
            conversation.account,
            conversation.thread,
            conversation.post_id,
            count,
            work.now,
            None,
            None,
        )
        piles.add_spike(work.db, known)
    else:
        piles.mark_suggested_again(work.db, known.id, count, work.now)
    _redraw(work, known)
    cards.add(work.db, CardType.SPIKE, known.id, work.policy.review_channel, work.now)
    fact = record.Fact(
        id=work.make_id(), at=work.now, what=FactKind.SPIKE.value, via=Source.NETWORK, subject=f"spike:{known.id}",
        data={"account": conversation.account, "thread": conversation.thread, "complaints": count},
    )  # fmt: skip
    record.append(work.db, fact)
    work.wake(Wake.OUTBOX)


def find_account_of_spike(work: UnitOfWork, spike_id: str) -> str:
    """Which account a suggested pause is of. Raises NotPausedUnknown where a backup has replaced that database."""
    spike = piles.load_spike(work.db, spike_id)
    if spike is None:
        raise NotPausedUnknown
    return spike.account


def mark_expected(work: UnitOfWork, person: Person, spike_id: str, until: datetime, key: str) -> None:
    """Somebody knows why, and wants no suggestion for this post until then."""
    lifecycle.check_team(person)
    clicks.count_once(work, key)
    spike = piles.load_spike(work.db, spike_id, lock=True)
    if spike is None:
        raise NothingKnown
    piles.expect(work.db, spike.id, until=until, by=person.id)
    work.note(
        FactKind.EXPECTED,
        person.id,
        subject=f"spike:{spike.id}",
        account=spike.account,
        until=until.isoformat(),
    )
    _redraw(work, spike, urgency=Urgency.DECISION)
    work.wake(Wake.OUTBOX)


def _redraw(work: UnitOfWork, spike: Spike, *, urgency: Urgency = Urgency.NEWS) -> None:
    """What suggests a pause, and the cards of posts that are to go out there: they say so too."""
    pause_effects.redraw(work.db, spike.account, urgency=urgency)
