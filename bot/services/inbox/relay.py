"""What becomes of one message: its conversation, who waits, and where in Slack it is shown.

A message an hour older than the first sync is offered and not relayed, whenever it is found, so that a sweep through
older threads does not bring old comments into the channel as new ones.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.domain import ranking
from bot.domain.conversations import WITHHELD, Conversation, Stage, Via
from bot.domain.deliveries import AttemptState, Next, State
from bot.domain.facts import FactKind, Source
from bot.domain.kinds import CardType, DeliveryType, LineType
from bot.domain.urgency import Urgency
from bot.networks.receiving import Inbound
from bot.networks.text import measure_likeness
from bot.services import duty
from bot.services.deliveries import outcomes, reply_outcomes
from bot.services.inbox import lifecycle, piles, twins
from bot.services.inbox.rings import Rings
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries, record
from bot.store.inbox import conversations, messages, sends
from bot.store.inbox.conversations import Customer
from bot.store.inbox.messages import Message, Words
from bot.store.slack import cards

ALIKE = 0.9  # of letters; our own answer as the network shows it, an @name in front or not
WAITS = (Stage.OPEN, Stage.OFFERED)


@dataclass
class Intake:
    """One batch of messages of one account, in one transaction, and what came of it."""

    work: UnitOfWork
    account: str
    stream: str
    offered_before: datetime
    new: int = 0
    offered: int = 0  # of the new conversations
    held: bool = False  # one of ours was left for later: it may be the answer that is on its way
    complaints: dict[str, Conversation] = field(default_factory=dict)  # {root: one of those who complained}
    rings: Rings = field(init=False)
    _posts: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rings = Rings(self.work)

    def post_of(self, inbound: Inbound) -> str | None:
        """The post of ours that is the root of its thread."""
        if inbound.private:
            return None
        if inbound.thread not in self._posts:
            found = messages.find_sent_as(self.work.db, self.account, inbound.thread)
            self._posts[inbound.thread] = found[1] if found and found[0] is DeliveryType.POST else None
        return self._posts[inbound.thread]


def note(work: UnitOfWork, what: FactKind, conversation: Conversation, **data: Any) -> None:
    """On record as come from the network: ids and digests, no words and no names."""
    fact = record.Fact(
        id=work.make_id(), at=work.now, what=what.value, via=Source.NETWORK, subject=f"conversation:{conversation.id}",
        data={"account": conversation.account, **data},
    )  # fmt: skip
    record.append(work.db, fact)


# --- a customer's message -----------------------------------------------------------------------------


def take_in(intake: Intake, inbound: Inbound) -> Message:
    """Store a customer's message that is new, and relay it."""
    work = intake.work
    _keep_author(work, intake.account, inbound)
    found = ranking.find_words(inbound.text, work.policy.look_first)
    conversation = conversations.find_of_customer(
        work.db, intake.account, inbound.author.remote_id, inbound.thread
    )
    if conversation is None:
        conversation, message = _begin(intake, inbound, found)
    else:
        conversation, message = _go_on(intake, conversation, inbound, found)
    intake.new += 1
    if message.complaint and inbound.root_is_ours and conversation.stage is Stage.OPEN:
        intake.complaints[conversation.thread] = conversation
    return message


def _begin(intake: Intake, inbound: Inbound, found: tuple[str, ...]) -> tuple[Conversation, Message]:
    """The first message of a conversation, which is written in one piece: of a flood most are such."""
    work, said = intake.work, to_words(inbound)
    conversation = _make_conversation(intake, inbound, found)
    shown = conversation.stage is Stage.OPEN
    pile = piles.find_or_open_pile(work, conversation, said.likeness) if shown else None
    conversation = replace(conversation, pile_id=pile.id if pile else None)
    quiet = shown and not _rings(intake.rings, conversation)
    due = work.now if quiet else lifecycle.find_next_moment(work, conversation)
    conversations.add(work.db, replace(conversation, due_at=due))
    message = _add(intake, conversation, inbound, said, complaint=bool(found))
    if shown:
        _show(work, conversation, [message])
        lifecycle.redraw(work, conversation, urgency=Urgency.CUSTOMER)
    return conversation, message


def _go_on(
    intake: Intake, conversation: Conversation, inbound: Inbound, found: tuple[str, ...]
) -> tuple[Conversation, Message]:
    before, conversation = conversation.stage, _opened(intake, conversation, inbound)
    message = _add(intake, conversation, inbound, to_words(inbound), complaint=bool(found))
    count = messages.count_of_customer(intake.work.db, conversation.id)
    why = _reasons(intake.work, inbound, found, count)
    pressing = conversation.is_pressing
    conversation = replace(conversation, reasons=ranking.join_reasons(conversation.reasons, why))
    if conversation.stage is Stage.OFFERED:
        lifecycle.save(intake.work, conversation)
    elif before in (Stage.OFFERED, Stage.LEFT):
        relay(intake.work, conversation, intake.rings)
    else:
        reopened = before is not Stage.OPEN
        presses = conversation.is_pressing and (reopened or not pressing)
        rings = presses and (conversation.owner is not None or _rings(intake.rings, conversation))
        _follow_up(intake.work, conversation, message, reopened=reopened, rings=rings)
        if presses and not rings:
            conversations.set_due(intake.work.db, conversation.id, intake.work.now)
    return conversation, message


def _rings(rings: Rings, conversation: Conversation) -> bool:
    """Whether it may be left to itself: nobody has to look at it first, or the approvers are rung for it now. Else the
    clock tells of it with the hour's message (`hourly.py`), as of one in a pile, whose lines ring nobody."""
    if not conversation.is_pressing:
        return True
    return _has_own_card(rings.work, conversation) and rings.take(conversation)


def _has_own_card(work: UnitOfWork, conversation: Conversation) -> bool:
    return conversation.pile_id is None or lifecycle.has_card(work, conversation)


def _keep_author(work: UnitOfWork, account: str, inbound: Inbound) -> None:
    who = inbound.author
    customer = Customer(account, who.remote_id, who.name, who.handle, who.url, who.followers)
    conversations.keep_customer(work.db, customer, work.now)


def _make_conversation(intake: Intake, inbound: Inbound, found: tuple[str, ...]) -> Conversation:
    work = intake.work
    stage = Stage.OFFERED if inbound.at < intake.offered_before else Stage.OPEN
    intake.offered += stage is Stage.OFFERED
    return Conversation(
        id=work.make_id(), number=conversations.take_next_number(work.db), account=intake.account,
        customer=inbound.author.remote_id, thread=inbound.thread, private=inbound.private, stage=stage,
        seq=1, opened_at=work.now, last_at=inbound.at, waiting_since=min(inbound.at, work.now),
        post_id=intake.post_of(inbound), reasons=_reasons(work, inbound, found, 1),
    )  # fmt: skip


def _opened(intake: Intake, conversation: Conversation, inbound: Inbound) -> Conversation:
    """The customer wrote again: what was answered, closed or left is open again."""
    work, at = intake.work, min(inbound.at, intake.work.now)
    raised = replace(lifecycle.raise_seq(conversation), last_at=max(conversation.last_at, inbound.at))
    if conversation.stage is Stage.OFFERED and inbound.at < intake.offered_before:
        return raised
    if conversation.stage in WAITS:
        opened_at = work.now if conversation.stage is Stage.OFFERED else conversation.opened_at
        waiting = min(conversation.waiting_since or at, at)
        return replace(raised, stage=Stage.OPEN, waiting_since=waiting, opened_at=opened_at)
    return replace(
        raised, stage=Stage.OPEN, waiting_since=at, escalated_at=None, opened_at=work.now, closed_at=None,
        closed_by=None, closing=None,
    )  # fmt: skip


def _reasons(work: UnitOfWork, inbound: Inbound, found: tuple[str, ...], count: int) -> tuple[str, ...]:
    times = count if inbound.author.remote_id != WITHHELD else 1  # else nobody knows that it is one person
    return ranking.list_reasons(
        found, count=times, followers=inbound.author.followers, private=inbound.private,
        many_followers=work.policy.many_followers,
    )  # fmt: skip


def to_words(inbound: Inbound) -> Words:
    return Words(
        inbound.text,
        tuple({"url": one.url, "alt": one.alt, "kind": one.kind} for one in inbound.attachments),
        inbound.language,
        secrets.token_hex(16),
        ranking.make_likeness_key(inbound.text),
    )


def compute_digest(said: Words) -> str:
    """For the record: of the salt and the words, so that it cannot be guessed once both are erased."""
    return hashlib.sha256((said.salt + said.text).encode()).hexdigest()


def _add(
    intake: Intake, conversation: Conversation, inbound: Inbound, said: Words, *, complaint: bool = False
) -> Message:
    work = intake.work
    message = Message(
        id=work.make_id(), account=intake.account, remote_id=inbound.remote_id, conversation_id=conversation.id,
        seq=conversation.seq, via=Via.APP if inbound.own else Via.CUSTOMER, kind=inbound.kind, at=inbound.at,
        received_at=work.now, stream=intake.stream, visibility=inbound.visibility,
        parent_id=inbound.parent_id, url=inbound.url, reference=inbound.reference, complaint=complaint,
        edited_at=inbound.edited_at,
    )  # fmt: skip
    message = replace(message, place=messages.add(work.db, message, said))
    what = FactKind.ANSWERED_IN_APP if inbound.own else FactKind.RECEIVED
    note(work, what, conversation, message=message.id, sha256=compute_digest(said))
    return message


# --- where it is shown --------------------------------------------------------------------------------


def relay(work: UnitOfWork, conversation: Conversation, rings: Rings) -> Conversation:
    """Show a conversation that was not shown so far, with all its messages."""
    all_of_it = messages.list_of_conversation(work.db, conversation.id)
    said = messages.load_words(work.db, [all_of_it[0].id])
    pile = piles.find_or_open_pile(work, conversation, said[all_of_it[0].id].likeness)
    conversation = lifecycle.save(
        work, replace(conversation, pile_id=pile.id if pile else None), urgency=Urgency.CUSTOMER
    )
    if not _rings(rings, conversation):
        conversations.set_due(work.db, conversation.id, work.now)
    _show(work, conversation, all_of_it)
    return conversation


def _show(work: UnitOfWork, conversation: Conversation, said: list[Message]) -> None:
    """On a card of its own, the first on the card itself; or in its pile's thread."""
    if conversation.pile_id is None:
        cards.add(
            work.db, CardType.CONVERSATION, conversation.id, choose_channel(work, conversation), work.now
        )
    for message in said:
        if conversation.pile_id is not None:
            _say_in_pile(work, conversation, message)
        elif message.place > 1:
            lifecycle.say(
                work,
                conversation,
                LineType.APP_ANSWER if message.via is Via.APP else LineType.MESSAGE,
                message=message.id,
            )
    _tell_post(work, conversation)


def choose_channel(work: UnitOfWork, conversation: Conversation) -> str:
    """Private conversations never share a channel with public ones."""
    return work.policy.private_channel if conversation.private else work.policy.inbox_channel


def _tell_post(work: UnitOfWork, conversation: Conversation) -> None:
    """The first time people answer a post, its card's thread says so; later its card shows how many."""
    if (
        conversation.post_id is not None
        and len(conversations.list_of_post(work.db, conversation.post_id, limit=2)) == 1
    ):
        cards.say(
            work.db, conversation.post_id, LineType.PEOPLE_ANSWER, {"conversation": conversation.id}, work.now
        )


def _say_in_pile(work: UnitOfWork, conversation: Conversation, message: Message) -> None:
    values = {"message": message.id, "conversation": conversation.id}
    cards.say_on(work.db, CardType.PILE, str(conversation.pile_id), LineType.PILED, values, work.now)


def _follow_up(
    work: UnitOfWork, conversation: Conversation, message: Message, *, reopened: bool, rings: bool
) -> None:
    """The words are said once: by a line of their own, or by the one that says it is open again. `rings`: whoever has
    it, else the approvers."""
    called = (
        [conversation.owner]
        if conversation.owner
        else list(duty.list_to_ring(work, private=conversation.private))
    )
    if reopened:
        note(work, FactKind.REOPENED, conversation, message=message.id)
    conversation = lifecycle.save(work, conversation, urgency=Urgency.CUSTOMER)
    if not _has_own_card(work, conversation):
        _say_in_pile(work, conversation, message)
    elif reopened:
        mention = called if rings or conversation.owner else []
        lifecycle.say(work, conversation, LineType.REOPENED, message=message.id, mention=mention)
    elif rings:
        lifecycle.say(work, conversation, LineType.MESSAGE, message=message.id, mention=called)
    else:
        lifecycle.say(work, conversation, LineType.MESSAGE, message=message.id)


# --- our own, given in the network's app ---------------------------------------------------------------


def take_own(intake: Intake, inbound: Inbound, known: Mapping[str, Message]) -> None:
    """An answer of ours that Byhand did not send counts as an answer; a post of ours is none."""
    work = intake.work
    conversation = _find_answered_conversation(intake, inbound, known)
    if conversation is None or messages.find_sent_as(work.db, intake.account, inbound.remote_id):
        return
    unsettled, soon = conversations.check_reply_on_its_way(work.db, conversation.id)
    if soon:  # it may be that very answer, whose outcome nobody has written down yet
        intake.held = True
        return
    if unsettled and _settles(work, conversation, inbound):
        return
    if _is_one_somebody_found(work, conversation, inbound):
        return
    shown = conversation.stage not in (Stage.OFFERED, Stage.LEFT)
    twice = twins.find_sent_twice(work, conversation, inbound)
    conversation = lifecycle.raise_seq(conversation)
    message = _add(intake, conversation, inbound, to_words(inbound))
    conversation = lifecycle.save(
        work, mark_answered(work, conversation, inbound.at), urgency=Urgency.CUSTOMER
    )
    if twice is not None:
        twins.tell(work, conversation, twice, inbound.remote_id, inbound.url)
    elif shown:
        lifecycle.say(work, conversation, LineType.APP_ANSWER, message=message.id)
    intake.new += 1


def _settles(work: UnitOfWork, conversation: Conversation, inbound: Inbound) -> bool:
    """A person is asked whether an answer of Byhand's has arrived, and here it is: the network has told."""
    for one in sends.list_of_conversation(work.db, conversation.id):
        delivery = deliveries.load(work.db, one.send.delivery_id, lock=True)
        attempt = deliveries.find_live_attempt(work.db, one.send.delivery_id)
        if delivery is None or attempt is None or not delivery.asks_a_person:
            continue
        is_it = delivery.kind is DeliveryType.REPLY and twins.says_same(one.send.text, inbound.text)
        if is_it and inbound.at >= attempt.started_at - twins.NEAR:
            there = Next(State.SENT, AttemptState.SENT, remote_id=inbound.remote_id, remote_url=inbound.url)
            outcomes.end(work, delivery, attempt.id, there, http_status=attempt.http_status)
            note(work, FactKind.SETTLED, conversation, delivery=delivery.id, remote_id=inbound.remote_id)
            known = replace(delivery, remote_id=inbound.remote_id, remote_url=inbound.url)
            reply_outcomes.mark_answered(work, conversation, known, one.send)
            return True
    return False


def _is_one_somebody_found(work: UnitOfWork, conversation: Conversation, inbound: Inbound) -> bool:
    """Byhand sent it, a person said that it is there, and only now the network names it: the same answer."""
    nameless = messages.list_nameless(work.db, conversation.id)
    said = messages.load_words(work.db, [one.id for one in nameless])
    alike = {one.id: measure_likeness(said[one.id].text, inbound.text) for one in nameless if one.id in said}
    best = max(alike, key=lambda one: alike[one], default="")  # of two nearly equal ones
    found = next((one for one in nameless if one.id == best and alike[best] >= ALIKE), None)
    if found is None:
        return False
    messages.give_remote_id(work.db, found.id, inbound.remote_id, inbound.url)
    if found.delivery_id is not None:
        deliveries.change(
            work.db, found.delivery_id, work.now, remote_id=inbound.remote_id, remote_url=inbound.url
        )
    return True


def _find_answered_conversation(
    intake: Intake, inbound: Inbound, known: Mapping[str, Message]
) -> Conversation | None:
    """The conversation it answers, locked: that of its parent, or the private one with whom it is for."""
    db = intake.work.db
    parent = known.get(inbound.parent_id or "")
    if parent is not None:
        conversation = conversations.load(db, parent.conversation_id, lock=True)
    elif inbound.to is not None:
        conversation = conversations.find_of_customer(db, intake.account, inbound.to, inbound.thread)
    else:
        return None
    return conversation if conversation is not None and conversation.erased_at is None else None


def mark_answered(work: UnitOfWork, conversation: Conversation, at: datetime) -> Conversation:
    """As it stands after our own answer of `at`; what the customer wrote after that still waits."""
    if conversation.stage is Stage.DONE or (
        conversation.answered_at is not None and at < conversation.answered_at
    ):
        return conversation
    waiting = messages.find_first_waiting(work.db, conversation.id, at)
    conversation = replace(conversation, answered_at=at, answered_by=None, waiting_since=waiting)
    if waiting is not None and conversation.stage is Stage.OPEN:
        lifecycle.redraw_late(work)
        return replace(conversation, escalated_at=None)
    return conversation if waiting is not None else replace(conversation, stage=Stage.ANSWERED)
