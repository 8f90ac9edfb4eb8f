"""Sending: claim, begin, outcome, settle; and what people say to it: stop the rest, try again, it is there.

The worker (`clock/worker.py`) calls these one after the other, each a transaction of its own, with the one call
to the network between `begin` and `record_outcome`. The machine is in `domain/deliveries.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from bot.domain import approvals as rules
from bot.domain import deliveries as machine
from bot.domain.deliveries import AttemptState, Delivery, Next, State
from bot.domain.facts import What
from bot.domain.gate import ALL
from bot.domain.outcomes import Look, NotSent, Outcome, Sent, Unknown
from bot.domain.people import Person
from bot.domain.posts import MOVES, Seen, Status, Verb, decide_by
from bot.domain.refusals import (
    AuthorMayNotApprove,
    LookFirst,
    NotFrom,
    NothingToSend,
)
from bot.networks.protocol import Attempt, Content
from bot.services import casework, checking, review
from bot.services.casework import Case
from bot.services.wording import names_of, state_sentence
from bot.services.work import Work
from bot.store import approvals, cards, deliveries, posts

BATCH = 200  # claimed in one transaction


@dataclass(frozen=True)
class Claim:
    """A delivery this worker holds. Only whoever knows the fence may go on with it."""

    delivery_id: str
    post_id: str
    account: str
    fence: int
    due_at: datetime
    wants_preparing: bool
    prepare_now: bool = True  # ahead of its moment; after an upload has failed, not before that moment
    kind: str = "post"  # or "reply", "takedown"


@dataclass(frozen=True)
class Begun:
    """The point of no return is behind us: send exactly this, once, until `send_by`."""

    attempt_id: str
    delivery_id: str
    account: str
    payload: bytes
    handle: str
    fence: int


@dataclass(frozen=True)
class ToLook:
    """An unknown delivery whose network is to be asked."""

    delivery_id: str
    attempt_id: str
    account: str
    attempt: Attempt
    kind: str = "post"  # or "reply"


# --- claim and prepare -------------------------------------------------------------------------------


def claim(work: Work, worker: str, limit: int = BATCH) -> tuple[Claim, ...]:
    """Take what is due within the next minute, with a lease and a raised fence."""
    ids = deliveries.claim(
        work.db, by=worker, until=work.now + machine.LEASE, ahead=work.now + machine.CLAIM_AHEAD,
        now=work.now, limit=limit,
    )  # fmt: skip
    if not ids:
        return ()
    return tuple(
        Claim(
            row.id,
            row.post_id,
            row.account,
            row.fence,
            row.due_at,
            wants_preparing=row.kind == "post" and not row.prepared,
            prepare_now=row.tries == 0,
            kind=row.kind,
        )
        for row in deliveries.claimed(work.db, ids)
    )


def material(work: Work, held: Claim) -> tuple[Content, Mapping[str, Any]]:
    """What `prepare` needs, images read: a question, asked outside any write."""
    post = posts.load(work.db, held.post_id)
    if post is None:
        raise LookupError(held.post_id)
    content = checking.content(work, post.version.body, held.account, with_bytes=True)
    return content, deliveries.prepared_of(work.db, held.delivery_id)


def keep_prepared(work: Work, held: Claim, prepared: dict[str, Any]) -> None:
    deliveries.save_prepared(work.db, held.delivery_id, held.fence, prepared, work.now)


def could_not_prepare(work: Work, held: Claim, outcome: Outcome) -> None:
    """An upload failed; nothing was published. The same machine decides what is next, never before the slot."""
    case = casework.load_case(work, held.post_id)
    delivery = _held(work, held)
    if delivery is None:
        return
    if isinstance(outcome, Unknown):  # an upload may be repeated freely
        outcome = NotSent(outcome.evidence)
    tries = delivery.tries + 1
    after = _judge(work, replace(delivery, tries=tries), outcome)
    if after.due_at is not None and case.post.slot is not None:
        after = replace(after, due_at=max(after.due_at, case.post.slot))
    _apply(work, delivery, after)
    deliveries.change(work.db, delivery.id, work.now, tries=tries)
    data = {"account": delivery.account, "outcome": type(outcome).__name__, "reason": after.reason}
    work.note(What.OUTCOME, None, case.post, **data)
    _tell(work, delivery, after)
    if after.state is State.READY:
        return
    if case.post.status is Status.APPROVED:
        post = casework.moved(case.post, Status.PUBLISHING, work, None)
        casework.save(work, post)
    _finish(work, held.post_id)


def renew(work: Work, held: list[Claim], worker: str) -> None:
    ids = [one.delivery_id for one in held]
    deliveries.renew(work.db, ids, by=worker, until=work.now + machine.LEASE)


# --- begin -------------------------------------------------------------------------------------------


def begin(work: Work, held: Claim) -> Begun | None:
    """All checks under lock, then the attempt with the exact bytes. None: it may not be sent (now).

    Gate, approvals of this very version at the current epochs, slot window, fence, a minute between two posts
    of one account. The commit is the point of no return.
    """
    case = casework.load_case(work, held.post_id)
    delivery = _held(work, held)
    slot = case.post.slot
    if delivery is None or delivery.due_at is None or slot is None or max(delivery.due_at, slot) > work.now:
        return None
    authority = _authority(work, case)
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


def _authority(work: Work, case: Case) -> rules.Approval | None:
    given = approvals.of_version(work.db, case.post.version.id)
    return rules.standing(given, case.post.version, case.epochs, work.policy).authority


def _why_not(work: Work, case: Case, delivery: Delivery, authority: rules.Approval | None) -> str | None:
    if case.closed:
        return "publishing is paused"
    if case.post.status not in (Status.APPROVED, Status.PUBLISHING):
        return "it is not approved any more"
    if delivery.account not in case.post.version.body.accounts:
        return "it is not for this account any more"
    gone = [name for name in case.post.version.body.accounts if name not in work.accounts]
    if delivery.account in gone or (gone and case.post.status is Status.APPROVED):
        return f"the account {gone[0]} is not in the settings any more"
    if delivery.latest_at is None or delivery.latest_at < work.now:
        return TOO_LATE
    return None if authority else "its approval has ended"


TOO_LATE = "it was too late: nothing that old goes out by itself"


def _stand_down(work: Work, case: Case, delivery: Delivery, why: str) -> None:
    """A check failed. Of an approved post everything waits for people; of a publishing one, this is dropped."""
    if case.post.status is Status.PUBLISHING:
        _drop(work, delivery, why)
        _finish(work, case.post.id)
        return
    casework.disarm(work, case.post)
    if case.post.status is not Status.APPROVED:
        return
    end = decide_by(case.post, work.policy)
    if why == TOO_LATE:
        review.miss(work, case, "it was approved, but could not be sent in time")
    elif end is not None and end <= work.now:  # no decision could count any more
        review.miss(work, case, review.why_missed(work, case) if case.closed else why)
    else:
        casework.save(work, casework.moved(case.post, Status.REVIEW, work, None, None), urgency=1)


def _drop(work: Work, delivery: Delivery, why: str, by: str | None = None) -> None:
    deliveries.change(
        work.db, delivery.id, work.now, state=State.DROPPED, reason=why, due_at=None, lease_until=None,
        resolved_by=by,
    )  # fmt: skip
    post = posts.load(work.db, delivery.post_id) if delivery.post_id else None
    work.note(What.DROPPED, by, post, account=delivery.account, why=why)


def _wait_for_turn(work: Work, case: Case, delivery: Delivery, at: datetime) -> None:
    """Another post of the account began less than a minute ago (promise P5)."""
    if delivery.latest_at is not None and at > delivery.latest_at:
        _stand_down(work, case, delivery, TOO_LATE)
        return
    deliveries.change(work.db, delivery.id, work.now, state=State.READY, due_at=at, lease_until=None)
    work.wake("clock")


def _write_attempt(work: Work, case: Case, delivery: Delivery, authority: rules.Approval) -> Begun:
    post, attempt_id = case.post, work.new_id()
    connection = work.accounts[delivery.account]
    content = checking.content(work, post.version.body, delivery.account)
    prepared = deliveries.prepared_of(work.db, delivery.id)
    payload = connection.render(content, prepared, delivery.handle, work.now)
    deliveries.add_attempt(
        work.db, id=attempt_id, delivery_id=delivery.id, post_id=post.id, version_id=post.version.id,
        approval_id=authority.id, fence=delivery.fence, epochs=case.epochs, bytes=payload,
        started_at=work.now, send_by=work.now + machine.SEND_WINDOW,
    )  # fmt: skip
    until = work.now + machine.SEND_WINDOW + machine.CALL_LIMIT + timedelta(seconds=5)
    deliveries.change(
        work.db, delivery.id, work.now, state=State.SENDING, tries=delivery.tries + 1, lease_until=until
    )
    work.note(What.BEGUN, None, post, account=delivery.account, attempt=attempt_id)
    if post.status is Status.APPROVED:
        casework.save(work, casework.moved(post, Status.PUBLISHING, work, None), urgency=2)
    return Begun(attempt_id, delivery.id, delivery.account, payload, delivery.handle, delivery.fence)


# --- outcome and settle ------------------------------------------------------------------------------


def record_outcome(work: Work, begun: Begun, outcome: Outcome) -> None:
    """Write how the one call ended, guarded by the fence; late proof of success is never thrown away."""
    attempt = deliveries.attempt(work.db, begun.attempt_id)
    casework.load_case(work, attempt.post_id)
    delivery = deliveries.load(work.db, begun.delivery_id, lock=True)
    if delivery is None:
        return
    if delivery.fence != begun.fence or delivery.state not in (State.SENDING, State.UNKNOWN):
        _late_outcome(work, delivery, attempt, outcome)
        return
    after = _judge(work, delivery, outcome)
    _end(work, delivery, begun.attempt_id, after, http_status=getattr(outcome, "http_status", None))
    data = {"account": delivery.account, "attempt": attempt.id, "outcome": type(outcome).__name__}
    post = posts.load(work.db, attempt.post_id)
    work.note(What.OUTCOME, None, post, **data, reason=after.reason, remote_id=after.remote_id)
    _tell(work, delivery, after)
    _finish(work, attempt.post_id)


def _judge(work: Work, delivery: Delivery, outcome: Outcome) -> Next:
    connection = work.accounts.get(delivery.account)
    settle = connection.capabilities.settle_after if connection else timedelta(seconds=90)
    return machine.after_outcome(
        outcome, tries=max(delivery.tries, 1), latest_at=delivery.latest_at, now=work.now, settle_after=settle
    )


def _end(work: Work, delivery: Delivery, attempt_id: str, after: Next, *, http_status: int | None) -> None:
    deliveries.end_attempt(
        work.db, attempt_id, after.attempt, work.now, http_status=http_status,
        evidence=after.reason, remote_id=after.remote_id,
    )  # fmt: skip
    _apply(work, delivery, after)


def _apply(work: Work, delivery: Delivery, after: Next) -> None:
    deliveries.change(
        work.db, delivery.id, work.now, state=after.state, reason=after.reason, due_at=after.due_at,
        next_check_at=after.next_check_at, lease_until=None, remote_id=after.remote_id,
        remote_url=after.remote_url,
    )  # fmt: skip
    work.wake("clock")


def _late_outcome(work: Work, delivery: Delivery, attempt: Row[Any], outcome: Outcome) -> None:
    """The answer of an attempt that was settled without it. Only proof of success still changes anything."""
    if not isinstance(outcome, Sent) or delivery.remote_id == outcome.remote_id:
        return
    last = deliveries.last_attempt(work.db, delivery.id)
    if last is not None and last.id == attempt.id:
        _late_proof(work, delivery, attempt, outcome)
    else:
        _incident(work, delivery, attempt.id, outcome, "it may be there twice")


def _late_proof(work: Work, delivery: Delivery, attempt: Row[Any], outcome: Sent) -> None:
    """No second attempt has begun, so this settles it: the delivery is sent, whatever was thought since."""
    deliveries.prove_sent(work.db, attempt.id, work.now, remote_id=outcome.remote_id)
    _apply(
        work, delivery, Next(State.SENT, AttemptState.SENT, None, None, None, outcome.remote_id, outcome.url)
    )
    post = posts.load(work.db, attempt.post_id)
    if post is None:
        return
    data = {
        "account": delivery.account,
        "attempt": attempt.id,
        "outcome": "Sent",
        "remote_id": outcome.remote_id,
    }
    work.note(What.OUTCOME, None, post, **data, late=True)
    if post.status in (Status.MISSED, Status.FAILED):
        casework.save(work, casework.moved(post, Status.PUBLISHING, work, None))
    elif post.status not in (Status.PUBLISHING, Status.PUBLISHED):
        _incident(work, delivery, attempt.id, outcome, "it is there already")
    _finish(work, attempt.post_id)


def _incident(work: Work, delivery: Delivery, attempt_id: str, outcome: Sent, what: str) -> None:
    """Tell people what only they can mend."""
    post = posts.load(work.db, delivery.post_id) if delivery.post_id else None
    links = [delivery.remote_url, outcome.url]
    work.note(What.INCIDENT, None, post, account=delivery.account, attempt=attempt_id, links=links)
    if delivery.post_id:
        title = work.policy.title_of(delivery.account)
        sentence = f"{title} confirmed an earlier try late; {what}: {outcome.url}"
        values = {"sentence": sentence, "mention": list(work.policy.approvers)}
        cards.say(work.db, delivery.post_id, "incident", values, work.now)
        work.wake("desk")


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
    if glimpse.post_id:
        casework.load_case(work, glimpse.post_id)
    delivery = deliveries.load(work.db, glimpse.id, lock=True)
    if delivery is None or (delivery.state, delivery.fence) != (State.SENDING, glimpse.fence):
        return 1
    if delivery.kind == "takedown":
        from bot.services import taking_down

        taking_down.lapsed(work, delivery)
    else:
        _nobody_knows(work, delivery)
    return 1


def _nobody_knows(work: Work, delivery: Delivery) -> None:
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
    _apply(work, delivery, after)
    _tell(work, delivery, after)
    if delivery.post_id:
        _finish(work, delivery.post_id)


def to_look_at(work: Work, limit: int = 20) -> tuple[ToLook, ...]:
    """Unknown deliveries whose network is to be asked now."""
    found = []
    for delivery_id in deliveries.to_look_at(work.db, work.now, limit):
        delivery = deliveries.load(work.db, delivery_id)
        attempt = deliveries.live_attempt(work.db, delivery_id)
        if delivery and attempt:
            what = Attempt(delivery.handle, bytes(attempt.bytes), attempt.started_at)
            found.append(ToLook(delivery_id, attempt.id, delivery.account, what, delivery.kind))
    return tuple(found)


def settle(work: Work, looked: ToLook, look: Look) -> None:
    """What a look-up found. Proven absent is ready again, through all checks of begin."""
    attempt = deliveries.attempt(work.db, looked.attempt_id)
    case = casework.load_case(work, attempt.post_id)
    delivery = deliveries.load(work.db, looked.delivery_id, lock=True)
    if delivery is None or delivery.state is not State.UNKNOWN or delivery.fence != attempt.fence:
        return  # settled meanwhile, or it was an earlier attempt that was looked at
    after = machine.after_look(look, started_at=attempt.started_at, now=work.now)
    if after.state is State.READY and (delivery.latest_at is None or delivery.latest_at < work.now):
        after = replace(after, state=State.DROPPED, reason=f"It is not there, and {TOO_LATE}", due_at=None)
    _end(work, delivery, attempt.id, after, http_status=attempt.http_status)
    found = type(look).__name__
    work.note(What.LOOKED, None, case.post, account=delivery.account, found=found, next=after.state.key)
    _tell(work, delivery, after)
    _finish(work, attempt.post_id)


def _tell(work: Work, delivery: Delivery, after: Next) -> None:
    """A line in the thread where a person must see it: a refusal, and an outcome looking could not tell."""
    if delivery.post_id is None:
        return
    told = {State.REFUSED: "failed", State.UNKNOWN: "unknown"}
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


def _finish(work: Work, post_id: str) -> None:
    """Every delivery final: the post is published, failed, or missed; else its card is redrawn."""
    case = casework.load_case(work, post_id)
    of_post = deliveries.of_post(work.db, post_id, lock=True)
    cards.touch_banners(work.db, (ALL, *(delivery.account for delivery in of_post)))
    status = machine.finish(delivery.state for delivery in of_post)
    if case.post.status is not Status.PUBLISHING or status is None:
        cards.touch_post(work.db, post_id, urgency=3)
        work.wake("desk")
        return
    reason = next((d.reason for d in of_post if d.state is State.DROPPED), None)
    post = casework.moved(case.post, status, work, None, reason if status is Status.MISSED else None)
    work.note(What.FINISHED, None, post, status=status.key)
    sent = [d for d in of_post if d.state is State.SENT]
    if sent:
        links = [[work.policy.title_of(d.account), d.remote_url] for d in sent]
        cards.say(work.db, post_id, "published", {"links": links}, work.now)
    casework.save(work, post, urgency=2)


# --- what people say to it ---------------------------------------------------------------------------


def stop_rest(work: Work, person: Person, seen: Seen, key: str) -> None:
    """Deliveries that have not begun are dropped. One on its way is not sent again if it turns out not to be there."""
    case = casework.open_case(work, person, Verb.STOP_REST, seen, key)
    for delivery in deliveries.of_post(work.db, case.post.id, lock=True):
        if delivery.state in (State.READY, State.CLAIMED):
            _drop(work, delivery, f"stopped by {names_of(work, (person.id,))}", person.id)
        elif not delivery.state.final:
            deliveries.change(work.db, delivery.id, work.now, latest_at=work.now, resolved_by=person.id)
    work.note(What.STOPPED_REST, person.id, case.post)
    _finish(work, case.post.id)


def try_again(work: Work, person: Person, delivery_id: str, key: str) -> None:
    """Send to this one account again: same version, a fresh approval, lateness counted from now.

    Also the answer "It is not: send again" to an unknown outcome, once looking has ended.
    """
    casework.check_right(work, person, Verb.TRY_AGAIN)
    casework.once(work, key)
    case, delivery = _delivery_case(work, delivery_id)
    if case.post.status not in MOVES[Verb.TRY_AGAIN]:
        raise NotFrom(verb=Verb.TRY_AGAIN.value, state=state_sentence(work, case.post.id))
    title = work.policy.title_of(delivery.account)
    if delivery.state is State.UNKNOWN and not delivery.asks_a_person:
        raise LookFirst(account=title)
    if delivery.state not in (State.REFUSED, State.DROPPED, State.UNKNOWN):
        raise NothingToSend(account=title)
    review.must_be_open(work, case)
    if rules.author_barred(person, case.post, work.policy):
        raise AuthorMayNotApprove(approvers=names_of(work, work.policy.approvers))
    if not _renew_approval(work, case, person, key):
        _ask_for_more(work, case, person, title)
        return
    if delivery.state is State.UNKNOWN:
        _person_says_absent(work, delivery, person)
    deliveries.change(
        work.db, delivery.id, work.now, state=State.READY, due_at=work.now, tries=0, prepared={}, reason=None,
        latest_at=work.now + work.policy.lateness_limit, next_check_at=None, resolved_by=person.id,
    )  # fmt: skip
    work.note(What.TRIED_AGAIN, person.id, case.post, account=delivery.account)
    casework.save(work, casework.moved(case.post, Status.PUBLISHING, work, person.id), urgency=1)


def _delivery_case(work: Work, delivery_id: str) -> tuple[Case, Delivery]:
    glimpse = deliveries.load(work.db, delivery_id)
    if glimpse is None or glimpse.post_id is None:
        raise NothingToSend(account="that account")
    case = casework.load_case(work, glimpse.post_id)
    delivery = deliveries.load(work.db, delivery_id, lock=True)
    if delivery is None:
        raise NothingToSend(account="that account")
    return case, delivery


def _renew_approval(work: Work, case: Case, person: Person, key: str) -> bool:
    """The actor's fresh approval replaces an older one of theirs. Whether there are enough now."""
    for older in approvals.of_version(work.db, case.post.version.id):
        if older.by == person.id and older.revoked_at is None and older.kind == rules.APPROVE:
            approvals.end_one(work.db, older.id, by=person.id, why="sent it again", now=work.now)
    review.add_approval(work, case, person, key)
    return _authority(work, case) is not None


def _ask_for_more(work: Work, case: Case, person: Person, title: str) -> None:
    """The approval is kept, so that the next approver's Try again is enough: after a pause nobody's alone is."""
    given = approvals.of_version(work.db, case.post.version.id)
    counted = rules.standing(given, case.post.version, case.epochs, work.policy)
    sentence = (
        f"{names_of(work, (person.id,))} wants to send it again on {title}: that needs {counted.needed} approvals,"
        f" and {len(counted.words)} still count. Nothing is sent until another approver tries again."
    )
    values = {"sentence": sentence, "mention": list(work.policy.approvers)}
    cards.say(work.db, case.post.id, "incident", values, work.now)
    casework.save(work, case.post, urgency=1)


def _person_says_absent(work: Work, delivery: Delivery, person: Person) -> None:
    attempt = deliveries.live_attempt(work.db, delivery.id)
    if attempt is not None:
        why = f"{person.id} looked: it is not there"
        deliveries.end_attempt(work.db, attempt.id, AttemptState.ABSENT, work.now, evidence=why)


def it_is_there(work: Work, person: Person, delivery_id: str, key: str) -> None:
    """A person looked and found it: the unknown delivery is sent. By anyone of the team."""
    casework.check_right(work, person, Verb.SETTLE)
    casework.once(work, key)
    case, delivery = _delivery_case(work, delivery_id)
    attempt = deliveries.live_attempt(work.db, delivery.id)
    if delivery.state is not State.UNKNOWN or attempt is None:
        raise NotFrom(verb=Verb.SETTLE.value, state=state_sentence(work, case.post.id))
    after = Next(State.SENT, AttemptState.SENT)
    _end(work, delivery, attempt.id, after, http_status=attempt.http_status)
    deliveries.change(work.db, delivery.id, work.now, resolved_by=person.id)
    work.note(What.SETTLED, person.id, case.post, account=delivery.account)
    _finish(work, case.post.id)
