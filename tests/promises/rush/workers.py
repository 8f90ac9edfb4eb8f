"""Workers for the rush: real ones with the real adapter, as a thread that may crash or a process that is killed."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import observability
from bot.domain.policy import AccountPolicy, Policy
from bot.networks.protocol import AccountClient, AccountSettings
from bot.networks.registry import connect
from bot.services.unit_of_work import Services
from bot.store.engine.store import Store
from bot.workers.worker import Worker
from tests.backend import NoVault, team
from tests.promises.crashes import Bomb, Crash, DyingOffice
from tests.promises.rush import weaknesses
from tests.promises.rush.clock import SharedClock

ACCOUNTS = tuple(f"shop{number}" for number in range(40))
HANDS = tuple(f"wall{number}" for number in range(12))  # on which people post
WINDOW = timedelta(minutes=2)  # in which they may
LOOK_EVERY = 0.004  # seconds; no scheduler here


def policy() -> Policy:
    """Many accounts, since one of them begins no more than a post a minute."""
    one = next(iter(team().accounts.values()))
    accounts = {name: replace(one, name=name, title=name.title()) for name in ACCOUNTS}
    theirs = {name: AccountPolicy(name, "manual", name.title(), window=WINDOW) for name in HANDS}
    return team(accounts={**accounts, **theirs})


class CountedOffice(Services):
    """Counts each transaction as a step."""

    clock: SharedClock

    def do(self, verb: Any, *args: Any, **kwargs: Any) -> Any:
        self.clock.step()
        return super().do(verb, *args, **kwargs)

    def do_first(self, verb: Any, *args: Any, **kwargs: Any) -> Any:
        self.clock.step()
        return super().do_first(verb, *args, **kwargs)


class QuietConnection:
    """The real connection; the clock does not jump while it calls, and each call is a step."""

    def __init__(self, connection: AccountClient, clock: SharedClock) -> None:
        self._connection, self._clock = connection, clock

    def __getattr__(self, name: str) -> Any:
        step = getattr(self._connection, name)
        if name not in ("publish", "find", "delete"):
            return step

        def calling(*args: Any, **kwargs: Any) -> Any:
            with self._clock.calling():
                self._clock.step()
                return step(*args, **kwargs)

        return calling


def services(store: Store, clock: SharedClock, url: str, tokens: Mapping[str, str]) -> Services:
    def open_one(name: str) -> Any:
        account = AccountSettings(name, "mastodon", url, visibility="public", secrets={"TOKEN": tokens[name]})
        return QuietConnection(connect(account, NoVault()), clock)

    accounts = {name: open_one(name) for name in ACCOUNTS}
    accounts |= {name: connect(AccountSettings(name, "manual", ""), NoVault()) for name in HANDS}
    return CountedOffice(store, clock, policy(), accounts, lambda what: None)


def turn_on(worker: Worker, stopping: threading.Event, log: Callable[[str], object]) -> None:
    """What the scheduler does: turn after turn, whatever went wrong in the last one."""
    worker.start()
    while not stopping.is_set():
        try:
            worker.turn()
        except Exception:  # as the scheduler does; the log must be empty in the end
            log(traceback.format_exc())
        stopping.wait(LOOK_EVERY)


class ThreadLife:
    """A worker in this process, with a bomb in it."""

    def __init__(self, of: Services, name: str, bomb: Bomb, log: Callable[[str], None]) -> None:
        self.bomb = bomb
        self._stopping = threading.Event()
        dying: Any = DyingOffice(of, bomb)
        self.worker = Worker(dying, name=name, wake=lambda: None)
        self._log = log
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)
        self._thread.start()

    def _live(self) -> None:
        try:
            turn_on(self.worker, self._stopping, self._log)
        except Crash:
            return

    def end(self) -> None:
        """Nothing of it goes on: its threads have run into the crash, or are waited for."""
        self._stopping.set()
        self._thread.join(10)
        self.worker.stop(timedelta(seconds=10))


@dataclass(frozen=True)
class Birth:
    """What a worker process is told."""

    database: str
    clock: Path
    slot: int
    network: str
    tokens: Mapping[str, str]
    log: Path
    weakness: str | None


def live(birth: Birth) -> None:
    """A worker process's whole life; it ends by SIGKILL."""
    with birth.log.open("a", buffering=1) as log:
        sys.stderr = log
        observability.set_up_logging(log)
        clock = SharedClock(birth.clock, slot=birth.slot)
        if birth.weakness:
            weaknesses.BY_NAME[birth.weakness](pytest.MonkeyPatch())
        with Store.open(birth.database, now=clock.now) as store:
            of = services(store, clock, birth.network, birth.tokens)
            turn_on(Worker(of, name=f"life-{birth.slot}", wake=lambda: None), threading.Event(), log.write)
