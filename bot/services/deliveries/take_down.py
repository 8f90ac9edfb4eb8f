"""A person orders a take-down, of a post on one account or of a reply.

What becomes of it: `deliveries/take_downs.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.deliveries import Attempt, AttemptState, Delivery, State
from bot.domain.facts import FactKind
from bot.domain.kinds import DeliveryType
from bot.domain.people import Person, Right, Role
from bot.domain.posts import Verb
from bot.domain.refusals import (
    AlreadyBeingTakenDown,
    ByhandDeletes,
    CannotTakeDown,
    NotFrom,
    NothingToSend,
    OnlyApprovers,
    Outdated,
    Refusal,
    WhoAreYou,
)
from bot.services import clicks
from bot.services.accounts import profiles
from bot.services.deliveries.take_downs import redraw, tell_gone
from bot.services.pause import drill_over
from bot.services.posts import lifecycle, standing
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import make_state_sentence, name_approvers, name_post, refuse_guest
from bot.store import deliveries
from bot.store.inbox import about_posts
from bot.store.pause import gate, told
from bot.store.posts import posts

BY_HAND = "a person deleted it there"  # what an attempt of that rests on


def take_down(work: UnitOfWork, person: Person, delivery_id: str, key: str) -> None:
    """Ask for it. Approvers, the team's and the post's; the whole team while the account is paused."""
    target, post_id = _find_out(work, delivery_id)
    check_right(work, person, target)
    clicks.count_once(work, key)
    case = lifecycle.load_case(work, post_id)
    title = work.policy.title_of(target.account)
    _must_be_its_profile(work, target)
    if is_left_to_people(work, target):
        raise CannotTakeDown(account=title)
    if _under_way(deliveries.list_take_downs(work.db, post_id, target.account)):
        raise AlreadyBeingTakenDown(account=title)
    _order(work, person, target, key)
    work.note(FactKind.TAKE_DOWN, person.id, case.post, account=target.account, remote_id=target.remote_id)
    redraw(work, post_id, target.id)
    work.wake(Wake.CLOCK)


def _must_be_its_profile(work: UnitOfWork, target: Delivery) -> None:
    """Raises NotFrom."""
    if profiles.went_to_former(work, target.account, target.id):
        where = f"It is on {profiles.name_former(work, target.account)}. Open it there and delete it by hand."
        raise NotFrom(verb="take it down", state=where)


def _find_out(work: UnitOfWork, delivery_id: str) -> tuple[Delivery, str]:
    """What is out, and of which post. Raises NothingToSend."""
    target = deliveries.load(work.db, delivery_id)
    drill_over.check_delivery(work, target)
    if target is None or target.state is not State.SENT or target.remote_id is None or target.post_id is None:
        raise NothingToSend(account=work.policy.title_of(target.account) if target else "that account")
    return target, target.post_id


def check_may(work: UnitOfWork, person: Person, post_id: str) -> None:
    """Before a dialog asks from where: raises the refusal of whoever may take it down from nowhere."""
    sent = [one for one in deliveries.list_of_post(work.db, post_id) if one.state is State.SENT]
    refused: list[Refusal] = []
    for one in sent:
        try:
            check_right(work, person, one)
        except Refusal as refusal:
            refused.append(refusal)
    if sent and len(refused) == len(sent):
        raise refused[0]


def order_reply(work: UnitOfWork, person: Person, target: Delivery, key: str) -> None:
    """The same of a reply, whose conversation is locked. The caller has judged everything but the network."""
    title = work.policy.title_of(target.account)
    connection = work.accounts.get(target.account)
    if connection is None or not connection.capabilities.can_delete or target.remote_id is None:
        raise CannotTakeDown(account=title)
    _must_be_its_profile(work, target)
    if _under_way(deliveries.list_take_downs_of_reply(work.db, target.account, target.remote_id)):
        raise AlreadyBeingTakenDown(account=title)
    _order(work, person, target, key)
    work.wake(Wake.CLOCK)


def take_down_all(
    work: UnitOfWork, person: Person, delivery_ids: Sequence[str], key: str, gone: Sequence[str] = ()
) -> None:
    """The same of several accounts at once; `gone`: of those where Byhand cannot delete, what this person deleted.
    Refused only if none of them can be taken down."""
    refused: list[Refusal] = []
    verbs = [*((take_down, one) for one in delivery_ids), *((say_deleted, one) for one in gone)]
    for number, (verb, delivery_id) in enumerate(verbs):
        try:
            verb(work, person, delivery_id, f"{key}:{number}")
        except Refusal as refusal:
            refused.append(refusal)
    if len(refused) == len(verbs):
        raise refused[0] if refused else NothingToSend(account="that account")


# --- where Byhand cannot delete ------------------------------------------------------------------------


def is_left_to_people(work: UnitOfWork, delivery: Delivery) -> bool:
    """Byhand cannot delete it there: a person put it up, so that it knows no id of it, the network has no delete, or
    none for this sign-in, the account left the settings, or is another profile now."""
    connection = work.accounts.get(delivery.account)
    if connection is None or not connection.capabilities.can_delete or delivery.holder is not None:
        return True
    return profiles.went_to_former(work, delivery.account, delivery.id)


def say_deleted(work: UnitOfWork, person: Person, delivery_id: str, key: str) -> None:
    """I deleted it: by whoever may take it down. Raises ByhandDeletes, Outdated where somebody said so before, and as
    `take_down`."""
    target, _ = _find_out(work, delivery_id)
    check_right(work, person, target)
    clicks.count_once(work, key)
    if not is_left_to_people(work, target):
        raise ByhandDeletes(account=work.policy.title_of(target.account))
    record_deleted(work, person, target, key)


def record_deleted(work: UnitOfWork, person: Person, target: Delivery, key: str) -> None:
    """It is gone there, on this person's word: as a take-down that has ended. Raises Outdated."""
    post_id = target.post_id or ""
    case = lifecycle.load_case(work, post_id)
    about_posts.lock(work.db, post_id, target.account)
    asked = deliveries.list_take_downs(work.db, post_id, target.account)
    if any(one.state is State.SENT and one.remote_id == target.remote_id for one in asked):
        raise Outdated(state=make_state_sentence(work, post_id))
    click_id, gone_id = _order(work, person, target, key)
    attempt = Attempt(
        work.make_id(), gone_id, fence=1, epochs="{}", payload=str(target.remote_id).encode(), started_at=work.now,
        send_by=work.now, post_id=post_id, click_id=click_id,
    )  # fmt: skip
    deliveries.add_attempt(work.db, attempt)
    deliveries.end_attempt(work.db, attempt.id, AttemptState.SENT, work.now, evidence=BY_HAND)
    deliveries.change(work.db, gone_id, work.now, state=State.SENT, fence=1, due_at=None)
    data = {"delivery": target.id, "account": target.account, "remote_id": target.remote_id}
    work.note(FactKind.DELETED_BY_HAND, person.id, case.post, **data)
    tell_gone(work, post_id, target.account, target.id, str(target.remote_id))
    redraw(work, post_id, target.id, told.list_of_take_down(work.db, click_id))


# --- of all ------------------------------------------------------------------------------------------


def check_right(work: UnitOfWork, person: Person, target: Delivery) -> None:
    """Approvers, the team's and the post's; the whole team while the account is paused."""
    paused = gate.read(work.db).closed_for((target.account,)) is not None
    post = posts.load(work.db, target.post_id or "")
    named = post is not None and standing.may_approve(work, person, post.version)
    if named or person.may(Right.APPROVE) or (paused and person.may(Right.STOP)):
        return
    what = Verb.TAKE_DOWN.say(name_post(work, target.post_id or ""))
    if person.role in (Role.GUEST, Role.OUTSIDER):
        raise refuse_guest(work, Right.STOP if paused else Right.APPROVE, what)
    if person.role is Role.UNKNOWN:
        raise WhoAreYou
    raise OnlyApprovers(verb=what, approvers=name_approvers(work))


def _under_way(known: Sequence[Delivery]) -> bool:
    return any(one.state in (State.READY, State.CLAIMED, State.SENDING) for one in known)


def _order(work: UnitOfWork, person: Person, target: Delivery, key: str) -> tuple[str, str]:
    """A click and a delivery that names it. Returns their ids."""
    click_id = work.make_id()
    deliveries.add_click(work.db, click_id, action_key=key, by=person.id, at=work.now)
    ordered = Delivery(
        id=work.make_id(), post_id=target.post_id, kind=DeliveryType.TAKE_DOWN, account=target.account,
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
    return click_id, ordered.id
