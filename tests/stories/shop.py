"""A bakery whose customers write: what they do on the network, and what colleagues do about it in Slack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.sandbox.slack.find import words
from bot.sandbox.slack.state import Message
from bot.store.inbox import cursors
from bot.workers.poller import Poller
from tests.stories.bakery import CUSTOMERS, Bakery

POLLED = timedelta(seconds=61)


class Shop(Bakery):
    def __init__(self, folder: Path, tables: Path, *, early: Sequence[str] = (), **choices: Any) -> None:
        """`early`: what customers wrote two hours before the bot's first start."""
        super().__init__(folder, tables, **choices)
        self._early = early

    def history(self) -> None:
        at = self.clock.now() - timedelta(hours=2)
        for number, text in enumerate(self._early):
            self.bakery.customer_writes(f"Early {number}", text, to="bakery", at=at)

    def open(self) -> None:
        """What customers write comes after the first sync."""
        super().open()
        self.until(self._synced, "the first sync")

    def _synced(self) -> bool:
        assert self.bot is not None
        names = ("bakery", "cafe")
        known = self.bot.store.read(lambda db: [cursors.load_of_account(db, name) for name in names])
        return all("notices" in each for each in known)

    # --- customers -----------------------------------------------------------------------------------

    def writes(self, text: str, name: str = "Lena K.", **more: Any) -> str:
        """Somebody writes to the bakery, and the bot asks the network. Returns the remote id."""
        remote_id = self.bakery.customer_writes(name, text, to="bakery", **more)
        self.fetch()
        return remote_id

    def fetch(self) -> None:
        """Let the poller's minute pass."""
        poller = self._poller()
        self._set(self.clock.now() + POLLED)
        poller.turn()

    def sweep(self) -> None:
        """Let the ten minutes pass after which the bot looks for what was edited or deleted."""
        poller = self._poller()
        self._set(self.clock.now() + timedelta(minutes=10, seconds=1))
        poller.turn()

    def _poller(self) -> Poller:
        """At rest: what a visit under way plans, it plans from the clock as it then is."""
        assert self.bot is not None
        poller = self.bot.poller
        self.until(lambda: not poller.busy(), "the poller comes to rest")
        return poller

    def got(self, remote_id: str) -> list[str]:
        """Our answers that customers see there, without the name in front."""
        answers = {line.remote_id for line in self.bakery.ledger if line.reply_to}
        there = self.bakery.conversation(remote_id)
        said = [each["text"] for each in there if each["id"] in answers and not each["deleted"]]
        return [text.partition(" ")[2] for text in said]

    # --- colleagues ----------------------------------------------------------------------------------

    def conversation(self, text: str, says: str = "", *, channel: str = CUSTOMERS) -> Message:
        """The card of a conversation."""
        return self.card(text, says, channel=channel)

    def say(self, user: str, card: Message, text: str) -> str:
        return self.people.say(user, card.channel, text, card.ts).ts or ""

    def preview(self, user: str, says: str = "", channel: str = CUSTOMERS) -> Message:
        """What only this person sees, as soon as it says this and can be pressed."""

        def found() -> list[Message]:
            there = [m for m in self.slack.workspace.messages(channel) if m.seen_by == user]
            return [m for m in there if says in words(m) and self.buttons(m)]

        self.until(found, f'{user} is shown "{says}"')
        return found()[-1]

    def answers(self, user: str, card: Message, text: str) -> str:
        """@Byhand, and Send. Returns the ts of the Slack message."""
        ts = self.say(user, card, f"@Byhand {text}")
        self.click(user, self.preview(user, text, card.channel), "Send")
        return ts

    def arrived(self, remote_id: str, *texts: str) -> None:
        """Wait until the customer has exactly these answers."""
        self.until(lambda: self.got(remote_id) == list(texts), f"the customer has {texts}")
