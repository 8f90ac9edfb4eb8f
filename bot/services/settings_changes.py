"""Settings that changed since the last run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.facts import FactKind
from bot.domain.gate import ALL
from bot.domain.kinds import ApprovalType, LineType
from bot.domain.policy import list_loosened, list_loosened_approvers
from bot.domain.posts import MOVES, NOT_BEGUN, WAITING, Post, Status, Verb
from bot.domain.preflight.due import find_due_moment
from bot.domain.urgency import Urgency
from bot.services.pause import releases, statements
from bot.services.posts import lifecycle, standing
from bot.services.posts.rights import LOOKED_BACK
from bot.services.unit_of_work import UnitOfWork
from bot.store import record
from bot.store.pause import gate, pause_effects
from bot.store.pause import releases as release_rows
from bot.store.posts import approvals, posts
from bot.store.slack import cards

GONE = "is not in the settings any more"
RULES = "rules"  # the subject of their facts
LOOSER = "started with looser settings"  # "Byhand started with looser settings today at 09:00."
LATER = "reviews open later now, so nobody has said yet that the moment is right"
MORE = "more approvals are needed now"  # or others than those there are
STRICTER = "started with settings by which authors may not approve their own words"


def adopt_settings(work: UnitOfWork) -> None:
    """At start: lead, reminders and limits may have changed, so every waiting post's next moment is worked out anew.

    Cards that are up are redrawn: approvers, accounts or limits on them may have changed too.
    """
    _end_what_looser_rules_would_send(work)
    for post in posts.list_with_status(work.db, (Status.APPROVED, Status.REVIEW)):
        gone = [name for name in post.version.body.accounts if name not in work.policy.accounts]
        if gone and post.status is Status.APPROVED:
            _stand_down(work, post, f"the account {gone[0]} {GONE}")
        elif post.status is Status.APPROVED and (lack := _find_lack(work, post)):
            _stand_down(work, post, lack)
        elif not gone and post.status is Status.REVIEW and (post.reason or "").endswith(GONE):
            _stand_up(work, post)
    set_moments(work, ALL)
    pause_effects.redraw(work.db, ALL, urgency=Urgency.NOT_URGENT)
    cards.touch_banners(work.db, (ALL, *work.policy.accounts))  # a pin the last process did not get to


def _end_what_looser_rules_would_send(work: UnitOfWork) -> None:
    """Whoever approved counted on the rules of then: two approvals, say, of which theirs was the first."""
    now, known = work.policy.describe_rules(), record.list_of_kinds(work.db, RULES, FactKind.RULES.value)
    before = known[-1].data if known else None
    if now == before:
        return
    work.note(FactKind.RULES, None, subject=RULES, **now)
    if not before:
        return
    alone_no_more = before.get("alone") and not now.get("alone")
    stricter = (before["author_may_approve"] or alone_no_more) and not now["author_may_approve"]
    given = approvals.list_standing(work.db, work.now - LOOKED_BACK)
    for post in posts.list_these(work.db, ids=sorted({post_id for post_id, _ in given})) if given else []:
        loosened = list_loosened(before, now, post.version.body.accounts, post.version.label)
        if loosened:
            _end_approvals(work, post.id, ", ".join(loosened))
        elif stricter:
            _end_authors_own(work, post.id)
    for post_id in sorted(release_rows.list_posts(work.db)):
        _end_releases(work, post_id, before, now)


def _end_releases(work: UnitOfWork, post_id: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Of a statement that has not begun: whoever released it first counted on who else had to."""
    case = lifecycle.load_case(work, post_id)
    version = case.post.version
    loosened = list_loosened_approvers(before, now, version.body.accounts, version.label)
    if loosened and (case.post.status, Verb.RELEASE) in MOVES:
        statements.disarm(work, case.post)
        releases.end(work, case.post, None, f"the settings are looser now: {', '.join(loosened)}")


def _end_authors_own(work: UnitOfWork, post_id: str) -> None:
    """Approvals of their own words; a Go is the author's too."""
    case = lifecycle.load_case(work, post_id)
    given = approvals.list_of_version(work.db, case.post.version.id)
    own = [
        one
        for one in given
        if one.revoked_at is None and one.kind is ApprovalType.APPROVE and one.by in case.post.authors
    ]
    for one in own:
        approvals.end_one(work.db, one.id, by=None, why=STRICTER, now=work.now)
    if own:
        whose = list(dict.fromkeys(one.by for one in own))
        work.note(FactKind.APPROVALS_ENDED, None, case.post, whose=whose, why=STRICTER)
        lifecycle.save(work, case.post, urgency=Urgency.DECISION)


def _end_approvals(work: UnitOfWork, post_id: str, loosened: str) -> None:
    case = lifecycle.load_case(work, post_id)
    if case.post.status not in NOT_BEGUN:
        return
    mention = standing.list_to_call(work, case.post)
    if not lifecycle.end_approvals(work, case.post, None, LOOSER):
        return
    after = case.post
    if after.status is Status.APPROVED:
        after = lifecycle.lead(work, after, Verb.STAND_DOWN, None, reason="the settings became looser")
    lifecycle.save(work, after, urgency=Urgency.DECISION)
    if after.status not in WAITING:
        return
    values = {
        "sentence": f"The settings are looser now: {loosened}. Approvals given before have ended. Please decide again.",
        "mention": mention,
    }
    cards.say(work.db, post_id, LineType.INCIDENT, values, work.now)


def _find_lack(work: UnitOfWork, post: Post) -> str | None:
    """Why what was said of it is not enough by the settings of now; None: it is. Of somebody who lost the right the
    step after this one speaks (`posts/rights.py`)."""
    epochs = gate.read(work.db).epochs_for(post.version.body.accounts)
    given = approvals.list_of_version(work.db, post.version.id)
    counted = standing.count(work, post.version, epochs, given)
    counting = [one for one in given if one.counts_for(post.version, epochs)]
    if counted.met or standing.list_lost(work, post.version, counting):
        return None
    return LATER if counted.asks_go else MORE


def _stand_down(work: UnitOfWork, post: Post, why: str) -> None:
    """Nothing would be sent at its slot: people are asked now, and not told then."""
    case = lifecycle.load_case(work, post.id)
    if case.post.status is not Status.APPROVED:
        return
    lifecycle.disarm(work, case.post)
    lifecycle.save(
        work, lifecycle.lead(work, case.post, Verb.STAND_DOWN, None, reason=why), urgency=Urgency.DECISION
    )
    standing.say_not_going_out(work, case.post, why)


def _stand_up(work: UnitOfWork, post: Post) -> None:
    """The account is back, and what was approved still is: nothing has changed for whoever approved it."""
    case = lifecycle.load_case(work, post.id)
    counted = standing.count(work, case.post.version, case.epochs)
    given = approvals.list_of_version(work.db, case.post.version.id)
    taken_back = any(one.revoked_at and one.revoked_at >= case.post.status_at for one in given)
    if case.post.status is Status.REVIEW and counted.met and counted.words and not taken_back:
        by = counted.words[-1].by
        post = lifecycle.lead_by_approvals(work, case, case.post, Verb.APPROVE, by)
        lifecycle.save(work, post, urgency=Urgency.DECISION)


def set_moments(work: UnitOfWork, scope: str) -> None:
    """Work out the next moment of every post in scope that waits. No post is locked: others go on meanwhile, and
    what they change they work out themselves."""
    waiting = posts.list_with_status(work.db, WAITING)
    in_scope = [post for post in waiting if scope == ALL or scope in post.version.body.accounts]
    for post in sorted(in_scope, key=lambda post: post.id):
        posts.set_due(work.db, post, find_due_moment(post, work.policy))
