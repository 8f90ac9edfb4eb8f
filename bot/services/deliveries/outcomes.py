"""What became of a send: outcomes written down, unknown ones looked up, and what that makes of the post.

A lease that ran out on a send means that nobody knows, never a second send. Late proof of success is never thrown
away: it settles what was unknown, and where a second try has begun it is an incident people are told of.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain import deliveries as machine
from bot.domain.deliveries import AttemptState, Delivery, Next, State
from bot.domain.facts import What
from bot.domain.gate import ALL
from bot.domain.kinds import DeliveryType, LineType
from bot.domain.outcomes import Look, Outcome, Sent
from bot.domain.posts import MOVES, Post, Status, Verb
from bot.domain.urgency import Urgency
from bot.networks.protocol import Attempt
from bot.services import casework, taking_down, talks
from bot.services.deliveries.types import ToLook
from bot.services.work import Work
from bot.store import cards, deliveries, posts

TOO_LATE = "it was too late: nothing that old goes out by itself"


# --- outcomes ----------------------------------------------------------------------------------------


def judge(work: Work, delivery: Delivery, outcome: Outcome) -> Next:
    connection = work.accounts.get(delivery.account)
    settle = connection.capabilities.settle_after if connection else timedelta(seconds=90)
    return machine.after_outcome(
        outcome, tries=max(delivery.tries, 1), latest_at=delivery.latest_at, now=work.now, settle_after=settle
    )


def end(work: Work, delivery: Delivery, attempt_id: str, after: Next, *, http_status: int | None) -> None:
    deliveries.end_attempt(
        work.db, attempt_id, after.attempt, work.now, http_status=http_status,
        evidence=after.reason, remote_id=after.remote_id,
    )  # fmt: skip
    apply(work, delivery, after)


def apply(work: Work, delivery: Delivery, after: Next) -> None:
    deliveries.change(
        work.db, delivery.id, work.now, state=after.state, reason=after.reason, due_at=after.due_at,
        next_check_at=after.next_check_at, lease_until=None, remote_id=after.remote_id,
        remote_url=after.remote_url,
    )  # fmt: skip
    work.wake("clock")


def drop(work: Work, delivery: Delivery, why: str, by: str | None = None) -> None:
    deliveries.change(
        work.db, delivery.id, work.now, state=State.DROPPED, reason=why, due_at=None, lease_until=None,
        resolved_by=by,
    )  # fmt: skip
    post = posts.load(work.db, delivery.post_id) if delivery.post_id else None
    work.note(What.DROPPED, by, post, account=delivery.account, why=why)


def late_outcome(work: Work, post: Post, delivery: Delivery, attempt_id: str, outcome: Outcome) -> None:
    """The answer of an attempt that was settled without it. Only proof of success still changes anything."""
    if not isinstance(outcome, Sent) or delivery.remote_id == outcome.remote_id:
        return
    last = deliveries.last_attempt(work.db, delivery.id)
    if last is not None and last.id == attempt_id:
        _late_proof(work, post, delivery, attempt_id, outcome)
    else:
        _incident(work, delivery, attempt_id, outcome, "it may be there twice")


def _late_proof(work: Work, post: Post, delivery: Delivery, attempt_id: str, outcome: Sent) -> None:
    """No second attempt has begun, so this settles it: the delivery is sent, whatever was thought since."""
    deliveries.prove_sent(work.db, attempt_id, work.now, remote_id=outcome.remote_id)
    apply(
        work, delivery, Next(State.SENT, AttemptState.SENT, None, None, None, outcome.remote_id, outcome.url)
    )
    data = {
        "account": delivery.account,
        "attempt": attempt_id,
        "outcome": "Sent",
        "remote_id": outcome.remote_id,
    }
    work.note(What.OUTCOME, None, post, **data, late=True)
    if (post.status, Verb.SETTLE) in MOVES:
        post = casework.save(work, casework.lead(work, post, Verb.SETTLE, None))
    else:
        _incident(work, delivery, attempt_id, outcome, "it is there already")
    finish(work, post)


def _incident(work: Work, delivery: Delivery, attempt_id: str, outcome: Sent, what: str) -> None:
    """Tell people what only they can mend."""
    post = posts.load(work.db, delivery.post_id) if delivery.post_id else None
    links = [delivery.remote_url, outcome.url]
    work.note(What.INCIDENT, None, post, account=delivery.account, attempt=attempt_id, links=links)
    if delivery.post_id:
        title = work.policy.title_of(delivery.account)
        sentence = f"{title} confirmed an earlier try late; {what}: {outcome.url}"
        values = {"sentence": sentence, "mention": list(work.policy.approvers)}
        cards.say(work.db, delivery.post_id, LineType.INCIDENT, values, work.now)
        work.wake("desk")


# --- looking -----------------------------------------------------------------------------------------


def recover(work: Work, worker: str, *, at_start: bool = False) -> int:
    """Leases that are over: claimed → ready, sending → unknown. Never a second send. Returns how many; 0: done.

    One send a transaction, since its gate and post are locked before it; claims need neither.
    """
    not_by = worker if at_start else None
    freed = deliveries.free_claims(work.db, work.now, not_by=not_by)
    if freed:
        work.wake("clock")
        return freed
    glimpse = deliveries.lapsed_send(work.db, work.now, not_by=not_by)
    if glimpse is None:
        return 0
    case = casework.load_case(work, glimpse.post_id) if glimpse.post_id else None
    if glimpse.kind is DeliveryType.TAKE_DOWN:
        taking_down.lapsed(work, glimpse)
        return 1
    talk = talks.of_delivery(work, glimpse.id)
    delivery = deliveries.load(work.db, glimpse.id, lock=True)
    if delivery is None or (delivery.state, delivery.fence) != (State.SENDING, glimpse.fence):
        return 1
    _nobody_knows(work, case.post if case else None, delivery)
    if talk is not None:
        talks.redraw(work, talk)
    return 1


def _nobody_knows(work: Work, post: Post | None, delivery: Delivery) -> None:
    """Its process stopped between begin and outcome."""
    attempt = deliveries.live_attempt(work.db, delivery.id)
    if attempt is None:
        raise AssertionError(f"delivery {delivery.id} is sending without a live attempt")
    connection = work.accounts.get(delivery.account)
    settle = connection.capabilities.settle_after if connection else timedelta(seconds=90)
    why = "Byhand stopped before the network's answer came"
    next_check = max(work.now, attempt.started_at + settle)
    after = Next(State.UNKNOWN, AttemptState.UNKNOWN, why, next_check_at=next_check)
    deliveries.end_attempt(work.db, attempt.id, AttemptState.UNKNOWN, work.now, evidence=why)
    apply(work, delivery, after)
    tell(work, delivery, after)
    if post is not None:
        finish(work, post)


def to_look_at(work: Work, limit: int = 20) -> tuple[ToLook, ...]:
    """Unknown deliveries whose network is to be asked now."""
    found = []
    for delivery_id in deliveries.to_look_at(work.db, work.now, limit):
        delivery = deliveries.load(work.db, delivery_id)
        attempt = deliveries.live_attempt(work.db, delivery_id)
        if delivery and attempt:
            what = Attempt(delivery.handle, attempt.payload, attempt.started_at)
            found.append(ToLook(delivery_id, attempt.id, delivery.account, what, delivery.kind))
    return tuple(found)


def settle(work: Work, looked: ToLook, look: Look) -> None:
    """What a look-up found. Proven absent is ready again, through all checks of begin."""
    attempt = deliveries.attempt(work.db, looked.attempt_id)
    if attempt.post_id is None:
        raise AssertionError(f"attempt {attempt.id} is of no post")
    case = casework.load_case(work, attempt.post_id)
    delivery = deliveries.load(work.db, looked.delivery_id, lock=True)
    if delivery is None or delivery.state is not State.UNKNOWN or delivery.fence != attempt.fence:
        return  # settled meanwhile, or it was an earlier attempt that was looked at
    after = machine.after_look(look, started_at=attempt.started_at, now=work.now)
    if after.state is State.READY and (delivery.latest_at is None or delivery.latest_at < work.now):
        after = replace(after, state=State.DROPPED, reason=f"It is not there, and {TOO_LATE}", due_at=None)
    end(work, delivery, attempt.id, after, http_status=attempt.http_status)
    found = type(look).__name__
    work.note(What.LOOKED, None, case.post, account=delivery.account, found=found, next=after.state.key)
    tell(work, delivery, after)
    finish(work, case.post)


# --- the post ----------------------------------------------------------------------------------------


def tell(work: Work, delivery: Delivery, after: Next) -> None:
    """A line in the thread where a person must see it: a refusal, and an outcome looking could not tell."""
    if delivery.post_id is None:
        return
    told = {State.REFUSED: LineType.FAILED, State.UNKNOWN: LineType.OUTCOME_UNKNOWN}
    still_looking = after.state is State.UNKNOWN and after.next_check_at is not None
    if after.state not in told or still_looking:
        return
    connection = work.accounts.get(delivery.account)
    values = {
        "title": work.policy.title_of(delivery.account),
        "reason": after.reason,
        "profile_url": connection.profile_url() if connection else None,
        "mention": list(work.policy.approvers),
    }
    cards.say(work.db, delivery.post_id, told[after.state], values, work.now)


def finish(work: Work, post: Post) -> None:
    """Every delivery final: the post is published, failed, or missed; else its card is redrawn.

    `post`: as it stands in this transaction, its gate and row locked."""
    of_post = deliveries.of_post(work.db, post.id, lock=True)
    status = machine.finish(delivery.state for delivery in of_post)
    if (post.status, Verb.FINISH) not in MOVES or status is None:
        cards.touch_post(work.db, post.id, urgency=Urgency.LINE)
        _touch_banners(work, of_post)
        return
    reason = next((d.reason for d in of_post if d.state is State.DROPPED), None)
    post = casework.lead(
        work, post, Verb.FINISH, None, to=status, reason=reason if status is Status.MISSED else None
    )
    work.note(What.FINISHED, None, post, status=status.key)
    sent = [d for d in of_post if d.state is State.SENT]
    if sent:
        links = [[work.policy.title_of(d.account), d.remote_url] for d in sent]
        cards.say(work.db, post.id, LineType.PUBLISHED, {"links": links}, work.now)
    casework.save(work, post, urgency=Urgency.NEWS)
    _touch_banners(work, of_post)


def _touch_banners(work: Work, of_post: list[Delivery]) -> None:
    """A running pause may list this send. After the post's own card, as everywhere: else two transactions wait for
    each other's card."""
    cards.touch_banners(work.db, (ALL, *(delivery.account for delivery in of_post)))
    work.wake("desk")
