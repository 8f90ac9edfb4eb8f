"""The composition root: the one file where store, networks, services, Slack and the clock meet.

`build(settings, clock)` puts the parts together and starts nothing; `start` and `stop` say in which order. Slack may be
down when we start: the bot still comes up and sends what is due and approved, and says on `/readyz` that nobody can
decide anything right now.
"""

from __future__ import annotations

import os
import socket
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import make_url

from bot.clock_watch import ClockWatch
from bot.control import commands, signing
from bot.control.socket import CommandRefused, ControlServer, to_control_folder
from bot.database_watch import DatabaseWatch
from bot.domain.facts import FactKind
from bot.domain.gate import DRILL
from bot.domain.ids import make_id
from bot.domain.refusals import Refusal
from bot.housekeeping import Housekeeping
from bot.networks import drill
from bot.networks.protocol import Health
from bot.observability import Metrics, get_logger
from bot.services import settings_changes
from bot.services.accounts import health
from bot.services.accounts.connections import Connections
from bot.services.deliveries import public_images
from bot.services.images import image_helper
from bot.services.inbox import deadlines, held_back
from bot.services.offering import add_windows
from bot.services.posts import rights
from bot.services.posts.decisions import note_decision
from bot.services.unit_of_work import Clock, Services, Wake
from bot.settings.load import Settings
from bot.slack.app import SlackApp
from bot.slack.transport.connection import Access
from bot.slack.transport.web import Finding, Report, WebServer, build_web
from bot.store.engine.migrate import migrate
from bot.store.engine.sqlite import to_database_path
from bot.store.engine.store import Store
from bot.store.engine.vault import BadKey, find_unreadable, open_keys_of, rotate_keys, to_key_file
from bot.store.pause import gate
from bot.store.slack import cards
from bot.workers.due import collect_due
from bot.workers.poller import Poller
from bot.workers.renewer import Renewer
from bot.workers.scheduler import Scheduler
from bot.workers.worker import Worker

POLL_STOP_LIMIT = timedelta(seconds=1)
STOP_LIMIT = timedelta(seconds=8)  # for calls under way when we are told to stop

log = get_logger("app")


class SystemClock:
    """Real time. `elapsed` runs through suspend where the system counts it."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def elapsed(self) -> float:
        return (
            time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
        )


def open_connections(settings: Settings, store: Store) -> Connections:
    """A connection for each account of the settings; no call goes out. Raises ValueError with a sentence."""
    return Connections(settings, store, open_keys_of(store, settings.key, to_key_file(settings.database_url)))


def build(settings: Settings, clock: Clock) -> Byhand:
    """Migrate, open the store, put everything together. Raises StoreError, ValueError with a sentence."""
    migrate(settings.database_url, now=clock.now)
    store = Store.open(settings.database_url, now=clock.now, purpose="run")
    try:
        store.adopt(make_id(clock.now()))
        return Byhand(settings, clock, store)
    except BaseException:
        store.close()
        raise


class Byhand:
    """The running bot."""

    def __init__(self, settings: Settings, clock: Clock, store: Store) -> None:
        self.settings = settings
        self.clock = clock
        self.store = store
        self.name = f"{socket.gethostname()}:{os.getpid()}:{make_id(clock.now())[-6:]}"
        self.metrics = Metrics()
        self.keys = open_keys_of(store, settings.key, to_key_file(settings.database_url))
        self.connections = Connections(settings, store, self.keys)
        accounts = {**self.connections.clients, DRILL: drill.DrillClient()}
        self.services = Services(
            store, clock, add_windows(settings.policy(), accounts), accounts, self.wake,
            partial(note_decision, self.metrics),
        )  # fmt: skip
        self.worker = Worker(
            self.services, name=self.name, wake=lambda: self.wake(Wake.CLOCK), metrics=self.metrics
        )
        self.scheduler = Scheduler(self.worker.turn, clock.now)
        self.housekeeping = Housekeeping(
            self.services, self.metrics, name=self.name, find_closed=self._find_closed,
            refresh=self.connections.refresh,
        )  # fmt: skip
        self.renewer = Renewer(self.services, self.keys, name=self.name, refresh=self.connections.refresh)
        self.poller = Poller(self.services, name=self.name, metrics=self.metrics)
        access = Access(
            settings.bot_token, settings.app_token or None, settings.signing_secret, settings.slack_api_url
        )
        self.slack = SlackApp(self.services, access, name=self.name)
        self.watch = DatabaseWatch(store, clock.elapsed, partial(self.slack.tell_approvers, "database"))
        self.clock_watch = ClockWatch(
            self.scheduler.still_for, self.slack.health.note_clock, self._tell_of_the_clock
        )
        http_mode = settings.slack_mode == "http"
        web = build_web(
            bolt_app=(lambda: self.slack.bolt) if http_mode else None,
            signing_secret=settings.signing_secret, health=self.health, ready=self.ready, metrics=self.metrics,
            find_image=partial(public_images.fetch, self.services) if settings.public_url else None,
        )  # fmt: skip
        self.web = WebServer(web, settings.host, settings.port)
        self.metrics.troubles.set_function(lambda: len(self.slack.health.sentences()))
        self.control = self._control()

    def _control(self) -> ControlServer | None:
        """The socket beside the SQLite file through which the command line hands us its work."""
        if make_url(self.settings.database_url).get_backend_name() != "sqlite":
            return None
        return ControlServer(to_control_folder(to_database_path(self.settings.database_url)), self.command)

    # --- life ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Rows first, then what reads them; Slack last, so that the first click finds everything there."""
        self.store.write(lambda db: gate.make_rows(db, self.settings.accounts))
        self.services.do(settings_changes.adopt_settings)
        self.services.do(deadlines.adopt_settings)
        self.services.do(held_back.adopt_unmarked)
        rights.end_lost_approvals(self.services)
        self.services.do(lambda work: work.note(FactKind.STARTED, None))
        self.worker.start()
        self.scheduler.start()
        self.housekeeping.schedule(self.scheduler)
        if self.control is not None:
            self.control.start()
        self.web.start()
        self.slack.start()
        self.poller.start()
        self.renewer.start()
        self._note_unreadable()
        self.watch.start()
        self.clock_watch.start()
        log.info("Byhand is up", mode=self.settings.slack_mode, health=f"{self.web.host}:{self.web.port}")

    def stop(self) -> None:
        """No new work; wait for what is under way. What is still open then is settled after the next start."""
        log.info("Byhand is stopping")
        self.watch.stop()
        self.clock_watch.stop()
        self.slack.stop(3.0)
        image_helper.end_all()  # whoever waits for a picture hears that it was not checked
        if self.control is not None:
            self.control.stop()
        self.scheduler.stop()
        self.renewer.stop(POLL_STOP_LIMIT.total_seconds())
        self.poller.stop(POLL_STOP_LIMIT)  # a call that hangs is left alone: what it brings comes again
        if not self.worker.stop(STOP_LIMIT):
            log.warning("calls were still under way; they are looked at after the next start")
        self.web.stop()
        if self.watch.trouble is None:
            self.services.do(lambda work: work.note(FactKind.STOPPED, None))
            self.housekeeping.seal()
            self.store.count_on()
        self.store.close()

    def wake(self, whom: Wake) -> None:
        """After a commit."""
        if whom is Wake.OUTBOX:
            self.slack.wake()
        elif whom is Wake.PLANS:
            self.slack.wake_plans()
        else:
            self.scheduler.wake()

    # --- what others ask -----------------------------------------------------------------------------

    def command(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """A command of the command line, handed over by the control socket."""
        if name == "keys rotate":
            return self._rotate_keys(**arguments)
        try:
            if name in signing.COMMANDS:
                return signing.run(self.services, self.keys, self.connections, name, arguments)
            return commands.run(self.services, name, arguments)
        except Refusal as refusal:
            raise CommandRefused(refusal.sentence) from refusal

    def _rotate_keys(self, *, forget: bool) -> dict[str, Any]:
        file = to_key_file(self.settings.database_url)
        try:
            done = rotate_keys(self.store, self.settings.key, file, forget=forget)
        except BadKey as bad:
            raise CommandRefused(str(bad)) from bad
        self._note_unreadable()
        return asdict(done)

    def _find_closed(self) -> dict[str, str]:
        return self.store.read(lambda db: find_unreadable(db, self.keys))

    def _note_unreadable(self) -> None:
        """Accounts whose secrets no key opens are red at once, and the approvers hear of it."""
        closed = self._find_closed()
        for name, sentence in closed.items():
            self.services.do(health.note_health, name, Health(False, sentence))
        if closed:
            self.slack.tell_approvers_in_time("keys", " ".join(closed.values()))

    def next_moment(self) -> datetime | None:
        """When something is due next; now, if something is due already."""
        what = self.services.look(collect_due)
        if what.posts or what.conversations or what.claim or what.recover or what.look:
            return self.clock.now()
        return min((at for at in (what.next_at, self.worker.next_held()) if at), default=None)

    def busy(self) -> bool:
        """Is anything being sent, prepared or looked at?"""
        return self.worker.busy()

    def has_untold(self) -> bool:
        """Is anything new still to be posted in Slack?"""
        return self.store.read(lambda db: cards.has_untold(db, self.clock.now()))

    def health(self) -> Report:
        """/healthz: does this process work? A restart would help if not."""
        return Report((*self._check_database(), self._check_clock()))

    def _tell_of_the_clock(self, sentence: str) -> bool:
        """A database that hangs stops the clock as well, and was told already."""
        return self.watch.trouble is None and self.slack.tell_approvers("clock", sentence)

    def _check_clock(self) -> Finding:
        trouble = self.clock_watch.trouble
        return Finding("clock", trouble is None, trouble or "The clock is running.")

    def _check_database(self) -> tuple[Finding, ...]:
        if trouble := self.watch.trouble:
            return (Finding("database", False, trouble),)
        answer = self.store.read(lambda db: db.exec_driver_sql("SELECT 1").scalar_one())
        return (Finding("database", answer == 1, "The database answers."),)

    def can_keep(self) -> bool:
        """Can what is clicked now be kept?"""
        return self.watch.trouble is None

    def ready(self) -> Report:
        """/readyz: can this process take a click, and keep it? What else is wrong stands beside it: a balancer must not
        drop the process that takes the pause because a pin was refused."""
        door = Finding("slack", self.slack.is_door_open, self.slack.door)
        return Report((*self._check_database(), door), self.slack.health.sentences())
