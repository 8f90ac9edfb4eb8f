"""Replies: claim, begin, outcome and settle of what a person sent to a customer, on that person's Send.

A pause stops broadcast, not conversation: begin asks the same gate under the same lock, but only whether it stops
replies too. A reply it stops is dropped and never goes out by itself later; its words stay with the Send.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain import deliveries as machine
from bot.domain.deliveries import Delivery, Next, State
from bot.domain.facts import What
from bot.domain.gate import Gate
from bot.domain.outcomes import Look, Outcome
from bot.networks.protocol import Content
from bot.services.handles import Begun, Claim, ToLook
from bot.services.settling import TOO_LATE
from bot.services.work import Work
from bot.store import deliveries, gate, sends


def begin(work: Work, held: Claim) -> Begun | None:
    """The attempt with the exact bytes, if nobody stopped replies. The commit is the point of no return."""
    rows = gate.shared(work.db, (held.account,))
    delivery = deliveries.load(work.db, held.delivery_id, lock=True)
    if delivery is None or (delivery.state, delivery.fence) != (State.CLAIMED, held.fence):
        return None
    why_not = _why_not(work, rows, delivery)
    if why_not:
        _drop(work, delivery, why_not)
        return None
    return _write_attempt(work, rows, delivery)


def _why_not(work: Work, rows: Gate, delivery: Delivery) -> str | None:
    if rows.replies_stopped_for((delivery.account,)) is not None:
        return "replies are paused"
    if delivery.account not in work.accounts:
        return "the account is not in the settings any more"
    late = delivery.latest_at is not None and delivery.latest_at < work.now
    return TOO_LATE if late else None


def _drop(work: Work, delivery: Delivery, why: str) -> None:
    deliveries.change(
        work.db, delivery.id, work.now, state=State.DROPPED, reason=why, due_at=None, lease_until=None
    )
    work.note(What.DROPPED, None, account=delivery.account, delivery=delivery.id, why=why)


def _write_attempt(work: Work, rows: Gate, delivery: Delivery) -> Begun:
    attempt_id = work.new_id()
    send_id = str(deliveries.prepared_of(work.db, delivery.id)["send"])
    send = sends.load(work.db, send_id)
    if send is None:
        raise LookupError(f"delivery {delivery.id} has no Send {send_id}")
    payload = work.accounts[delivery.account].render(Content(send.text), {}, delivery.handle, work.now)
    deliveries.add_attempt(
        work.db, id=attempt_id, delivery_id=delivery.id, send_id=send_id, fence=delivery.fence,
        epochs=rows.epochs_for((delivery.account,)), bytes=payload, started_at=work.now,
        send_by=work.now + machine.SEND_WINDOW,
    )  # fmt: skip
    until = work.now + machine.SEND_WINDOW + machine.CALL_LIMIT + timedelta(seconds=5)
    tries = delivery.tries + 1
    deliveries.change(work.db, delivery.id, work.now, state=State.SENDING, tries=tries, lease_until=until)
    work.note(What.BEGUN, None, account=delivery.account, attempt=attempt_id)
    return Begun(attempt_id, delivery.id, delivery.account, payload, delivery.handle, delivery.fence)


def record_outcome(work: Work, begun: Begun, outcome: Outcome) -> None:
    """How the one call ended, guarded by the fence."""
    delivery = deliveries.load(work.db, begun.delivery_id, lock=True)
    if delivery is None or delivery.fence != begun.fence:
        return
    if delivery.state not in (State.SENDING, State.UNKNOWN):
        return
    connection = work.accounts.get(delivery.account)
    settle_after = connection.capabilities.settle_after if connection else timedelta(seconds=90)
    after = machine.after_outcome(
        outcome, tries=max(delivery.tries, 1), latest_at=delivery.latest_at, now=work.now,
        settle_after=settle_after,
    )  # fmt: skip
    work.note(What.OUTCOME, None, account=delivery.account, attempt=begun.attempt_id, reason=after.reason)
    _end(work, delivery, begun.attempt_id, after)


def settle(work: Work, looked: ToLook, look: Look) -> None:
    """What a look-up found. Proven absent is ready again, through all checks of begin."""
    attempt = deliveries.attempt(work.db, looked.attempt_id)
    delivery = deliveries.load(work.db, looked.delivery_id, lock=True)
    if delivery is None or (delivery.state, delivery.fence) != (State.UNKNOWN, attempt.fence):
        return
    after = machine.after_look(look, started_at=attempt.started_at, now=work.now)
    if after.state is State.READY and delivery.latest_at is not None and delivery.latest_at < work.now:
        after = replace(after, state=State.DROPPED, reason=f"It is not there, and {TOO_LATE}", due_at=None)
    work.note(What.LOOKED, None, account=delivery.account, found=type(look).__name__, next=after.state.key)
    _end(work, delivery, attempt.id, after)


def _end(work: Work, delivery: Delivery, attempt_id: str, after: Next) -> None:
    deliveries.end_attempt(
        work.db, attempt_id, after.attempt, work.now, evidence=after.reason, remote_id=after.remote_id
    )
    deliveries.change(
        work.db, delivery.id, work.now, state=after.state, reason=after.reason, due_at=after.due_at,
        next_check_at=after.next_check_at, lease_until=None, remote_id=after.remote_id,
        remote_url=after.remote_url,
    )  # fmt: skip
    work.wake("clock")
