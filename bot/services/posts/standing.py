"""Which approvals of a post stand now: given, not ended, and by people who still have the right, as last known.

Whoever counts approvals asks here. Slack is not asked and nothing is locked: what it said before is in the database.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.domain import approvals as approval_rules
from bot.domain.approvals import Approval, Standing
from bot.domain.kinds import LineType
from bot.domain.people import LastKnown, Role, is_group
from bot.domain.posts import Post, Version
from bot.domain.shown.locked import Locked
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import list_names
from bot.store.posts import approvals
from bot.store.slack import cards, memberships, people


def count(
    work: UnitOfWork,
    version: Version,
    epochs: str,
    given: Sequence[Approval] | None = None,
    *,
    known: LastKnown | None = None,
) -> Standing:
    """What the approvals of a version amount to. `given`: all of them, if just read; `known`: their people, too."""
    given = approvals.list_of_version(work.db, version.id) if given is None else given
    counting = [one for one in given if one.counts_for(version, epochs)]
    lost = {one.id for one, _ in list_lost(work, counting, known)}
    kept = [one for one in given if one.id not in lost]
    return approval_rules.count_approvals(kept, version, epochs, work.policy)


def list_lost(
    work: UnitOfWork, given: Sequence[Approval], known: LastKnown | None = None
) -> list[tuple[Approval, str]]:
    """Those whose person has lost the right since, and why. `given`: of one post."""
    if not given:
        return []
    known = known or load_last_known(work, {one.by for one in given})
    stand = [one for one in given if one.revoked_at is None]
    losses = [(one, approval_rules.find_loss(one, stand, work.policy.approvers, known)) for one in stand]
    return [(one, why) for one, why in losses if why is not None]


def load_last_known(work: UnitOfWork, ids: set[str]) -> LastKnown:
    """What the database says of these people, and of the groups that may approve."""
    groups = memberships.load(work.db, [each for each in work.policy.approvers if is_group(each)])
    return LastKnown(
        people.load_roles(work.db, ids), {name: one.members for name, one in groups.items() if one.known}
    )


def list_eligible(work: UnitOfWork, authors: Collection[str]) -> list[str] | None:
    """Those of the approvers who may approve a post of these authors, as last known; None where a user group may have
    members whom nobody has told us of."""
    groups = memberships.load(work.db, [each for each in work.policy.approvers if is_group(each)])
    listed: dict[str, None] = {}
    for each in work.policy.approvers:
        if not is_group(each):
            listed[each] = None
        elif each in groups and groups[each].known:
            listed.update(dict.fromkeys(sorted(groups[each].members)))
        else:
            return None
    roles = people.load_roles(work.db, set(listed))
    members = [each for each in listed if roles.get(each) not in (Role.GUEST, Role.OUTSIDER)]
    return approval_rules.list_eligible(members, authors, author_may_approve=work.policy.author_may_approve)


def count_missing(work: UnitOfWork, authors: Collection[str]) -> Locked | None:
    """Where fewer people may approve a post of these authors than it needs approvals: it cannot go out."""
    eligible = list_eligible(work, authors)
    if eligible is None or len(eligible) >= work.policy.approvals:
        return None
    barred = bool(authors) and not work.policy.author_may_approve
    return Locked(work.policy.approvals, len(eligible), barred)


def list_to_ask(work: UnitOfWork, authors: Collection[str]) -> list[str]:
    """Which approvers to ask for an approval of a post of these authors: nobody who would be refused."""
    if work.policy.author_may_approve:
        return list(work.policy.approvers)
    if list_eligible(work, authors) == []:
        return []
    return [each for each in work.policy.approvers if each not in authors]


def has_none_to_spare(work: UnitOfWork, authors: Collection[str]) -> bool:
    """Whether too few may approve a post of these authors once one more approver is among them."""
    eligible = list_eligible(work, authors)
    if work.policy.author_may_approve or not eligible:
        return False
    return len(eligible) == work.policy.approvals


def have_all_approved(work: UnitOfWork, authors: Collection[str], whose: Collection[str]) -> bool:
    """Whether everybody who may approve a post of these authors has done so. `whose`: the approvals that count."""
    eligible = list_eligible(work, authors) if whose else None
    return bool(eligible) and set(eligible or ()) <= set(whose)


def list_who_approved(work: UnitOfWork, post: Post) -> list[str]:
    """Whoever approved it since its review opened, whatever became of that since; not whoever took it back."""
    return approvals.list_who_gave(work.db, post.id, post.review_at or post.created_at)


def list_to_call(work: UnitOfWork, post: Post) -> list[str]:
    """Who is mentioned where an approved post does not go out: whoever approved it, and the approvers. Nobody where it
    never was approved by anybody."""
    gave = list_who_approved(work, post)
    return list(dict.fromkeys((*gave, *work.policy.approvers))) if gave else []


def say_not_going_out(work: UnitOfWork, post: Post, why: str) -> None:
    """In its thread, of an approved post that people can still decide about."""
    values = {"sentence": f"This will not go out: {why}.", "mention": list_to_call(work, post)}
    cards.say(work.db, post.id, LineType.INCIDENT, values, work.now)


def explain_lost(work: UnitOfWork, version: Version, epochs: str) -> str | None:
    """ "Tom's approval no longer counts: not an approver any more"; None: nobody who approved it lost the right."""
    given = approvals.list_of_version(work.db, version.id)
    lost = list_lost(work, [one for one in given if one.counts_for(version, epochs)])
    return _make_sentence(work, lost[-1][0].by, lost[-1][1]) if lost else None


def _make_sentence(work: UnitOfWork, by: str, why: str) -> str:
    return f"{list_names(work, (by,))}'s approval no longer counts: {why}"
