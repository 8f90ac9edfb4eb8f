"""What a worker holds between two steps of a send. Plain values: the truth is in the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.kinds import DeliveryType
from bot.networks.protocol import AccountClient, Attempt

# Takes the connection and now, returns what is uploaded (JSON); raises PrepareFailed.
Upload = Callable[[AccountClient, datetime], dict[str, Any]]

Facts = Mapping[str, Any]  # what is put on record of a step: JSON


@dataclass(frozen=True)
class DeliveryRef:
    """Which delivery. By this its rows are found and locked."""

    delivery_id: str
    post_id: str | None  # None: of an answer, or of the take-down of one
    account: str
    kind: DeliveryType


@dataclass(frozen=True)
class Claim(DeliveryRef):
    """A delivery this worker holds. Only whoever knows the fence may go on with it."""

    fence: int
    due_at: datetime
    wants_preparing: bool
    prepare_now: bool = True  # ahead of its moment; after an upload has failed, not before that moment

    @property
    def mark(self) -> str:
        """What its images carry through a network's `prepare`: `read_mark` reads it back."""
        return f"{self.delivery_id}/{self.fence}"


def read_mark(mark: str) -> tuple[str, int] | None:
    """(delivery, fence); None: it is of no claim."""
    delivery_id, _, fence = mark.partition("/")
    return (delivery_id, int(fence)) if fence.isdecimal() else None


@dataclass(frozen=True)
class Begun(DeliveryRef):
    """The begin is committed: send exactly this, once, until `send_by`."""

    attempt_id: str
    payload: bytes
    handle: str
    fence: int
    identity: str | None = None  # whose profile it is for; None: nobody had said yet


@dataclass(frozen=True)
class ToLook(DeliveryRef):
    """An unknown delivery whose network is to be asked."""

    attempt_id: str
    attempt: Attempt
    identity: str | None = None  # on whose profile it may be


# --- what a kind answers when one of it is to begin ---------------------------------------------------


@dataclass(frozen=True)
class Authority:
    """It may begin: on whose word, and under which epochs. The schema refuses an attempt without the one its kind asks
    for."""

    epochs: str
    post_id: str | None = None
    version_id: str | None = None
    approval_id: str | None = None
    release_id: str | None = None
    seconds_id: str | None = None
    send_id: str | None = None
    click_id: str | None = None
    identity: str | None = None  # whose profile it is for


@dataclass(frozen=True)
class NotYet:
    """Not now. `until`: then it may be tried again; None: somebody gave it another moment meanwhile."""

    until: datetime | None = None


@dataclass(frozen=True)
class Forbidden:
    """It may not, and the kind says what becomes of it."""

    why: str


MayBegin = Authority | NotYet | Forbidden
