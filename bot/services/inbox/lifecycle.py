"""One conversation under one verb: loaded and locked, checked, saved, recorded, redrawn; what `posts/lifecycle.py` is
for posts.

Locks are taken in the order gate, conversation, delivery, cards, as posts' are.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot.domain.conversations import Conversation, Stage
from bot.domain.facts import FactKind
from bot.domain.inbox_refusals import (
    AnswerTooLate,
    Erased,
    NoSuchConversation,
    NotInPrivateChannel,
    WhoIsInPrivateChannel,
)
from bot.domain.kinds import CardType, LineType
from bot.domain.people import Person, Right, Role
from bot.domain.refusals import OnlyMembers, WhoAreYou
from bot.domain.urgency import Urgency
from bot.services import clicks
from bot.services.inbox import hourly
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import format_moment
from bot.store.inbox import conversations, messages, sends
from bot.store.inbox.messages import Message
from bot.store.slack import card_lines, cards

A_CUSTOMER = "a customer"  # whose name was erased, or never told
SOMEBODY = "somebody"  # whose name may not be passed on
LATE = "late"  # the one subject of the card of who waits too long


def check_team(person: Person) -> None:
    """Everything in the inbox is the team's; guests and outsiders read."""
    if person.may(Right.TEAM):
        return
    if person.role in (Role.GUEST, Role.OUTSIDER):
        raise OnlyMembers
    raise WhoAreYou


def open_conversation(work: UnitOfWork, person: Person, conversation_id: str, key: str) -> Conversation:
    """Load, lock and judge. Raises the refusal the person should read; nothing was changed then."""
    check_team(person)
    clicks.count_once(work, key)
    return lock_for(work, person, conversation_id)


def has_access(person: Person, conversation: Conversation) -> bool:
    """What was written privately is for whoever is in the private channel, whatever else they may do."""
    return not conversation.private or bool(person.in_private_channel)


def check_access(person: Person, conversation: Conversation) -> None:
    """Every door to one conversation asks this."""
    if has_access(person, conversation):
        return
    if person.in_private_channel is None:
        raise WhoIsInPrivateChannel
    raise NotInPrivateChannel


def lock_for(work: UnitOfWork, person: Person, conversation_id: str) -> Conversation:
    """The conversation, locked until the commit, its words not erased and this person's to see."""
    conversation = lock(work, conversation_id)
    check_access(person, conversation)
    must_be_alive(conversation)
    return conversation


def must_be_alive(conversation: Conversation) -> None:
    if conversation.erased_at is not None:
        raise Erased


def lock(work: UnitOfWork, conversation_id: str) -> Conversation:
    conversation = conversations.load(work.db, conversation_id, lock=True)
    if conversation is None:
        raise NoSuchConversation
    return conversation


def lock_of_delivery(work: UnitOfWork, delivery_id: str) -> Conversation | None:
    """The conversation of a reply or a correction, locked; None: it is of a post."""
    sent = sends.find_of_delivery(work.db, delivery_id)
    return lock(work, sent.conversation_id) if sent else None


def wait_for_delivery(work: UnitOfWork, delivery_id: str) -> None:
    """Until nobody else holds the conversation of a reply. To be called before the gate is taken."""
    if (sent := sends.find_of_delivery(work.db, delivery_id)) is not None:
        sends.wait_for_conversation(work.db, sent.conversation_id)


def save(
    work: UnitOfWork, conversation: Conversation, *, urgency: Urgency = Urgency.DECISION
) -> Conversation:
    """Write it with its next moment, and have everything redrawn that shows it."""
    conversation = replace(conversation, due_at=find_next_moment(work, conversation))
    conversations.save(work.db, conversation)
    redraw(work, conversation, urgency=urgency)
    if conversation.escalated_at is not None:
        redraw_late(work)
    if urgency is not Urgency.CUSTOMER or conversation.stage is not Stage.OPEN:
        hourly.redraw(work)  # not for each message of a flood: it takes nobody off
    return conversation


def redraw_late(work: UnitOfWork) -> None:
    """Somebody waits too long, or no longer does."""
    cards.touch(work.db, CardType.LATE, LATE)


def find_answers_end(work: UnitOfWork, conversation: Conversation) -> datetime | None:
    """From when on the network takes no answer there, unless they write again; None: it always does."""
    connection = work.accounts.get(conversation.account)
    window = connection.capabilities.answer_window if connection and conversation.private else None
    return conversation.last_at + window if window else None


def must_be_in_time(work: UnitOfWork, conversation: Conversation) -> None:
    """Raises AnswerTooLate."""
    if (late := find_too_late(work, conversation)) is not None:
        raise late


def find_too_late(work: UnitOfWork, conversation: Conversation) -> AnswerTooLate | None:
    """The refusal of an answer the network would not take any more."""
    end = find_answers_end(work, conversation)
    if end is None or work.now < end:
        return None
    return AnswerTooLate(account=work.policy.title_of(conversation.account), at=format_moment(work, end))


def find_next_moment(work: UnitOfWork, conversation: Conversation) -> datetime | None:
    """When the clock looks at it next: the hour's message, the answer target while a customer waits, the last moment
    for an answer, erasure after the end."""
    if conversation.erased_at is not None:
        return None
    end = find_answers_end(work, conversation)
    ends = [end] if end is not None and end > work.now else []
    if conversation.stage is Stage.OPEN:
        if conversation.escalated_at is not None or conversation.waiting_since is None:
            return next(iter(ends), None)
        target = work.policy.hours.after(conversation.waiting_since, work.policy.answer_within)
        return min(target, hourly.find_moment(work, conversation) or target, *ends)
    ended = {Stage.DONE: conversation.closed_at, Stage.ANSWERED: conversation.answered_at}.get(
        conversation.stage
    )
    return (
        min([ended + find_erase_after(work, conversation.account), *ends]) if ended else conversation.due_at
    )


def find_erase_after(work: UnitOfWork, account: str) -> timedelta:
    """How long words stay after the end: no longer than the network lets them."""
    connection = work.accounts.get(account)
    most = connection.capabilities.keeps_ended if connection else None
    return work.policy.erase_after if most is None else min(work.policy.erase_after, most)


def redraw(work: UnitOfWork, conversation: Conversation, *, urgency: Urgency = Urgency.DECISION) -> None:
    """Its card, its pile's, and the card of the post it answers."""
    cards.touch(work.db, CardType.CONVERSATION, conversation.id, urgency=urgency)
    if conversation.pile_id is not None:
        cards.touch(work.db, CardType.PILE, conversation.pile_id)
    if conversation.post_id is not None:
        cards.touch_post(work.db, conversation.post_id)
    work.wake(Wake.OUTBOX)
    work.wake(Wake.CLOCK)


def redraw_answer(work: UnitOfWork, conversation: Conversation, delivery_id: str) -> None:
    """The lines about an answer of which something has changed: whether it is there, and what can be done to it. After
    the cards, as in `row_locks.py`."""
    card_lines.redraw_lines_of(work.db, CardType.CONVERSATION, conversation.id, delivery_id, work.now)
    work.wake(Wake.OUTBOX)


def has_card(work: UnitOfWork, conversation: Conversation) -> bool:
    """Whether it has a card of its own, posted or about to be; else its pile's card shows it."""
    return cards.has_current(work.db, CardType.CONVERSATION, conversation.id)


def say(work: UnitOfWork, conversation: Conversation, kind: LineType, **values: Any) -> None:
    """A line in its thread: ids only, never a customer's words or name, which could not be erased there."""
    cards.say_on(work.db, CardType.CONVERSATION, conversation.id, kind, values, work.now)


def note(work: UnitOfWork, what: FactKind, who: str | None, conversation: Conversation, **data: Any) -> None:
    work.note(what, who, subject=f"conversation:{conversation.id}", account=conversation.account, **data)


def raise_seq(conversation: Conversation) -> Conversation:
    """Its next `seq`: something happened that whoever answers has to know."""
    return replace(conversation, seq=conversation.seq + 1)


def find_our_answer(work: UnitOfWork, conversation: Conversation, delivery_id: str) -> Message | None:
    """What this reply came to be in the conversation, once it was sent."""
    said = messages.list_of_conversation(work.db, conversation.id)
    return next((one for one in said if one.delivery_id == delivery_id), None)


def load_customer_name(work: UnitOfWork, conversation: Conversation) -> str:
    if conversation.is_withheld:
        return SOMEBODY
    known = conversations.load_customer(work.db, conversation.account, conversation.customer)
    return (known.name if known else None) or A_CUSTOMER


def make_our_handle(work: UnitOfWork, account: str) -> str:
    """Our own handle there, as its profile's address says it: "@dockbakery"."""
    connection = work.accounts.get(account)
    path = urlsplit(connection.profile_url()).path.strip("/") if connection else ""
    return "@" + path.rsplit("/", 1)[-1].removeprefix("@") if path else work.policy.title_of(account)
