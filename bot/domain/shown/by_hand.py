"""What a person posts themselves, as the card of its post shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.deliveries import State


@dataclass(frozen=True)
class HandView:
    """One account, from the post's slot on: anybody may take it, somebody has it, or nobody knows whether it is up."""

    account: str
    title: str
    address: str  # to open; "": none is known
    until: datetime | None  # then it is dropped, unless somebody has it
    delivery_id: str | None = None  # None: nobody has said Go yet
    state: State = State.READY
    holder: str | None = None  # who is posting it
    since: datetime | None = None

    @property
    def is_free(self) -> bool:
        return self.state in (State.READY, State.CLAIMED)

    @property
    def is_unknown(self) -> bool:
        return self.state is State.UNKNOWN


@dataclass(frozen=True)
class Unwatched:
    """An account whose comments Byhand cannot read: people look there themselves."""

    account: str
    title: str
    by: str | None = None  # who last said that they had looked; None: nobody has said so yet
    at: datetime | None = None
