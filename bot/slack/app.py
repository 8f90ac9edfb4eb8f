"""Everything for Slack, put together: what `bot/app.py` starts, wakes, asks and stops.

Three clients, because listeners may take two of Slack's three seconds, the reconciler ten, and a slow or broken
connection of either must not hold up private answers. None of them retries anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from threading import Event, Thread

from slack_bolt import App

from bot.services.posts import rights
from bot.services.unit_of_work import Services
from bot.slack.answers import Answers
from bot.slack.context import ListenerContext
from bot.slack.direct import News
from bot.slack.health import Health
from bot.slack.home import handlers as home_handlers
from bot.slack.inbox.held_back import HeldBackAnswers
from bot.slack.outbox.home_pages import HomePages
from bot.slack.outbox.patience import Patience
from bot.slack.outbox.pictures import Pictures
from bot.slack.outbox.reconciler import Reconciler
from bot.slack.outbox.render import CardRenderer
from bot.slack.people import Directory
from bot.slack.plans.plan_answers import PlanAnswers
from bot.slack.routes import register
from bot.slack.transport.connection import LISTENER_TIMEOUT, OUTBOX_TIMEOUT, Access, Connection
from bot.slack.transport.files import Files
from bot.slack.transport.limits import SLACKS, Limits, Rate
from bot.slack.views.text import Place, when
from bot.slack.workspace import Workspace

TELL_EVERY = 5.0  # seconds between two rounds through the approvers who have not heard yet


class SlackApp:
    """`name`: this process, for the reconciler's lease. `rates`: how fast Slack is called. Starting never fails,
    whatever Slack does."""

    def __init__(
        self, services: Services, access: Access, *, name: str, patience: Patience | None = None,
        rates: Mapping[str, Rate] = SLACKS,
    ) -> None:  # fmt: skip
        self.health = Health()
        access, self._stopping = replace(access, answered=self.health.answered), Event()
        quick, patient = access.client(LISTENER_TIMEOUT), access.client(OUTBOX_TIMEOUT)
        self._workspace = Workspace()
        self._directory = Directory(
            services.store, quick, services.clock, self._workspace, services.policy.approvers,
            lost=lambda: rights.end_lost_approvals(services),
            private_channel=services.policy.private_channel, alone=services.store.dialect == "sqlite",
            others={shift.person for shift in services.policy.rota}, named=services.policy.named.list_narrower(),
        )  # fmt: skip
        self._workspace.when_met(self._directory.warm)  # what was asked before could not be judged
        self._answers = Answers(quick, lambda: when(services.clock.now(), self._place()))
        self._pictures = Pictures(services, patient)
        self._home_pages = HomePages(patient, services.clock, self._draw_home)
        self._services = services
        self._news = News(quick, services.clock.elapsed, fresh_after=60.0)
        artist = CardRenderer(self._place, self._pictures.want)
        limits = Limits(services.clock.elapsed, rates)
        self.reconciler = Reconciler(
            services, patient, artist, self.health,
            name=name, alone=services.store.dialect == "sqlite", approvers=self._directory.approver_ids,
            patience=patience, limits=limits,
        )  # fmt: skip
        self._held_back = HeldBackAnswers(services, self._answers, self._place, name=name)
        self.health.when_heard(limits.lift)
        context = ListenerContext(
            services, self._directory, self._workspace, self._answers, self._home_pages, self.health, Files(quick),
            patience or Patience(),
        )  # fmt: skip
        self._plans = PlanAnswers(context, name=name)
        self._connection = Connection(
            access, self._workspace, self.health, lambda bolt: register(bolt, context)
        )

    def start(self) -> None:
        self._directory.warm()
        parts = (
            self.reconciler,
            self._pictures,
            self._home_pages,
            self._held_back,
            self._plans,
            self._connection,
        )
        for part in parts:
            part.start()

    def wake(self) -> None:
        """Posts changed; called after commits."""
        self.reconciler.wake()
        self._held_back.wake()
        self._home_pages.wake()

    def wake_plans(self) -> None:
        """Somebody dropped a plan, or pressed on it; called after commits."""
        self._plans.wake()

    @property
    def bolt(self) -> App | None:
        """For HTTP mode; None until Slack was met."""
        return self._connection.app

    @property
    def is_connected(self) -> bool:
        return self._connection.is_connected

    @property
    def is_door_open(self) -> bool:
        return self._connection.is_door_open

    @property
    def door(self) -> str:
        return self._connection.door

    def tell_approvers(self, matter: str, sentence: str) -> bool:
        """By direct message, whatever the database does. False: somebody was not reached yet; call this again."""
        everybody = self._directory.knows_approvers()
        return self._news.tell_each(matter, self._directory.approver_ids(), sentence, everybody=everybody)

    def tell_approvers_in_time(self, matter: str, sentence: str) -> None:
        """The same, until each was reached or cannot be; returns at once."""

        def tell() -> None:
            while not (self.tell_approvers(matter, sentence) or self._stopping.wait(TELL_EVERY)):
                pass

        Thread(target=tell, name="telling", daemon=True).start()

    def stop(self, timeout: float = 8.0) -> None:
        """Let clicks under way be acknowledged first, then stop the rest."""
        self._stopping.set()
        self._connection.stop(timeout)
        self._answers.close()
        self._held_back.stop()
        self._plans.stop()
        self.reconciler.stop(timeout)
        self._pictures.stop()
        self._home_pages.stop()
        self._directory.close()

    def _place(self) -> Place:
        return Place(self._services.policy.zone, self._workspace.url)

    def _draw_home(self, user: str) -> dict[str, object]:
        troubles = self.health.sentences()
        return home_handlers.draw_home(self._services, self._directory, self._place(), user, troubles)
