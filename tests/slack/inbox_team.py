"""A team with an inbox: customers write on the pretend network, colleagues discuss it in Slack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self, TypeVar, Unpack

from bot.domain.shown.stopped_replies import KEPT_UNTIL_RESUME
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.checks.limits import REPLIES
from bot.sandbox.slack.find import words
from bot.sandbox.slack.interact import Act
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import Channel, Message
from bot.store.engine.store import Store
from bot.store.slack import cards
from tests.inbox_backend import INBOX, PRIVATE, InboxBackend
from tests.policy_changes import PolicyChanges
from tests.slack.bench import PATIENT, PushedClock
from tests.slack.team import Team


@contextmanager
def open_inbox_team(url: str, **policy: Unpack[PolicyChanges]) -> Iterator[InboxTeam]:
    """A Slack and a network of its own; `url`: a database with tables and no rows."""
    clock = PushedClock()
    slack, network = SlackServer(now=clock.now, ack_seconds=PATIENT), MastodonServer(clock.now, accounts=())
    for server in (slack, network):
        server.start()
    try:
        with (
            Store.open(url, now=clock.now) as store,
            InboxTeam(store, network, clock, slack, **policy) as counter,
        ):
            yield counter
    finally:
        for server in (slack, network):
            server.stop()


T = TypeVar("T")
MEMBERS = frozenset({"U0MAYA", "U0TOM", "U0BOT"})


class InboxTeam(Team):
    """Maya and Tom; Gil is a guest. The worker runs only when told."""

    backend: InboxBackend

    def __init__(
        self,
        store: Store,
        network: MastodonServer,
        clock: PushedClock,
        server: SlackServer,
        **policy: Unpack[PolicyChanges],
    ) -> None:
        server.workspace.add_channel(Channel(PRIVATE, "customers-private", MEMBERS, kind="group"))
        channels: PolicyChanges = {"inbox_channel": INBOX, "private_channel": PRIVATE}
        super().__init__(store, network, clock, server, backend=InboxBackend, **channels | policy)
        self.backend.poll()  # the first sync
        clock.push(60)
        self.since = ""

    def afresh(self) -> Self:
        """Nothing is shown of what was before, and nothing is broken."""
        self.server.faults.withdraw()
        self.server.limits.replies = REPLIES
        for user in ("U0MAYA", "U0TOM", "U0GUEST"):
            self.server.workspace.set_stack(user)
        self.clock.push(1)
        self.since = self.server.workspace.new_ts()
        return self

    def soon(self, look: Callable[[], T | None]) -> T | None:
        """What it finds, as soon as that is something, with the clock running fast: Slack's limits let one message a
        second through. Take what it returns: at a second look a newer card may be up that nobody knows yet."""

        def look_again() -> T | None:
            if found := look():
                return found
            self.clock.push(0.5)
            return None

        return self.server.workspace.wait_for_value(look_again, 20.0)

    def until(self, predicate: Callable[[], object], timeout: float = 20.0) -> None:
        assert self.soon(predicate), self.whole()

    # -- what is there ---------------------------------------------------------------------------------

    def shown(self, says: str = "", channel: str = INBOX) -> Message:
        """The newest card there that says this, once the reconciler has stored where it is."""

        def found() -> Message | None:
            there = [each for each in self._said(channel) if not each.is_reply and says in words(each)]
            return there[-1] if there and self._known_at(channel, there[-1].ts) else None

        message = self.soon(found)
        assert message is not None, (says, [words(each) for each in self._said(channel)])
        return message

    def _known_at(self, channel: str, ts: str) -> bool:
        return self.services.store.read(lambda db: cards.find_shown_at(db, channel, ts)) is not None

    def _said(self, channel: str) -> list[Message]:
        there = self.server.workspace.messages(channel)
        return [each for each in there if each.by_app and not each.deleted and each.ts > self.since]

    def thread(self, card: Message) -> list[str]:
        """All that everybody sees below the card."""
        return [words(each) for each in self.server.workspace.replies(card.channel, card.ts)]

    def line(self, card: Message, says: str) -> Message:
        """The line below the card that says this."""

        def found() -> list[Message]:
            there = self.server.workspace.replies(card.channel, card.ts)
            return [each for each in there if says in words(each)]

        lines = self.soon(found)
        assert lines, self.thread(card)
        return lines[-1]

    def parents(self, channel: str = INBOX) -> list[str]:
        """The words of each card there."""
        return [words(each) for each in self._said(channel) if not each.is_reply and not each.seen_by]

    def whole(self, channel: str = INBOX) -> str:
        """All that Byhand says to everybody there, text and blocks."""
        return "\n".join(words(each) for each in self._said(channel) if not each.seen_by)

    def previews(self, user: str, channel: str = INBOX) -> list[Message]:
        """Private messages of this person that hold a button, or an answer that is kept until Resume."""
        there = self.server.workspace.messages(channel)
        private = [each for each in there if each.seen_by == user and each.ts > self.since]
        return [each for each in private if "button" in str(each.blocks) or KEPT_UNTIL_RESUME in words(each)]

    def preview(self, user: str, says: str = "", *, number: int = 1, channel: str = INBOX) -> Message:
        """The newest preview of this person, once there are so many that say this."""

        def found() -> list[Message]:
            return [each for each in self.previews(user, channel) if says in words(each)]

        previews = self.soon(lambda: found() if len(found()) >= number else None)
        assert previews, [words(each) for each in self.server.workspace.messages(channel) if each.seen_by]
        return previews[-1]

    def told(self, user: str, says: str, channel: str = INBOX) -> str:
        """What this person is told alone, as soon as they are."""

        def found() -> list[str]:
            there = self.server.workspace.messages(channel)
            return [words(each) for each in there if each.seen_by == user and each.ts > self.since]

        told = self.soon(lambda: [each for each in found() if says in each])
        assert told, found()
        return told[0]

    # -- what people do --------------------------------------------------------------------------------

    def say(self, user: str, card: Message, text: str, **more: Any) -> str:
        """Write below the card. Returns the message's ts, once its event was acknowledged."""
        before = len(self.server.tries)
        ts = self.people.say(user, card.channel, text, card.ts, **more).ts or ""
        assert self.soon(lambda: self.heard(before)), self.server.tries[before:]
        return ts

    def heard(self, before: int) -> bool:
        """Whether every event since then was acknowledged."""
        return len(self.server.tries) > before and self.server.tries[-1].ok

    def click(self, user: str, message: Message, text: str) -> Act:
        act = self.people.click(user, message.channel, message.ts, text=text)
        assert act.ok, act.error
        return act

    def sends(self, user: str, card: Message, text: str) -> str:
        """@Byhand, Send, and the network has it. Returns the ts of the person's message."""
        ts = self.say(user, card, f"@Byhand {text}")
        self.click(user, self.preview(user, text), "Send")
        self.deliver()
        return ts

    def deliver(self) -> None:
        """Have the worker send what was ordered, until the network's answer is written down."""

        def is_final() -> bool:
            self.backend.run()
            return self.backend.delivery().state.final

        assert self.soon(is_final), self.backend.delivery()
