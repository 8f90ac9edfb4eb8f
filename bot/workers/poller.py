"""The poller: whom to ask for new messages, when, and how many at once.

Each visit has a thread of its own, and there is no pool: a visit takes a fraction of a second once a minute, and
starting a thread costs a ten-thousandth of that; a thread that hangs does not keep the process from stopping, and two
hundred accounts have no idle threads. Who failed or hung last time is visited in a lane of their own, so that they
delay nobody else; a call that hangs leaves the fast lane after two seconds.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

from bot.networks.receiving import OWN, Trouble, as_receiving
from bot.observability import Metrics, get_logger
from bot.services.inbox.ingest import list_asked_streams
from bot.services.unit_of_work import Services
from bot.store.engine.leases import drop_lease, take_lease
from bot.workers.pacing import (
    When,
    delay_after_answer,
    delay_after_more,
    delay_after_trouble,
    find_interval,
    find_sweep_interval,
)
from bot.workers.visit import SweepStep, Visitor, VisitResult

FAST = 8  # visits at once
SLOW = 4  # at once, of those that failed or hung last time
LIMIT = 64  # at once, with those that hang
HANGS = 2.0  # seconds: a call that takes longer makes room for another
LOOK_UP = 1.0  # seconds between two looks at the clock: it may be pushed
KNOWN_FOR = timedelta(seconds=60)  # which streams a network has
LEASE = "poller"  # one process asks, where there are several
LEASE_FOR = timedelta(seconds=60)
LEASE_RENEWED = timedelta(seconds=20)

log = get_logger("poller")


@dataclass
class PolledStream:
    """One account and stream: when it is asked next. Changed under the poller's lock only."""

    visitor: Visitor
    due: When
    sweep: When
    steps: deque[SweepStep] = field(default_factory=deque)  # of the sweep that is under way
    under_way: bool = False
    calling_since: float | None = None  # elapsed
    longest_call: float = 0.0  # seconds, of this visit
    slow: bool = False
    drain: bool = False  # there is more: ask again at once
    failures: int = 0

    @property
    def account(self) -> str:
        return self.visitor.account


class Poller:
    """Asks every account that can receive, for one process."""

    def __init__(self, services: Services, *, name: str, metrics: Metrics | None = None) -> None:
        self.services = services
        self.name = name  # of the lease
        self.metrics = metrics or Metrics()
        self._lock = threading.Condition()
        found = {account: as_receiving(connection) for account, connection in services.accounts.items()}
        self._connections = {account: one for account, one in found.items() if one is not None}
        self._lines: dict[tuple[str, str], PolledStream] = {}
        self._known_until: When | None = None
        self._turn = threading.Event()
        self._stopping = False
        self._lease_until: When | None = None  # renewed then
        self._holds = services.store.dialect == "sqlite"  # its owner is alone anyway
        self._thread: threading.Thread | None = None

    # --- life ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Without a channel for what customers write, nobody is asked."""
        if not self.services.policy.inbox_channel:
            log.info("no inbox_channel is set: what customers write is not fetched")
            return
        self._thread = threading.Thread(target=self._run, name="poller", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping:
            self._turn.clear()
            try:
                self.turn()
            except Exception:  # the database may be away for a moment; the next turn is the remedy
                log.exception("a turn of the poller failed")
            self._turn.wait(LOOK_UP)

    def stop(self, limit: timedelta) -> bool:
        """No new visit; wait for those under way, at most `limit`. What was not stored comes again."""
        self._stopping = True
        self._turn.set()
        if self._thread is not None:
            self._thread.join(limit.total_seconds())
        with self._lock:
            over = self._lock.wait_for(lambda: not self._under_way(), limit.total_seconds())
        if self._holds and self.services.store.dialect != "sqlite":
            self.services.store.write(lambda db: drop_lease(db, LEASE, self.name))
        return over

    # --- whose turn it is ----------------------------------------------------------------------------

    def turn(self) -> int:
        """Begin the visits that are due, as many as there is room for. Returns how many."""
        if self._stopping or not self._may_poll():
            return 0
        with self._lock:
            if self._known_until is None or self._known_until.has_come(self.services.clock):
                self._know_streams()
            lines = self._next_ones()
            for line in lines:
                line.under_way, line.longest_call = True, 0.0
                threading.Thread(target=self._visit, args=(line,), name="poll", daemon=True).start()
        return len(lines)

    def _may_poll(self) -> bool:
        if self.services.store.dialect == "sqlite":
            return True
        if self._lease_until is None or self._lease_until.has_come(self.services.clock):
            now = self.services.clock.now()
            self._holds = self.services.store.write(
                lambda db: take_lease(db, LEASE, self.name, now, now + LEASE_FOR)
            )
            self._lease_until = When.in_(self.services.clock, LEASE_RENEWED)
        return self._holds

    def _know_streams(self) -> None:
        """A line for each account and stream; our own answers are asked for with the notices. What a network leaves
        out (direct messages the password does not allow) is not asked for any more."""
        direct = bool(self.services.policy.private_channel)
        wanted = {
            (account, stream)
            for account, connection in self._connections.items()
            for stream in list_asked_streams(connection, direct=direct)
            if stream != OWN
        }
        for key in sorted(wanted - self._lines.keys()):
            self._lines[key] = self._line(*key)
        for key in self._lines.keys() - wanted:
            if not self._lines[key].under_way:
                del self._lines[key]
        self._known_until = When.in_(self.services.clock, KNOWN_FOR)

    def _line(self, account: str, stream: str) -> PolledStream:
        clock, every = self.services.clock, self._find_interval(account)
        visitor = Visitor(self.services, account, stream, lambda: self._stopping)
        line = PolledStream(
            visitor,
            When.in_(clock, timedelta()),
            When.in_(clock, min(self._find_sweep_interval(every), every)),
        )
        visitor.calling = lambda calling: self._calling(line, calling=calling)
        return line

    def _find_interval(self, account: str) -> timedelta:
        policy = self.services.policy
        known, connection = policy.accounts.get(account), self.services.accounts[account]
        return find_interval(
            policy.poll_every, known.poll_every if known else None, connection.capabilities.poll_every
        )

    def _find_sweep_interval(self, every: timedelta) -> timedelta:
        policy = self.services.policy
        return find_sweep_interval(policy.sweep_every, policy.poll_every, every)

    def _next_ones(self) -> list[PolledStream]:
        """Who is due and finds room in its lane, who waits longest first."""
        under_way = self._under_way()
        now = self.services.clock.elapsed()
        slow = sum(line.slow for line in under_way)
        fast = sum(not line.slow and not _hangs(line, now) for line in under_way)
        room = LIMIT - len(under_way)
        chosen: list[PolledStream] = []
        for line in sorted(self._due(), key=lambda line: line.due.elapsed):
            if len(chosen) < room and (slow < SLOW if line.slow else fast < FAST):
                slow, fast = slow + line.slow, fast + (not line.slow)
                chosen.append(line)
        return chosen

    def _due(self) -> list[PolledStream]:
        clock = self.services.clock
        return [
            line
            for line in self._lines.values()
            if not line.under_way and (line.steps or line.due.has_come(clock))
        ]

    def _under_way(self) -> list[PolledStream]:
        return [line for line in self._lines.values() if line.under_way]

    def _calling(self, line: PolledStream, *, calling: bool) -> None:
        now = self.services.clock.elapsed()
        with self._lock:
            if line.calling_since is not None:
                line.longest_call = max(line.longest_call, now - line.calling_since)
            line.calling_since = now if calling else None

    # --- one visit -----------------------------------------------------------------------------------

    def _visit(self, line: PolledStream) -> None:
        came = VisitResult(Trouble("Byhand could not store what came"))
        swept = False
        try:
            connection = self._connections[line.account]
            swept = not line.due.has_come(self.services.clock)
            if swept:
                came = line.visitor.take(connection, line.steps.popleft())
            else:
                came = line.visitor.ask(connection, drain=line.drain)
                if came.trouble is None and not came.more and line.sweep.has_come(self.services.clock):
                    self._begin_sweep(line)
        except Exception:
            if not self._stopping:  # the database may be away; the cursor stands, and all of it comes again
                log.exception("what came could not be stored", account=line.account)
        finally:
            with self._lock:
                self._plan(line, came, swept=swept)
                line.under_way = False
                self._lock.notify_all()
            self._turn.set()

    def _begin_sweep(self, line: PolledStream) -> None:
        every = self._find_sweep_interval(self._find_interval(line.account))
        line.sweep = When.in_(self.services.clock, every)
        if not line.steps:
            line.steps.extend(line.visitor.sweep())

    def _plan(self, line: PolledStream, came: VisitResult, *, swept: bool) -> None:
        """When it is asked next, and in which lane."""
        clock, every = self.services.clock, self._find_interval(line.account)
        self._count(line, came, swept=swept)
        line.slow = line.longest_call > HANGS or (came.trouble is not None and came.trouble.at is None)
        line.drain = came.more
        if came.trouble is not None:
            self._tell(line, came.trouble)
            line.failures += 1
            line.steps.clear()
            line.due = When.in_(clock, delay_after_trouble(every, came.trouble, line.failures, clock.now()))
            return
        if swept:
            return
        line.failures = 0
        delay = delay_after_answer(every, came.rate, came.calls, clock.now())
        line.due = When.in_(clock, delay_after_more(came.rate, clock.now(), came.new) if came.more else delay)

    def _tell(self, line: PolledStream, trouble: Trouble) -> None:
        """In the log, when it begins: once a minute would be noise."""
        if line.failures == 0 and not self._stopping:
            log.warning(
                "messages cannot be fetched",
                account=line.account,
                stream=line.visitor.stream,
                why=trouble.sentence,
            )

    def _count(self, line: PolledStream, came: VisitResult, *, swept: bool) -> None:
        account = self.services.policy.accounts.get(line.account)
        network = account.network if account else line.account
        if not swept:
            self.metrics.polls.labels(network, "trouble" if came.trouble else "answer").inc()
        if came.new:
            self.metrics.inbound.labels(network).inc(came.new)

    def busy(self) -> bool:
        """Is anybody being asked right now?"""
        with self._lock:
            return bool(self._under_way())


def _hangs(line: PolledStream, now: float) -> bool:
    return line.calling_since is not None and now - line.calling_since > HANGS
