"""The clock of posts: its next moment has come, so its review opens, people are reminded, or it is missed."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.approvals import Standing
from bot.domain.facts import FactKind
from bot.domain.kinds import CardType, LineType
from bot.domain.posts import Post, Status, Verb
from bot.domain.preflight.due import (
    Due,
    advance,
    count_passed_reminders,
    find_deadline,
    find_due_moment,
    find_last_moment,
)
from bot.domain.shown.state_words import join_names
from bot.domain.urgency import Urgency
from bot.services import causes, offering
from bot.services.posts import lifecycle, preflight, standing
from bot.services.posts.lifecycle import Case
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import describe_pausing
from bot.store import deliveries
from bot.store.posts import posts
from bot.store.slack import cards


def step(work: UnitOfWork, post_id: str) -> None:
    """Do what is due with one post now; nothing if somebody was faster."""
    case = lifecycle.load_case(work, post_id)
    due = advance(case.post, work.policy, work.now)
    if due is Due.OPEN_REVIEW:
        lifecycle.save(work, lifecycle.open_review(work, case.post), urgency=Urgency.NEWS)
    elif due is Due.ASK_AGAIN:
        lifecycle.save(work, lifecycle.ask_again(work, case.post), urgency=Urgency.NEWS)
    elif due is Due.REMIND:
        _remind(work, case)
    elif due is Due.MISS:
        miss(work, case, explain_missed(work, case))
    else:
        posts.save(work.db, case.post, find_due_moment(case.post, work.policy))


def _remind(work: UnitOfWork, case: Case) -> None:
    post = replace(case.post, reminded=count_passed_reminders(case.post, work.policy, work.now))
    if post.slot is not None and post.slot <= work.now:
        _offer_or_miss(work, case, post)
        return
    if not case.closed:  # reminders are silent while paused
        last = post.reminded >= len(work.policy.reminders)
        end = find_deadline(post, work.policy)
        counted = standing.count(work, post.version, case.epochs)
        may_approve = standing.list_to_ask(work, post, counted.missing)
        asked = standing.list_named(work, post.version) if counted.asks_go else may_approve
        by = end.isoformat() if end else None
        values = {
            "decide_by": by, "last": last, "mention": asked if last else [],
            "locked": not asked, "go": counted.asks_go,
        }  # fmt: skip
        cards.say(work.db, post.id, LineType.REMINDER, values, work.now)
        work.note(FactKind.REMINDED, None, post, last=last)
    lifecycle.save(work, post, urgency=Urgency.LINE)


def _offer_or_miss(work: UnitOfWork, case: Case, post: Post) -> None:
    """Its slot has come, and people post it themselves on all its accounts. With the words approved, their press says
    Go as well; else it is missed. During a pause nobody is called."""
    end = find_last_moment(post, work.policy)
    counted = standing.count(work, post.version, case.epochs)
    if end is None or not counted.asks_go:
        miss(work, case, explain_missed(work, case))
        return
    if not case.closed:
        offering.call(work, post, post.version.body.accounts, end)
    lifecycle.save(work, post, urgency=Urgency.DECISION)


def _has_window_ended(work: UnitOfWork, post: Post) -> bool:
    end = find_last_moment(post, work.policy)
    return work.policy.is_by_hand(post.version.body.accounts) and end is not None and end <= work.now


def explain_missed(work: UnitOfWork, case: Case) -> str:
    """The reason people read: the slot came, and this was in the way."""
    row = case.gate.closed_for(case.post.version.body.accounts)
    if row is not None:
        return _with_cause(work, case, describe_pausing(work, row))
    if case.post.status is Status.SCHEDULED:
        return "Byhand was not running when its review should have opened"
    end = find_last_moment(case.post, work.policy)
    if end is not None and _has_window_ended(work, case.post):
        return offering.describe_nobody(work, end)
    if case.post.status is Status.APPROVED:
        of_post = deliveries.list_of_post(work.db, case.post.id)
        return causes.close_all(work, of_post) or "it was approved, but could not be sent in time"
    counted = standing.count(work, case.post.version, case.epochs)
    if counted.asks_go and case.post.reason:
        return f"it was approved, but {case.post.reason}, and nobody said Go again"
    if counted.asks_go:
        return "its words were approved, but nobody said Go"
    if counted.words:
        return f"only {counted.have} of {counted.needed} approvals were given{_where_missing(work, counted)}"
    if case.post.reason:
        return f"it was approved, but {case.post.reason}, and nobody approved it again"
    blocks = preflight.list_blocks(work, case.post)
    if blocks:
        did = "nobody approved it" if all(one.waivable for one in blocks) else "nobody could approve it"
        return f"{did}: {blocks[0].sentence}"
    return "nobody decided"


def _where_missing(work: UnitOfWork, counted: Standing) -> str:
    """ ": too few for LinkedIn", where several rules have to be met."""
    if len(counted.counted) == 1:
        return ""
    return f": too few for {join_names([standing.name_rule(work, rule) for rule in counted.missing])}"


def _with_cause(work: UnitOfWork, case: Case, why: str) -> str:
    """With what a network had said before, if anybody approved it in this review: approving forgets what was said
    earlier."""
    if not standing.list_who_approved(work, case.post):
        return why
    return causes.close_all(work, deliveries.list_of_post(work.db, case.post.id), why) or why


def miss(work: UnitOfWork, case: Case, reason: str) -> Post:
    """The slot passed. Until a person gives it a new time, nothing is published (promise P2)."""
    unseen = case.post.status is Status.SCHEDULED
    mention = standing.list_to_call(work, case.post)
    lifecycle.end_approvals(work, case.post, None, "missed its slot", but=case.post.version.words)
    post = lifecycle.lead(work, case.post, Verb.MISS, None, reason=reason)
    if unseen:
        cards.add(work.db, CardType.POST, post.id, work.policy.review_channel, work.now)
    slot = post.slot.isoformat() if post.slot else None
    cards.say(
        work.db, post.id, LineType.MISSED, {"reason": reason, "slot": slot, "mention": mention}, work.now
    )
    work.note(FactKind.MISSED, None, post, reason=reason)
    lifecycle.save(work, post, urgency=Urgency.NEWS)
    lifecycle.redraw_pauses(work, case)
    return post
