"""The rush: people, pauses, faults, a clock that jumps, and workers that die, all at the same time, for a while.

Everything is chosen by dice of one seed, thrown by each actor for itself. Threads and processes interleave as they
like, so a seed played again plays the same people, not the same microseconds: play a failing one several times.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.domain.gate import ALL
from bot.sandbox.networks.server import Fault
from bot.services.unit_of_work import Services
from bot.store.engine.store import Store
from bot.store.pause import gate
from tests.promises.crashes import Bomb
from tests.promises.rush.clock import SharedClock
from tests.promises.rush.judge import Told, WatchedStand
from tests.promises.rush.people import Editor, Pauser, Person, delivery_of
from tests.promises.rush.posters import Poster
from tests.promises.rush.workers import ACCOUNTS, HANDS, Birth, ThreadLife, live, services

FAULTS = (
    Fault.ERROR_BEFORE, Fault.ERROR_AFTER, Fault.LOST_ANSWER, Fault.CUT_BEFORE, Fault.THROTTLED, Fault.SIGNED_OUT,
    Fault.NONSENSE, Fault.NO_ID, Fault.SLOW, Fault.DOWN,
)  # fmt: skip
DIES_AT = (
    "claim", "begin", "begin", "publish", "publish", "record_outcome", "record_outcome", "prepare", "keep_prepared",
    "find", "settle", "step", "recover", "renew",
)  # fmt: skip
JUMPS = (10.0, 40.0, 70.0, 150.0)  # seconds by which the clock jumps now and then
WORKERS = 2  # processes on PostgreSQL
EDITORS = 3
POSTERS = 2
MOST_SECONDS = 600.0
CONTROL_SECONDS = 250.0  # for a control to be noticed: a guard against hanging, no measure of anything
CONTROL_REQUESTS = 3000  # that publish, and still nothing noticed: then the judge misses it
BUSY = 5  # requests that publish in a second of a control; half of it, and it goes on at another speed
PACED_EVERY = 3.0  # seconds, so that a speed has time to show


@dataclass
class Result:
    """What a rush was, for the one who reads the test's output."""

    seed: int
    steps: int
    kills: int
    pauses: int
    requests: int
    named: int
    begins: int  # by hand
    longest_pause: float
    wrong: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)  # what failed that should not: people's verbs, turns

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.steps} steps, {self.kills} kills, {self.pauses} pauses ({self.named} sends named,"
            f" longest answer {self.longest_pause * 1000:.0f} ms), {self.requests} requests that publish,"
            f" {self.begins} begun by hand"
        )


class Rush:
    """One seed's rush on one database. `play` until it has had enough of everything."""

    def __init__(self, database: str, folder: Path, seed: int, weakness: str | None = None) -> None:
        self.seed, self.weakness, self.folder, self.database = seed, weakness, folder, database
        self.faults: tuple[Fault, ...] = FAULTS
        self.jumps: tuple[float, ...] = JUMPS
        self.dice = random.Random(seed)
        self.clock = SharedClock.make(folder / "clock")
        self.network = WatchedStand(self.clock.now)
        self.tokens = {name: self.network.add_account(name) for name in ACCOUNTS}
        for name in ACCOUNTS:
            self.network.add_past(name)
        self.network.start()
        self.store = Store.open(database, now=self.clock.now)
        self.services: Services = services(self.store, self.clock, self.network.url, self.tokens)
        self.store.write(lambda db: gate.make_rows(db, (*ACCOUNTS, *HANDS)))
        self.told = Told()
        self.people = self._people()
        self.troubles: list[str] = []
        self.kills, self.kills_wanted = 0, 0
        self.pace = 1.0  # of the pushed clock
        self._stopping = threading.Event()
        self._handles: dict[str, str] = {}

    def _people(self) -> list[Person]:
        posts: list[Any] = []
        editors = [Editor(self.services, self.told, self._own(n), posts) for n in range(EDITORS)]
        posters = [Poster(self.services, self.told, self._own(n), posts) for n in range(20, 20 + POSTERS)]
        names = (*ACCOUNTS, *HANDS)
        scopes = ((ALL,), names[::2], names[1::2])
        return [
            *editors,
            *posters,
            *(Pauser(self.services, self.told, self._own(9 + n), scope) for n, scope in enumerate(scopes)),
        ]

    def _own(self, number: int) -> random.Random:
        return random.Random(f"{self.seed}-{number}")

    # --- life ----------------------------------------------------------------------------------------

    def play(self, *, steps: int, kills: int, requests: int = 0, until_wrong: bool = False) -> Result:
        """So many steps, kills and requests that publish; or, for a control, until a promise is broken."""
        threads = [
            threading.Thread(target=one.live, args=(self._stopping,), daemon=True) for one in self.people
        ]
        self.kills_wanted = kills
        for thread in threads:
            thread.start()
        give_up = time.monotonic() + (CONTROL_SECONDS if until_wrong else MOST_SECONDS)
        look_at, pace_at, seen = time.monotonic() + 1, time.monotonic() + 1, 0
        workers = self._workers()
        try:
            while time.monotonic() < give_up:
                done = self.clock.steps >= steps and self.kills >= kills
                if self._is_enough(requests, 1.0 if done else self.clock.steps / steps) and done:
                    break
                self._world()
                workers.tend()
                if until_wrong and time.monotonic() > look_at:
                    look_at = time.monotonic() + 0.5
                    if self._judge() or len(self.network.arrivals) >= CONTROL_REQUESTS:
                        break
                if until_wrong and time.monotonic() > pace_at:
                    pace_at = time.monotonic() + PACED_EVERY
                    seen = self._pace_control(seen)
                time.sleep(0.01)
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join(20)
            workers.end()
        return self._result()

    def _is_enough(self, requests: int, share: float) -> bool:
        """Whether this share of the requests was sent, and a pause has found some on their way. Where too little was
        sent (on a busy machine a pause comes between most posts and their slots, and slots are over before a worker
        has looked), pauses and the clock take their time; where no pause has found anything, they hurry."""
        if not requests:
            return True
        few = len(self.network.arrivals) < requests * share
        found = any(period.named for period in self.told.periods)
        self._hasten_pausers(0.25 if few else (1.0 if found or share < 1 else 2.0))
        self.pace = 0.2 if few else 1.0
        return found and not few

    def _hasten_pausers(self, haste: float) -> None:
        for one in self.people:
            if isinstance(one, Pauser):
                one.haste = haste

    def _pace_control(self, seen: int) -> int:
        """On a busy machine five pushed seconds pass between a begin and its call, or a pause comes between most
        posts and their slots, and nothing is sent at all. A slower clock helps with the one and hurts with the other;
        so where too little is sent, clock and pauses go on at other speeds, chosen by dice. `seen`: the requests there
        were when last asked. Returns how many there are."""
        now = len(self.network.arrivals)
        if now - seen < BUSY * PACED_EVERY / 2:
            self.pace = self.dice.choice((0.1, 0.3, 1.0))
            self._hasten_pausers(self.dice.choice((0.25, 1.0)))
        return now

    def _workers(self) -> Threads | Processes:
        return (Threads if self.store.dialect == "sqlite" else Processes)(self)

    def _world(self) -> None:
        """Time goes on by fits and starts, and the network has its moods."""
        self.clock.step()
        what = self.dice.random()
        if what < 0.6:
            self.clock.push(self.dice.uniform(0, 0.8) * self.pace)
        elif what < 0.6 + 0.03 * (self.pace if self.jumps is JUMPS else 1.0):
            self.clock.jump(self.dice.choice(self.jumps))
        elif 0.63 <= what < 0.75:
            fault = self.dice.choice(self.faults)
            self.network.faults.order(fault, None if fault is Fault.DOWN else self.dice.choice((1, 1, 2)))
        elif 0.75 <= what < 0.82:
            self.network.faults.lift()

    def _judge(self) -> list[str]:
        return [*self.told.judge(list(self.network.arrivals), self._delivery), *self.told.judge_begins()]

    def _delivery(self, handle: str) -> str:
        if handle not in self._handles:
            self._handles[handle] = delivery_of(self.services, handle)
        return self._handles[handle]

    def _result(self) -> Result:
        pausers = [one for one in self.people if isinstance(one, Pauser)]
        failed = [f"{type(one).__name__}: {error!r}" for one in self.people for error in one.failed]
        return Result(
            self.seed, self.clock.steps, self.kills, len(self.told.periods), len(self.network.arrivals),
            sum(len(period.named) for period in self.told.periods), len(self.told.begins),
            max(one.longest for one in pausers),
            self._judge(), [*self.troubles, *failed],
        )  # fmt: skip

    def close(self) -> None:
        self.store.close()
        self.network.stop()


# --- who works, and how they die ---------------------------------------------------------------------


class Threads:
    """SQLite: one process, one worker in it. A bomb at a named step is its end; the next knows only the database."""

    def __init__(self, rush: Rush) -> None:
        self.rush = rush
        self.lives = 0
        self.life = self._born()

    def _born(self) -> ThreadLife:
        self.lives += 1
        dice = self.rush.dice
        bomb = Bomb(dice.choice(("before", "after")), dice.choice(DIES_AT), skip=dice.randint(0, 3))
        return ThreadLife(self.rush.services, f"life-{self.lives}", bomb, self.rush.troubles.append)

    def tend(self) -> None:
        if self.life.bomb.gone:
            self.rush.kills += 1
            self.life.end()
            self.life = self._born()

    def end(self) -> None:
        self.life.end()


class Processes:
    """PostgreSQL: two processes, each killed with SIGKILL in the middle of its work, and another one started."""

    def __init__(self, rush: Rush) -> None:
        self.rush = rush
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.promises.rush.workers"])
        self._slot = 1
        self._log = rush.folder / "workers.log"
        self._log.touch()
        self._lives = [self._born() for _ in range(WORKERS)]

    def _born(self) -> tuple[Any, float]:
        """→ (the process, when it dies)"""
        rush = self.rush
        birth = Birth(
            rush.database, rush.clock.path, self._slot, rush.network.url, rush.tokens, self._log, rush.weakness
        )  # fmt: skip
        self._slot += 1
        process = self._context.Process(target=live, args=(birth,), daemon=True)
        process.start()
        return process, time.monotonic() + rush.dice.uniform(0.3, 2.0)

    def tend(self) -> None:
        for place, (process, dies_at) in enumerate(self._lives):
            if time.monotonic() >= dies_at and self.rush.kills < self.rush.kills_wanted:
                self._kill(process)
                self.rush.kills += 1
                self._lives[place] = self._born()

    def _kill(self, process: Any) -> None:
        if not process.is_alive():
            self.rush.troubles.append(f"a worker ended by itself: {process.exitcode}")
            return
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        process.close()

    def end(self) -> None:
        for process, _ in self._lives:
            self._kill(process)
        self.rush.troubles += failures(self._log)


def failures(log: Path) -> list[str]:
    """What the workers logged as an error."""
    lines = [line for line in log.read_text().splitlines() if line.startswith("{")]
    entries: list[Mapping[str, Any]] = [json.loads(line) for line in lines if line.endswith("}")]
    return [json.dumps(entry) for entry in entries if entry.get("level") in {"error", "critical"}]
