"""Replies and corrections: what of their Send goes to the network, and what becomes of the conversation.

A pause stops broadcast, not conversation: begin asks the same gate under the same lock, but only whether it stops
replies too. An answer it stops is dropped and never goes out by itself later; its words stay with the Send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from bot.domain import deliveries as machine
from bot.domain.conversations import Conversation
from bot.domain.deliveries import Attempt, AttemptState, Delivery, Next, State
from bot.domain.facts import What
from bot.domain.gate import Gate
from bot.domain.kinds import DeliveryType, LineType
from bot.domain.outcomes import Look, NotSent, Outcome, Sent, Unknown
from bot.networks.protocol import Connection
from bot.networks.receiving import Receiving, receiving
from bot.services import drafting, talks
from bot.services.deliveries import outcomes
from bot.services.deliveries.outcomes import TOO_LATE
from bot.services.deliveries.reply_outcomes import answered, corrected
from bot.services.deliveries.types import Begun, Claim, ToLook, Upload
from bot.services.work import Work
from bot.store import deliveries, gate, messages, sends
from bot.store.messages import Message
from bot.store.sends import Send

TOLD = {
    State.REFUSED: LineType.REPLY_REFUSED,
    State.DROPPED: LineType.REPLY_REFUSED,
    State.UNKNOWN: LineType.REPLY_UNKNOWN,
}


# --- prepare -----------------------------------------------------------------------------------------


def upload(work: Work, held: Claim) -> Upload:
    """What uploads the image. Where the answer cannot go out any more it uploads nothing; begin says why."""
    sent, answered_one = _what(work, held.delivery_id)
    if answered_one is None or receiving(work.accounts.get(held.account)) is None:
        return lambda _connection, _now: {}
    content = drafting.content(work, held.account, drafting.words_of(sent), with_bytes=True)
    prepared, reference = _uploaded(work, held.delivery_id), answered_one.reference
    return lambda connection, now: _answering(connection).prepare_reply(reference, content, prepared, now)


def _answering(connection: Connection) -> Receiving:
    """The connection by its other half; `upload` asked whether it has one."""
    return cast(Receiving, connection)


def _uploaded(work: Work, delivery_id: str) -> Mapping[str, Any]:
    prepared = deliveries.prepared_of(work.db, delivery_id)
    return {name: value for name, value in prepared.items() if name != "send"}


def keep_prepared(work: Work, held: Claim, prepared: dict[str, Any]) -> None:
    sent, _ = _what(work, held.delivery_id)
    prepared = {**prepared, "send": sent.id}
    deliveries.save_prepared(work.db, held.delivery_id, held.fence, prepared, work.now)


def could_not_prepare(work: Work, held: Claim, outcome: Outcome) -> None:
    """An upload failed; the customer got nothing. The same machine decides what is next."""
    talk = _talk(work, held.delivery_id)
    delivery = _held(work, held)
    if delivery is None:
        return
    if isinstance(outcome, Unknown):  # an upload may be repeated freely
        outcome = NotSent(outcome.evidence)
    tries = delivery.tries + 1
    after = outcomes.judge(work, replace(delivery, tries=tries), outcome)
    outcomes.apply(work, delivery, after)
    deliveries.change(work.db, delivery.id, work.now, tries=tries)
    data = {"delivery": delivery.id, "outcome": type(outcome).__name__}
    talks.note(work, What.OUTCOME, None, talk, **data)
    _tell(work, talk, delivery, after)


def _what(work: Work, delivery_id: str) -> tuple[Send, Message | None]:
    """The Send a delivery rests on, and the message it answers (None: its words are erased)."""
    sent = sends.of_delivery(work.db, delivery_id)
    if sent is None:
        raise LookupError(f"delivery {delivery_id} has no Send")
    answered_one = messages.load(work.db, sent.message_id)
    return sent, answered_one if answered_one and answered_one.reference else None


def _talk(work: Work, delivery_id: str) -> Conversation:
    """Its conversation, locked: before the delivery, as everywhere."""
    talk = talks.of_delivery(work, delivery_id)
    if talk is None:
        raise LookupError(f"delivery {delivery_id} has no Send")
    return talk


def _held(work: Work, held: Claim) -> Delivery | None:
    """The delivery, if it is still claimed under our fence."""
    delivery = deliveries.load(work.db, held.delivery_id, lock=True)
    if delivery is None or (delivery.state, delivery.fence) != (State.CLAIMED, held.fence):
        return None
    return delivery


# --- begin -------------------------------------------------------------------------------------------


def begin(work: Work, held: Claim) -> Begun | None:
    """The attempt with the exact bytes, if nobody stopped replies. The commit is the point of no return."""
    rows = gate.shared(work.db, (held.account,))
    talk = _talk(work, held.delivery_id)
    delivery = _held(work, held)
    if delivery is None:
        return None
    why_not = _why_not(work, rows, talk, delivery)
    if why_not:
        _drop(work, talk, delivery, why_not)
        return None
    return _write_attempt(work, rows, talk, delivery)


def _why_not(work: Work, rows: Gate, talk: Conversation, delivery: Delivery) -> str | None:
    if rows.replies_stopped_for((delivery.account,)) is not None:
        return "replies are paused"
    if delivery.account not in work.accounts:
        return "the account is not in the settings any more"
    if receiving(work.accounts[delivery.account]) is None:
        return "this network takes no answers through Byhand"
    if delivery.latest_at is not None and delivery.latest_at < work.now:
        return TOO_LATE
    return _changed_since(work, talk, delivery)


def _changed_since(work: Work, talk: Conversation, delivery: Delivery) -> str | None:
    """Is it still what somebody pressed Send on, and still there to be answered?"""
    sent, answered_one = _what(work, delivery.id)
    if answered_one is None or talk.erased_at is not None:
        return "the conversation's words were erased"
    if answered_one.deleted_at is not None and delivery.kind is DeliveryType.REPLY:
        return "the customer deleted what it answers"
    if drafting.digest(talk, sent.message_id, drafting.words_of(sent)) != sent.digest:
        return "it is not what somebody pressed Send on"
    return None


def _drop(work: Work, talk: Conversation, delivery: Delivery, why: str) -> None:
    after = Next(State.DROPPED, AttemptState.NOT_SENT, why)
    outcomes.apply(work, delivery, after)
    talks.note(work, What.DROPPED, None, talk, delivery=delivery.id, why=why)
    _tell(work, talk, delivery, after)


def _write_attempt(work: Work, rows: Gate, talk: Conversation, delivery: Delivery) -> Begun:
    attempt_id = work.new_id()
    sent, _ = _what(work, delivery.id)
    payload = _payload(work, delivery)
    attempt = Attempt(
        id=attempt_id, delivery_id=delivery.id, send_id=sent.id, fence=delivery.fence,
        epochs=rows.epochs_for((delivery.account,)), payload=payload, started_at=work.now,
        send_by=work.now + machine.SEND_WINDOW,
    )  # fmt: skip
    deliveries.add_attempt(work.db, attempt)
    until = work.now + machine.SEND_WINDOW + machine.CALL_LIMIT + timedelta(seconds=5)
    tries = delivery.tries + 1
    deliveries.change(work.db, delivery.id, work.now, state=State.SENDING, tries=tries, lease_until=until)
    talks.note(work, What.BEGUN, None, talk, delivery=delivery.id, attempt=attempt_id)
    return Begun(attempt_id, delivery.id, delivery.account, payload, delivery.handle, delivery.fence)


def _payload(work: Work, delivery: Delivery) -> bytes:
    """The exact bytes, from the Send and the message it answers alone."""
    sent, answered_one = _what(work, delivery.id)
    half = drafting.half_of(work, delivery.account)
    content = drafting.content(work, delivery.account, drafting.words_of(sent))
    reference = answered_one.reference if answered_one else {}
    prepared = _uploaded(work, delivery.id)
    if sent.corrects is None:
        return half.render_reply(reference, content, prepared, delivery.handle, work.now)
    ours = deliveries.load(work.db, sent.corrects)
    if ours is None or ours.remote_id is None:
        raise LookupError(f"delivery {delivery.id} corrects what was never sent")
    return half.render_correction(reference, ours.remote_id, content, prepared)


# --- outcome -----------------------------------------------------------------------------------------


def record_outcome(work: Work, begun: Begun, outcome: Outcome) -> None:
    """How the one call ended, guarded by the fence; late proof of success is never thrown away."""
    talk = _talk(work, begun.delivery_id)
    delivery = deliveries.load(work.db, begun.delivery_id, lock=True)
    if delivery is None:
        return
    if delivery.fence != begun.fence or delivery.state not in (State.SENDING, State.UNKNOWN):
        _late(work, talk, delivery, begun.attempt_id, outcome)
        return
    after = outcomes.judge(work, delivery, outcome)
    data = {"delivery": delivery.id, "attempt": begun.attempt_id, "outcome": type(outcome).__name__}
    talks.note(work, What.OUTCOME, None, talk, **data, remote_id=after.remote_id)
    end(work, talk, delivery, begun.attempt_id, after, http_status=getattr(outcome, "http_status", None))


def _late(work: Work, talk: Conversation, delivery: Delivery, attempt_id: str, outcome: Outcome) -> None:
    """The answer of an attempt that was settled without it. Only proof of success still changes anything."""
    if not isinstance(outcome, Sent) or delivery.state is State.SENT:
        return
    last = deliveries.last_attempt(work.db, delivery.id)
    if last is None or last.id != attempt_id:
        talks.note(
            work, What.INCIDENT, None, talk, delivery=delivery.id, attempt=attempt_id, link=outcome.url
        )
        return
    deliveries.prove_sent(work.db, attempt_id, work.now, remote_id=outcome.remote_id)
    data = {"delivery": delivery.id, "attempt": attempt_id, "outcome": "Sent", "remote_id": outcome.remote_id}
    talks.note(work, What.OUTCOME, None, talk, **data, late=True)
    after = Next(State.SENT, AttemptState.SENT, None, None, None, outcome.remote_id, outcome.url)
    outcomes.apply(work, delivery, after)
    _tell(work, talk, delivery, after)


def settle(work: Work, looked: ToLook, look: Look) -> None:
    """What a look-up found. Proven absent is ready again, through all checks of begin."""
    attempt = deliveries.attempt(work.db, looked.attempt_id)
    talk = _talk(work, looked.delivery_id)
    delivery = deliveries.load(work.db, looked.delivery_id, lock=True)
    if delivery is None or (delivery.state, delivery.fence) != (State.UNKNOWN, attempt.fence):
        return
    after = machine.after_look(look, started_at=attempt.started_at, now=work.now)
    if after.state is State.READY and delivery.latest_at is not None and delivery.latest_at < work.now:
        after = replace(after, state=State.DROPPED, reason=f"It is not there, and {TOO_LATE}", due_at=None)
    found = type(look).__name__
    talks.note(work, What.LOOKED, None, talk, delivery=delivery.id, found=found, next=after.state.key)
    end(work, talk, delivery, attempt.id, after)


def end(
    work: Work, talk: Conversation, delivery: Delivery, attempt_id: str, after: Next, *,
    http_status: int | None = None,
) -> None:  # fmt: skip
    """Write down how an attempt ended, and tell people."""
    outcomes.end(work, delivery, attempt_id, after, http_status=http_status)
    _tell(work, talk, delivery, after)


def _tell(work: Work, talk: Conversation, delivery: Delivery, after: Next) -> None:
    """Sent: the conversation is answered. Else a line where a person must see it, and the card in any case."""
    sent, _ = _what(work, delivery.id)
    if after.state is State.SENT:
        ended = replace(delivery, remote_id=after.remote_id, remote_url=after.remote_url)
        (corrected if delivery.kind is DeliveryType.CORRECTION else answered)(work, talk, ended, sent)
        return
    still_looking = after.state is State.UNKNOWN and after.next_check_at is not None
    if after.state in TOLD and not still_looking:
        talks.say(work, talk, TOLD[after.state], delivery=delivery.id, mention=[sent.by_user])
    talks.redraw(work, talk)
