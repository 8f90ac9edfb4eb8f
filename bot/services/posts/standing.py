"""Which approvals of a post stand now: given, not ended, and by people who still have the right, as last known.

Whoever counts approvals asks here. Slack is not asked and nothing is locked: what it said before is in the database.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

from bot.domain import approvals as approval_rules
from bot.domain.approvals import Approval, Standing
from bot.domain.kinds import LineType
from bot.domain.people import LastKnown, Person, Role, Rule, is_group, list_approvers
from bot.domain.people import may_approve as is_named
from bot.domain.posts import Post, Version
from bot.domain.shown.locked import Locked
from bot.domain.shown.state_words import join_names
from bot.services import duty
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import list_names
from bot.store.pause import gate
from bot.store.posts import approvals, posts
from bot.store.slack import cards, memberships, people


def find_rules(work: UnitOfWork, version: Version) -> tuple[Rule, ...]:
    """Who has to approve this version: by its accounts and its label."""
    return work.policy.find_rules(version.body.accounts, version.label)


def list_named(work: UnitOfWork, version: Version) -> list[str]:
    """Everybody who is named as an approver of this version, as the settings have them."""
    return list(list_approvers(find_rules(work, version)))


def may_approve(work: UnitOfWork, person: Person, version: Version) -> bool:
    """Whether this person is named as an approver of this version."""
    return is_named(person, find_rules(work, version))


def name_rule(work: UnitOfWork, rule: Rule) -> str:
    """What it is for: "LinkedIn and Mastodon", "“Winter drive”"."""
    return (
        f"“{rule.label}”" if rule.label else join_names([work.policy.title_of(one) for one in rule.accounts])
    )


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
    known = known or load_last_known(work, {one.by for one in counting}) if counting else LastKnown()
    lost = {one.id for one, _ in list_lost(work, version, counting, known)}
    kept = [one for one in given if one.id not in lost]
    return approval_rules.count_approvals(kept, version, epochs, work.policy, known)


def list_lost(
    work: UnitOfWork, version: Version, given: Sequence[Approval], known: LastKnown | None = None
) -> list[tuple[Approval, str]]:
    """Those whose person has lost the right since, and why. `version`: what they are of now; `given`: all of its
    post."""
    if not given:
        return []
    known = known or load_last_known(work, {one.by for one in given})
    stand, rules = [one for one in given if one.revoked_at is None], find_rules(work, version)
    losses = [(one, approval_rules.find_loss(one, stand, rules, known)) for one in stand]
    return [(one, why) for one, why in losses if why is not None]


def load_last_known(work: UnitOfWork, ids: set[str]) -> LastKnown:
    """What the database says of these people, and of the groups that may approve."""
    groups = memberships.load(work.db, [each for each in work.policy.named.list_all() if is_group(each)])
    return LastKnown(
        people.load_roles(work.db, ids), {name: one.members for name, one in groups.items() if one.known}
    )


def list_eligible(work: UnitOfWork, rule: Rule, authors: Collection[str]) -> list[str] | None:
    """Those of a rule's approvers who may approve a post of these authors, as last known; None where a user group may
    have members whom nobody has told us of."""
    groups = memberships.load(work.db, [each for each in rule.approvers if is_group(each)])
    listed: dict[str, None] = {}
    for each in rule.approvers:
        if not is_group(each):
            listed[each] = None
        elif each in groups and groups[each].known:
            listed.update(dict.fromkeys(sorted(groups[each].members)))
        else:
            return None
    roles = people.load_roles(work.db, set(listed))
    members = [each for each in listed if roles.get(each) not in (Role.GUEST, Role.OUTSIDER)]
    return approval_rules.list_eligible(members, authors, author_may_approve=work.policy.author_may_approve)


# --- alone on shift ----------------------------------------------------------------------------------


def find_alone(work: UnitOfWork, post: Post) -> str | None:
    """Who may approve their own change of a post now, because nobody else is there: outside hours, where the settings
    allow it, whoever is on shift and made every change since enough others had approved its words. None: nobody."""
    whose = post.version.saved_by
    if whose is None or not is_alone(work, whose):
        return None
    versions = posts.list_versions(work.db, post.id)
    for old, new in reversed(list(pairwise(versions))):
        if new.saved_by != whose:
            return None
        if _had_words(work, post, old, new):
            return whose
    return None


def is_alone(work: UnitOfWork, person_id: str) -> bool:
    """Whether somebody is on shift outside hours, and the settings let them approve their own changes then."""
    hours = work.policy.hours
    if not work.policy.alone or not hours.spans or hours.open_at(work.now):
        return False
    return person_id in [turn.person for turn in duty.list_on_shift(work)]


def _had_words(work: UnitOfWork, post: Post, old: Version, new: Version) -> bool:
    """Whether enough others had approved the words of a version when its person changed them, by the rules of the post
    as it is now. A pause since ends what was said of words and moment at once."""
    if set(post.version.body.accounts) - set(old.body.accounts):
        return False
    epochs = gate.read(work.db).epochs_for(old.body.accounts)
    ended = [
        replace(one, revoked_at=None)
        for one in approvals.list_of_version(work.db, old.id)
        if one.revoked_at == new.saved_at and one.by != new.saved_by
    ]
    return count(work, replace(old, label=post.version.label), epochs, ended).has_words


def list_barred(work: UnitOfWork, post: Post) -> frozenset[str]:
    """Who may not approve it, because they are its authors."""
    return frozenset() if work.policy.author_may_approve else post.authors - {find_alone(work, post)}


def is_barred(work: UnitOfWork, person: Person, post: Post) -> bool:
    """Whether this person may not approve it, because they are one of its authors."""
    barred = approval_rules.is_barred_author(person, post, work.policy)
    return barred and find_alone(work, post) != person.id


# --- who is asked ------------------------------------------------------------------------------------


def count_missing(work: UnitOfWork, post: Post, also: Collection[str] = ()) -> Locked | None:
    """Where fewer people may approve a post than it needs approvals: it cannot go out. `also`: authors it might
    have."""
    authors = {*list_barred(work, post), *also}
    rules = find_rules(work, post.version)
    for rule in rules:
        eligible = list_eligible(work, rule, authors)
        if eligible is not None and len(eligible) < rule.needed:
            barred = bool(authors) and not work.policy.author_may_approve
            where = "" if len(rules) == 1 and rule.general else name_rule(work, rule)
            return Locked(rule.needed, len(eligible), barred, where)
    return None


def list_to_ask(work: UnitOfWork, post: Post, rules: Collection[Rule] | None = None) -> list[str]:
    """Which approvers to ask for an approval of a post: nobody who would be refused. `rules`: those it does not meet
    yet; None: all of the post's."""
    rules = find_rules(work, post.version) if rules is None else rules
    authors = list_barred(work, post)
    open_to = [rule for rule in rules if not authors or list_eligible(work, rule, authors) != []]
    return [each for each in list_approvers(open_to) if each not in authors]


def has_none_to_spare(work: UnitOfWork, post: Post) -> bool:
    """Whether too few may approve a post once one more approver is among its authors."""
    if work.policy.author_may_approve:
        return False
    rules, authors = find_rules(work, post.version), list_barred(work, post)
    return any(len(list_eligible(work, rule, authors) or ()) == rule.needed for rule in rules)


def list_missing(work: UnitOfWork, post: Post) -> tuple[Rule, ...]:
    """Of a post whose words need an approval, the rules it does not meet yet."""
    rules = find_rules(work, post.version)
    if len(rules) == 1:
        return rules
    return count(work, post.version, gate.read(work.db).epochs_for(post.version.body.accounts)).missing


def have_all_approved(work: UnitOfWork, post: Post, counted: Standing) -> bool:
    """Whether everybody has done so who may approve a post for a rule that is not met; where all are, everybody who
    may."""
    whose = {one.by for one in counted.words}
    if not whose:
        return False
    rules = counted.missing or find_rules(work, post.version)
    authors = list_barred(work, post)
    eligible = [list_eligible(work, rule, authors) for rule in rules]
    return all(each and set(each) <= whose for each in eligible)


def list_who_approved(work: UnitOfWork, post: Post) -> list[str]:
    """Whoever approved it since its review opened, whatever became of that since; not whoever took it back."""
    return approvals.list_who_gave(work.db, post.id, post.review_at or post.created_at)


def list_to_call(work: UnitOfWork, post: Post) -> list[str]:
    """Who is mentioned where an approved post does not go out: whoever approved it, and its approvers. Nobody where it
    never was approved by anybody."""
    gave = list_who_approved(work, post)
    return list(dict.fromkeys((*gave, *list_named(work, post.version)))) if gave else []


def say_not_going_out(work: UnitOfWork, post: Post, why: str) -> None:
    """In its thread, of an approved post that people can still decide about."""
    values = {"sentence": f"This will not go out: {why}.", "mention": list_to_call(work, post)}
    cards.say(work.db, post.id, LineType.INCIDENT, values, work.now)


def explain_lost(work: UnitOfWork, version: Version, epochs: str) -> str | None:
    """ "Tom's approval no longer counts: not an approver any more"; None: nobody who approved it lost the right."""
    given = approvals.list_of_version(work.db, version.id)
    lost = list_lost(work, version, [one for one in given if one.counts_for(version, epochs)])
    return _make_sentence(work, lost[-1][0].by, lost[-1][1]) if lost else None


def _make_sentence(work: UnitOfWork, by: str, why: str) -> str:
    return f"{list_names(work, (by,))}'s approval no longer counts: {why}"
