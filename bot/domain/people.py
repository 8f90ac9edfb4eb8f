"""Who acts, and what they may do. Stopping is everyone's, starting is named people's.

If Slack cannot say who someone is (`Role.UNKNOWN`), stopping is allowed and starting refused.
"""

from __future__ import annotations

from dataclasses import dataclass
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

    def may(self, right: Right) -> bool:
        if self.role in (Role.GUEST, Role.OUTSIDER):
            return False
        if right is Right.STOP:
            return True
        if self.role is Role.UNKNOWN:
            return False
        return right is Right.TEAM or self.approver


def make_shell_person(user: str, host: str) -> Person:
    """The person at the shell. Not an approver: `byhand` may pause, and resume with --yes, nothing else."""
    return Person(f"cli:{user}@{host}", f"{user} at the command line", Role.COMMAND_LINE)
