"""What a worker holds between two steps of a send. Plain values: the truth is in the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.kinds import DeliveryType
from bot.networks.protocol import Attempt, Connection

# Takes the connection and now, returns what is uploaded (JSON); raises PrepareFailed.
Upload = Callable[[Connection, datetime], dict[str, Any]]


@dataclass(frozen=True)
class Claim:
    """A delivery this worker holds. Only whoever knows the fence may go on with it."""

    delivery_id: str
    post_id: str | None  # of a post's delivery
    account: str
    fence: int
    due_at: datetime
    wants_preparing: bool
    prepare_now: bool = True  # ahead of its moment; after an upload has failed, not before that moment
    kind: DeliveryType = DeliveryType.POST


@dataclass(frozen=True)
class Begun:
    """The point of no return is behind us: send exactly this, once, until `send_by`."""

    attempt_id: str
    delivery_id: str
    account: str
    payload: bytes
    handle: str
    fence: int
    post_id: str | None = None  # of a post's delivery


@dataclass(frozen=True)
class ToLook:
    """An unknown delivery whose network is to be asked."""

    delivery_id: str
    attempt_id: str
    account: str
    attempt: Attempt
    kind: DeliveryType = DeliveryType.POST
