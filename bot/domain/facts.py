"""What happened: the vocabulary of the record. Facts are appended with their cause and never changed (promise P8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any


class What(Enum):
    """Each thing that is put on record, as people would say it."""

    IMPORTED = "imported"
    CREATED = "created"
    SCHEDULED = "scheduled"
    MOVED = "moved"
    EDITED = "edited"
    REVIEW_OPENED = "review opened"
    REMINDED = "reminded"
    APPROVED = "approved"
    APPROVED_ANYWAY = "approved anyway"
    APPROVAL_UNDONE = "approval undone"
    APPROVALS_ENDED = "approvals ended"
    ALL_APPROVED = "everything said yes"
    HELD = "held"
    KILLED = "killed"
    BROUGHT_BACK = "brought back"
    POST_NOW = "posted now"
    MISSED = "missed"
    BEGUN = "begun"
    OUTCOME = "outcome"
    LOOKED = "looked"
    SETTLED = "settled"
    DROPPED = "dropped"
    TRIED_AGAIN = "tried again"
    STOPPED_REST = "stopped the rest"
    FINISHED = "finished"
    INCIDENT = "incident"
    PAUSED = "paused"
    RESUMED = "resumed"
    STARTED = "started"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Fact:
    """Who did what to which version, when, from where."""

    id: str
    at: datetime
    what: What
    via: str  # "slack", "cli", "clock", "network"
    who: str | None = None  # None: the clock
    subject: str | None = None  # "post:<id>", "gate:all", "account:<name>"
    version_id: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
