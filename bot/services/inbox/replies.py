"""Answering a customer: a draft is shown, a person presses Send on exactly that, and only then is there a delivery.

Nothing locks a conversation while people write. `send_draft` compares numbers at the end (`domain/answers.py`): if
something happened since the draft began, nothing goes out and the words are kept in the draft. They may be changed
then; "Send mine as well" is checked again against what was shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot.domain.conversations import Conversation, Meanwhile, SeenConversation
from bot.domain.deliveries import AttemptState, Delivery, Next, State
from bot.domain.facts import FactKind
from bot.domain.inbox_refusals import (
    AlreadySentReply,
    DraftOutdated,
    NothingThere,
    NothingToAnswer,
    ReplyTooLong,
)
from bot.domain.kinds import DeliveryType
from bot.domain.people import Person
from bot.domain.preflight.words import find_damage, is_visible
from bot.domain.refusals import FieldErrors, LookFirst, NothingIn, NothingToSend
from bot.domain.shown.inbox_screens import DraftView
from bot.services import clicks
from bot.services.deliveries import doubt, outcomes, replies, take_down
from bot.services.inbox import drafts as drafting
from bot.services.inbox import lifecycle
from bot.services.inbox.drafts import Image, Source, Wanted
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.inbox import drafts, messages, sends
from bot.store.inbox.drafts import Draft
from bot.store.inbox.sends import Send

SHORTEST = 16  # characters of the digest a button carries
NO_DESCRIPTION = "Say in a sentence what the picture shows, for those who cannot see it."


# --- drafts ------------------------------------------------------------------------------------------


def draft_reply(
    work: UnitOfWork, person: Person, conversation_id: str, text: str, *, source: Source | None,
    lost: tuple[str, ...] = (),
    image: Image | None = None, corrects: str | None = None, seen: SeenConversation | None = None,
) -> DraftView:  # fmt: skip
    """What is shown before Send. The same words of the same Slack message are one draft; other words replace it.
    `seen`: what the person saw when they began; without it, how the conversation stands now.
    """
    lifecycle.check_team(person)
    conversation = lifecycle.lock_for(work, person, conversation_id)
    wanted = Wanted(text, source, image, corrects, seen.seq if seen else conversation.seq, lost)
    return drafting.offer(work, conversation, drafting.write(work, person, conversation, wanted))


def keep_internal(work: UnitOfWork, person: Person, draft_id: str) -> None:
    """It stays in the thread, among colleagues. Raises AlreadySentReply: it does not."""
    _, row = _mine(work, person, draft_id)
    if row.state == drafts.SENT:
        raise AlreadySentReply
    if row.state == drafts.OFFERED:
        drafts.set_state(work.db, row.id, drafts.KEPT)


def ask_again(work: UnitOfWork, person: Person, draft_id: str) -> DraftView:
    """The preview as it is now: what kept it from being sent may be over. Raises AlreadySentReply, DraftOutdated."""
    conversation, row = _mine(work, person, draft_id)
    if row.state == drafts.SENT:
        raise AlreadySentReply
    if row.state == drafts.REPLACED:
        raise DraftOutdated
    return drafting.offer(work, conversation, row)


def describe_image(work: UnitOfWork, person: Person, draft_id: str, alt: str, key: str) -> DraftView:
    """What the image of a draft shows, in its person's words. Nothing is sent: the answer is shown anew."""
    conversation, row = _mine(work, person, draft_id)
    clicks.count_once(work, key)
    drafting.must_be_describable(row)
    if not is_visible(alt):
        raise FieldErrors({"alt": NO_DESCRIPTION})
    if (damage := find_damage(alt)) is not None:
        raise FieldErrors({"alt": " ".join(damage)})
    described = replace(row, alt=alt, state=drafts.OFFERED)
    digest = drafting.compute_digest(conversation, row.message_id, drafting.to_words(described))
    drafts.describe(work.db, row.id, alt=alt, digest=digest)
    view = drafting.offer(work, conversation, replace(described, digest=digest))
    if view.problem and drafting.make_view(work, conversation, replace(described, alt="x")).problem is None:
        raise FieldErrors({"alt": view.problem})
    return view


def _mine(work: UnitOfWork, person: Person, draft_id: str) -> tuple[Conversation, Draft]:
    """A draft of this person's, and its conversation, both locked."""
    lifecycle.check_team(person)
    glimpse = drafting.load(work, draft_id, lock=False)
    drafting.must_be_mine(work, person, glimpse)
    return lifecycle.lock_for(work, person, glimpse.conversation_id), drafting.load(work, draft_id)


# --- Send --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class InDialog:
    """The words as they stand in the dialog of a collision, and as they were `typed`; its person has seen there what
    happened up to `shown`."""

    text: str
    typed: str
    shown: int


def send_draft(
    work: UnitOfWork, person: Person, draft_id: str, digest: str, key: str, *, in_spite: bool = False,
    now: InDialog | None = None,
) -> DraftView | None:  # fmt: skip
    """A person's Send of exactly this. None: it is on its way. A view: nothing was sent, because something happened
    meanwhile, or because a pause stops replies (`view.stopped`): then it is kept, and asked again after Resume.

    `digest`: of what was on the screen, or its first 16 characters. `in_spite`: they have seen what happened. `now`:
    they may have changed the words since; if something else than what they typed would go out, it is shown first.
    """
    conversation, row = _mine(work, person, draft_id)
    clicks.count_once(work, key)
    _must_be_as_shown(row, digest)
    if now is not None:
        row = replace(row, shown_seq=now.shown if row.shown_seq is None else min(row.shown_seq, now.shown))
        row = row if now.text == row.text else _rewrite(work, conversation, row, now.text)
    typed = now.typed if now else None
    return _judge(work, person, conversation, row, in_spite=in_spite, typed=typed)


def _must_be_as_shown(row: Draft, digest: str) -> None:
    if row.state == drafts.SENT:
        raise AlreadySentReply
    if row.state == drafts.REPLACED or len(digest) < SHORTEST or not row.digest.startswith(digest):
        raise DraftOutdated


def show_collision(work: UnitOfWork, person: Person, draft_id: str, digest: str) -> DraftView:
    """A draft that was not sent, with all that happened since it was begun: to look again, and to change its words."""
    conversation, row = _mine(work, person, draft_id)
    _must_be_as_shown(row, digest)
    lifecycle.must_be_alive(conversation)
    since = drafting.list_meanwhile(work, conversation, seen=row.seen_seq, by=person.id)
    return _keep_shown(work, conversation, row, since)


def _rewrite(work: UnitOfWork, conversation: Conversation, row: Draft, text: str) -> Draft:
    """Other words on the same draft: what shows the old ones is out of date, and it goes out once all the same."""
    if not is_visible(text) and row.image_sha256 is None:
        raise NothingIn
    changed = replace(row, text=text, state=drafts.OFFERED, lost=())
    digest = drafting.compute_digest(conversation, row.message_id, drafting.to_words(changed))
    drafts.rewrite(work.db, row.id, text=text, digest=digest)
    return replace(changed, digest=digest)


def send_reply(
    work: UnitOfWork, person: Person, seen: SeenConversation, text: str, image: Image | None, key: str, *,
    draft_id: str | None = None, corrects: str | None = None, in_spite: bool = False, typed: str | None = None,
    typed_alt: str | None = None,
) -> DraftView | None:  # fmt: skip
    """The Reply dialog: draft and Send in one. `draft_id`: the draft it was opened from, which this one replaces.

    `typed`, `typed_alt`: what stood in the dialog. If something else would go out, it is shown first (promise P6).
    """
    lifecycle.check_team(person)
    clicks.count_once(work, key)
    conversation = lifecycle.lock_for(work, person, seen.conversation_id)
    wanted = Wanted(text, None, image, corrects, seen.seq)
    if draft_id is not None:
        wanted = drafting.take_over(work, person, draft_id, wanted)
    row = drafting.write(work, person, conversation, wanted)
    return _judge(work, person, conversation, row, in_spite=in_spite, typed=typed, typed_alt=typed_alt)


def _judge(
    work: UnitOfWork, person: Person, conversation: Conversation, row: Draft, *, in_spite: bool,
    typed: str | None = None, typed_alt: str | None = None,
) -> DraftView | None:  # fmt: skip
    if drafting.find_stop(work, conversation.account) is not None:
        return drafting.offer(work, conversation, row)  # kept, and asked again after Resume
    shown = row.shown_seq if in_spite else None
    seen = row.seen_seq if shown is None else shown
    since = drafting.list_meanwhile(work, conversation, seen=seen, by=person.id, in_spite=shown is not None)
    if since:
        return _not_sent(work, person, conversation, row, since)
    _must_be_sendable(work, conversation, row)
    if typed is not None and not drafting.goes_out_as_typed(work, conversation, row, typed, typed_alt):
        return drafting.make_view(work, conversation, row)
    _order(work, person, conversation, row, in_spite=in_spite)
    return None


def _replies_may_go(work: UnitOfWork, conversation: Conversation) -> None:
    """Raises RepliesStopped. Asked again, under its lock, when the reply begins."""
    if (stopped := drafting.find_stop(work, conversation.account)) is not None:
        raise stopped


def _not_sent(
    work: UnitOfWork, person: Person, conversation: Conversation, row: Draft, since: tuple[Meanwhile, ...]
) -> DraftView:
    """The words are kept, and from now on all this is known to their person. If what they answer is gone, they answer
    what is still there; that is another digest, and another Send."""
    view = _keep_shown(work, conversation, row, since)
    lifecycle.note(
        work, FactKind.COLLIDED, person.id, conversation, draft=row.id, digest=view.digest, changes=len(since)
    )
    return view


def _keep_shown(
    work: UnitOfWork, conversation: Conversation, row: Draft, since: tuple[Meanwhile, ...]
) -> DraftView:
    message_id = row.message_id if row.corrects else _still_there(work, conversation, row.message_id)
    digest = drafting.compute_digest(conversation, message_id, drafting.to_words(row))
    stopped = drafting.find_stop(work, conversation.account) is not None
    shown: drafts.Shown = {"shown_seq": conversation.seq, "message_id": message_id, "digest": digest}
    drafts.show_collision(work.db, row.id, shown, held_at=(row.held_at or work.now) if stopped else None)
    return drafting.make_view(work, conversation, drafting.load(work, row.id), since)


def _still_there(work: UnitOfWork, conversation: Conversation, message_id: str) -> str:
    answered = messages.load(work.db, message_id)
    gone = answered is None or answered.deleted_at is not None
    return drafting.find_message_to_answer(work, conversation).id if gone else message_id


def _must_be_sendable(work: UnitOfWork, conversation: Conversation, row: Draft) -> None:
    if row.corrects:
        drafting.load_correctable(work, conversation, row.corrects)
    elif _still_there(work, conversation, row.message_id) != row.message_id:
        raise NothingToAnswer(name=lifecycle.load_customer_name(work, conversation))
    drafting.must_be_to_us(work, messages.load(work.db, row.message_id))
    if problem := drafting.make_view(work, conversation, row).problem:
        raise ReplyTooLong(problem=problem)


def _order(
    work: UnitOfWork, person: Person, conversation: Conversation, row: Draft, *, in_spite: bool
) -> None:
    """The Send, the authority of all that follows, and the delivery that rests on it."""
    send_id, delivery_id = work.make_id(), work.make_id()
    conversation = lifecycle.raise_seq(conversation)
    delivery = Delivery(
        id=delivery_id, post_id=None, kind=DeliveryType.CORRECTION if row.corrects else DeliveryType.REPLY,
        account=conversation.account, state=State.READY, due_at=work.now,
        handle=work.accounts[conversation.account].new_handle(work.now),
        latest_at=work.now + work.policy.lateness_limit,
    )  # fmt: skip
    deliveries.add(work.db, delivery, now=work.now)
    deliveries.change(work.db, delivery_id, work.now, prepared={**_uploaded(work, row), "send": send_id})
    send = Send(
        id=send_id, conversation_id=conversation.id, message_id=row.message_id, draft_id=row.id, text=row.text,
        image_sha256=row.image_sha256, alt=row.alt, digest=row.digest, seen_seq=row.seen_seq, seq=conversation.seq,
        in_spite=in_spite, corrects=row.corrects, delivery_id=delivery_id, channel=row.channel, ts=row.ts,
        by_user=person.id, at=work.now,
    )  # fmt: skip
    sends.add(work.db, send)
    drafts.set_state(work.db, row.id, drafts.SENT)
    data = {"send": send_id, "delivery": delivery_id, "message": row.message_id, "digest": row.digest}
    lifecycle.note(
        work, FactKind.SEND, person.id, conversation, **data, in_spite=in_spite, corrects=row.corrects
    )
    lifecycle.save(work, conversation)


def _uploaded(work: UnitOfWork, row: Draft) -> dict[str, Any]:
    """Of a correction that keeps its image: what is there already."""
    sent = sends.find_of_delivery(work.db, row.corrects) if row.corrects else None
    if sent is None or drafting.to_image(sent) != drafting.to_image(row):
        return {}
    return deliveries.load_prepared(work.db, sent.delivery_id)


# --- after Send --------------------------------------------------------------------------------------


def delete_reply(work: UnitOfWork, person: Person, delivery_id: str, key: str) -> None:
    """Have the network delete what was sent; by anyone of the team, and as often as it takes."""
    lifecycle.check_team(person)
    clicks.count_once(work, key)
    conversation, delivery, _ = _sent(work, person, delivery_id)
    ours = lifecycle.find_our_answer(work, conversation, delivery.id)
    if (
        delivery.kind is not DeliveryType.REPLY
        or delivery.remote_id is None
        or ours is None
        or ours.deleted_at is not None
    ):
        raise NothingThere
    take_down.order_reply(work, person, delivery, key)
    lifecycle.note(
        work, FactKind.TAKE_DOWN, person.id, conversation, delivery=delivery.id, remote_id=delivery.remote_id
    )
    lifecycle.redraw(work, conversation)


def _sent(work: UnitOfWork, person: Person, delivery_id: str) -> tuple[Conversation, Delivery, Send]:
    """A reply or correction with its Send, its conversation and itself locked."""
    sent = sends.find_of_delivery(work.db, delivery_id)
    if sent is None:
        raise NothingThere
    conversation = lifecycle.lock(work, sent.conversation_id)
    lifecycle.check_access(person, conversation)
    delivery = deliveries.load(work.db, delivery_id, lock=True)
    if delivery is None:
        raise NothingThere
    return conversation, delivery, sent


def confirm_reply(work: UnitOfWork, person: Person, delivery_id: str, key: str) -> None:
    """A person looked and found it: the unknown answer was sent."""
    lifecycle.check_team(person)
    clicks.count_once(work, key)
    conversation, delivery, sent = _sent(work, person, delivery_id)
    attempt = deliveries.find_live_attempt(work.db, delivery.id)
    if delivery.state is not State.UNKNOWN or attempt is None:
        raise NothingToSend(account=work.policy.title_of(delivery.account))
    lifecycle.note(work, FactKind.SETTLED, person.id, conversation, delivery=delivery.id)
    deliveries.change(work.db, delivery.id, work.now, resolved_by=person.id)
    outcomes.end(
        work, delivery, attempt.id, Next(State.SENT, AttemptState.SENT), http_status=attempt.http_status
    )
    replies.mark_arrived(work, conversation, delivery, sent)


def try_reply_again(work: UnitOfWork, person: Person, delivery_id: str, key: str) -> DraftView | None:
    """ "It is not: send again", or again what was refused or dropped: the same words on the same Send. None: it is on
    its way, or looked for first. A view: something happened meanwhile; the words are in a draft of this person's."""
    lifecycle.check_team(person)
    clicks.count_once(work, key)
    conversation, delivery, sent = _sent(work, person, delivery_id)
    lifecycle.must_be_alive(conversation)
    title = work.policy.title_of(delivery.account)
    if delivery.state is State.UNKNOWN and not delivery.asks_a_person:
        raise LookFirst(account=title)
    if delivery.state not in (State.REFUSED, State.DROPPED, State.UNKNOWN):
        raise NothingToSend(account=title)
    if delivery.state is not State.UNKNOWN and sent.corrects is None:
        lifecycle.must_be_in_time(work, conversation)
    _replies_may_go(work, conversation)
    if doubt.must_be_looked_for(delivery):
        _look_first(work, person, conversation, delivery, sent)
        return None
    since = drafting.list_meanwhile(work, conversation, seen=sent.seq, by=person.id, but=delivery.id)
    if delivery.state is State.UNKNOWN:
        _is_absent(work, person, delivery)
    if since:
        lifecycle.redraw_answer(work, conversation, delivery.id)
        return _anew(work, person, conversation, sent, since)
    deliveries.change(
        work.db, delivery.id, work.now, state=State.READY, due_at=work.now, tries=0, reason=None,
        latest_at=work.now + work.policy.lateness_limit, next_check_at=None, resolved_by=person.id,
    )  # fmt: skip
    conversation = lifecycle.raise_seq(conversation)
    sends.mark_pressed_again(work.db, sent.id, conversation.seq)
    lifecycle.note(work, FactKind.TRIED_AGAIN, person.id, conversation, delivery=delivery.id, send=sent.id)
    lifecycle.save(work, conversation)
    lifecycle.redraw_answer(work, conversation, delivery.id)
    return None


def _look_first(
    work: UnitOfWork, person: Person, conversation: Conversation, delivery: Delivery, sent: Send
) -> None:
    """It did not arrive, says a backup that was put back: whether it did since, the network is asked, else a person."""
    lifecycle.note(work, FactKind.TRIED_AGAIN, person.id, conversation, delivery=delivery.id, send=sent.id)
    deliveries.change(work.db, delivery.id, work.now, resolved_by=person.id)
    doubt.doubt_instead(work, delivery)


def _is_absent(work: UnitOfWork, person: Person, delivery: Delivery) -> None:
    """A person looked, and it is not there. Until it is sent again it counts as dropped."""
    attempt = deliveries.find_live_attempt(work.db, delivery.id)
    why = f"{person.id} looked: it is not there"
    if attempt is not None:
        deliveries.end_attempt(work.db, attempt.id, AttemptState.ABSENT, work.now, evidence=why)
    deliveries.change(
        work.db, delivery.id, work.now, state=State.DROPPED, reason="it is not there", next_check_at=None,
        resolved_by=person.id,
    )  # fmt: skip


def _anew(
    work: UnitOfWork, person: Person, conversation: Conversation, sent: Send, since: tuple[Meanwhile, ...]
) -> DraftView:
    """The words of a Send that did not arrive, as a draft that has met a collision."""
    wanted = Wanted(sent.text, None, drafting.to_image(sent), sent.corrects, sent.seq)
    row = drafting.write(work, person, conversation, replace(wanted, shown=conversation.seq))
    return _not_sent(work, person, conversation, row, since)
