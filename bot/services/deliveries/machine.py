"""The steps of a send, alike for every kind: claim, prepare, begin, outcome, look. Each is a transaction of its own.

The worker (`workers/worker.py`) takes one after the other. Which states there are: `domain/deliveries.py`; what a post,
an answer or a take-down does at a step: its kind (`kinds.py`), which also locks what is locked before the delivery.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain import deliveries as delivery_rules
from bot.domain.deliveries import AttemptState, Delivery, Next, State
from bot.domain.facts import FactKind
from bot.domain.outcomes import Absent, Look, NotSent, Outcome, Sent, Unknown
from bot.networks.protocol import Attempt
from bot.services import causes
from bot.services.accounts import costs
from bot.services.deliveries import outcomes, public_images
from bot.services.deliveries.kinds import KINDS, DeliveryKind
from bot.services.deliveries.types import (
    Authority,
    Begun,
    Claim,
    DeliveryRef,
    Forbidden,
    NotYet,
    ToLook,
    Upload,
)
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import format_moment, list_names
from bot.store import deliveries, doubts

BATCH = 200  # claimed in one transaction
LEASE_OF_A_SEND = delivery_rules.SEND_WINDOW + delivery_rules.CALL_LIMIT + timedelta(seconds=5)
STOPPED = "Byhand stopped before the network's answer came"


# --- claim and prepare -------------------------------------------------------------------------------


def claim(work: UnitOfWork, worker: str, limit: int = BATCH) -> tuple[Claim, ...]:
    """Take what is due within the next minute, with a lease and a raised fence."""
    ids = deliveries.claim(
        work.db, by=worker, until=work.now + delivery_rules.LEASE, ahead=work.now + delivery_rules.CLAIM_AHEAD,
        now=work.now, limit=limit,
    )  # fmt: skip
    if not ids:
        return ()
    return tuple(_claim(one) for one in deliveries.list_claimed(work.db, ids))


def _claim(delivery: Delivery) -> Claim:
    if delivery.due_at is None:
        raise AssertionError(f"delivery {delivery.id} was claimed without a moment")
    return Claim(
        delivery.id, delivery.post_id, delivery.account, delivery.kind, delivery.fence, delivery.due_at,
        wants_preparing=KINDS[delivery.kind].wants_preparing(delivery.prepared),
        prepare_now=delivery.tries == 0,
    )  # fmt: skip


def renew(work: UnitOfWork, held: Iterable[Claim], worker: str) -> None:
    ids = [one.delivery_id for one in held]
    deliveries.renew(work.db, ids, by=worker, until=work.now + delivery_rules.LEASE)


def upload(work: UnitOfWork, held: Claim) -> Upload:
    """What uploads what it needs: asked outside any write, called outside any transaction."""
    return KINDS[held.kind].upload(work, held)


def keep_prepared(work: UnitOfWork, held: Claim, uploaded: dict[str, Any]) -> None:
    prepared = KINDS[held.kind].to_keep(work, held, uploaded)
    deliveries.save_prepared(work.db, held.delivery_id, held.fence, prepared, work.now)
    _shut_images(work, held)


def record_failed_upload(
    work: UnitOfWork, held: Claim, outcome: Outcome, so_far: Mapping[str, Any] | None = None
) -> None:
    """An upload failed; nothing is public. The same rules decide what is next. `so_far`: what the next try goes on
    with."""
    kind = KINDS[held.kind]
    subject = kind.lock(work, held)
    delivery = _held(work, held)
    _shut_images(work, held)
    if delivery is None:
        return
    if (why := kind.find_shut(work, subject, delivery)) is not None:  # as its begin would find
        kind.stand_down(work, subject, delivery, why)
        return
    if isinstance(outcome, Unknown):  # an upload may be repeated freely
        outcome = NotSent(outcome.evidence)
    tries = delivery.tries + 1
    after = kind.judge(work, subject, replace(delivery, tries=tries), outcome)
    outcomes.apply(work, delivery, after)
    deliveries.change(work.db, delivery.id, work.now, tries=tries)
    if so_far and after.state is State.READY:
        prepared = {**kind.to_keep(work, held, dict(so_far)), delivery_rules.UNFINISHED: True}
        deliveries.change(work.db, delivery.id, work.now, prepared=prepared)
    data = {"outcome": type(outcome).__name__, "reason": after.reason}
    kind.note(work, subject, FactKind.OUTCOME, delivery, data)
    kind.ended(work, subject, delivery, after)


def _shut_images(work: UnitOfWork, held: Claim) -> None:
    """What a network was offered for `prepare` ends with it."""
    connection = work.accounts.get(held.account)
    if connection is not None and connection.capabilities.needs_public_images:
        public_images.shut_prepared(work, held)


def _held(work: UnitOfWork, held: Claim) -> Delivery | None:
    """The delivery, if it is still claimed under our fence."""
    delivery = deliveries.load(work.db, held.delivery_id, lock=True)
    if delivery is None or (delivery.state, delivery.fence) != (State.CLAIMED, held.fence):
        return None
    return delivery


# --- begin -------------------------------------------------------------------------------------------


def begin(work: UnitOfWork, held: Claim) -> Begun | None:
    """All checks under lock, then the attempt with the exact bytes. None: it may not be sent (now).

    The commit is the point of no return.
    """
    kind = KINDS[held.kind]
    subject = kind.lock(work, held)
    delivery = _held(work, held)
    if delivery is None:
        return None
    match kind.may_begin(work, subject, delivery):
        case Authority() as authority:
            return _write_attempt(work, kind, subject, delivery, authority)
        case Forbidden(why):
            kind.stand_down(work, subject, delivery, why)
        case NotYet(until):
            _put_off(work, delivery, until)
    return None


def _put_off(work: UnitOfWork, delivery: Delivery, until: datetime | None) -> None:
    if until is not None:
        deliveries.change(work.db, delivery.id, work.now, state=State.READY, due_at=until, lease_until=None)
        work.wake(Wake.CLOCK)


def _write_attempt(
    work: UnitOfWork, kind: DeliveryKind[Any], subject: Any, delivery: Delivery, authority: Authority
) -> Begun:
    by_hand = delivery_rules.BY_HAND_LIMIT if delivery.holder else None
    attempt = delivery_rules.Attempt(
        id=work.make_id(), delivery_id=delivery.id, fence=delivery.fence,
        payload=kind.render(work, subject, delivery), started_at=work.now,
        send_by=work.now + (by_hand or delivery_rules.SEND_WINDOW), **vars(authority),
    )  # fmt: skip
    deliveries.add_attempt(work.db, attempt)
    until, tries = work.now + (by_hand or LEASE_OF_A_SEND), delivery.tries + 1
    deliveries.change(work.db, delivery.id, work.now, state=State.SENDING, tries=tries, lease_until=until)
    costs.note_begun(work, delivery, attempt.id, attempt.payload, deletes=kind.deletes)
    kind.begun(work, subject, delivery, attempt.id)
    return Begun(
        delivery.id, delivery.post_id, delivery.account, delivery.kind, attempt.id, attempt.payload,
        delivery.handle, delivery.fence, attempt.identity,
    )  # fmt: skip


# --- outcome -----------------------------------------------------------------------------------------


def record_outcome(work: UnitOfWork, begun: Begun, outcome: Outcome) -> None:
    """Write how the one call ended, guarded by the fence; late proof of success is never thrown away."""
    kind = KINDS[begun.kind]
    subject = kind.lock(work, begun)
    delivery = deliveries.load(work.db, begun.delivery_id, lock=True)
    if delivery is None:
        return
    if delivery.fence != begun.fence or not _is_open(kind, delivery):
        if isinstance(outcome, Sent):
            kind.late(work, subject, delivery, begun.attempt_id, outcome)
        return
    after = kind.judge(work, subject, delivery, outcome)
    outcomes.end(work, delivery, begun.attempt_id, after, http_status=getattr(outcome, "http_status", None))
    data = {"attempt": begun.attempt_id, "outcome": type(outcome).__name__, "remote_id": after.remote_id}
    kind.note(work, subject, FactKind.OUTCOME, delivery, {**data, "reason": after.reason})
    kind.ended(work, subject, delivery, after)


def _is_open(kind: DeliveryKind[Any], delivery: Delivery) -> bool:
    """Does an answer of the network still count? Of a take-down that nobody knew of, people were told."""
    return delivery.state is State.SENDING or (delivery.state is State.UNKNOWN and not kind.deletes)


# --- looking -----------------------------------------------------------------------------------------


def recover(work: UnitOfWork, worker: str, *, at_start: bool = False) -> int:
    """Leases that are over: claimed → ready, sending → unknown. Never a second send. Returns how many; 0: done.

    One send a transaction, since what it belongs to is locked before it; claims need neither.
    """
    not_by = worker if at_start else None
    freed = deliveries.free_claims(work.db, work.now, not_by=not_by)
    if freed:
        work.wake(Wake.CLOCK)
        return freed
    glimpse = deliveries.find_lapsed_send(work.db, work.now, not_by=not_by)
    if glimpse is None:
        return 0
    kind = KINDS[glimpse.kind]
    subject = kind.lock(work, DeliveryRef(glimpse.id, glimpse.post_id, glimpse.account, glimpse.kind))
    delivery = deliveries.load(work.db, glimpse.id, lock=True)
    if delivery is not None and (delivery.state, delivery.fence) == (State.SENDING, glimpse.fence):
        _nobody_knows(work, kind, subject, delivery)
    return 1


def _nobody_knows(work: UnitOfWork, kind: DeliveryKind[Any], subject: Any, delivery: Delivery) -> None:
    """Its process stopped between begin and outcome."""
    attempt = deliveries.find_live_attempt(work.db, delivery.id)
    if attempt is None:
        raise AssertionError(f"delivery {delivery.id} is sending without a live attempt")
    wait = min(outcomes.find_settle_after(work, delivery.account), delivery_rules.LOOK_AGAIN)
    first_look = max(work.now, attempt.started_at + wait)
    next_check = None if kind.deletes or delivery.holder else first_look
    why = _describe_silence(work, delivery, attempt.started_at) if delivery.holder else STOPPED
    after = Next(State.UNKNOWN, AttemptState.UNKNOWN, why, next_check_at=next_check)
    outcomes.end(work, delivery, attempt.id, after, http_status=attempt.http_status)
    kind.ended(work, subject, delivery, after)


def _describe_silence(work: UnitOfWork, delivery: Delivery, since: datetime) -> str:
    """Of somebody who was posting it by hand."""
    who = list_names(work, (delivery.holder or "",))
    return f"{who} began to post it at {format_moment(work, since)} and has not said whether it is up"


def list_to_look_at(work: UnitOfWork, limit: int = 20) -> tuple[ToLook, ...]:
    """Unknown deliveries whose network is to be asked now."""
    found = []
    for delivery_id in deliveries.list_to_look_at(work.db, work.now, limit):
        delivery = deliveries.load(work.db, delivery_id)
        attempt = deliveries.find_live_attempt(work.db, delivery_id)
        if delivery and attempt:
            first_at = doubts.find_first_absent(work.db, delivery_id)
            what = Attempt(delivery.handle, attempt.payload, attempt.started_at, first_at=first_at)
            which = (delivery_id, delivery.post_id, delivery.account, delivery.kind)
            found.append(ToLook(*which, attempt.id, what, attempt.identity))
    return tuple(found)


def find_whose(work: UnitOfWork, attempt_id: str) -> str | None:
    """Whose profile an attempt is for, as the database says now."""
    return deliveries.load_attempt(work.db, attempt_id).identity


def settle(work: UnitOfWork, looked: ToLook, look: Look) -> None:
    """What a look-up found. Proven absent is ready again, through all checks of begin."""
    attempt = deliveries.load_attempt(work.db, looked.attempt_id)
    kind = KINDS[looked.kind]
    subject = kind.lock(work, looked)
    delivery = deliveries.load(work.db, looked.delivery_id, lock=True)
    if delivery is None or (delivery.state, delivery.fence) != (State.UNKNOWN, attempt.fence):
        return  # settled meanwhile, or it was an earlier attempt that was looked at
    after = delivery_rules.judge_look(look, started_at=attempt.started_at, now=work.now)
    if after.state is State.READY:
        known = causes.add_absence(work, delivery, attempt)
        after = replace(after, reason=known, evidence=after.reason)
        if delivery.latest_at is None or delivery.latest_at < work.now:
            reason = causes.close(work, replace(delivery, reason=known), outcomes.TOO_LATE)
            after = replace(after, state=State.DROPPED, reason=reason, due_at=None)
    elif after.state is State.UNKNOWN:
        after = replace(after, reason=causes.add_look(delivery, after), evidence=attempt.evidence)
    outcomes.end(work, delivery, attempt.id, after, http_status=attempt.http_status)
    grounds = {"rests_on": look.rests_on} if isinstance(look, Absent) else {}
    data = {"found": type(look).__name__, "next": after.state.key, **grounds}
    kind.note(work, subject, FactKind.LOOKED, delivery, data)
    kind.ended(work, subject, delivery, after)
