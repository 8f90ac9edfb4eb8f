"""Which call of Slack's is made again after which failure, how often and for how long: one table for all.

Two are not in it, as what they need is more than a pause. Cards and lines are the reconciler's, which looks for a
message before it posts it again; and the connection itself is asked for until it is there.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Container, Hashable
from dataclasses import dataclass

from slack_sdk.web import SlackResponse

from bot.slack.transport.calls import NO_ENTRY, Answered, Heard, NotSent, SaidNo, TooMany, Unknown, hear

PAUSES = (0.5, 2.0, 5.0, 15.0, 30.0)  # seconds between two calls, where Slack names none


@dataclass(frozen=True)
class Policy:
    """`twice_is_harmless`: made again although it may have happened. `within`: seconds from the first call on.
    `lifted`: refusals that a person can lift, so that it is made again; None: all of them."""

    within: float
    twice_is_harmless: bool
    pauses: tuple[float, ...] = PAUSES
    lifted: Container[str] | None = frozenset()


# A trigger lives three seconds and counts once. A second private answer is a nuisance, none at all is worse; but one
# that may be there already is not repeated. A Home that is drawn twice is drawn once.
POLICIES: dict[str, Policy] = {
    "views.open": Policy(within=2.5, twice_is_harmless=False),
    "views.push": Policy(within=2.5, twice_is_harmless=False),
    "chat.postEphemeral": Policy(within=120.0, twice_is_harmless=False),
    "preview": Policy(within=1.5, twice_is_harmless=True),  # else Slack delivers its message again
    "response_url": Policy(within=120.0, twice_is_harmless=True),
    "views.update": Policy(within=120.0, twice_is_harmless=True),
    "chat.delete": Policy(within=math.inf, twice_is_harmless=True, lifted=NO_ENTRY),
    "views.publish": Policy(within=600.0, twice_is_harmless=True),
    # Somebody's words, given back to them by direct message; and what approvers must hear as long as it is true.
    "direct": Policy(within=30.0, twice_is_harmless=False),
    "chat.update": Policy(within=30.0, twice_is_harmless=True),  # of such a message
    "news": Policy(within=math.inf, twice_is_harmless=False, lifted=NO_ENTRY),
    # A pin that is refused needs a person, who is told.
    "pins": Policy(within=math.inf, twice_is_harmless=True, pauses=(30.0, 120.0, 600.0, 3600.0), lifted=None),
    "upload": Policy(within=600.0, twice_is_harmless=True),  # a second private copy does no harm
    # A click waits two seconds for who pressed; Slack waits three for us to read a message with a file.
    "users.info": Policy(within=1.5, twice_is_harmless=True),
    "usergroups.users.list": Policy(within=1.5, twice_is_harmless=True),
    "conversations.members": Policy(within=1.5, twice_is_harmless=True),
    "conversations.list": Policy(within=1.5, twice_is_harmless=True),
    "files.info": Policy(within=1.2, twice_is_harmless=True),
    "file": Policy(within=1.2, twice_is_harmless=True),
    "plan": Policy(within=120.0, twice_is_harmless=True),  # nobody's click waits for it
}


def find_pause(method: str, heard: Heard, tries: int, since: float) -> float | None:
    """Seconds until the call is made again after so many tries, the first of them `since` seconds ago; None: never."""
    policy = POLICIES[method]
    match heard:
        case Answered():
            return None
        case SaidNo(error) if policy.lifted is not None and error not in policy.lifted:
            return None
        case Unknown() if not policy.twice_is_harmless:
            return None
        case TooMany(seconds):
            pause = seconds
        case SaidNo() | NotSent() | Unknown():
            pause = policy.pauses[min(tries, len(policy.pauses)) - 1]
    return pause if since + pause <= policy.within else None


def hear_again(
    method: str,
    call: Callable[[], Heard],
    rest: Callable[[float], object] = time.sleep,
    *,
    began: float | None = None,
) -> Heard:
    """Make the call, and again as the table says. `rest` waits; True: we are stopping. `began`: when the time for it
    began to run (`time.monotonic`); None: now."""
    began, tries = time.monotonic() if began is None else began, 0
    while True:
        heard, tries = call(), tries + 1
        pause = find_pause(method, heard, tries, time.monotonic() - began)
        if pause is None or rest(pause):
            return heard


def ask_again(
    method: str, call: Callable[[], SlackResponse], rest: Callable[[float], object] = time.sleep
) -> Heard:
    """The same for a method of the Web API."""
    return hear_again(method, lambda: hear(call), rest)


@dataclass(frozen=True)
class _Open:
    tries: int
    since: float
    again_at: float


class Repeats:
    """For a thread that cannot wait: which calls are made again, and when. `elapsed`: seconds."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._open: dict[Hashable, _Open] = {}

    def again_at(self, key: Hashable) -> float:
        """When this call may be made (`elapsed`); one that was not made yet: at any time."""
        return self._open[key].again_at if key in self._open else -math.inf

    def is_due(self, key: Hashable) -> bool:
        return self.again_at(key) <= self._elapsed()

    def note(self, method: str, key: Hashable, heard: Heard) -> bool:
        """What became of it. True: it is made no more: done, refused, or tried for long enough."""
        now = self._elapsed()
        before = self._open.pop(key, _Open(0, now, now))
        tries = before.tries + 1
        pause = find_pause(method, heard, tries, now - before.since)
        if pause is not None:
            self._open[key] = _Open(tries, before.since, now + pause)
        return pause is None

    def forget(self, key: Hashable) -> None:
        self._open.pop(key, None)
