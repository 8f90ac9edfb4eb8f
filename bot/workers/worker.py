"""The worker: claim → prepare → begin → call → outcome, and looking after what nobody knows.

One `turn` does what is due and returns when to come back; the calls themselves run in the senders' threads. Nothing is
kept only here: the heap of held claims is a convenience; if this process dies, leases run out and the next process goes
on from the database. A sender writes down the outcome of its call before it takes another claim, so a crash leaves at
most as many sends to be looked up as there are senders.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.domain.deliveries import RENEW, SEND_WINDOW
from bot.domain.outcomes import CannotTell, Look, NeedsCredit, NeedsLogin, NotSent, Outcome, Unknown
from bot.domain.refusals import NoSuchPost
from bot.networks.protocol import AccountClient, PrepareFailed
from bot.observability import Metrics, get_logger
from bot.services.accounts import unpaid
from bot.services.accounts.connection import Sending, as_whose
from bot.services.deliveries import machine
from bot.services.deliveries.kinds import KINDS
from bot.services.deliveries.types import Begun, Claim, ToLook
from bot.services.inbox import deadlines as conversation_deadlines
from bot.services.pause import pause, statements
from bot.services.posts import deadlines as post_deadlines
from bot.services.unit_of_work import Services
from bot.store.engine.vault import BadKey
from bot.workers.ages import Ages
from bot.workers.due import DueWork, collect_due

SENDERS = 16  # calls under way at once; a claim is taken when one of them is free, so that none waits past its lease
HOLD = 1000  # claims held at most

T = TypeVar("T")
log = get_logger("worker")


class Worker:
    """Does what is due, for one process. `turn` is called by one thread; the senders are its own."""

    def __init__(
        self, services: Services, *, name: str, wake: Callable[[], None], metrics: Metrics | None = None
    ) -> None:
        self.services = services
        self.metrics = metrics or Metrics()
        self.name = name  # of the leases
        self._wake = wake
        self._senders = ThreadPoolExecutor(SENDERS, "sender")
        self._lock = threading.Lock()
        # A heap by due_at; the fence tells two claims of one delivery apart, before the claims would be compared.
        self._held: list[tuple[datetime, str, int, Claim]] = []
        self._preparing: dict[str, Claim] = {}
        self._looking: set[str] = set()
        self._ages = Ages(services.clock)
        self._under_way = 0  # taken, until their outcome is written down
        self.jobs = 0  # handed to the senders so far
        self._running = 0  # of these, not at their end yet
        self._renewed_at: datetime | None = None
        self._stopping = False

    # --- one turn ------------------------------------------------------------------------------------

    def turn(self) -> datetime | None:
        """Do what is due; returns the next moment to come back at, None if only a change can bring one."""
        if self._stopping:
            return None
        what: DueWork = self.services.look(collect_due)
        moved = [self._tried(post_deadlines.step, post_id) for post_id in what.posts]
        moved += [
            self._tried(conversation_deadlines.step, conversation_id)
            for conversation_id in what.conversations
        ]
        moved += [self._tried(pause.remind, pause_id) for pause_id in what.pauses]
        moved += [self._tried(statements.lapse, post_id) for post_id in what.statements]
        moved.append(what.recover and bool(self._tried(machine.recover, self.name)))
        if what.claim:
            self._claim()
        if what.look:
            self._look()
        self._renew()
        self._begin_due()
        again = self.services.clock.now() if any(moved) else what.next_at
        return min((at for at in (again, self.next_held()) if at is not None), default=None)

    def _tried(self, verb: Callable[..., object], *args: object) -> bool:
        """Do it; False if it failed. One row that cannot be handled must not keep all others waiting: it is
        logged and tried again with the next tick."""
        try:
            return self.services.do(verb, *args) != 0
        except NoSuchPost:
            log.warning("a post that was due is gone", post=args[0])
        except Exception:
            log.exception("what is due could not be done", step=verb.__name__, subject=args[0])
        return False

    def start(self) -> None:
        """Before the first turn: what a process that is gone left behind. On SQLite no lease but ours counts."""
        alone = self.services.store.dialect == "sqlite"
        while self.services.do(machine.recover, self.name, at_start=alone):
            pass

    # --- claim and prepare ---------------------------------------------------------------------------

    def _claim(self) -> None:
        with self._lock:
            room = HOLD - len(self._held) - len(self._preparing)
        if room <= 0:
            return
        for claim in self.services.do(machine.claim, self.name, room):
            if claim.wants_preparing and claim.prepare_now:
                with self._lock:
                    self._preparing[claim.delivery_id] = claim
                self._go(self._prepare_ahead, claim)
            else:
                self._hold(claim)

    def _hold(self, claim: Claim) -> None:
        with self._lock:
            heapq.heappush(self._held, (claim.due_at, claim.delivery_id, claim.fence, claim))

    def _prepare_ahead(self, claim: Claim) -> None:
        if self._prepare(claim):
            self._hold(replace(claim, wants_preparing=False))
            self._wake()

    def _prepare(self, claim: Claim) -> bool:
        """Upload what the post needs; nothing becomes public, and it may be repeated. False: it did not work."""
        with self._lock:
            self._preparing[claim.delivery_id] = claim
        try:
            if (
                claim.account in self.services.accounts
            ):  # else begin will say to people that the account is gone
                self.services.do(machine.keep_prepared, claim, self._upload(claim))
        except PrepareFailed as failed:
            self.services.do(machine.record_failed_upload, claim, failed.outcome, failed.so_far)
            self._note_unpaid(claim.account, failed.outcome)
            return False
        finally:
            with self._lock:
                if self._preparing.get(claim.delivery_id) is claim:  # else it was claimed anew meanwhile
                    del self._preparing[claim.delivery_id]
        return True

    def _upload(self, claim: Claim) -> dict[str, Any]:
        upload = self.services.look(machine.upload, claim)
        try:
            return upload(self.services.accounts[claim.account], self.services.clock.now())
        except PrepareFailed:
            raise
        except Exception as error:  # an adapter's bug must not keep a post waiting for ever
            log.exception("an adapter failed while uploading", account=claim.account)
            raise PrepareFailed(NotSent(f"{type(error).__name__} in the adapter")) from error

    def _renew(self) -> None:
        now = self.services.clock.now()
        if self._renewed_at is not None and now - self._renewed_at < RENEW:
            return
        self._renewed_at = now
        with self._lock:
            claims = [entry[-1] for entry in self._held] + list(self._preparing.values())
        if claims:
            self.services.do(machine.renew, claims, self.name)

    # --- begin and call ------------------------------------------------------------------------------

    def _begin_due(self) -> None:
        for claim in self._take_due():
            self._go(self._send, claim)

    def _take_due(self) -> list[Claim]:
        """Claims whose moment has come, as many as can be called within the send window."""
        now, taken = self.services.clock.now(), []
        with self._lock:
            while self._held and self._held[0][0] <= now and not self._is_full():
                taken.append(heapq.heappop(self._held)[-1])
                self._under_way += 1
        return taken

    def _is_full(self) -> bool:
        return self._under_way >= SENDERS

    def _send(self, claim: Claim) -> None:
        try:
            if self._is_ready(claim):
                self._begin_and_call(claim)
        finally:
            with self._lock:
                self._under_way -= 1
            self._go_on()

    def _go_on(self) -> None:
        """There is room for more."""
        with self._lock:
            left = len(self._held)
        if left:
            self._begin_due()
        if left in (0, HOLD // 4):
            self._wake()  # there may be more to claim than we could hold

    def _is_ready(self, claim: Claim) -> bool:
        return not self._stopping and (not claim.wants_preparing or self._prepare(claim))

    def _begin_and_call(self, claim: Claim) -> None:
        """The send window opens before the begin: a process that is halted between its commit and the call, and
        goes on when its lease is over, the look-up done and everything paused, must find the window closed."""
        deadline = self.services.clock.elapsed() + SEND_WINDOW.total_seconds()
        begun = self.services.do(machine.begin, claim)
        if begun is None:
            return
        self._ages.begin(begun.attempt_id)
        self._measure_lateness(claim)
        outcome = self._delete(begun) if KINDS[begun.kind].deletes else self._call(begun, deadline)
        self._record(begun, outcome)

    def _record(self, begun: Begun, outcome: Outcome) -> None:
        self.services.do(machine.record_outcome, begun, outcome)
        self._note_unpaid(begun.account, outcome)
        if not isinstance(outcome, Unknown):
            self._ages.forget(begun.attempt_id)
        self._count(begun, outcome)

    def _note_unpaid(self, account: str, outcome: Outcome) -> None:
        """A transaction of its own: it locks the account's sign-in, which others lock before a delivery."""
        if isinstance(outcome, NeedsCredit):
            self.services.do(unpaid.note_outcome, account, outcome)

    def _call(self, begun: Begun, deadline: float) -> Outcome:
        """The one place in this program where something is published; not after `deadline` (elapsed seconds)."""
        connection = self._of_its_profile(self.services.accounts[begun.account], begun)
        elapsed = self.services.clock.elapsed
        try:
            return connection.publish(begun.payload, begun.handle, lambda: elapsed() <= deadline)
        except BadKey as bad:  # the sign-in cannot be read, so nothing was sent
            return NeedsLogin(str(bad))
        except Exception as error:  # an adapter's bug must not lose an outcome: nobody knows, so look
            log.exception("an adapter failed while publishing", account=begun.account)
            return Unknown(f"{type(error).__name__} in the adapter")

    def _delete(self, begun: Begun) -> Outcome:
        """Take a post down. Repeating it does no harm, so it needs no send window."""
        try:
            connection = self._of_its_profile(self.services.accounts[begun.account], begun)
            return connection.delete(begun.payload.decode())
        except Exception as error:  # an adapter's bug: nobody knows, so say so
            log.exception("an adapter failed while deleting", account=begun.account)
            return Unknown(f"{type(error).__name__} in the adapter")

    def _of_its_profile(self, client: AccountClient, one: Begun | ToLook) -> Sending:
        return as_whose(client, one.identity, lambda: self.services.look(machine.find_whose, one.attempt_id))

    def _measure_lateness(self, claim: Claim) -> None:
        late = (self.services.clock.now() - claim.due_at).total_seconds()
        self.metrics.lateness.observe(max(late, 0.0))

    def _count(self, begun: Begun, outcome: Outcome) -> None:
        account = self.services.policy.accounts.get(begun.account)
        network = account.network if account else begun.account
        self.metrics.sends.labels(network, type(outcome).__name__.lower()).inc()

    # --- look ----------------------------------------------------------------------------------------

    def _look(self) -> None:
        for one in self.services.look(machine.list_to_look_at):
            with self._lock:
                if one.delivery_id in self._looking:
                    continue
                self._looking.add(one.delivery_id)
            self._go(self._ask, one)

    def _ask(self, one: ToLook) -> None:
        """Ask the network whether an unknown attempt is there. Sends nothing."""
        try:
            self.services.do(machine.settle, one, self._found(one))
            self._wake()  # not after a failure: the next tick is soon enough
        finally:
            with self._lock:
                self._looking.discard(one.delivery_id)

    def _found(self, one: ToLook) -> Look:
        connection = self.services.accounts.get(one.account)
        if connection is None:
            return CannotTell("the account is not in the settings any more")
        age = self._ages.find(one.attempt_id, one.attempt.started_at)
        attempt = replace(one.attempt, age=age, fast=self._ages.may_be_fast(one.attempt_id))
        try:
            return self._of_its_profile(connection, one).find(attempt)
        except Exception as error:  # an adapter's bug must not be asked again and again: nobody knows
            log.exception("an adapter failed while looking", account=one.account)
            return CannotTell(f"{type(error).__name__} in the adapter")

    # --- rest ----------------------------------------------------------------------------------------

    def _go(self, job: Callable[[T], None], subject: T) -> None:
        """Run a job on a sender. One that fails is logged; its lease runs out and the database decides what is next."""

        def done() -> None:
            try:
                job(subject)
            except Exception:
                log.exception("a sender's job failed", job=job.__name__)

        with self._lock:
            self.jobs += 1
            self._running += 1
        try:
            self._senders.submit(done).add_done_callback(self._end_job)
        except RuntimeError:  # shut down meanwhile: the lease runs out
            self._end_job()
            log.debug("not started: Byhand is stopping", job=job.__name__)

    def _end_job(self, _future: Future[None] | None = None) -> None:
        with self._lock:
            self._running -= 1

    def next_held(self) -> datetime | None:
        """When the next claim is to begin; None while no sender is free for it."""
        with self._lock:
            if not self._held or self._is_full():
                return None
            return self._held[0][0]

    def busy(self) -> bool:
        """Is anything being sent, written down, prepared or looked at right now?"""
        with self._lock:
            return self._running > 0

    def stop(self, limit: timedelta) -> bool:
        """No new work; wait for what is under way, at most `limit`. What stays open is settled after the restart."""
        self._stopping = True
        waiter = threading.Thread(target=self._finish, daemon=True)
        waiter.start()
        waiter.join(limit.total_seconds())
        return not waiter.is_alive()

    def _finish(self) -> None:
        self._senders.shutdown(wait=True, cancel_futures=True)
