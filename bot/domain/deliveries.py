"""Deliveries: the states of one send to one account, and what each outcome makes of it.

Time alone never leads from *sending* back to *ready*, because a lease that ran out does not prove that its holder is
dead. It makes the outcome unknown, and then the network or a person is asked (promise P4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from bot.domain.kinds import DeliveryType
from bot.domain.outcomes import (
    Absent,
    Found,
    Later,
    Look,
    NeedsCredit,
    NeedsLogin,
    NotSent,
    Outcome,
    Refused,
    Sent,
)
from bot.domain.posts import Status

CLAIM_AHEAD = timedelta(seconds=60)  # uploads happen in this time before the slot
LEASE = timedelta(seconds=60)
RENEW = timedelta(seconds=20)
SEND_WINDOW = timedelta(seconds=5)  # from begin to the first byte
CALL_LIMIT = timedelta(seconds=30)  # the whole call
LEFT_OUT = "it is not for this account any more"  # why something is not sent to an account
GAP = timedelta(seconds=60)  # between two posts of one account (promise P5)
LOOK_AGAIN = timedelta(seconds=60)
ASK_AFTER = timedelta(minutes=15)  # looking ends, a person is asked; longer than any network takes to settle
BY_HAND_LIMIT = timedelta(minutes=30)  # for whoever is posting it to say that it is up; then nobody knows
FAR = timedelta(days=1)  # a moment so far ahead was written by a clock that was wrong
UNFINISHED = "unfinished"  # in `prepared`: it is what an upload that failed had come to
HOLDER = "holder"  # in `prepared`: who is posting it by hand
BACK_OFF = (2, 5, 15, 30, 60)  # seconds, by tries


class State(Enum):
    """Where a delivery stands."""

    READY = "waits"
    CLAIMED = "is being prepared"
    SENDING = "is being sent"
    SENT = "was sent"
    REFUSED = "was refused by the network"
    UNKNOWN = "may have been sent: nobody knows yet"
    DROPPED = "was not and will not be sent"

    @property
    def key(self) -> str:
        return self.name.lower()

    @property
    def final(self) -> bool:
        return self in (State.SENT, State.REFUSED, State.DROPPED)

    @classmethod
    def of(cls, key: str) -> State:
        return cls[key.upper()]


class AttemptState(Enum):
    """What became of one try."""

    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    ABSENT = "absent"


@dataclass(frozen=True)
class Delivery:
    """One send to one account."""

    id: str
    post_id: str | None
    kind: DeliveryType
    account: str
    state: State
    handle: str
    due_at: datetime | None = None
    latest_at: datetime | None = None
    fence: int = 0
    next_check_at: datetime | None = None
    tries: int = 0
    remote_id: str | None = None
    remote_url: str | None = None
    reason: str | None = None
    resolved_by: str | None = None
    copied_at: datetime | None = None  # of the backup it ended in: it may have been tried again since
    release_id: str | None = None  # of a statement: the release that let it go
    prepared: Mapping[str, Any] = field(
        default_factory=dict, hash=False
    )  # what its upload gave, and the like

    @property
    def asks_a_person(self) -> bool:
        return self.state is State.UNKNOWN and self.next_check_at is None

    @property
    def holder(self) -> str | None:
        """Who said that they were posting it by hand."""
        return self.prepared.get(HOLDER)

    @property
    def left_out(self) -> bool:
        """Its post was published without this account: there is nothing to say of it, and nothing to try again."""
        return self.state is State.DROPPED and self.reason == LEFT_OUT


@dataclass(frozen=True)
class Attempt:
    """One try of a delivery: the exact bytes, and whose authority they go out on."""

    id: str
    delivery_id: str
    fence: int
    epochs: str  # canonical JSON of the gate's epochs, as they were at its begin
    payload: bytes
    started_at: datetime
    send_by: datetime
    post_id: str | None = None
    version_id: str | None = None
    approval_id: str | None = None  # a post's authority
    release_id: str | None = None  # that of a statement: the release that made it go,
    seconds_id: str | None = None  # and the one before it, of somebody else
    send_id: str | None = None  # that of a reply or a correction
    click_id: str | None = None  # that of a take-down
    identity: str | None = (
        None  # whose profile it goes to, by the network's own id; None: nobody had said yet
    )
    state: AttemptState = AttemptState.SENDING
    ended_at: datetime | None = None
    http_status: int | None = None
    evidence: str | None = None
    remote_id: str | None = None


@dataclass(frozen=True)
class Next:
    """What an outcome or a look makes of a delivery and of its attempt."""

    state: State
    attempt: AttemptState
    reason: str | None = None
    due_at: datetime | None = None
    next_check_at: datetime | None = None
    remote_id: str | None = None
    remote_url: str | None = None
    evidence: str | None = None  # of the attempt alone, where the delivery's reason says more
    tell: str | None = None  # what people must hear at once, though it is tried again
    changed: str | None = None  # what of it the network says is not as it was sent


def judge_outcome(
    outcome: Outcome, *, tries: int, latest_at: datetime | None, now: datetime, settle_after: timedelta
) -> Next:
    """The state machine's answer to one call. Later, past the lateness limit, drops at once."""
    match outcome:
        case Sent(remote_id, url, changed):
            return Next(State.SENT, AttemptState.SENT, remote_id=remote_id, remote_url=url, changed=changed)
        case Refused(reason):
            return Next(State.REFUSED, AttemptState.REFUSED, reason)
        case NotSent(why):
            return _again(now + back_off(tries), latest_at, f"Could not be reached: {why}")
        case Later(why, at):
            return _again(max(at or now, now + back_off(tries)), latest_at, f"Asked to wait: {why}")
        case NeedsLogin(why):
            said = "Credits are used up" if isinstance(outcome, NeedsCredit) else "Sign-in refused"
            at = now + max(back_off(tries), timedelta(seconds=15))
            return _again(at, latest_at, f"{said}: {why}")
        case _:
            first_look = now + min(settle_after, LOOK_AGAIN)
            return Next(State.UNKNOWN, AttemptState.UNKNOWN, outcome.evidence, next_check_at=first_look)


def has_come(moment: datetime, now: datetime) -> bool:
    """The end of a lease, or the next look. One that is too far ahead to be meant has."""
    return moment <= now or moment > now + FAR


def back_off(tries: int) -> timedelta:
    """2 s after the first try, then longer, at most a minute."""
    return timedelta(seconds=BACK_OFF[min(max(tries - 1, 0), len(BACK_OFF) - 1)])


def _again(at: datetime, latest_at: datetime | None, why: str) -> Next:
    if latest_at is not None and at > latest_at:
        return Next(
            State.DROPPED, AttemptState.NOT_SENT, f"{why.rstrip('.')}. There was no time left to try again."
        )
    return Next(State.READY, AttemptState.NOT_SENT, why, due_at=at)


def judge_look(look: Look, *, started_at: datetime, now: datetime) -> Next:
    """What a look-up makes of an unknown delivery. READY means: proven absent, all checks of begin again."""
    match look:
        case Found(remote_id, url):
            return Next(State.SENT, AttemptState.SENT, remote_id=remote_id, remote_url=url)
        case Absent():
            return Next(State.READY, AttemptState.ABSENT, "Looked, and it is not there.", due_at=now)
        case _:
            again = now + LOOK_AGAIN
            asked = (again > started_at + ASK_AFTER or started_at > now + FAR) and not look.early
            return Next(State.UNKNOWN, AttemptState.UNKNOWN, look.why, next_check_at=None if asked else again)


def find_end_of_looking(delivery: Delivery, started_at: datetime) -> datetime | None:
    """Until when Byhand looks what became of an unknown send, before it asks a person; None: it does not look."""
    if delivery.state is not State.UNKNOWN or delivery.next_check_at is None:
        return None
    return max(started_at + ASK_AFTER, delivery.next_check_at)


def find_final_status(states: Iterable[State]) -> Status | None:
    """What the deliveries make of a publishing post; None while one of them is not final."""
    seen = list(states)
    if not all(state.final for state in seen):
        return None
    if State.SENT in seen:
        return Status.PUBLISHED
    return Status.FAILED if State.REFUSED in seen else Status.MISSED
