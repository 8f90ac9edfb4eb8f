"""A person posts it themselves: their press is the begin, through the same checks and the same rows as any other send.

Whoever pressed first has it, and nobody else is offered it. Until they say how it went it is being sent; after half an
hour of silence nobody knows, and they are asked. Nothing here is ever tried again by itself.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from bot.domain.deliveries import HOLDER, LEASE, Attempt, AttemptState, Delivery, Next, State
from bot.domain.facts import FactKind
from bot.domain.kinds import LineType
from bot.domain.outcomes import Sent
from bot.domain.people import Person
from bot.domain.posts import Post, Seen, Status, Verb
from bot.domain.refusals import (
    FieldErrors,
    NotFrom,
    NothingToSend,
    NotItsTime,
    OnlyApprovers,
    SlotPassed,
    SomebodyHasIt,
)
from bot.domain.urgency import Urgency
from bot.services import clicks, offering
from bot.services.deliveries import machine, outcomes
from bot.services.deliveries.kinds import KINDS
from bot.services.deliveries.overrides import find_post_of, open_delivery
from bot.services.deliveries.posts import find_authority
from bot.services.deliveries.types import Begun, Claim
from bot.services.pause import drill_over
from bot.services.posts import lifecycle, preflight, review, standing
from bot.services.posts.lifecycle import Case
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import format_moment, list_names, make_state_sentence, name_approvers
from bot.store import deliveries
from bot.store.slack import cards

LONGEST = 2000  # characters of an address
_OPEN = (State.SENDING, State.UNKNOWN)


def begin(work: UnitOfWork, person: Person, seen: Seen, account: str, key: str) -> None:
    """I'm posting it: the begin, and the Go if there was none. After a pause only an approver's counts as that. Raises
    what Go raises, NotItsTime, SomebodyHasIt."""
    case = lifecycle.open_case(work, person, Verb.POST_BY_HAND, seen, key)
    title = work.policy.title_of(account)
    if account not in case.post.version.body.accounts or not offering.is_by_hand(work, account):
        raise NothingToSend(account=title)
    review.must_be_open(work, case)
    _must_be_free(work, case.post, account)
    _must_be_its_time(work, case.post, account)
    post = _say_yes(work, case, person, key)
    _begin(work, post, person, account)
    cards.touch_post(work.db, post.id, urgency=Urgency.AT_ONCE)
    work.wake(Wake.OUTBOX)


def _find(work: UnitOfWork, post: Post, account: str) -> Delivery | None:
    of_post = deliveries.list_of_post(work.db, post.id, lock=True)
    return next((one for one in of_post if one.account == account), None)


def _must_be_free(work: UnitOfWork, post: Post, account: str) -> None:
    known = _find(work, post, account)
    if known is None or known.state in offering.OFFERED:
        return
    if known.state in _OPEN and known.holder is not None:
        raise _refuse_held(work, known)
    if post.status is not Status.REVIEW:  # else it was refused or dropped earlier, and is offered anew
        raise NotFrom(verb=Verb.POST_BY_HAND.say("it"), state=make_state_sentence(work, post.id))


def _refuse_held(work: UnitOfWork, known: Delivery) -> SomebodyHasIt:
    attempt = deliveries.find_live_attempt(work.db, known.id)
    since = format_moment(work, attempt.started_at if attempt else work.now)
    return SomebodyHasIt(who=list_names(work, (known.holder or "",)), since=since)


def _must_be_its_time(work: UnitOfWork, post: Post, account: str) -> None:
    if post.slot is None or post.slot > work.now:
        raise NotItsTime(at=format_moment(work, post.slot) or "its slot")
    end = offering.find_last_moment(work, post, account, _find(work, post, account))
    if end is None or end < work.now:
        raise SlotPassed


def _say_yes(work: UnitOfWork, case: Case, person: Person, key: str) -> Post:
    """The post with a yes to its moment: the one it has, or this press."""
    if find_authority(work, case) is not None and case.post.status is not Status.REVIEW:
        return case.post
    if case.post.status is Status.REVIEW and not work.policy.is_by_hand(case.post.version.body.accounts):
        raise SlotPassed
    if standing.count(work, case.post.version, case.epochs).has_words:
        post = review.say_go(work, case, person, f"{key}:go")
    elif case.post.status is Status.PUBLISHING:
        post = _approve_again(work, case, person, key)
    else:
        raise NotFrom(verb=Verb.POST_BY_HAND.say("it"), state="Its words have to be approved first.")
    lifecycle.save(work, post, urgency=Urgency.DECISION)
    for one in deliveries.list_of_post(work.db, post.id, lock=True):
        if one.state is State.READY and one.latest_at and offering.is_by_hand(work, one.account):
            deliveries.change(work.db, one.id, work.now, due_at=one.latest_at)  # people were called already
    return post


def _approve_again(work: UnitOfWork, case: Case, person: Person, key: str) -> Post:
    """A pause ended the approvals, while other accounts of the post had been sent: an approver says yes to the rest."""
    if not standing.may_approve(work, person, case.post.version):
        named = name_approvers(work, standing.list_named(work, case.post.version))
        raise OnlyApprovers(verb=Verb.GO.say("a post after a pause"), approvers=named)
    review.must_be_free_to_approve(work, person, case.post)
    review.refuse_blocked(preflight.list_blocks(work, case.post))
    review.add_approval(work, case, person, f"{key}:yes")
    if find_authority(work, case) is None:
        needed = "Its approvals ended with the pause, and one more is needed."
        raise NotFrom(verb=Verb.POST_BY_HAND.say("it"), state=needed)
    return case.post


def _begin(work: UnitOfWork, post: Post, person: Person, account: str) -> None:
    """Claim and begin in one transaction. The worker's claim, if it has one, ends with its fence."""
    which = _find(work, post, account)
    if which is None:
        raise NothingToSend(account=work.policy.title_of(account))
    fence = which.fence + 1
    deliveries.change(
        work.db, which.id, work.now, state=State.CLAIMED, fence=fence, lease_by=deliveries.BY_A_PERSON,
        lease_until=work.now + LEASE, due_at=work.now, prepared={HOLDER: person.id}, reason=None,
    )  # fmt: skip
    held = Claim(which.id, post.id, account, which.kind, fence, work.now, wants_preparing=False)
    if machine.begin(work, held) is None:
        raise _refuse(work, post, which.id)


def _refuse(work: UnitOfWork, post: Post, delivery_id: str) -> NotFrom:
    """A check of the begin says no. Nothing of it is kept."""
    found = deliveries.load(work.db, delivery_id)
    verb = Verb.POST_BY_HAND.say("it")
    if found is not None and found.due_at is not None and found.due_at > work.now:
        at = f"{found.due_at.astimezone(work.policy.zone):%H:%M:%S}"
        return NotFrom(
            verb=verb, state=f"Another post went up there less than a minute ago: press again at {at}."
        )
    why = f"It was not sent: {found.reason}." if found and found.reason else ""
    return NotFrom(verb=verb, state=why or make_state_sentence(work, post.id))


# --- how it went -------------------------------------------------------------------------------------


def read_address(typed: str) -> str:
    """Where it is, as a link; "" where nothing was typed. Raises FieldErrors."""
    text = typed.strip().strip("<>")
    if not text:
        return ""
    whole = text if "://" in text else f"https://{text}"
    if len(whole) > LONGEST:
        raise FieldErrors({"address": f"This address is too long: at most {LONGEST} characters."})
    if not _is_address(whole):
        raise FieldErrors(
            {"address": "That is not an address. Copy it from there, like https://example.com/p/1."}
        )
    return whole


def _is_address(whole: str) -> bool:
    """One that a link on a card can lead to: nothing in it breaks off, hides, or turns around what follows."""
    try:
        parts = urlsplit(whole)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    clean = not set(whole) & set('<>"|`') and all(one.isprintable() and not one.isspace() for one in whole)
    return clean and "." in host.strip(".") and parts.scheme in ("https", "http")


def check_may_say(work: UnitOfWork, person: Person, delivery_id: str) -> None:
    """Before a dialog asks where it is. Raises what `say_up` would."""
    lifecycle.check_right(work, person, Verb.SETTLE, find_post_of(work, delivery_id))
    found = deliveries.load(work.db, delivery_id)
    drill_over.check_delivery(work, found)
    if found is None or found.state not in _OPEN:
        state = make_state_sentence(work, find_post_of(work, delivery_id))
        raise NotFrom(verb=Verb.SETTLE.say("it"), state=state)


def say_up(work: UnitOfWork, person: Person, delivery_id: str, address: str, key: str) -> None:
    """It is up, at this address ("": it has none). By anyone of the team. Raises FieldErrors, NotFrom."""
    address = read_address(address)
    case, delivery, attempt = _open(work, person, delivery_id, key)
    post_id = delivery.post_id or ""
    begun = Begun(
        delivery.id, post_id, delivery.account, delivery.kind, attempt.id, attempt.payload, delivery.handle,
        delivery.fence,
    )  # fmt: skip
    deliveries.change(work.db, delivery.id, work.now, resolved_by=person.id)
    machine.record_outcome(work, begun, Sent(address or delivery.handle, address or None))
    _tell_holder(work, case.post, delivery, person)
    outcomes.redraw_lines(work, delivery)


def _tell_holder(work: UnitOfWork, post: Post, delivery: Delivery, person: Person) -> None:
    """Somebody else says that it is up: whoever is posting it just now would put it up twice."""
    if delivery.state is not State.SENDING or delivery.holder in (None, person.id):
        return
    title, who = work.policy.title_of(delivery.account), list_names(work, (person.id,))
    sentence = f"{who} says that it is up on {title} already. If you have not posted it yet, please do not."
    cards.say(
        work.db, post.id, LineType.INCIDENT, {"sentence": sentence, "mention": [delivery.holder]}, work.now
    )


def say_not_up(work: UnitOfWork, person: Person, delivery_id: str, key: str) -> None:
    """I didn't: it is not sent, and not offered again by itself. While somebody has it, by them alone. Raises NotFrom,
    SomebodyHasIt."""
    case, delivery, attempt = _open(work, person, delivery_id, key)
    if delivery.state is State.SENDING and delivery.holder != person.id:
        raise _refuse_held(work, delivery)
    doubted = delivery.state is State.UNKNOWN
    said = "looked, and it is not up" if doubted else "did not post it"
    after = Next(
        State.DROPPED,
        AttemptState.ABSENT if doubted else AttemptState.NOT_SENT,
        f"{list_names(work, (person.id,))} {said}",
    )
    outcomes.end(work, delivery, attempt.id, after, http_status=None)
    deliveries.change(work.db, delivery.id, work.now, resolved_by=person.id)
    work.note(FactKind.DROPPED, person.id, case.post, account=delivery.account, why=after.reason, said=said)
    KINDS[delivery.kind].ended(work, case, replace(delivery, prepared={}), after)
    outcomes.redraw_lines(work, delivery)


def _open(work: UnitOfWork, person: Person, delivery_id: str, key: str) -> tuple[Case, Delivery, Attempt]:
    """What somebody is posting, or nobody knows of."""
    lifecycle.check_right(work, person, Verb.SETTLE, find_post_of(work, delivery_id))
    clicks.count_once(work, key)
    case, delivery = open_delivery(work, delivery_id)
    attempt = deliveries.find_live_attempt(work.db, delivery.id)
    if delivery.state not in _OPEN or attempt is None or not offering.is_in_hand(work, delivery):
        raise NotFrom(verb=Verb.SETTLE.say("it"), state=make_state_sentence(work, case.post.id))
    return case, delivery, attempt
