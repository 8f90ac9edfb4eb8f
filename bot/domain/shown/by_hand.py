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


@dataclass(frozen=True)
class InHand:
    """What somebody was posting when publishing was paused."""

    number: int
    title: str  # of the account
    text: str  # the first words
    state: State
    since: datetime | None
    card: tuple[str, str] | None  # (channel, ts) of the post's


@dataclass(frozen=True)
class StopView:
    """The direct message that asks whoever was posting by hand to stop."""

    sentence: str  # "Publishing on Bluesky is paused"
    by: str
    at: datetime
    reason: str | None
    over: bool  # publishing was resumed
    hands: tuple[InHand, ...]

    @property
    def left(self) -> tuple[InHand, ...]:
        """Of which nobody has said how it went."""
        return tuple(one for one in self.hands if not one.state.final)
