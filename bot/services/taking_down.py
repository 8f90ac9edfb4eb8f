"""Take down: the network's delete, account by account, on a person's click. Never stopped by the gate or by lateness.

What is taken down is a post on one account, or a reply to a customer, whose delivery has no post. A take-down is a
delivery of its own kind with the same claim, begin, outcome. Unlike a post it may be repeated: a second delete of what
is gone is gone. So an outcome nobody knows is said, and the button stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.domain import deliveries as machine
from bot.domain.conversations import Conversation
from bot.domain.deliveries import Attempt, AttemptState, Delivery, State
from bot.domain.facts import What
from bot.domain.gate import ALL
from bot.domain.kinds import DeliveryType, LineType
from bot.domain.outcomes import Later, NeedsLogin, NotSent, Outcome, Refused, Sent
from bot.domain.people import Person, Right, Role
from bot.domain.posts import Post
from bot.domain.refusals import (
    AlreadyBeingTakenDown,
    CannotTakeDown,
    NothingToSend,
    OnlyApprovers,
    OnlyMembers,
    Refusal,
    WhoAreYou,
)
from bot.domain.urgency import Urgency
from bot.services import casework, talks
from bot.services.deliveries import reply_outcomes
from bot.services.deliveries.types import Begun, Claim
from bot.services.wording import names_of
from bot.services.work import Work
from bot.store import cards, deliveries, gate, posts

TRIES = 5  # of a delete that did not reach the network, before a person is asked


def take_down(work: Work, person: Person, delivery_id: str, key: str) -> None:
    """Ask for it. Approvers; the whole team while the account is paused."""
    target = deliveries.load(work.db, delivery_id)
    if target is None or target.state is not State.SENT or target.remote_id is None or target.post_id is None:
        raise NothingToSend(account=work.policy.title_of(target.account) if target else "that account")
    _check_right(work, person, target)
    casework.once(work, key)
    case = casework.load_case(work, target.post_id)
    title = work.policy.title_of(target.account)
    connection = work.accounts.get(target.account)
    if connection is None or not connection.capabilities.can_delete:
        raise CannotTakeDown(account=title)
    if _under_way(deliveries.take_downs(work.db, target.post_id, target.account)):
        raise AlreadyBeingTakenDown(account=title)
    _order(work, person, target, key)
    work.note(What.TAKE_DOWN, person.id, case.post, account=target.account, remote_id=target.remote_id)
    _redraw(work, target.post_id)
    work.wake("clock")


def order_reply(work: Work, person: Person, target: Delivery, key: str) -> None:
    """The same of a reply, whose conversation is locked. The caller has judged everything but the network."""
    title = work.policy.title_of(target.account)
    connection = work.accounts.get(target.account)
    if connection is None or not connection.capabilities.can_delete or target.remote_id is None:
        raise CannotTakeDown(account=title)
    if _under_way(deliveries.take_downs_of(work.db, target.account, target.remote_id)):
        raise AlreadyBeingTakenDown(account=title)
    _order(work, person, target, key)
    work.wake("clock")


def take_down_all(work: Work, person: Person, delivery_ids: Sequence[str], key: str) -> None:
    """The same of several accounts at once. Refused only if none of them can be taken down."""
    refused: list[Refusal] = []
    for number, delivery_id in enumerate(delivery_ids):
        try:
            take_down(work, person, delivery_id, f"{key}:{number}")
        except Refusal as refusal:
            refused.append(refusal)
    if len(refused) == len(delivery_ids):
        raise refused[0] if refused else NothingToSend(account="that account")


def _check_right(work: Work, person: Person, target: Delivery) -> None:
    paused = gate.read(work.db).closed_for((target.account,)) is not None
    if person.may(Right.APPROVE) or (paused and person.may(Right.STOP)):
        return
    if person.role in (Role.GUEST, Role.OUTSIDER):
        raise OnlyMembers
    if person.role is Role.UNKNOWN:
        raise WhoAreYou
    raise OnlyApprovers(verb="take down", approvers=names_of(work, work.policy.approvers))


def _under_way(known: Sequence[Delivery]) -> bool:
    return any(one.state in (State.READY, State.CLAIMED, State.SENDING) for one in known)


def _order(work: Work, person: Person, target: Delivery, key: str) -> None:
    """A click and a delivery that names it."""
    click_id = work.new_id()
    deliveries.add_click(work.db, click_id, action_key=key, by=person.id, at=work.now)
    ordered = Delivery(
        id=work.new_id(), post_id=target.post_id, kind=DeliveryType.TAKE_DOWN, account=target.account,
        state=State.READY, handle=click_id, due_at=work.now, latest_at=None,
    )  # fmt: skip
    deliveries.add(work.db, ordered, now=work.now)
    deliveries.change(
        work.db,
        ordered.id,
        work.now,
        remote_id=target.remote_id,
        prepared={"click": click_id, "of": target.id},
        resolved_by=person.id,
    )


def begin(work: Work, held: Claim) -> Begun | None:
    """The attempt, with the person's click as its authority. Neither gate nor lateness is asked."""
    delivery = _locked(work, held.delivery_id)
    if delivery is None or delivery.state is not State.CLAIMED or delivery.fence != held.fence:
        return None
    if delivery.account not in work.accounts or delivery.remote_id is None:
        _end(work, delivery, State.REFUSED, "The account is not in the settings any more.")
        return None
    attempt_id = work.new_id()
    payload = delivery.remote_id.encode()
    attempt = Attempt(
        id=attempt_id, delivery_id=delivery.id, post_id=delivery.post_id, click_id=delivery.handle,
        fence=delivery.fence, epochs="{}", payload=payload, started_at=work.now,
        send_by=work.now + machine.SEND_WINDOW,
    )  # fmt: skip
    deliveries.add_attempt(work.db, attempt)
    until = work.now + machine.SEND_WINDOW + machine.CALL_LIMIT + timedelta(seconds=5)
    tries = delivery.tries + 1
    deliveries.change(work.db, delivery.id, work.now, state=State.SENDING, tries=tries, lease_until=until)
    return Begun(attempt_id, delivery.id, delivery.account, payload, delivery.handle, delivery.fence)


def record_outcome(work: Work, begun: Begun, outcome: Outcome) -> None:
    """Gone, refused, or nobody knows; a call that never reached the network is made again."""
    delivery = _locked(work, begun.delivery_id)
    if delivery is None or delivery.fence != begun.fence or delivery.state is not State.SENDING:
        return
    match outcome:
        case Sent():
            deliveries.end_attempt(work.db, begun.attempt_id, AttemptState.SENT, work.now)
            _end(work, delivery, State.SENT, None)
        case Refused(reason):
            deliveries.end_attempt(work.db, begun.attempt_id, AttemptState.REFUSED, work.now, evidence=reason)
            _end(work, delivery, State.REFUSED, reason)
        case NotSent(why) | Later(why) | NeedsLogin(why):
            deliveries.end_attempt(work.db, begun.attempt_id, AttemptState.NOT_SENT, work.now, evidence=why)
            _again(work, delivery, why)
        case _:
            why = outcome.evidence
            deliveries.end_attempt(work.db, begun.attempt_id, AttemptState.UNKNOWN, work.now, evidence=why)
            _end(work, delivery, State.UNKNOWN, why)


def _again(work: Work, delivery: Delivery, why: str) -> None:
    if delivery.tries >= TRIES:
        _end(work, delivery, State.REFUSED, why)
        return
    at = work.now + machine.back_off(delivery.tries)
    deliveries.change(
        work.db, delivery.id, work.now, state=State.READY, due_at=at, reason=why, lease_until=None
    )
    work.wake("clock")


def _locked(work: Work, delivery_id: str) -> Delivery | None:
    """A take-down under its lock; of a reply, after its conversation's."""
    _talk(work, deliveries.load(work.db, delivery_id))
    return deliveries.load(work.db, delivery_id, lock=True)


def _talk(work: Work, delivery: Delivery | None) -> Conversation | None:
    """The conversation of the reply it takes down, locked; None: it takes down a post."""
    if delivery is None or delivery.post_id is not None:
        return None
    return talks.of_delivery(work, _reply(delivery))


def _reply(delivery: Delivery) -> str:
    return str(delivery.prepared["of"])


def lapsed(work: Work, glimpse: Delivery) -> None:
    """The process died with the call under way: nobody knows. The button stays; deleting twice does no harm."""
    delivery = _locked(work, glimpse.id)
    if delivery is None or (delivery.state, delivery.fence) != (State.SENDING, glimpse.fence):
        return
    attempt = deliveries.live_attempt(work.db, delivery.id)
    why = "Byhand stopped before the network's answer came"
    if attempt is not None:
        deliveries.end_attempt(work.db, attempt.id, AttemptState.UNKNOWN, work.now, evidence=why)
    _end(work, delivery, State.UNKNOWN, why)


def _end(work: Work, delivery: Delivery, state: State, reason: str | None) -> None:
    deliveries.change(
        work.db,
        delivery.id,
        work.now,
        state=state,
        reason=reason,
        due_at=None,
        next_check_at=None,
        lease_until=None,
    )
    post: Post | None = posts.load(work.db, delivery.post_id) if delivery.post_id else None
    what = What.TAKEN_DOWN if state is State.SENT else What.NOT_TAKEN_DOWN
    work.note(what, delivery.resolved_by, post, account=delivery.account, reason=reason, state=state.key)
    if delivery.post_id:
        _redraw(work, delivery.post_id)
    else:
        _tell(work, delivery, state)


def _tell(work: Work, delivery: Delivery, state: State) -> None:
    """Of a reply: its conversation."""
    talk = _talk(work, delivery)
    if talk is None:
        return
    if state is State.SENT:
        reply_outcomes.deleted(work, talk, _reply(delivery), delivery.resolved_by)
        return
    title = work.policy.title_of(delivery.account)
    sentence = (
        f"{title} has not confirmed that the reply is deleted. Please look there, or delete it once more."
    )
    talks.say(work, talk, LineType.INCIDENT, sentence=sentence, mention=[delivery.resolved_by])
    talks.redraw(work, talk)


def _redraw(work: Work, post_id: str) -> None:
    """The post's card, and every banner that lists it."""
    cards.touch_post(work.db, post_id, urgency=Urgency.DECISION)
    cards.touch_banners(work.db, (ALL, *work.policy.accounts))
    work.wake("desk")
