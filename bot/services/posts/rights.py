"""An approver was taken from the settings or the group, or left the team: their approvals end, and the card says so.

A begin asks the same again under its locks (`standing.count`), so what this comes too late for does not go out either.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.approvals import Approval
from bot.domain.facts import FactKind
from bot.domain.kinds import LineType
from bot.domain.posts import NOT_BEGUN, Status, Verb
from bot.domain.urgency import Urgency
from bot.services.pause import releases
from bot.services.posts import lifecycle, standing
from bot.services.posts.lifecycle import Case
from bot.services.unit_of_work import Services, UnitOfWork
from bot.services.wording import list_names
from bot.store.posts import approvals, posts
from bot.store.slack import cards

LOOKED_BACK = timedelta(days=30)  # at what was missed or failed


def end_lost_approvals(services: Services) -> None:
    """After somebody lost a right, and at start, because the settings may name others now."""
    for post_id in services.look(_list_affected):
        services.do(end_lost, post_id)
    services.do(releases.redraw_pending)


def _list_affected(work: UnitOfWork) -> list[str]:
    of_post: dict[str, list[Approval]] = {}
    for post_id, one in approvals.list_standing(work.db, work.now - LOOKED_BACK):
        of_post.setdefault(post_id, []).append(one)
    known = standing.load_last_known(work, {one.by for given in of_post.values() for one in given})
    found = posts.list_these(work.db, ids=list(of_post)) if of_post else []
    return sorted(
        post.id for post in found if standing.list_lost(work, post.version, of_post[post.id], known)
    )


def end_lost(work: UnitOfWork, post_id: str) -> None:
    """One post's; back in review if what is left is not enough."""
    case = lifecycle.load_case(work, post_id)
    if case.post.status not in NOT_BEGUN:
        return
    ended = end_in_case(work, case, missed=False)
    if not ended:
        return
    post = case.post
    if post.status is Status.APPROVED and not standing.count(work, post.version, case.epochs).met:
        lifecycle.disarm(work, post)
        why, whose = next(iter(ended.items()))
        reason = f"{list_names(work, whose[:1])} is {why}"
        post = lifecycle.lead(work, post, Verb.STAND_DOWN, None, reason=reason)
    lifecycle.save(work, post, urgency=Urgency.DECISION)


def end_in_case(work: UnitOfWork, case: Case, *, missed: bool) -> dict[str, list[str]]:
    """End, on record, what somebody gave who has lost the right since; of an approved post, say it in the thread.
    `missed`: it is too late to decide again. {why: whose}."""
    given = approvals.list_of_version(work.db, case.post.version.id)
    counted = [one for one in given if one.counts_for(case.post.version, case.epochs)]
    by_reason: dict[str, list[str]] = {}
    for one, why in standing.list_lost(work, case.post.version, counted):
        approvals.end_one(work.db, one.id, by=None, why=why, now=work.now)
        by_reason.setdefault(why, []).append(one.by)
    for why, whose in by_reason.items():
        work.note(FactKind.APPROVALS_ENDED, None, case.post, whose=whose, why=why)
        if case.post.status is Status.APPROVED:
            mention = (
                [] if missed else standing.list_to_ask(work, case.post)
            )  # else the line that it was missed calls them
            values = {"what": why, "by": None, "whose": whose, "mention": mention, "missed": missed}
            cards.say(work.db, case.post.id, LineType.ENDED, values, work.now)
    return by_reason
