"""How one call to a network ended, and what a later look at the network found.

The classes are the whole vocabulary between the networks and the rules: an adapter turns every answer,
silence or exception into exactly one of them. Only `NotSent`, `Later` and `NeedsLogin` say that nothing
was published; whatever is not proven is `Unknown` (promise P4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Sent:
    """The network confirmed it and named it."""

    remote_id: str
    url: str | None = None
    changed: str | None = None  # what of it is not as it was sent ("its visibility is public, not unlisted")


@dataclass(frozen=True)
class Refused:
    """The network said a definite no: a 4xx whose body is on the adapter's list of final answers."""

    reason: str  # the network's own words
    code: str | None = None
    http_status: int | None = None
    repeats: bool = False  # because it has the same already: which may be an earlier try of this very send


@dataclass(frozen=True)
class NotSent:
    """Proven by the client's trace: no byte of the request left this machine."""

    why: str


ANOTHER_PROFILE = "it is signed in as another profile than this is for"  # of a `NotSent`: Byhand's own reason


@dataclass(frozen=True)
class Later:
    """The network throttled us before doing anything."""

    why: str
    at: datetime | None = None  # aware UTC, from the network's own header; None if it named no time
    http_status: int | None = None


@dataclass(frozen=True)
class NeedsLogin:
    """The token is expired or revoked, and a refresh did not help: the body's code says so, or the network refuses
    it when asked who we are."""

    why: str
    http_status: int | None = None
    mend: str | None = None  # a sentence, if a new secret is not what helps


@dataclass(frozen=True)
class NeedsCredit(NeedsLogin):
    """The network does nothing for the account before somebody pays there."""


@dataclass(frozen=True)
class Unknown:
    """It may have been published. Never send again without looking."""

    evidence: str
    http_status: int | None = None


Outcome = Sent | Refused | NotSent | Later | NeedsLogin | Unknown


@dataclass(frozen=True)
class Found:
    """The look-up found what an attempt sent."""

    remote_id: str
    url: str | None = None


@dataclass(frozen=True)
class Absent:
    """Proven: it is not there. Whoever says so states what the proof rests on, which is put on record: a list is none
    unless it is known to hold what was looked for."""

    rests_on: str  # without anybody's words: "the account's own server, asked for the record by its key"

    def __post_init__(self) -> None:
        if not self.rests_on.strip():
            raise ValueError("absence without a ground is no proof")


@dataclass(frozen=True)
class CannotTell:
    """The look-up failed or proves nothing. A person is asked in the end. `early`: in minutes it may prove it."""

    why: str
    early: bool = False


Look = Found | Absent | CannotTell
