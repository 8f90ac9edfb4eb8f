"""What happened: the vocabulary of the record. Facts are appended with their cause and never changed (promise P8)."""

from __future__ import annotations

from enum import Enum


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
