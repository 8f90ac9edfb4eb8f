"""Who acts, and what they may do. Stopping is everyone's, starting is named people's.

If Slack cannot say who someone is (`Role.UNKNOWN`), stopping is allowed and starting refused.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from bot.domain.preflight.words import strip_unseen


class Role(Enum):
    """What Slack, or the command line, says about a person."""

    MEMBER = "a full member of the workspace"
    GUEST = "a guest: may read"
    OUTSIDER = "from another organisation, in a shared channel: may read"
    UNKNOWN = "someone Slack could not tell us about: may stop, not start"
    COMMAND_LINE = "whoever has a shell on this machine"


class Right(Enum):
    """What a verb asks for."""

    STOP = "pause, hold, kill"
    TEAM = "write, edit, move, bring back"
    APPROVE = "approve, post now, send again, resume, take down"


@dataclass(frozen=True)
class Person:
    """Someone who acts. `id` is a Slack user id, or "cli:user@host"."""

    id: str
    name: str
    role: Role
    approver: bool = False  # the team's: one who is named for an account or a label only is not
    in_private_channel: bool | None = None  # None: Slack could not say
    groups: frozenset[str] = frozenset()  # the user groups of the settings they are in

    def may(self, right: Right) -> bool:
        if self.role in (Role.GUEST, Role.OUTSIDER):
            return False
        if right is Right.STOP:
            return True
        if self.role is Role.UNKNOWN:
            return False
        return right is Right.TEAM or self.approver

    def is_named(self, approvers: Collection[str]) -> bool:
        """Whether they stand in this list of the settings, by themselves or by a user group."""
        return self.id in approvers or not self.groups.isdisjoint(approvers)


class Names(str):
    """People's names, as they stand in a sentence. `ids`: who they are, for where they can be mentioned."""

    __slots__ = ("ids",)
    ids: tuple[str, ...]

    def __new__(cls, names: str, ids: Iterable[str] = ()) -> Names:
        made = super().__new__(cls, names)
        made.ids = tuple(ids)
        return made


def name_outside_slack(user: str) -> str:
    """Somebody who used `byhand` itself: "root (on Byhand's server)"."""
    return f"{user} (on Byhand's server)"


def make_shell_person(user: str, host: str) -> Person:
    """The person at the shell. Not an approver: `byhand` may pause, and resume with --yes, nothing else."""
    return Person(f"cli:{user}@{host}", name_outside_slack(user), Role.COMMAND_LINE)


NOT_A_MEMBER = "not a full member any more"
NOT_AN_APPROVER = "not an approver any more"
LOSSES = (NOT_A_MEMBER, NOT_AN_APPROVER)


@dataclass(frozen=True)
class LastKnown:
    """What Slack last said of people and user groups, however long ago; whom it never told of is missing.

    A right that was used counts on until it is known to be lost: Slack being away ends nothing."""

    roles: Mapping[str, Role] = field(default_factory=dict)
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)  # {user group's id: who is in it}

    def find_loss(self, person_id: str, right: Right, approvers: Sequence[str]) -> str | None:
        """Why this person has the right no more, as far as known: "not an approver any more". `approvers`: of the
        settings, people and user groups."""
        if self.roles.get(person_id) in (Role.GUEST, Role.OUTSIDER):
            return NOT_A_MEMBER
        if right is not Right.APPROVE or person_id in approvers:
            return None
        groups = [self.groups.get(each) for each in approvers if is_group(each)]
        if any(group is None or person_id in group for group in groups):
            return None
        return NOT_AN_APPROVER

    def knows_named(self, person_id: str, approvers: Collection[str]) -> bool:
        """Whether these name this person for certain: a user group of which nothing was heard names nobody."""
        groups = (self.groups.get(each, frozenset()) for each in approvers if is_group(each))
        return person_id in approvers or any(person_id in group for group in groups)


def is_group(approver: str) -> bool:
    """Whether an approver of the settings is a user group of Slack's."""
    return approver.startswith("S")


# --- who may approve a post: whom the settings name for its label and its accounts, else the team's approvers. Where
# several are named, each of these rules has to be met; one approval counts for every rule that names its person.


def fold_label(label: str) -> str:
    """For comparing labels: in one case, with single spaces. "" where nothing of it is seen."""
    return " ".join(unicodedata.normalize("NFKC", strip_unseen(label)).casefold().split())


@dataclass(frozen=True)
class Rule:
    """So many of these people have to approve."""

    approvers: tuple[str, ...]  # user ids and user group ids, as the settings have them
    needed: int
    accounts: tuple[str, ...] = ()  # for which they are asked; () where it is for the label
    label: str = ""
    general: bool = False  # they are the team's

    def names(self, person: Person) -> bool:
        """Whether this person's approval would count for it."""
        named = person.approver if self.general else person.is_named(self.approvers)
        return named and person.may(Right.TEAM)


@dataclass(frozen=True)
class Named:
    """Everybody the settings name: for the team, by account and by folded label. An account that is missing has the
    team's."""

    team: Sequence[str] = ()
    accounts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    needed: int = 1

    def list_narrower(self) -> tuple[str, ...]:
        """Who is named for an account or a label."""
        return tuple(dict.fromkeys((*_flatten(self.accounts), *_flatten(self.labels))))

    def list_all(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.team, *self.list_narrower())))

    def find_rules(self, accounts: Sequence[str], label: str) -> tuple[Rule, ...]:
        """The rules of a post with these accounts and this label; at least one. Those that name the same people are
        one."""
        of_label = self.labels.get(fold_label(label), ()) if label else ()
        found = [Rule(tuple(of_label), self.needed, label=label.strip())] if of_label else []
        for account in accounts:
            if of_account := self.accounts.get(account, ()):
                found.append(Rule(tuple(of_account), self.needed, (account,)))
            elif not of_label:
                found.append(Rule(tuple(self.team), self.needed, (account,), general=True))
        return _merge(found) or (Rule(tuple(self.team), self.needed, general=True),)


def _flatten(named: Mapping[str, Sequence[str]]) -> list[str]:
    return [one for each in named.values() for one in each]


def _merge(found: Sequence[Rule]) -> tuple[Rule, ...]:
    merged: dict[frozenset[str], Rule] = {}
    for rule in found:
        who = frozenset(rule.approvers)
        if (before := merged.get(who)) is not None:
            general = before.general or rule.general
            rule = replace(before, accounts=(*before.accounts, *rule.accounts), general=general)
        merged[who] = rule
    return tuple(merged.values())


def describe_named(named: Named) -> dict[str, Any]:
    """As the record keeps it. Without what is not set, so that older records stay equal."""
    narrower = {"of_accounts": named.accounts, "of_labels": named.labels}
    told = {key: {name: sorted(who) for name, who in each.items()} for key, each in narrower.items() if each}
    return {"approvers": sorted(named.team), "approvals": named.needed, **told}


def read_named(told: Mapping[str, Any]) -> Named:
    """What `describe_named` made, also of a Byhand that knew only the team's."""
    return Named(told["approvers"], told.get("of_accounts", {}), told.get("of_labels", {}), told["approvals"])


def may_more_approve(
    before: Mapping[str, Any], now: Mapping[str, Any], accounts: Sequence[str], label: str
) -> bool:
    """Whether a post with these accounts and this label could be approved now by people who could not have before: a
    rule of then is gone, and none of now is as narrow."""
    rules = [set(rule.approvers) for rule in read_named(now).find_rules(accounts, label)]
    then = [set(rule.approvers) for rule in read_named(before).find_rules(accounts, label)]
    return any(not any(rule <= one for rule in rules) for one in then)


def list_approvers(rules: Collection[Rule]) -> tuple[str, ...]:
    """Everybody whose approval counts for any of them."""
    return tuple(dict.fromkeys(who for rule in rules for who in rule.approvers))


def may_approve(person: Person, rules: Collection[Rule]) -> bool:
    """Whether this person's approval counts for any of them."""
    return any(rule.names(person) for rule in rules)
