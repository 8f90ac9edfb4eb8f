"""Approvals: who counts, how many, and what ends them.

Inside the lead before its slot an approval says "right words" and "right moment" at once, of one version, under one
state of the gate. Given earlier it says only "right words": it stands until they change, whatever the slot, and through
a pause; the moment then needs a `go`. Nothing is published without both (promises P1 and P2).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from bot.domain.ids import VersionId
from bot.domain.kinds import ApprovalType
from bot.domain.people import LastKnown, Person, Right, Rule, list_approvers, may_approve
from bot.domain.policy import Policy
from bot.domain.posts import Body, Post, Version
from bot.domain.shown.state_words import join_names

NOBODY = LastKnown()
TAKEN_BACK = "took an approval back"  # why one has ended; stored
GO_TAKEN_BACK = "took the Go back"
TAKEN = (TAKEN_BACK, GO_TAKEN_BACK)


@dataclass(frozen=True)
class Approval:
    """What one person approved. `words`: their digest, where only they were approved; None: it may count for the moment
    too, as the lead was when it was given. Which of the two is written down then and never worked out later."""

    id: str
    version_id: VersionId
    sha256: str
    kind: ApprovalType
    epochs: str  # Gate.epochs_for the post's accounts at that moment
    by: str
    at: datetime
    revoked_at: datetime | None = None
    waived: str | None = None
    words: str | None = None

    def counts_for(self, version: Version, epochs: str) -> bool:
        """Not taken back, and of exactly these words; if of the moment too, of exactly these bytes, and no pause
        since."""
        if self.revoked_at is not None:
            return False
        if self.words is not None:
            return self.words == version.words
        return self.version_id == version.id and self.sha256 == version.sha256 and self.epochs == epochs


def count_ended(given: Iterable[Approval]) -> int:
    """How many do not stand any more: it only ever rises."""
    return sum(1 for one in given if one.revoked_at is not None)


@dataclass(frozen=True)
class Counted:
    """What the approvals of a version amount to for one rule."""

    rule: Rule
    by: tuple[Approval, ...]  # of the people it names, one a person, oldest first

    @property
    def have(self) -> int:
        """No more than it needs."""
        return min(len(self.by), self.rule.needed)

    @property
    def met(self) -> bool:
        return len(self.by) >= self.rule.needed


@dataclass(frozen=True)
class Standing:
    """What the approvals of a version amount to right now."""

    words: tuple[Approval, ...]  # one a person, oldest first
    moment: Approval | None
    counted: tuple[Counted, ...]  # by rule

    @property
    def needed(self) -> int:
        """Approvals, of all rules together."""
        return sum(one.rule.needed for one in self.counted)

    @property
    def have(self) -> int:
        """Of those: one that counts for two rules is counted twice."""
        return sum(one.have for one in self.counted)

    @property
    def missing(self) -> tuple[Rule, ...]:
        """The rules that are not met."""
        return tuple(one.rule for one in self.counted if not one.met)

    @property
    def has_words(self) -> bool:
        """Enough people have approved the words, for every rule."""
        return not self.missing

    @property
    def asks_go(self) -> bool:
        """The words are approved, and nobody has said that the moment is right."""
        return self.has_words and self.moment is None

    def paused_since(self, epochs: str) -> bool:
        """Whether there was a pause since words were approved: then the team alone cannot say Go. `epochs`: of now."""
        return any(one.epochs != epochs for one in self.words)

    @property
    def met(self) -> bool:
        return self.has_words and self.moment is not None

    @property
    def authority(self) -> Approval | None:
        """The approval an attempt names, always of the version that goes out: the one that made the number full; where
        that was of the words only, the one of the moment. None until `met`."""
        if not self.met:
            return None
        last = max((one.by[one.rule.needed - 1] for one in self.counted), key=_place)
        return last if last.words is None else self.moment


def _place(approval: Approval) -> tuple[datetime, str]:
    return approval.at, approval.id


def count_approvals(
    approvals: Iterable[Approval], version: Version, epochs: str, policy: Policy, known: LastKnown = NOBODY
) -> Standing:
    """Count the approvals that count. Two rows of one person are one approval. `known`: who is in which user group,
    where several rules have to be met."""
    counted = sorted((a for a in approvals if a.counts_for(version, epochs)), key=_place)
    words: dict[str, Approval] = {}
    for approval in counted:
        if approval.kind is ApprovalType.APPROVE:
            words.setdefault(approval.by, approval)
    moments = [a for a in counted if a.words is None and is_in_lead(a.at, version, policy)]
    rules = policy.find_rules(version.body.accounts, version.label)
    given = tuple(Counted(rule, _choose_named(words.values(), rule, rules, known)) for rule in rules)
    return Standing(tuple(words.values()), moments[0] if moments else None, given)


def _choose_named(
    words: Iterable[Approval], rule: Rule, rules: Sequence[Rule], known: LastKnown
) -> tuple[Approval, ...]:
    """Where there is one rule, whoever still had the right to approve was named by it."""
    return tuple(one for one in words if len(rules) == 1 or known.knows_named(one.by, rule.approvers))


def find_loss(
    approval: Approval, given: Sequence[Approval], rules: Sequence[Rule], known: LastKnown
) -> str | None:
    """Why whoever gave it could not give it any more, as far as known: then it does not count. Words are an approver's
    to approve; the moment is the team's, after a pause an approver's. `given`: all of the post that stand; `rules`: the
    post's."""
    paused_since = any(one.words is not None and one.epochs != approval.epochs for one in given)
    team = approval.kind is ApprovalType.GO and not paused_since
    return known.find_loss(approval.by, Right.TEAM if team else Right.APPROVE, list_approvers(rules))


def is_in_lead(at: datetime, version: Version, policy: Policy) -> bool:
    """Is `at` late enough before the slot to mean "right moment"?"""
    slot = version.body.slot
    if slot is None:
        return False
    return version.immediate or at >= slot - policy.lead_for(version.body.accounts)


def is_barred_author(person: Person, post: Post, policy: Policy) -> bool:
    """The author rule: whose own words these are may not approve them, unless the policy says so."""
    return not policy.author_may_approve and person.id in post.authors


def describe_authorship(person_id: str, post: Post, versions: Sequence[Version]) -> str:
    """What made this person an author: "wrote this", "planned this", "changed the text and the accounts". `versions`:
    oldest first."""
    if person_id == post.planned_by:
        return "planned this"
    if person_id in (post.written_by, *(versions[0].words_by if versions else ())):
        return "wrote this"
    did: dict[str, None] = {}
    for old, new in pairwise(versions):
        if new.saved_by == person_id:
            before, after = old.body, new.body
            texts = (before.text, before.variants or {}) != (after.text, after.variants or {})
            pictures = [one.sha256 for one in before.images] != [one.sha256 for one in after.images]
            accounts = before.accounts != after.accounts
            changed = {"the text": texts and not _only_left_out(before, after), "the images": pictures}
            changed["the content warning"] = before.warning != after.warning
            did |= dict.fromkeys(
                what for what, is_so in (changed | {"the accounts": accounts}).items() if is_so
            )
    return f"changed {join_names(list(did))}" if did else "wrote this"


def _only_left_out(before: Body, after: Body) -> bool:
    """A text of an account's own went with its account, or came back with it."""
    both = set(before.accounts) & set(after.accounts)
    return before.text == after.text and all(before.text_for(one) == after.text_for(one) for one in both)


def list_eligible(people: Iterable[str], authors: Collection[str], *, author_may_approve: bool) -> list[str]:
    """Those of the approvers who may approve a post of these authors."""
    return [each for each in people if author_may_approve or each not in authors]


def may_undo(person: Person, approval: Approval, rules: Sequence[Rule] = ()) -> bool:
    """Whoever gave it, or an approver: the team's, or the post's, whose rules these are."""
    return approval.by == person.id or person.may(Right.APPROVE) or may_approve(person, rules)
