"""Who looks after whom: take, hand over, close, reopen, and the same for the many of a pile.

Taking a conversation locks nothing. Anybody on the team may answer it; others' previews say who has it, and Send tells
what came in between (`replies.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.domain.conversations import Closing, Conversation, Stage, Via
from bot.domain.facts import FactKind
from bot.domain.inbox_refusals import (
    AllTaken,
    AreTheyInPrivateChannel,
    NobodyWaits,
    NoneToClose,
    NoSuchConversation,
    TakenAlready,
    TheyAreNotInPrivateChannel,
)
from bot.domain.kinds import CardType, LineType
from bot.domain.people import Person, Role
from bot.domain.refusals import NotAMember
from bot.services import clicks
from bot.services.inbox import lifecycle
from bot.services.queries import piles as pile_queries
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import format_moment, list_names
from bot.store.inbox import conversations, messages, piles
from bot.store.inbox.piles import Pile
from bot.store.slack import cards, people

THERE = (Stage.OPEN, Stage.ANSWERED)


def take(work: UnitOfWork, person: Person, conversation_id: str, key: str) -> None:
    """ "I'll take it". One of a pile gets a card and a thread of its own."""
    conversation = lifecycle.open_conversation(work, person, conversation_id, key)
    if conversation.stage not in THERE:
        raise NobodyWaits
    if conversation.owner is not None and conversation.owner != person.id:
        raise TakenAlready(
            owner=list_names(work, (conversation.owner,)), since=format_moment(work, conversation.owner_since)
        )
    _take(work, person, conversation)


def _take(work: UnitOfWork, person: Person, conversation: Conversation) -> None:
    bring_out(work, conversation)
    if conversation.owner == person.id:
        return
    lifecycle.note(work, FactKind.TAKEN, person.id, conversation)
    lifecycle.say(work, conversation, LineType.TAKEN, by=person.id, **{"from": None})
    lifecycle.save(work, replace(conversation, owner=person.id, owner_since=work.now))


def bring_out(work: UnitOfWork, conversation: Conversation) -> None:
    """Give it its own card, if only its pile's card showed it, with all its messages as lines."""
    if lifecycle.has_card(work, conversation):
        return
    channel = work.policy.private_channel if conversation.private else work.policy.inbox_channel
    cards.add(work.db, CardType.CONVERSATION, conversation.id, channel, work.now)
    for message in messages.list_of_conversation(work.db, conversation.id)[1:]:
        kind = LineType.MESSAGE if message.via is Via.CUSTOMER else LineType.APP_ANSWER
        lifecycle.say(work, conversation, kind, message=message.id)


def take_next(work: UnitOfWork, person: Person, pile_id: str, key: str) -> str:
    """The one of a pile that waits longest and nobody has is this person's now. Returns its id."""
    lifecycle.check_team(person)
    clicks.count_once(work, key)
    _pile(work, pile_id)
    for glimpse in pile_queries.list_free(work, pile_id):
        conversation = lifecycle.lock(work, glimpse.id)  # somebody else may have taken it since
        lifecycle.check_access(person, conversation)
        if conversation.is_free:
            _take(work, person, conversation)
            return conversation.id
    if conversations.list_in_pile(work.db, pile_id, only_open=True, limit=1):
        raise AllTaken
    raise NobodyWaits


def _pile(work: UnitOfWork, pile_id: str) -> Pile:
    pile = piles.load(work.db, pile_id)
    if pile is None:
        raise NoSuchConversation
    return pile


def hand_over(work: UnitOfWork, person: Person, conversation_id: str, to: Person, key: str) -> None:
    """To a colleague, or to oneself. Only full members answer customers, and what was written privately only whoever
    can read it."""
    conversation = lifecycle.open_conversation(work, person, conversation_id, key)
    if conversation.stage not in THERE:
        raise NobodyWaits
    if to.id != person.id:
        _check_colleague(work, to, conversation)
    bring_out(work, conversation)
    lifecycle.note(work, FactKind.HANDED_OVER, person.id, conversation, to=to.id, before=conversation.owner)
    if to.id == person.id:
        lifecycle.say(work, conversation, LineType.TAKEN, by=to.id, **{"from": conversation.owner})
    else:
        lifecycle.say(work, conversation, LineType.HANDED_OVER, by=person.id, to=to.id)
    lifecycle.save(work, replace(conversation, owner=to.id, owner_since=work.now))


def _check_colleague(work: UnitOfWork, to: Person, conversation: Conversation) -> None:
    known = people.recall(work.db, to.id)
    if known is None or known.role is not Role.MEMBER:
        raise NotAMember
    if conversation.private and to.in_private_channel is None:
        raise AreTheyInPrivateChannel(who=known.name)
    if conversation.private and not to.in_private_channel:
        raise TheyAreNotInPrivateChannel(who=known.name)


def close(work: UnitOfWork, person: Person, conversation_id: str, closing: Closing, key: str) -> None:
    """Done without a (further) reply, and why. A follow-up opens it again."""
    conversation = lifecycle.open_conversation(work, person, conversation_id, key)
    if conversation.stage not in THERE:
        raise NobodyWaits
    _close(work, person, conversation, closing)


def _close(work: UnitOfWork, person: Person, conversation: Conversation, closing: Closing) -> None:
    closed = replace(
        conversation, stage=Stage.DONE, closing=closing, closed_at=work.now, closed_by=person.id, waiting_since=None,
    )  # fmt: skip
    lifecycle.note(work, FactKind.CLOSED, person.id, conversation, closing=closing.value)
    lifecycle.say(work, conversation, LineType.CLOSED, by=person.id, closing=closing.value)
    lifecycle.save(work, closed)


def close_pile(
    work: UnitOfWork,
    person: Person,
    pile_id: str,
    closing: Closing,
    seen: Collection[tuple[int, int]],
    key: str,
) -> int:
    """Close those of a pile that may be closed at once and that this person was shown: (number, seq) of each. Who wrote
    since stays open. Returns how many."""
    lifecycle.check_team(person)
    clicks.count_once(work, key)
    pile = _pile(work, pile_id)
    shown = [one for one in pile_queries.list_free(work, pile_id) if (one.number, one.seq) in seen]
    for conversation in shown:
        lifecycle.check_access(person, conversation)
    conversations.lock_all(work.db, [one.id for one in shown])
    found = pile_queries.list_closable(work, pile)  # as they are under their locks
    found = [one for one in found if (one.number, one.seq) in seen]
    if not found:
        raise NoneToClose
    for conversation in found:
        _close(work, person, conversation, closing)
    return len(found)


def reopen(work: UnitOfWork, person: Person, conversation_id: str, key: str) -> None:
    """A person says that the customer waits after all: since their last message."""
    conversation = lifecycle.open_conversation(work, person, conversation_id, key)
    if conversation.stage is Stage.OPEN:
        return
    bring_out(work, conversation)
    lifecycle.note(work, FactKind.REOPENED, person.id, conversation)
    opened = replace(
        conversation,
        stage=Stage.OPEN,
        waiting_since=conversation.last_at,
        escalated_at=None,
        closing=None,
        closed_at=None,
        closed_by=None,
    )
    lifecycle.save(work, opened)
