"""A team in a Slack that speaks the real protocols, with Byhand's whole Slack side connected to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self, Unpack

from bot.domain.people import Role
from bot.domain.posts import Seen
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.find import words
from bot.sandbox.slack.interact import Act
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import Message
from bot.services.unit_of_work import Wake
from bot.slack.app import SlackApp
from bot.slack.outbox.patience import Patience
from bot.slack.transport.connection import Access
from bot.slack.transport.limits import SLACKS, Rate
from bot.store.engine.store import Store
from bot.store.slack import cards
from tests.backend import Backend
from tests.backend import team as policy_of
from tests.policy_changes import PolicyChanges
from tests.slack.bench import SOCIAL, PushedClock


class Team:
    def __init__(
        self,
        store: Store,
        network: MastodonServer,
        clock: PushedClock,
        server: SlackServer,
        *,
        over_http: bool = False,
        rates: Mapping[str, Rate] = SLACKS,
        backend: type[Backend] = Backend,
        **policy: Unpack[PolicyChanges],
    ) -> None:
        self.server = server
        self.clock = clock
        self.people = server.people
        approvers: PolicyChanges = {"approvers": ("U0TOM",)}
        self.backend = backend(store, network, clock=clock, policy=policy_of(**approvers | policy))
        server.limits.on = False
        self.backend.services = self.services = replace(self.backend.services, wake=self._wake)
        self.backend.worker = self.backend.new_worker("worker-1")
        self.rates = rates
        self.app_token = None if over_http else server.app_token
        self.slack_app = self.new_slack_app()

    def new_slack_app(self, name: str = "worker-1") -> SlackApp:
        access = Access(
            self.server.bot_token, self.app_token, self.server.signing_secret, self.server.api_url
        )
        patience = Patience(look_after=0.2, post_again_after=0.6, idle=0.05)
        return SlackApp(self.services, access, name=name, patience=patience, rates=self.rates)

    def _wake(self, whom: Wake) -> None:
        if whom is Wake.OUTBOX:
            self.slack_app.wake()
        elif whom is Wake.PLANS:
            self.slack_app.wake_plans()

    def __enter__(self) -> Self:
        self.slack_app.start()
        assert self.server.wait_connected()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.slack_app.stop(2.0)

    # -- what the team sees and does -------------------------------------------------------------------

    def knows(self, user: str) -> None:
        """Wait until the bot has heard from Slack who that is: a pause waits a quarter of a second for it at most."""
        self.until(lambda: self.slack_app._directory.person(user).role is not Role.UNKNOWN)

    def card(self, seen: Seen, containing: str = "Approve") -> Message:
        """The post's card, once it says this."""

        def found() -> Message | None:
            there = [each for each in self.messages() if each.metadata and containing in words(each)]
            return there[-1] if there and self._known(there[-1].ts) else None

        card = self.server.workspace.wait_for_value(found, 30.0)
        assert card is not None, [words(each) for each in self.messages()]
        return card

    def _known(self, ts: str) -> object:
        """Whether the reconciler has stored where the card is."""
        return self.services.store.read(lambda db: cards.find_shown_at(db, SOCIAL, ts))

    def messages(self) -> list[Message]:
        return [each for each in self.server.workspace.messages(SOCIAL) if not each.deleted]

    def private(self, user: str, containing: str) -> str:
        """What this person is told alone, as soon as they are; a card that says the same does not count."""
        told = self.server.workspace.wait_for_value(lambda: self._told(user, containing), 30.0)
        assert told, [words(each) for each in self.messages()]
        return told[-1]

    def _told(self, user: str, containing: str) -> list[str]:
        private = (words(each) for each in self.messages() if each.seen_by == user)
        return [each for each in private if containing in each]

    def press(self, user: str, card: Message, text: str) -> Act:
        act = self.people.click(user, SOCIAL, card.ts, text=text)
        assert act.ok, act.error
        return act

    def until(self, predicate: Callable[[], object], timeout: float = 30.0) -> None:
        assert self.server.wait_until(predicate, timeout), [words(each) for each in self.messages()]
