"""A post on one account: sent at its slot, on the approvals of this very version, and never into a pause.

An approval counts for one version under the current epochs of the gate. If a check of begin fails, an approved post
goes back to people as a whole; of a publishing one, only this delivery is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain import approvals as approval_rules
from bot.domain.deliveries import GAP, LEFT_OUT, UNFINISHED, Delivery, Next, State
from bot.domain.facts import FactKind
from bot.domain.outcomes import Outcome, Sent
from bot.domain.posts import MOVES, Post, Status, Verb
from bot.domain.preflight.due import find_deadline
from bot.domain.urgency import Urgency
from bot.networks.protocol import Content
from bot.services import causes, offering
from bot.services.accounts import costs, profiles
from bot.services.deliveries import outcomes, post_twins
from bot.services.deliveries.types import (
    Authority,
    Claim,
    DeliveryRef,
    Facts,
    Forbidden,
    MayBegin,
    NotYet,
    Upload,
)
from bot.services.posts import deadlines, lifecycle, preflight, rights, standing
from bot.services.posts.lifecycle import Case
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import describe_pausing
from bot.store import deliveries
from bot.store.posts import approvals, posts


class Posts:
    """What a post's deliveries do. Each belongs to its post's case: the gate's rows and the post, locked."""

    deletes = False

    def lock(self, work: UnitOfWork, which: DeliveryRef) -> Case:
        if which.post_id is None:
            raise AssertionError(f"delivery {which.delivery_id} is of no post")
        return lifecycle.load_case(work, which.post_id)

    # --- prepare -------------------------------------------------------------------------------------

    def wants_preparing(self, prepared: Mapping[str, Any]) -> bool:
        return not prepared or UNFINISHED in prepared

    def upload(self, work: UnitOfWork, held: Claim) -> Upload:
        content, prepared = load_material(work, held)
        return lambda connection, now: connection.prepare(content, prepared, now)

    def to_keep(self, work: UnitOfWork, held: Claim, uploaded: dict[str, Any]) -> dict[str, Any]:
        return uploaded

    def find_shut(self, work: UnitOfWork, case: Case, delivery: Delivery) -> str | None:
        shut = case.gate.closed_for(case.post.version.body.accounts)
        return describe_pausing(work, shut) if shut else None

    # --- begin ---------------------------------------------------------------------------------------

    def may_begin(self, work: UnitOfWork, case: Case, delivery: Delivery) -> MayBegin:
        """Gate, approvals of this very version at the current epochs, slot window, and a minute between two posts of
        one account."""
        slot = case.post.slot
        if delivery.due_at is None or slot is None or max(delivery.due_at, slot) > work.now:
            return NotYet()
        authority = find_authority(work, case)
        why_not = _why_not(work, case, delivery, authority)
        if why_not or authority is None:
            return Forbidden(why_not or "its approval has ended")
        if offering.is_by_hand(work, delivery.account) and delivery.holder is None:
            return _offer(work, case, delivery)
        if over := costs.find_over(work, delivery.account, lambda: self.render(work, case, delivery)):
            return Forbidden(over)
        if (wait := wait_for_turn(work, delivery)) is not None:
            return wait
        return self._on(work, case, delivery, authority)

    def find_authority(self, work: UnitOfWork, case: Case, delivery: Delivery) -> Authority | None:
        given = approvals.list_of_version(work.db, case.post.version.id)
        approval = find_authority(work, case) or (given[-1] if given else None)
        return None if approval is None else self._on(work, case, delivery, approval)

    def _on(
        self, work: UnitOfWork, case: Case, delivery: Delivery, approval: approval_rules.Approval
    ) -> Authority:
        version = case.post.version
        whose = profiles.find_identity(work, delivery.account, version.body)
        return Authority(case.epochs, case.post.id, version.id, approval_id=approval.id, identity=whose)

    def stand_down(self, work: UnitOfWork, case: Case, delivery: Delivery, why: str) -> None:
        """Of an approved post everything waits for people; of a publishing one, this is dropped."""
        if case.post.status is Status.PUBLISHING:
            outcomes.drop(work, delivery, why)
            outcomes.tell_not_sent(work, case.post, delivery, causes.close(work, delivery, why))
            outcomes.finish(work, case.post)
            return
        lifecycle.disarm(work, case.post)
        if case.post.status is not Status.APPROVED:
            return
        end = find_deadline(case.post, work.policy)
        over = end is not None and end <= work.now  # no decision could count any more
        over = over or (delivery.latest_at is not None and delivery.latest_at <= work.now)
        lost = rights.end_in_case(work, case, missed=over or why == outcomes.TOO_LATE)
        if case.closed or why == outcomes.TOO_LATE:
            known = deadlines.explain_missed(work, case)
        else:
            known = causes.close_all(work, deliveries.list_of_post(work.db, case.post.id), why) or why
        if over or why == outcomes.TOO_LATE:
            deadlines.miss(work, case, known)
            return
        if not lost:  # else that was said, and to decide again
            standing.say_not_going_out(work, case.post, known)
        post = lifecycle.lead(work, case.post, Verb.STAND_DOWN, None, reason=known)
        lifecycle.save(work, post, urgency=Urgency.DECISION)

    def render(self, work: UnitOfWork, case: Case, delivery: Delivery) -> bytes:
        content = preflight.to_content(work, case.post.version.body, delivery.account)
        return work.accounts[delivery.account].render(content, delivery.prepared, delivery.handle, work.now)

    def begun(self, work: UnitOfWork, case: Case, delivery: Delivery, attempt_id: str) -> None:
        by_hand = {"by_hand": True} if delivery.holder else {}
        self.note(work, case, FactKind.BEGUN, delivery, {"attempt": attempt_id, **by_hand})
        self.start(work, case.post)

    def start(self, work: UnitOfWork, post: Post) -> Post:
        """With the first of its deliveries it is being published."""
        if post.status is not Status.APPROVED:
            return post
        return lifecycle.save(work, lifecycle.lead(work, post, Verb.BEGIN, None), urgency=Urgency.NEWS)

    # --- outcome -------------------------------------------------------------------------------------

    def judge(self, work: UnitOfWork, case: Case, delivery: Delivery, outcome: Outcome) -> Next:
        """Whatever it is, nothing is tried again before the slot."""
        after = outcomes.judge(work, delivery, outcome)
        if after.due_at is None or case.post.slot is None:
            return after
        return replace(after, due_at=max(after.due_at, case.post.slot))

    def note(self, work: UnitOfWork, case: Case, what: FactKind, delivery: Delivery, data: Facts) -> None:
        who = delivery.holder if what is FactKind.BEGUN else delivery.resolved_by
        work.note(what, who if delivery.holder else None, case.post, account=delivery.account, **data)

    def ended(self, work: UnitOfWork, case: Case, delivery: Delivery, after: Next) -> None:
        if delivery.state is State.UNKNOWN and after.state is not State.UNKNOWN:
            outcomes.redraw_lines(work, delivery)
        outcomes.tell(work, case.post, delivery, after)
        post = case.post
        if delivery.state is State.CLAIMED:  # an upload has failed: nothing of this account has begun
            if after.state is State.READY:
                return
            post = self.start(work, post)
        outcomes.finish(work, post)

    def late(self, work: UnitOfWork, case: Case, delivery: Delivery, attempt_id: str, sent: Sent) -> None:
        if delivery.remote_id == sent.remote_id:
            return
        if outcomes.settle_late(work, delivery, attempt_id, sent) is None:
            what = "an earlier try was confirmed late; it may be there twice"
            post_twins.tell(work, case.post, delivery, sent.remote_id, sent.url, what)
            return
        outcomes.redraw_lines(work, delivery)
        data = {"attempt": attempt_id, "outcome": "Sent", "remote_id": sent.remote_id, "late": True}
        self.note(work, case, FactKind.OUTCOME, delivery, data)
        post = case.post
        if (post.status, Verb.SETTLE) in MOVES:
            post = lifecycle.save(work, lifecycle.lead(work, post, Verb.SETTLE, None))
        else:
            what = "an earlier try was confirmed late; it is there already"
            post_twins.tell(work, post, delivery, sent.remote_id, sent.url, what)
        outcomes.finish(work, post)


def load_material(work: UnitOfWork, held: Claim) -> tuple[Content, Mapping[str, Any]]:
    """What `prepare` needs, images read."""
    post = posts.load(work.db, held.post_id or "")
    if post is None:
        raise LookupError(held.post_id)
    content = preflight.to_content(work, post.version.body, held.account, claim=held.mark)
    return content, deliveries.load_prepared(work.db, held.delivery_id)


def find_authority(work: UnitOfWork, case: Case) -> approval_rules.Approval | None:
    return standing.count(work, case.post.version, case.epochs).authority


def _why_not(
    work: UnitOfWork, case: Case, delivery: Delivery, authority: approval_rules.Approval | None
) -> str | None:
    shut = case.gate.closed_for(case.post.version.body.accounts)
    if shut is not None:
        return describe_pausing(work, shut)
    if (case.post.status, Verb.BEGIN) not in MOVES:
        return "it is not approved any more"
    if delivery.account not in case.post.version.body.accounts:
        return LEFT_OUT
    gone = [name for name in case.post.version.body.accounts if name not in work.accounts]
    if delivery.account in gone or (gone and case.post.status is Status.APPROVED):
        return f"the account {gone[0]} is not in the settings any more"
    if another := explain_another(work, case, delivery):
        return another
    if delivery.latest_at is None or delivery.latest_at < work.now:
        return _explain_late(work, delivery)
    if authority is not None:
        return None
    return standing.explain_lost(work, case.post.version, case.epochs) or "its approval has ended"


def explain_another(work: UnitOfWork, case: Case, delivery: Delivery) -> str | None:
    """It was approved for another profile than its account is signed in as now: the whole post, or, once that is being
    published, this of it."""
    version = case.post.version
    others = profiles.find_others(version, profiles.load_known(work, version.body.accounts))
    if case.post.status is Status.PUBLISHING:
        others = [name for name in others if name == delivery.account]
    return profiles.explain_others(work, others)


def wait_for_turn(work: UnitOfWork, delivery: Delivery) -> MayBegin | None:
    """None: it is the account's turn now, and nobody else's for a minute (promise P5)."""
    last = deliveries.take_turn(work.db, delivery.account, work.now, work.now - GAP)
    return None if last is None else _after(delivery, last + GAP)


def _explain_late(work: UnitOfWork, delivery: Delivery) -> str:
    """Of what people post themselves: that nobody did, where they were called."""
    called = offering.is_by_hand(work, delivery.account) and offering.has_called(delivery)
    if called and delivery.latest_at is not None:
        return offering.describe_nobody(work, delivery.latest_at)
    return outcomes.TOO_LATE


def _offer(work: UnitOfWork, case: Case, delivery: Delivery) -> MayBegin:
    """A person begins this one. At its slot they are called; once its window is over, nobody took it."""
    end = delivery.latest_at
    if end is None or end <= work.now:
        return Forbidden(_explain_late(work, delivery))
    offering.call_for(work, case.post, delivery)
    return NotYet(until=end)


def _after(delivery: Delivery, at: datetime) -> MayBegin:
    """Another post of the account began less than a minute ago (promise P5)."""
    late = delivery.latest_at is not None and at > delivery.latest_at
    return Forbidden(outcomes.TOO_LATE) if late else NotYet(until=at)
