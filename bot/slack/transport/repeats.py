"""Which call is made again after which failure, how often and for how long: one table for all that is not a card.

Cards and lines are the reconciler's, which looks for a message before it posts it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.slack.transport.calls import Answered, Heard, NotSent, SaidNo, TooMany, Unknown


@dataclass(frozen=True)
class Policy:
    """`twice_is_harmless`: made again although it may have happened. `within`: seconds from the first call on."""

    within: float
    twice_is_harmless: bool


# A trigger lives three seconds and counts once. A second private answer is a nuisance, none at all is worse; but one
# that may be there already is not repeated. A Home that is drawn twice is drawn once.
POLICIES: dict[str, Policy] = {
    "views.open": Policy(within=2.5, twice_is_harmless=False),
    "views.push": Policy(within=2.5, twice_is_harmless=False),
    "chat.postEphemeral": Policy(within=120.0, twice_is_harmless=False),
    "preview": Policy(within=1.5, twice_is_harmless=True),  # else Slack delivers its message again
    "response_url": Policy(within=120.0, twice_is_harmless=True),
    "views.update": Policy(within=120.0, twice_is_harmless=True),
    "chat.delete": Policy(within=300.0, twice_is_harmless=True),
    "views.publish": Policy(within=600.0, twice_is_harmless=True),
}
PAUSES = (0.5, 2.0, 5.0, 15.0, 30.0)  # seconds between two calls, where Slack names none


def find_pause(method: str, heard: Heard, tries: int, since: float) -> float | None:
    """Seconds until the call is made again after so many tries, the first of them `since` seconds ago; None: never."""
    policy = POLICIES[method]
    match heard:
        case Answered() | SaidNo():
            return None
        case Unknown() if not policy.twice_is_harmless:
            return None
        case TooMany(seconds):
            pause = seconds
        case NotSent() | Unknown():
            pause = PAUSES[min(tries, len(PAUSES)) - 1]
    return pause if since + pause <= policy.within else None


def hear_again(method: str, call: Callable[[], Heard], rest: Callable[[float], object]) -> Heard:
    """Make the call, and again as the table says. `rest` waits; True: we are stopping."""
    began, tries = time.monotonic(), 0
    while True:
        heard, tries = call(), tries + 1
        pause = find_pause(method, heard, tries, time.monotonic() - began)
        if pause is None or rest(pause):
            return heard
