"""Renews the accounts' secrets before they end: one call at a time, in a thread of its own.

What the network gave is kept before anything uses it. Where the database does not take it, that is tried again as long
as the process lives: the former secrets may be worth nothing any more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import chain, repeat

from bot import observability
from bot.domain.outcomes import Outcome, Unknown
from bot.domain.sign_ins.renewal import WINDOW
from bot.networks.signin.protocol import Renewed
from bot.observability import get_logger
from bot.services.accounts import renewing
from bot.services.accounts.renewing import Task
from bot.services.unit_of_work import Services
from bot.store.engine.vault import BadKey, KeyRing

LOOK_EVERY = 20.0  # seconds
RESTS = (
    0.2,
    1.0,
    5.0,
    15.0,
    30.0,
)  # seconds between two tries to keep what came; the last one again and again

log = get_logger("renewer")


class Renewer:
    """Of one process. `refresh`: its connections take over what is kept."""

    def __init__(
        self, services: Services, keys: KeyRing, *, name: str, refresh: Callable[[], object]
    ) -> None:
        self._services = services
        self._keys = keys
        self._name = name
        self._refresh = refresh
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="renewer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, limit: float) -> None:
        """No further call; one that is under way is left alone, and the next start finds it written down."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(limit)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.step()
            except Exception:  # the next turn is the remedy; the reason is in the log
                log.exception("what is due could not be renewed")
            self._stopping.wait(LOOK_EVERY)

    def step(self) -> int:
        """Renew what is due, one after the other. Returns how many calls were made."""
        return sum(map(self._renew, self._services.look(renewing.list_due)))

    def _renew(self, account: str) -> bool:
        """The window opens before that is written down: a process that is halted in between, and goes on when its lease
        is over, must find it closed."""
        deadline = self._services.clock.elapsed() + WINDOW.total_seconds()
        try:
            task = self._services.do(renewing.begin, self._keys, account, self._name)
        except BadKey:  # said by who looks after the accounts
            return False
        if task is None:
            return False
        self._keep(task, self._ask(task, deadline))
        self._refresh()
        return True

    def _ask(self, task: Task, deadline: float) -> Renewed | Outcome:
        """The one place in this program where a secret is exchanged."""
        elapsed = self._services.clock.elapsed
        try:
            outcome = task.way.renew(
                task.account, lambda: elapsed() <= deadline and not self._stopping.is_set()
            )
        except Exception as error:  # an adapter's bug: nobody knows what became of it
            log.exception("an adapter failed while renewing", account=task.account.name)
            return Unknown(f"{type(error).__name__} in the adapter")
        if isinstance(outcome, Renewed):
            observability.hide_from_now_on(outcome.secrets.values())
        return outcome

    def _keep(self, task: Task, outcome: Renewed | Outcome) -> None:
        def keep() -> bool:
            return self._services.do(renewing.end, self._keys, task, outcome)

        for rest in chain(RESTS, repeat(RESTS[-1])):
            stopping = self._stopping.is_set()
            try:
                if not keep():
                    log.warning("what a renewal brought was not kept here", account=task.account.name)
                return
            except Exception:  # whatever it is: what came is worth more tries
                log.exception("what a renewal brought could not be kept yet", account=task.account.name)
            if stopping:
                return
            self._stopping.wait(rest)
