"""A post that too few people may approve: in words, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Locked:
    """Why a post cannot be approved by enough people: its authors do not approve it, and too few others may."""

    needed: int
    left: int  # people who may approve it
    barred: bool = True  # its authors may not

    @property
    def sentence(self) -> str:
        """ "Nobody may approve this: whoever wrote or changed it may not, and there is no other approver."."""
        if self.left == 0:
            return "Nobody may approve this: whoever wrote or changed it may not, and there is no other approver."
        people = "1 person may give one" if self.left == 1 else f"{self.left} people may give one"
        why = ": authors do not approve their own words" if self.barred else ""
        return f"This needs {self.needed} approvals, and only {people}{why}."

    @property
    def mend(self) -> str:
        return MEND_LOCKED


MEND_LOCKED = (
    "What you can do: ask whoever runs Byhand to add an approver ([team] approvers in its settings) or to let authors "
    "approve (author_may_approve = true), and to start it again. Or kill this post, and let somebody who is no "
    "approver write it as a new one."
)
