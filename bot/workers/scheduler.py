"""What wakes the worker. The only file that imports apscheduler, and it keeps nothing there.

Memory job store, one job for the next moment, misfire limit off: with the default of one second a job that is
late is silently dropped. The truth of what is due is in the database; a tick only makes us look.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot.observability import get_logger

REST = 0.05  # seconds after a turn before another is begun for a change; what is due comes on time
AT_MOST = 1.0  # seconds between two looks: a change by another process is seen then

log = get_logger("ticker")


class Scheduler:
    """Calls `turn` when it says so, at least every second, and at once after `wake`."""

    def __init__(self, turn: Callable[[], datetime | None], now: Callable[[], datetime]) -> None:
        self._turn = turn
        self._now = now
        self._lock = threading.Lock()
        self._running = False
        self._again = False  # a turn was asked for that has not begun
        self._rested_at = 0.0  # not before: a hundred clicks a second need one look, not a hundred
        self._next_at = 0.0
        self._stopped = True
        self._turned_at = time.monotonic()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1), "chores": ThreadPoolExecutor(2)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
        )

    def start(self) -> None:
        self._scheduler.start()
        with self._lock:
            self._stopped = False
            self._turned_at = time.monotonic()
            self._schedule(0)

    def still_for(self) -> float:
        """Seconds since the last turn ended, or since the start; 0 while it is stopped."""
        with self._lock:
            return 0.0 if self._stopped else time.monotonic() - self._turned_at

    def every(self, seconds: float, chore: Callable[[], object], name: str) -> None:
        """A chore beside the worker: sealing, health checks. A failing one is logged and comes again."""

        def done() -> None:
            try:
                chore()
            except Exception:  # the next run is the remedy; the reason is in the log
                log.exception("a chore failed", chore=name)

        self._scheduler.add_job(
            done,
            "interval",
            seconds=seconds,
            id=name,
            executor="chores",
            max_instances=1,
            next_run_time=_real(),
        )

    def wake(self) -> None:
        """Something changed: look now. Safe from any thread, cheap, and never lost while a turn runs."""
        with self._lock:
            known, self._again = self._again, True
            if self._running or known:  # the turn under way, or the one that is coming, will see it
                return
            now = time.monotonic()
            delay = max(0.0, self._rested_at - now)
            if now + delay < self._next_at:
                self._schedule(delay)

    def stop(self) -> None:
        """No further turn; waits for the one that runs.

        Nothing is scheduled from now on: the scheduler holds its locks while it waits for the turn that runs, and a
        turn that scheduled the next one just then would wait for them, for ever.
        """
        with self._lock:
            self._stopped = True
        if self._scheduler.running:
            self._scheduler.remove_all_jobs()  # else one that is due meets executors that are gone
            self._scheduler.shutdown(wait=True)

    def _run(self) -> None:
        with self._lock:
            self._running, self._again = True, False
        delay = AT_MOST
        try:
            at = self._turn()
            if at is not None:
                delay = min(max((at - self._now()).total_seconds(), 0), AT_MOST)
        except Exception:  # a turn that fails is tried again; nothing is lost, the database holds what is due
            log.exception("a turn of the worker failed")
        finally:
            # In one with the scheduling: a wake between the two would be replaced by our delay.
            with self._lock:
                self._running = False
                self._turned_at = time.monotonic()
                self._rested_at = time.monotonic() + REST
                self._schedule(min(delay, REST) if self._again else delay)

    def _schedule(self, delay: float) -> None:
        """Called under the lock. APScheduler runs on real time, whatever clock the rows follow."""
        self._next_at = time.monotonic() + delay
        if not self._stopped:
            at = _real() + timedelta(seconds=delay)
            self._scheduler.add_job(self._run, "date", run_date=at, id="turn", replace_existing=True)


def _real() -> datetime:
    return datetime.now(UTC)
