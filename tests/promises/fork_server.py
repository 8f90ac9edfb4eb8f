"""The process that forks the bots which are killed: it has imported everything, so that a start takes a fork and not a
second.

Read a line, fork a bot, write its pid. The bot is the real one, with services, worker and scheduler on real time; only
its clock runs fast, so that minutes of leases and look-ups pass in seconds. `hasty` makes it the control, to which an
error means retry.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain import deliveries as delivery_rules
from bot.domain.deliveries import AttemptState, Delivery, State
from bot.domain.outcomes import NotSent, Outcome, Unknown
from bot.networks.protocol import AccountSettings
from bot.networks.registry import connect
from bot.services.deliveries import machine
from bot.services.unit_of_work import Services, UnitOfWork
from bot.store import deliveries
from bot.store.engine.lock import Locked
from bot.store.engine.store import Store
from bot.workers import scheduler
from bot.workers.scheduler import Scheduler
from bot.workers.worker import Worker
from tests.backend import NoVault, team

SPEED = 20.0
TICK = 0.03  # real seconds between two looks at most


@dataclass(frozen=True)
class FastClock:
    """Runs from `began` (seconds since 1970) at many times the speed of real time, alike in every process."""

    began: float

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.began, UTC) + timedelta(seconds=self.elapsed())

    def elapsed(self) -> float:
        return (time.time() - self.began) * SPEED


def live(order: dict[str, Any]) -> None:
    """Be a bot until killed, or until the fork server is gone: a test that breaks off leaves no process behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if order["hasty"]:
        be_hasty()
    clock = FastClock(order["began"])
    store = opened(order["url"], clock)
    accounts = {
        name: connect(
            AccountSettings(name, "mastodon", order["network"], secrets={"TOKEN": token}), NoVault()
        )
        for name, token in order["tokens"].items()
    }
    scheduler.AT_MOST = TICK
    services = Services(store, clock, team(), accounts, lambda _what: ticking.wake())
    worker = Worker(services, name=order["name"], wake=lambda: ticking.wake())
    ticking = Scheduler(worker.turn, clock.now)
    worker.start()
    ticking.start()
    while True:
        signal.pause()


def opened(url: str, clock: FastClock) -> Store:
    """Open the store; the one killed a moment ago may still hold its lock."""
    until = time.monotonic() + 5
    while True:
        try:
            return Store.open(url, now=clock.now)
        except Locked:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def be_hasty() -> None:
    """The control: what is not known to have worked is done again."""
    honest = delivery_rules.judge_outcome

    def after_outcome(outcome: Outcome, **about: Any) -> Any:
        return honest(NotSent("failed") if isinstance(outcome, Unknown) else outcome, **about)

    def resend(work: UnitOfWork, kind: object, subject: object, delivery: Delivery) -> None:
        attempt = deliveries.find_live_attempt(work.db, delivery.id)
        if attempt is not None:
            deliveries.end_attempt(work.db, attempt.id, AttemptState.NOT_SENT, work.now)
        deliveries.change(work.db, delivery.id, work.now, state=State.READY, lease_until=None)

    delivery_rules.judge_outcome = after_outcome
    machine._nobody_knows = resend


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the children
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                live(json.loads(line))
            finally:
                os._exit(1)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
