"""When to ask a network again: pure arithmetic, on two clocks at once.

A moment has come when *either* clock says so. Rows and the demo's clock follow `now`; if only that counted and it were
set back an hour, no network would be asked for an hour. `elapsed` is never set back, so a real interval never passes
without a request; and a clock pushed forward brings the next request at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.networks.receiving import Rate, Trouble
from bot.services.unit_of_work import Clock

LONGEST = 10  # intervals: the longest pause after failures
FEW, SHOWN = 10, timedelta(milliseconds=5)  # new messages of one page; and about what one costs to show
AT_MOST = timedelta(hours=1)  # a network that names a later time is asked then all the same


@dataclass(frozen=True)
class When:
    """A moment, told by both clocks."""

    at: datetime
    elapsed: float

    @classmethod
    def in_(cls, clock: Clock, delay: timedelta) -> When:
        return cls(clock.now() + delay, clock.elapsed() + delay.total_seconds())

    def has_come(self, clock: Clock) -> bool:
        return clock.now() >= self.at or clock.elapsed() >= self.elapsed


def find_interval(wanted: timedelta, own: timedelta | None, least: timedelta | None) -> timedelta:
    """Between two questions: `own`, where somebody wrote it for this very account; else as `wanted` for all, but not
    below the `least` that its network's allowance lasts for."""
    return own or max(wanted, least or wanted)


def find_sweep_interval(wanted: timedelta, asked_wanted: timedelta, every: timedelta) -> timedelta:
    """Between two sweeps: where one has to be asked more seldom than wanted, that much more seldom too."""
    return wanted * max(1.0, every / asked_wanted)


def delay_after_answer(every: timedelta, rate: Rate | None, calls: int, now: datetime) -> timedelta:
    """How long to wait after an answer: the interval, or longer where what is left of the network's allowance would
    not last for `calls` questions each time."""
    if rate is None or rate.resets_at <= now:
        return every
    left = min(rate.resets_at - now, AT_MOST)
    times = rate.remaining // max(calls, 1)
    return max(every, left / times) if times else max(every, left)


def delay_after_more(rate: Rate | None, now: datetime, new: int = 0) -> timedelta:
    """How long to wait where there is more: while most of the `new` ones are shown; and longer, once most of the
    allowance is used. A flood waits safely on the network, so that a click does not wait while it is stored."""
    if rate is None or rate.remaining * 5 > rate.limit:
        return max(new - FEW, 0) * SHOWN
    return delay_after_answer(timedelta(), rate, 1, now)


def delay_after_trouble(every: timedelta, trouble: Trouble, failures: int, now: datetime) -> timedelta:
    """How long to wait after the `failures`th failure in a row: twice as long each time, or until the time the
    network named."""
    named = min(trouble.at - now, AT_MOST) if trouble.at else timedelta()
    longer = min(every * min(1 << min(failures - 1, 10), LONGEST), max(every, AT_MOST))
    return max(longer, named)
