"""The gate: open or paused, for everything (`all`) or for one account; every pause raises its epoch.

An approval stores the epochs it was given under and counts while they are current. So a pause ends approvals
by comparing numbers, even of posts whose rows nobody touched (promise P3).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
ALL = "all"
DRILL = "drill"


@dataclass(frozen=True)
class GateRow:
    """One scope of the gate."""

    scope: str
    paused: bool = False
    epoch: int = 0
    stops_replies: bool = False
    by: str | None = None
    reason: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Gate:
    """The rows that concern one post, or all of them."""

    rows: Mapping[str, GateRow] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[GateRow]) -> Gate:
        return cls({row.scope: row for row in rows})

    def closed_for(self, accounts: Iterable[str]) -> GateRow | None:
        """The row that keeps these accounts shut, `all` first; None if they are open."""
        for scope in (ALL, *accounts):
            row = self.rows.get(scope)
            if row and row.paused:
                return row
        return None

    def replies_stopped_for(self, accounts: Iterable[str]) -> GateRow | None:
        """The row whose pause stops replies of these accounts too; None if people may answer."""
        rows = (self.rows.get(scope) for scope in (ALL, *accounts))
        return next((row for row in rows if row and row.paused and row.stops_replies), None)

    def pauses_for(self, accounts: Iterable[str]) -> str | None:
        """Canonical JSON of the pauses that keep these accounts shut, each with its epoch: what the release of a
        statement stores. None: one of the accounts is open, and nothing but approvals lets a post go there."""
        names = tuple(accounts)
        if not names or any(self.closed_for((name,)) is None for name in names):
            return None
        rows = (self.rows.get(scope) for scope in {ALL, *names})
        return _canonical({row.scope: row.epoch for row in rows if row and row.paused})

    def epochs_for(self, accounts: Iterable[str]) -> str:
        """Canonical JSON of the current epochs of `all` and these accounts: what an approval stores."""
        scopes = sorted({ALL, *accounts})
        epochs = {scope: self.rows[scope].epoch if scope in self.rows else 0 for scope in scopes}
        return _canonical(epochs)
