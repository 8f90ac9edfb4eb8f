"""Chores by the second, the hour and the day: sealing the record, forgetting, measuring, watching sign-ins and drills.

Nothing here is needed for the next send or the next click, and each chore may be late or fail: it is done again at its
next turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection as Database

from bot.domain.conversations import Stage
from bot.domain.deliveries import State
from bot.domain.gate import ALL
from bot.domain.outcomes import NeedsCredit
from bot.networks.protocol import AccountClient, Health, find_stop
from bot.observability import Metrics, get_logger
from bot.services import alone, begun, digest, duty
from bot.services.accounts import endings, unpaid
from bot.services.accounts import health as sign_in_health
from bot.services.accounts.connection import Connection
from bot.services.pause import drill
from bot.services.plans import dropped
from bot.services.unit_of_work import Services, Wake
from bot.store import deliveries, duty_changes, public_images, record
from bot.store.engine.vault import BadKey
from bot.store.inbox import conversations
from bot.store.pause import gate
from bot.store.slack import cards, slack_events
from bot.workers.scheduler import Scheduler

SEAL_EVERY = 1.0  # seconds
SEAL_AT_ONCE = 100  # facts in one transaction: clicks wait some milliseconds for it
SEAL_LOOK = 1000  # facts looked for at once
SEAL_ALL_EVERY = 3600.0  # seconds; the usual sealing looks back minutes only
FORGET_EVERY = 86_400.0  # seconds
PLANS_EVERY = 60.0  # seconds between two looks whether a dropped plan is to be forgotten
A_WEEK = timedelta(days=7)
DRILL_EVERY = 1.0  # seconds between two looks whether a drill is over
SHIFT_EVERY = 20.0  # seconds between two looks whether a shift began or ended
DIGEST_EVERY = 20.0  # seconds between two looks whether the day's digest is due
SIGN_INS_EVERY = 5.0  # seconds between two looks whether another process signed an account in or out
TRIES_EVERY = 2.0  # seconds between two looks whether an account that was out of credits is to be asked
ENDINGS_EVERY = 20.0  # seconds between two looks whether people are to be told of one that ends
SETTLE = 120.0  # seconds after the start, before anybody is told of a sign-in that ends
WATCH_EVERY = 300.0  # seconds between two looks at each account's sign-in

log = get_logger("housekeeping")


class Housekeeping:
    """The chores of one process. `name` is the process's, under which it holds the sealer's lease. `find_closed`:
    accounts whose secrets no key opens, with the sentence. `refresh` takes over what another process
    signed in or out."""

    def __init__(
        self,
        services: Services,
        metrics: Metrics,
        *,
        name: str,
        find_closed: Callable[[], Mapping[str, str]] = dict,
        refresh: Callable[[], object] = lambda: None,
    ) -> None:
        self._refresh = refresh
        self._find_closed = find_closed
        self._services = services
        self._store = services.store
        self._clock = services.clock
        self._metrics = metrics
        self._name = name
        self._on_shift: frozenset[str] = frozenset()
        self._tells_from = self._clock.elapsed() + SETTLE
        self._well: dict[
            str, tuple[sign_in_health.Stamp | None, float]
        ] = {}  # account -> secrets that were, and when (elapsed)

    def schedule(self, scheduler: Scheduler) -> None:
        """Have each chore done at its times."""
        scheduler.every(SEAL_EVERY, self.seal, "seal")
        scheduler.every(FORGET_EVERY, self._forget, "forget old events")
        scheduler.every(PLANS_EVERY, self._forget_plans, "forget plans")
        scheduler.every(SEAL_ALL_EVERY, self._seal_all, "seal all")
        scheduler.every(SIGN_INS_EVERY, self._refresh, "sign-ins")
        scheduler.every(WATCH_EVERY, self._watch_accounts, "watch accounts")
        scheduler.every(TRIES_EVERY, self._try_accounts, "accounts to try")
        scheduler.every(DRILL_EVERY, self._step_drill, "drill")
        scheduler.every(DIGEST_EVERY, self._step_digest, "digest")
        scheduler.every(SHIFT_EVERY, self.step_shift, "shift")
        scheduler.every(DIGEST_EVERY, self._tell_alone, "approved alone")
        scheduler.every(ENDINGS_EVERY, self._tell_endings, "sign-ins that end")

    def seal(self) -> None:
        """Chain the newest facts; and bring the gauges up to date, since we look anyway."""
        while self._seal_some() == SEAL_LOOK:
            pass
        self._store.read(self._measure)

    def _seal_some(self) -> int:
        """Looked for beside the writer, chained in turns so short that people's writes come between."""
        found = self._store.read(lambda db: record.list_to_seal(db, now=self._clock.now(), limit=SEAL_LOOK))
        turns = [found[start : start + SEAL_AT_ONCE] for start in range(0, len(found), SEAL_AT_ONCE)]
        return sum(self._seal_these(turn) for turn in turns)

    def _seal_these(self, ids: list[str]) -> int:
        return self._store.write(lambda db: record.seal_these(db, ids, by=self._name, now=self._clock.now()))

    def _seal_all(self) -> None:
        """Also what a clock set back, or a long stop, left behind the usual look-back."""
        oldest = self._store.read(record.find_oldest_unsealed)
        self._store.write(lambda db: record.seal(db, by=self._name, now=self._clock.now(), oldest=oldest))

    def _forget(self) -> None:
        """Slack repeats an event within hours; after days its id only takes room. So do words nobody came back to."""
        self._store.write(lambda db: slack_events.forget_old(db, self._clock.now()))
        self._services.do(begun.forget_old)
        self._store.write(lambda db: duty_changes.forget_ended(db, self._clock.now() - A_WEEK))
        self._store.write(lambda db: public_images.forget_ended(db, self._clock.now() - A_WEEK))

    def _forget_plans(self) -> None:
        """A plan's message says until when its buttons work."""
        if self._services.look(dropped.has_old):
            self._services.do(dropped.forget_old)

    def _measure(self, db: Database) -> None:
        self._metrics.cards_behind.set(cards.count_behind(db))
        self._metrics.waiting.set(conversations.count(db, Stage.OPEN))
        self._metrics.unknown_sends.set(deliveries.count(db, State.UNKNOWN))
        row = gate.read(db).rows.get(ALL)
        self._metrics.paused.set(1 if row and row.paused else 0)

    def _step_drill(self) -> None:
        """A drill is over once Slack shows every card changed."""
        if self._services.look(drill.is_running):
            self._services.do(drill.step)

    def _step_digest(self) -> None:
        """The day's digest goes up at its minute."""
        if self._services.look(digest.find_due) is not None:
            self._services.do(digest.step)

    def step_shift(self) -> None:
        """Nobody presses anything where a shift begins or ends by the rota. What was before a start is not known."""
        on_shift = frozenset(turn.person for turn in self._services.look(duty.list_on_shift))
        if on_shift != self._on_shift:
            self._services.do(duty.redraw_asking)
            self._on_shift = on_shift

    def _tell_alone(self) -> None:
        """What was approved outside hours by whoever had changed it is told when hours begin."""
        if self._services.look(alone.is_due):
            self._services.do(alone.tell)

    def _tell_endings(self) -> None:
        """A sign-in that ends is told 7 days before, on the day, and when it has ended."""
        if (
            self._clock.elapsed() < self._tells_from
        ):  # first it is renewed, if it was left over from a night off
            return
        if self._services.look(endings.is_due):
            self._services.do(endings.tell)

    def _watch_accounts(self) -> None:
        """Ask each network who we are: a sign-in that ends is noticed before a slot is missed. One that is out of
        credits is not asked before somebody has it tried."""
        closed = self._find_closed()
        for name, client in self._services.accounts.items():
            since = client.opened.stamp if isinstance(client, Connection) else None
            rests = self._was_well_lately(name, client, since) or isinstance(find_stop(client), NeedsCredit)
            if name in closed or not rests:
                self._ask(name, client, closed)
        self._services.wake(Wake.OUTBOX)

    def _try_accounts(self) -> None:
        """Somebody pressed Try now; or one that was out of credits is well again, as another process heard."""
        if not self._services.look(unpaid.list_to_ask):
            return
        closed = self._find_closed()
        for name, pressed in self._services.do(unpaid.take_to_ask, self._name).items():
            self._ask(name, self._services.accounts[name], closed, pressed)
        self._services.wake(Wake.OUTBOX)

    def _ask(
        self, name: str, client: AccountClient, closed: Mapping[str, str], pressed: datetime | None = None
    ) -> None:
        since = client.opened.stamp if isinstance(client, Connection) else None
        try:
            health = Health(False, closed[name]) if name in closed else client.check()
        except Exception as error:  # else it would stay as well as it was last
            log.exception("an account could not be asked who it is", account=name)
            said = (
                str(error)
                if isinstance(error, BadKey)
                else f"It could not be asked ({type(error).__name__})."
            )
            health = Health(False, said, heard=isinstance(error, BadKey))
        self._services.do(unpaid.note_asked, name, health, since, pressed, self._name)
        if health.ok:
            self._well[name] = (since, self._clock.elapsed())
        else:
            self._well.pop(name, None)

    def _was_well_lately(self, name: str, client: AccountClient, since: sign_in_health.Stamp | None) -> bool:
        """A network whose allowance for questions is small is not asked again so soon, with the same secrets."""
        every, known = client.capabilities.check_every, self._well.get(name)
        if every is None or known is None or known[0] != since:
            return False
        return self._clock.elapsed() - known[1] < every.total_seconds()
