"""When an account's secrets are exchanged for new ones, and when people have to be told that this does not work.

That the network was asked is written down before it is: whoever finds it so after the process is gone knows that nobody
knows. Secrets that work once are not offered twice then: a second try could end what still works.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LEASE = timedelta(seconds=60)  # longer than the window and the call together
WINDOW = timedelta(seconds=5)  # from its being written down to its first byte
FIRST_REST, LONGEST_REST = timedelta(minutes=2), timedelta(hours=6)  # after a try that may be repeated
AHEAD = timedelta(days=1)  # a moment that lies so far ahead was written by a clock that was wrong


class Renewal(StrEnum):
    """How the next renewal stands, once it was begun. The values are stored."""

    ASKED = "asked"  # under way, or its process is gone
    LATER = "later"  # it did not work, and is tried again
    UNKNOWN = "unknown"  # the answer was lost, and the secrets work once: not asked again
    REFUSED = "refused"  # the network said no: not asked again


OVER = (Renewal.UNKNOWN, Renewal.REFUSED)  # only a person goes on from there


@dataclass(frozen=True)
class Course:
    """Of the secrets that are kept."""

    taken_at: datetime
    until: datetime | None
    state: Renewal | None = None
    after: datetime | None = None  # not tried again before
    tries: int = 0


def find_next(course: Course, due: datetime | None, now: datetime) -> datetime | None:
    """When to exchange them; None: not at all. `due`: from when on the network takes it."""
    if due is None or course.state in OVER:
        return None
    if course.taken_at > now + AHEAD:
        return now
    if course.state is Renewal.LATER and course.after is not None:
        return max(due, course.after) if course.after <= now + AHEAD else now
    return due


def find_rest(tries: int) -> timedelta:
    """After so many tries that came to nothing."""
    doubled = FIRST_REST * int(2 ** min(max(tries - 1, 0), 10))
    return min(doubled, LONGEST_REST)


def is_failing(course: Course, due: datetime | None, now: datetime) -> bool:
    """Have people to act? Once it is over; or when half of the time is gone in which it could have been done, whatever
    kept it from being done."""
    if course.state in OVER or due is None:
        return True
    return course.until is not None and now >= due + (course.until - due) / 2
