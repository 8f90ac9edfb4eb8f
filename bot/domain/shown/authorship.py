"""Who wrote a post, who planned it, and who changed it: put into words here, drawn by the views."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Authorship:
    """People by their ids."""

    written_by: str | None  # None: it was imported
    changed_by: tuple[str, ...] = ()  # since then its words, images or accounts, in that order
    planned_by: str | None = None  # who made a post of words that are others'

    def describe(self) -> list[tuple[str, tuple[str, ...]]]:
        """ "written by" Tom, "planned by" Maya, "changed by" Ines; "imported from a plan" needs nobody."""
        first = ("written by", (self.written_by,)) if self.written_by else ("imported from a plan", ())
        found: list[tuple[str, tuple[str, ...]]] = [first]
        found += [("planned by", (self.planned_by,))] if self.planned_by else []
        return [*found, *([("changed by", self.changed_by)] if self.changed_by else [])]
