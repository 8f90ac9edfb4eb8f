"""When people are told that an account's sign-in ends: 7 days before, on the day, and once it has ended.

What is due is the last of these whose moment has come, so whoever was away is told once, and not three times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from bot.domain.hours import Hours

AHEAD = timedelta(days=7)
LEAST = timedelta(hours=1)  # between the message on the day and the end; else it comes the day before
USUAL = time(9, 0)  # by the team's clock, where no hours are set
SAME = timedelta(hours=1)  # a network that says "in so many seconds" names another moment each time
A_WEEK = 7  # days that are looked back for one with hours


class NoticeType(StrEnum):
    """What people were told of a sign-in. The values are stored."""

    WEEK = "week"  # it ends in 7 days
    DAY = "day"  # it ends on this day
    ENDED = "ended"  # nothing goes out there any more
    RENEWAL = "renewal"  # Byhand could not renew it
    UNPAID = "unpaid"  # the network does nothing before somebody pays there
    OF_NEWER_VERSION = ""  # read where this version does not know it, never written

    @classmethod
    def of(cls, stored: str) -> NoticeType:
        try:
            return cls(stored)
        except ValueError:
            return cls.OF_NEWER_VERSION


@dataclass(frozen=True)
class Moments:
    """When people are told of one end: `week` and `day` when hours begin."""

    week: datetime
    day: datetime
    end: datetime

    def find_due(self, now: datetime) -> NoticeType | None:
        if now >= self.end:
            return NoticeType.ENDED
        if now >= self.day:
            return NoticeType.DAY
        return NoticeType.WEEK if now >= self.week else None


def find_moments(end: datetime, hours: Hours) -> Moments:
    """Each is the start of hours on its day of the team's zone; or on the last day before it that has hours early
    enough."""
    day = end.astimezone(hours.zone).date()
    week = _find_opening(day - AHEAD, hours, end - AHEAD)
    return Moments(week, _find_opening(day, hours, end - LEAST), end)


def is_same_end(one: datetime | None, two: datetime | None) -> bool:
    return one == two or (one is not None and two is not None and abs(one - two) < SAME)


def _find_opening(day: date, hours: Hours, latest: datetime) -> datetime:
    """The last start of a day's hours that is not after `latest`, on this day or before it."""
    for back in range(A_WEEK + 2):
        on = day - timedelta(days=back)
        starts = [span.start for span in hours.spans if span.weekday == on.weekday()]
        if starts or not hours.spans:
            at = datetime.combine(on, min(starts, default=USUAL), hours.zone).astimezone(UTC)
            if at <= latest:
                return at
    return latest
