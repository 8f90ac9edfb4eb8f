"""What becomes of one message: its conversation, who waits, and where in Slack it is shown.

What a reader would question: a message an hour older than the first sync is offered and not relayed, whenever it is
found. So a sweep that looks through older threads later brings nobody's old comments into the channel as new ones.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain import ranking
from bot.domain.conversations import Conversation, Stage, Via
from bot.domain.facts import FactKind, Source
from bot.domain.kinds import CardType, DeliveryType, LineType
from bot.domain.urgency import Urgency
from bot.networks.receiving import Inbound
from bot.networks.text import measure_likeness
from bot.services.inbox import lifecycle, piles
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries, record
from bot.store.inbox import conversations, messages
from bot.store.inbox.conversations import Customer
from bot.store.inbox.messages import Message, Words
from bot.store.slack import cards

ALIKE = 0.9  # of letters; our own answer as the network shows it, an @name in front or not
RELAYED = timedelta(hours=1)  # of the first sync; what is older is offered
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
    _posts: dict[str, str | None] = field(default_factory=dict)

    def post_of(self, inbound: Inbound) -> str | None:
        """The post of ours that is the root of its thread."""
        if inbound.private:
            return None
        if inbound.thread not in self._posts:
            found = messages.find_sent_as(self.work.db, self.account, inbound.thread)
            self._posts[inbound.thread] = found[1] if found and found[0] is DeliveryType.POST else None
        return self._posts[inbound.thread]


def note(work: UnitOfWork, what: FactKind, talk: Conversation, **data: Any) -> None:
    """On record as come from the network: ids and digests, no words and no names."""
    fact = record.Fact(
        id=work.make_id(), at=work.now, what=what.value, via=Source.NETWORK, subject=f"conversation:{talk.id}",
        data={"account": talk.account, **data},
    )  # fmt: skip
    record.append(work.db, fact)


# --- a customer's message -----------------------------------------------------------------------------


def take_in(intake: Intake, inbound: Inbound) -> Message:
    """Store a customer's message that is new, and relay it."""
    work = intake.work
    _keep_author(work, intake.account, inbound)
    found = ranking.find_words(inbound.text, work.policy.look_first)
    talk = conversations.find_of_customer(work.db, intake.account, inbound.author.remote_id, inbound.thread)
    if talk is None:
        talk, message = _begin(intake, inbound, found)
    else:
        talk, message = _go_on(intake, talk, inbound, found)
    intake.new += 1
    if message.complaint and inbound.root_is_ours and talk.stage is Stage.OPEN:
        intake.complaints[talk.thread] = talk
    return message


def _begin(intake: Intake, inbound: Inbound, found: tuple[str, ...]) -> tuple[Conversation, Message]:
    """The first message of a conversation, which is written in one piece: of a flood most are such."""
    work, said = intake.work, to_words(inbound)
    talk = _make_conversation(intake, inbound, found)
    shown = talk.stage is Stage.OPEN
    pile = piles.find_or_open_pile(work, talk, said.likeness) if shown else None
    talk = replace(talk, pile_id=pile.id if pile else None)
    talk = replace(talk, due_at=lifecycle.find_next_moment(work, talk))
    conversations.add(work.db, talk)
    message = _add(intake, talk, inbound, said, complaint=bool(found))
    if shown:
        _show(work, talk, [message])
        lifecycle.redraw(work, talk, urgency=Urgency.NEWS)
    return talk, message


def _go_on(
    intake: Intake, talk: Conversation, inbound: Inbound, found: tuple[str, ...]
) -> tuple[Conversation, Message]:
    before, talk = talk.stage, _opened(intake, talk, inbound)
    message = _add(intake, talk, inbound, to_words(inbound), complaint=bool(found))
    count = messages.count_of_customer(intake.work.db, talk.id)
    why = _reasons(intake.work, inbound, found, count)
    talk = replace(talk, reasons=ranking.join_reasons(talk.reasons, why))
    if talk.stage is Stage.OFFERED:
        lifecycle.save(intake.work, talk)
    elif before in (Stage.OFFERED, Stage.LEFT):
        relay(intake.work, talk)
    else:
        _follow_up(intake.work, talk, message, reopened=before is not Stage.OPEN)
    return talk, message


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


def _opened(intake: Intake, talk: Conversation, inbound: Inbound) -> Conversation:
    """The customer wrote again: what was answered, closed or left is open again."""
    work, at = intake.work, min(inbound.at, intake.work.now)
    raised = replace(lifecycle.raise_seq(talk), last_at=max(talk.last_at, inbound.at))
    if talk.stage is Stage.OFFERED and inbound.at < intake.offered_before:
        return raised
    if talk.stage in WAITS:
        return replace(raised, stage=Stage.OPEN, waiting_since=min(talk.waiting_since or at, at))
    return replace(
        raised, stage=Stage.OPEN, waiting_since=at, escalated_at=None, opened_at=work.now, closed_at=None,
        closed_by=None, closing=None,
    )  # fmt: skip


def _reasons(work: UnitOfWork, inbound: Inbound, found: tuple[str, ...], count: int) -> tuple[str, ...]:
    return ranking.list_reasons(
        found, count=count, followers=inbound.author.followers, private=inbound.private,
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
    intake: Intake, talk: Conversation, inbound: Inbound, said: Words, *, complaint: bool = False
) -> Message:
    work = intake.work
    message = Message(
        id=work.make_id(), account=intake.account, remote_id=inbound.remote_id, conversation_id=talk.id,
        seq=talk.seq, via=Via.APP if inbound.own else Via.CUSTOMER, kind=inbound.kind, at=inbound.at,
        received_at=work.now, stream=intake.stream, visibility=inbound.visibility,
        parent_id=inbound.parent_id, url=inbound.url, reference=inbound.reference, complaint=complaint,
        edited_at=inbound.edited_at,
    )  # fmt: skip
    message = replace(message, place=messages.add(work.db, message, said))
    what = FactKind.ANSWERED_IN_APP if inbound.own else FactKind.RECEIVED
    note(work, what, talk, message=message.id, sha256=compute_digest(said))
    return message


# --- where it is shown --------------------------------------------------------------------------------


def relay(work: UnitOfWork, talk: Conversation) -> Conversation:
    """Show a conversation that was not shown so far, with all its messages."""
    all_of_it = messages.list_of_conversation(work.db, talk.id)
    said = messages.load_words(work.db, [all_of_it[0].id])
    pile = piles.find_or_open_pile(work, talk, said[all_of_it[0].id].likeness)
    talk = lifecycle.save(work, replace(talk, pile_id=pile.id if pile else None), urgency=Urgency.NEWS)
    _show(work, talk, all_of_it)
    return talk


def _show(work: UnitOfWork, talk: Conversation, said: list[Message]) -> None:
    """On a card of its own, the first on the card itself; or in its pile's thread."""
    if talk.pile_id is None:
        cards.add(work.db, CardType.CONVERSATION, talk.id, choose_channel(work, talk), work.now)
    for message in said:
        if talk.pile_id is not None:
            _say_in_pile(work, talk, message)
        elif message.place > 1:
            lifecycle.say(
                work,
                talk,
                LineType.APP_ANSWER if message.via is Via.APP else LineType.MESSAGE,
                message=message.id,
            )
    _tell_post(work, talk)


def choose_channel(work: UnitOfWork, talk: Conversation) -> str:
    """Private ones never stand beside public ones."""
    return work.policy.private_channel if talk.private else work.policy.inbox_channel


def _tell_post(work: UnitOfWork, talk: Conversation) -> None:
    """The first time people answer a post, its card's thread says so; later its card shows how many."""
    if talk.post_id is not None and len(conversations.list_of_post(work.db, talk.post_id, limit=2)) == 1:
        cards.say(work.db, talk.post_id, LineType.PEOPLE_ANSWER, {"conversation": talk.id}, work.now)


def _say_in_pile(work: UnitOfWork, talk: Conversation, message: Message) -> None:
    values = {"message": message.id, "conversation": talk.id}
    cards.say_on(work.db, CardType.PILE, str(talk.pile_id), LineType.PILED, values, work.now)


def _follow_up(work: UnitOfWork, talk: Conversation, message: Message, *, reopened: bool) -> None:
    """The words are said once: by a line of their own, or by the one that says it is open again."""
    if reopened:
        note(work, FactKind.REOPENED, talk, message=message.id)
    talk = lifecycle.save(work, talk, urgency=Urgency.NEWS)
    if talk.pile_id is not None and not lifecycle.has_card(work, talk):
        _say_in_pile(work, talk, message)
    elif reopened:
        mention = [talk.owner] if talk.owner else []
        lifecycle.say(work, talk, LineType.REOPENED, message=message.id, mention=mention)
    else:
        lifecycle.say(work, talk, LineType.MESSAGE, message=message.id)


# --- our own, given in the network's app ---------------------------------------------------------------


def take_own(intake: Intake, inbound: Inbound, known: Mapping[str, Message]) -> None:
    """An answer of ours that Byhand did not send counts as an answer; a post of ours is none."""
    work = intake.work
    talk = _find_answered_conversation(intake, inbound, known)
    if talk is None or messages.find_sent_as(work.db, intake.account, inbound.remote_id):
        return
    unsettled, soon = conversations.check_reply_on_its_way(work.db, talk.id)
    if unsettled:  # it may be that very answer, whose outcome nobody has written down yet
        intake.held |= soon
        return
    if _is_one_somebody_found(work, talk, inbound):
        return
    shown = talk.stage not in (Stage.OFFERED, Stage.LEFT)
    talk = lifecycle.raise_seq(talk)
    message = _add(intake, talk, inbound, to_words(inbound))
    talk = lifecycle.save(work, mark_answered(work, talk, inbound.at), urgency=Urgency.NEWS)
    if shown:
        lifecycle.say(work, talk, LineType.APP_ANSWER, message=message.id)
    intake.new += 1


def _is_one_somebody_found(work: UnitOfWork, talk: Conversation, inbound: Inbound) -> bool:
    """Byhand sent it, a person said that it is there, and only now the network names it: the same answer."""
    nameless = messages.list_nameless(work.db, talk.id)
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
        talk = conversations.load(db, parent.conversation_id, lock=True)
    elif inbound.to is not None:
        talk = conversations.find_of_customer(db, intake.account, inbound.to, inbound.thread)
    else:
        return None
    return talk if talk is not None and talk.erased_at is None else None


def mark_answered(work: UnitOfWork, talk: Conversation, at: datetime) -> Conversation:
    """As it stands after our own answer of `at`; what the customer wrote after that still waits."""
    if talk.stage is Stage.DONE or (talk.answered_at is not None and at < talk.answered_at):
        return talk
    waiting = messages.find_first_waiting(work.db, talk.id, at)
    talk = replace(talk, answered_at=at, answered_by=None, waiting_since=waiting)
    if waiting is not None and talk.stage is Stage.OPEN:
        return replace(talk, escalated_at=None)
    return talk if waiting is not None else replace(talk, stage=Stage.ANSWERED)
