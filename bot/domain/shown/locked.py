"""How many approvals a post needs for what; where too few people may approve it: in words, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RuleView:
    """How many approvals it has for an account or its label, and needs."""

    where: str  # "LinkedIn", "“Winter drive”"
    have: int
    needed: int


@dataclass(frozen=True)
class Locked:
    """Why a post cannot be approved by enough people: its authors do not approve it, and too few others may."""

    needed: int
    left: int  # people who may approve it
    barred: bool = True  # its authors may not
    where: str = (
        ""  # "LinkedIn", "“Winter drive”": where other people are named for it than the team's approvers
    )

    @property
    def sentence(self) -> str:
        """ "Nobody may approve this: whoever wrote or changed it may not, and there is no other approver."."""
        of = f" for {self.where}" if self.where else ""
        if self.left == 0 and not self.barred:
            return f"Nobody may approve this{of}: there is no approver."
        if self.left == 0:
            return f"Nobody may approve this{of}: whoever wrote or changed it may not, and there is no other approver."
        people = "1 person may give one" if self.left == 1 else f"{self.left} people may give one"
        why = ": authors do not approve their own words" if self.barred else ""
        return f"This needs {self.needed} approvals{of}, and only {people}{why}."

    @property
    def mend(self) -> str:
        return MEND_LOCKED.format(f"for {self.where}" if self.where else "[team] approvers")


MEND_LOCKED = (
    "What you can do: ask whoever runs Byhand to add an approver ({} in its settings) or to let "
    "authors approve (author_may_approve = true), and to start it again. Or kill this post, and let somebody who is no "
    "approver write it as a new one."
)
