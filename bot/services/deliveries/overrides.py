"""What people can still decide about a post that is on its way: stop the rest, try again, it is there."""

from __future__ import annotations

from bot.domain.deliveries import AttemptState, Delivery, Next, State
from bot.domain.facts import FactKind
from bot.domain.kinds import ApprovalType, DeliveryType, LineType
from bot.domain.people import Person
from bot.domain.posts import Seen, Verb
from bot.domain.refusals import (
    LookFirst,
    NotFrom,
    NothingToSend,
)
from bot.domain.urgency import Urgency
from bot.services import clicks, duty
from bot.services.accounts import profiles
from bot.services.deliveries import doubt, outcomes
from bot.services.deliveries.posts import find_authority
from bot.services.pause import drill_over, releases
from bot.services.posts import lifecycle, review, standing
from bot.services.posts.lifecycle import Case
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import list_names, make_state_sentence
from bot.store import deliveries
from bot.store.posts import approvals
from bot.store.slack import cards

STATEMENT_IS_OVER = "It was a statement, released for one moment of a pause. Make a new post of its words."


_FORMER = "Make a new post of its words: it was approved for"


def stop_rest(work: UnitOfWork, person: Person, seen: Seen, key: str) -> None:
    """Deliveries that have not begun are dropped. One on its way is not sent again if it turns out not to be there."""
    case = lifecycle.open_case(work, person, Verb.STOP_REST, seen, key)
    stopped = []
    for delivery in deliveries.list_of_post(work.db, case.post.id, lock=True):
        if delivery.state in (State.READY, State.CLAIMED):
            outcomes.drop(work, delivery, outcomes.describe_stop(work, person.id), person.id)
            stopped.append(delivery)
        elif not delivery.state.final:
            deliveries.change(work.db, delivery.id, work.now, latest_at=work.now, resolved_by=person.id)
    work.note(FactKind.STOPPED_REST, person.id, case.post)
    outcomes.tell_stopped(work, case.post, stopped, person.id)
    outcomes.finish(work, lifecycle.lead(work, case.post, Verb.STOP_REST, person.id))


def try_again(work: UnitOfWork, person: Person, delivery_id: str, key: str) -> None:
    """Send to this one account again: same version, a fresh approval, lateness counted from now.

    Also the answer "It is not: send again" to an unknown outcome, once looking has ended. What a backup says of it is
    not believed: it may have been tried again since, so it is looked for first.
    """
    lifecycle.check_right(work, person, Verb.TRY_AGAIN, find_post_of(work, delivery_id))
    clicks.count_once(work, key)
    case, delivery = open_delivery(work, delivery_id)
    lifecycle.check_table(work, case.post, Verb.TRY_AGAIN)
    if (over := _find_what_is_over(work, case, delivery)) is not None:
        _give_up(work, case, delivery, person, over)
        return
    title = work.policy.title_of(delivery.account)
    if delivery.state is State.UNKNOWN and not delivery.asks_a_person:
        raise LookFirst(account=title)
    again = delivery.state in (State.REFUSED, State.DROPPED, State.UNKNOWN)
    if not again or delivery.account not in case.post.version.body.accounts:
        raise NothingToSend(account=title)
    lifecycle.check_approver(work, person, Verb.TRY_AGAIN, case.post.version, delivery.account)
    review.must_be_open(work, case)
    review.must_be_free_to_approve(work, person, case.post)
    if not _renew_approval(work, case, person, key):
        _ask_for_more(work, case, person, title)
        return
    post = lifecycle.lead(work, case.post, Verb.TRY_AGAIN, person.id)
    work.note(FactKind.TRIED_AGAIN, person.id, case.post, account=delivery.account)
    if doubt.must_be_looked_for(delivery):
        lifecycle.save(work, post, urgency=Urgency.DECISION)
        doubt.doubt_instead(work, delivery)
        return
    if delivery.state is State.UNKNOWN:
        _person_says_absent(work, delivery, person)
    deliveries.change(
        work.db, delivery.id, work.now, state=State.READY, due_at=work.now, tries=0, prepared={}, reason=None,
        latest_at=work.now + work.policy.find_window(delivery.account), next_check_at=None, resolved_by=person.id,
    )  # fmt: skip
    outcomes.redraw_lines(work, delivery)
    lifecycle.save(work, post, urgency=Urgency.DECISION)


def _find_what_is_over(work: UnitOfWork, case: Case, delivery: Delivery) -> str | None:
    """Why it cannot be sent again, a sentence: it was for one moment, or for one profile."""
    if profiles.find_others(case.post.version, profiles.load_known(work, [delivery.account])):
        return f"{_FORMER} {profiles.name_former(work, delivery.account)}."
    return STATEMENT_IS_OVER if delivery.kind is DeliveryType.STATEMENT else None


def _give_up(work: UnitOfWork, case: Case, delivery: Delivery, person: Person, over: str) -> None:
    """A statement was released for one moment of one pause, and what was approved for a profile that the account is
    not any more goes nowhere else. "It is not there" ends the question; nothing is sent."""
    if not delivery.asks_a_person:
        raise NotFrom(verb=Verb.TRY_AGAIN.say("it"), state=over)
    _person_says_absent(work, delivery, person)
    outcomes.drop(work, delivery, f"{list_names(work, (person.id,))} looked, and it is not there", person.id)
    outcomes.redraw_lines(work, delivery)
    outcomes.finish(work, case.post)
    releases.redraw_of_post(work, case.post.id)


def open_delivery(work: UnitOfWork, delivery_id: str) -> tuple[Case, Delivery]:
    """A post's delivery and its case, locked. Raises NothingToSend."""
    glimpse = deliveries.load(work.db, delivery_id)
    drill_over.check_delivery(work, glimpse)
    if glimpse is None or glimpse.post_id is None:
        raise NothingToSend(account="that account")
    case = lifecycle.load_case(work, glimpse.post_id)
    delivery = deliveries.load(work.db, delivery_id, lock=True)
    if delivery is None:
        raise NothingToSend(account="that account")
    return case, delivery


def _renew_approval(work: UnitOfWork, case: Case, person: Person, key: str) -> bool:
    """The actor's fresh approval replaces an older one of theirs. Whether there are enough now."""
    for older in approvals.list_of_version(work.db, case.post.version.id):
        if older.by == person.id and older.revoked_at is None and older.kind is ApprovalType.APPROVE:
            approvals.end_one(work.db, older.id, by=person.id, why="sent it again", now=work.now)
    review.add_approval(work, case, person, key)
    return find_authority(work, case) is not None


def _ask_for_more(work: UnitOfWork, case: Case, person: Person, title: str) -> None:
    """The approval is kept, so that the next approver's Try again is enough: after a pause no single one is."""
    counted = standing.count(work, case.post.version, case.epochs)
    sentence = (
        f"{list_names(work, (person.id,))} wants to send it again on {title}: that needs {counted.needed} approvals,"
        f" and {counted.have} still count. Nothing is sent until another approver tries again."
    )
    rung = (*standing.list_named(work, case.post.version), *duty.list_to_alarm(work))
    values = {"sentence": sentence, "mention": list(dict.fromkeys(rung))}
    cards.say(work.db, case.post.id, LineType.INCIDENT, values, work.now)
    lifecycle.save(work, case.post, urgency=Urgency.DECISION)


def _person_says_absent(work: UnitOfWork, delivery: Delivery, person: Person) -> None:
    attempt = deliveries.find_live_attempt(work.db, delivery.id)
    if attempt is not None:
        why = f"{person.id} looked: it is not there"
        deliveries.end_attempt(work.db, attempt.id, AttemptState.ABSENT, work.now, evidence=why)


def find_post_of(work: UnitOfWork, delivery_id: str) -> str:
    """Its id; "" where there is none."""
    delivery = deliveries.load(work.db, delivery_id)
    return (delivery.post_id if delivery else None) or ""


def confirm_sent(work: UnitOfWork, person: Person, delivery_id: str, key: str) -> None:
    """A person looked and found it: the unknown delivery is sent. By anyone of the team."""
    lifecycle.check_right(work, person, Verb.SETTLE, find_post_of(work, delivery_id))
    clicks.count_once(work, key)
    case, delivery = open_delivery(work, delivery_id)
    attempt = deliveries.find_live_attempt(work.db, delivery.id)
    if delivery.state is not State.UNKNOWN or attempt is None:
        raise NotFrom(verb=Verb.SETTLE.say("it"), state=make_state_sentence(work, case.post.id))
    after = Next(State.SENT, AttemptState.SENT)
    outcomes.end(work, delivery, attempt.id, after, http_status=attempt.http_status)
    deliveries.change(work.db, delivery.id, work.now, resolved_by=person.id)
    work.note(FactKind.SETTLED, person.id, case.post, account=delivery.account)
    outcomes.redraw_lines(work, delivery)
    outcomes.finish(work, case.post)
