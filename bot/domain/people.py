"""Who acts, and what they may do. Stopping is everyone's, starting is named people's.

If Slack cannot say who someone is (`Role.UNKNOWN`), stopping is allowed and starting refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum


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
    approver: bool = False
    in_private_channel: bool | None = None  # None: Slack could not say

    def may(self, right: Right) -> bool:
        if self.role in (Role.GUEST, Role.OUTSIDER):
            return False
        if right is Right.STOP:
            return True
        if self.role is Role.UNKNOWN:
            return False
        return right is Right.TEAM or self.approver


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


def is_group(approver: str) -> bool:
    """Whether an approver of the settings is a user group of Slack's."""
    return approver.startswith("S")
