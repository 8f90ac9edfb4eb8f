"""Sending a post: claim, prepare, begin, and the outcome of the one call between begin and outcome.

The worker (`clock/worker.py`) calls these one after the other, each a transaction of its own. The machine is in
`domain/deliveries.py`, what an outcome makes of a delivery and its post in `outcomes.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain import approvals as rules
from bot.domain import deliveries as machine
from bot.domain.deliveries import Attempt, Delivery, State
from bot.domain.facts import What
from bot.domain.kinds import DeliveryType
from bot.domain.outcomes import NotSent, Outcome, Unknown
from bot.domain.posts import MOVES, Status, Verb, decide_by
from bot.domain.urgency import Urgency
from bot.networks.protocol import Content
from bot.services import casework, checking, review
from bot.services.casework import Case
from bot.services.deliveries import outcomes
from bot.services.deliveries.types import Begun, Claim, Upload
from bot.services.work import Work
from bot.store import approvals, deliveries, posts

BATCH = 200  # claimed in one transaction


# --- claim and prepare -------------------------------------------------------------------------------


def claim(work: Work, worker: str, limit: int = BATCH) -> tuple[Claim, ...]:
    """Take what is due within the next minute, with a lease and a raised fence."""
    ids = deliveries.claim(
        work.db, by=worker, until=work.now + machine.LEASE, ahead=work.now + machine.CLAIM_AHEAD,
        now=work.now, limit=limit,
    )  # fmt: skip
    if not ids:
        return ()
    return tuple(_claim(one) for one in deliveries.claimed(work.db, ids))


def _claim(delivery: Delivery) -> Claim:
    if delivery.due_at is None:
        raise AssertionError(f"delivery {delivery.id} was claimed without a moment")
    return Claim(
        delivery.id,
        delivery.post_id,
        delivery.account,
        delivery.fence,
        delivery.due_at,
        wants_preparing=_wants_preparing(delivery.kind, delivery.prepared),
        prepare_now=delivery.tries == 0,
        kind=delivery.kind,
    )


def _wants_preparing(kind: DeliveryType, prepared: Mapping[str, Any]) -> bool:
    """A post, or an answer, of which nothing was uploaded yet; of an answer its Send stands there from the start."""
    return kind is not DeliveryType.TAKE_DOWN and not set(prepared) - {"send"}


def upload(work: Work, held: Claim) -> Upload:
    """What uploads the images: asked outside any write, called outside any transaction."""
    content, prepared = material(work, held)
    return lambda connection, now: connection.prepare(content, prepared, now)


def material(work: Work, held: Claim) -> tuple[Content, Mapping[str, Any]]:
    """What `prepare` needs, images read."""
    post = posts.load(work.db, _post_id(held))
    if post is None:
        raise LookupError(held.post_id)
    content = checking.content(work, post.version.body, held.account, with_bytes=True)
    return content, deliveries.prepared_of(work.db, held.delivery_id)


def _post_id(one: Claim | Begun) -> str:
    if one.post_id is None:
        raise AssertionError(f"delivery {one.delivery_id} is of no post")
    return one.post_id


def keep_prepared(work: Work, held: Claim, prepared: dict[str, Any]) -> None:
    deliveries.save_prepared(work.db, held.delivery_id, held.fence, prepared, work.now)


def could_not_prepare(work: Work, held: Claim, outcome: Outcome) -> None:
    """An upload failed; nothing was published. The same machine decides what is next, never before the slot."""
    case = casework.load_case(work, _post_id(held))
    delivery = _held(work, held)
    if delivery is None:
        return
    if isinstance(outcome, Unknown):  # an upload may be repeated freely
        outcome = NotSent(outcome.evidence)
    tries = delivery.tries + 1
    after = outcomes.judge(work, replace(delivery, tries=tries), outcome)
    if after.due_at is not None and case.post.slot is not None:
        after = replace(after, due_at=max(after.due_at, case.post.slot))
    outcomes.apply(work, delivery, after)
    deliveries.change(work.db, delivery.id, work.now, tries=tries)
    data = {"account": delivery.account, "outcome": type(outcome).__name__, "reason": after.reason}
    work.note(What.OUTCOME, None, case.post, **data)
    outcomes.tell(work, delivery, after)
    if after.state is State.READY:
        return
    post = case.post
    if post.status is Status.APPROVED:
        post = casework.save(work, casework.lead(work, post, Verb.BEGIN, None))
    outcomes.finish(work, post)


def renew(work: Work, held: list[Claim], worker: str) -> None:
    ids = [one.delivery_id for one in held]
    deliveries.renew(work.db, ids, by=worker, until=work.now + machine.LEASE)


# --- begin -------------------------------------------------------------------------------------------


def begin(work: Work, held: Claim) -> Begun | None:
    """All checks under lock, then the attempt with the exact bytes. None: it may not be sent (now).

    Gate, approvals of this very version at the current epochs, slot window, fence, a minute between two posts
    of one account. The commit is the point of no return.
    """
    case = casework.load_case(work, _post_id(held))
    delivery = _held(work, held)
    slot = case.post.slot
    if delivery is None or delivery.due_at is None or slot is None or max(delivery.due_at, slot) > work.now:
        return None
    authority = authority_of(work, case)
    why_not = _why_not(work, case, delivery, authority)
    if why_not or authority is None:
        _stand_down(work, case, delivery, why_not or "its approval has ended")
        return None
    last = deliveries.take_turn(work.db, held.account, work.now, work.now - machine.GAP)
    if last is not None:
        _wait_for_turn(work, case, delivery, last + machine.GAP)
        return None
    return _write_attempt(work, case, delivery, authority)


def _held(work: Work, held: Claim) -> Delivery | None:
    """The delivery, if it is still claimed under our fence."""
    delivery = deliveries.load(work.db, held.delivery_id, lock=True)
    if delivery is None or delivery.state is not State.CLAIMED or delivery.fence != held.fence:
        return None
    return delivery


def authority_of(work: Work, case: Case) -> rules.Approval | None:
    given = approvals.of_version(work.db, case.post.version.id)
    return rules.standing(given, case.post.version, case.epochs, work.policy).authority


def _why_not(work: Work, case: Case, delivery: Delivery, authority: rules.Approval | None) -> str | None:
    if case.closed:
        return "publishing is paused"
    if (case.post.status, Verb.BEGIN) not in MOVES:
        return "it is not approved any more"
    if delivery.account not in case.post.version.body.accounts:
        return "it is not for this account any more"
    gone = [name for name in case.post.version.body.accounts if name not in work.accounts]
    if delivery.account in gone or (gone and case.post.status is Status.APPROVED):
        return f"the account {gone[0]} is not in the settings any more"
    if delivery.latest_at is None or delivery.latest_at < work.now:
        return outcomes.TOO_LATE
    return None if authority else "its approval has ended"


def _stand_down(work: Work, case: Case, delivery: Delivery, why: str) -> None:
    """A check failed. Of an approved post everything waits for people; of a publishing one, this is dropped."""
    if case.post.status is Status.PUBLISHING:
        outcomes.drop(work, delivery, why)
        outcomes.finish(work, case.post)
        return
    casework.disarm(work, case.post)
    if case.post.status is not Status.APPROVED:
        return
    end = decide_by(case.post, work.policy)
    if why == outcomes.TOO_LATE:
        review.miss(work, case, "it was approved, but could not be sent in time")
    elif end is not None and end <= work.now:  # no decision could count any more
        review.miss(work, case, review.why_missed(work, case) if case.closed else why)
    else:
        casework.save(work, casework.lead(work, case.post, Verb.STAND_DOWN, None), urgency=Urgency.DECISION)


def _wait_for_turn(work: Work, case: Case, delivery: Delivery, at: datetime) -> None:
    """Another post of the account began less than a minute ago (promise P5)."""
    if delivery.latest_at is not None and at > delivery.latest_at:
        _stand_down(work, case, delivery, outcomes.TOO_LATE)
        return
    deliveries.change(work.db, delivery.id, work.now, state=State.READY, due_at=at, lease_until=None)
    work.wake("clock")


def _write_attempt(work: Work, case: Case, delivery: Delivery, authority: rules.Approval) -> Begun:
    post, attempt_id = case.post, work.new_id()
    connection = work.accounts[delivery.account]
    content = checking.content(work, post.version.body, delivery.account)
    payload = connection.render(content, delivery.prepared, delivery.handle, work.now)
    attempt = Attempt(
        id=attempt_id, delivery_id=delivery.id, post_id=post.id, version_id=post.version.id,
        approval_id=authority.id, fence=delivery.fence, epochs=case.epochs, payload=payload,
        started_at=work.now, send_by=work.now + machine.SEND_WINDOW,
    )  # fmt: skip
    deliveries.add_attempt(work.db, attempt)
    until = work.now + machine.SEND_WINDOW + machine.CALL_LIMIT + timedelta(seconds=5)
    deliveries.change(
        work.db, delivery.id, work.now, state=State.SENDING, tries=delivery.tries + 1, lease_until=until
    )
    work.note(What.BEGUN, None, post, account=delivery.account, attempt=attempt_id)
    if post.status is Status.APPROVED:
        casework.save(work, casework.lead(work, post, Verb.BEGIN, None), urgency=Urgency.NEWS)
    return Begun(attempt_id, delivery.id, delivery.account, payload, delivery.handle, delivery.fence, post.id)


# --- outcome -----------------------------------------------------------------------------------------


def record_outcome(work: Work, begun: Begun, outcome: Outcome) -> None:
    """Write how the one call ended, guarded by the fence; late proof of success is never thrown away."""
    post = casework.load_case(work, _post_id(begun)).post
    delivery = deliveries.load(work.db, begun.delivery_id, lock=True)
    if delivery is None:
        return
    if delivery.fence != begun.fence or delivery.state not in (State.SENDING, State.UNKNOWN):
        outcomes.late_outcome(work, post, delivery, begun.attempt_id, outcome)
        return
    after = outcomes.judge(work, delivery, outcome)
    outcomes.end(work, delivery, begun.attempt_id, after, http_status=getattr(outcome, "http_status", None))
    data = {"account": delivery.account, "attempt": begun.attempt_id, "outcome": type(outcome).__name__}
    work.note(What.OUTCOME, None, post, **data, reason=after.reason, remote_id=after.remote_id)
    outcomes.tell(work, delivery, after)
    outcomes.finish(work, post)
