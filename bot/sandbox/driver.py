"""What the selftest does as a person: press, type, look, and wait until something is shown.

Judged from what people and the public would see: the messages in the pretend Slack, the pretend networks' own
ledgers.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.sandbox import story
from bot.sandbox.slack.find import labels, words
from bot.sandbox.slack.slack import Json
from bot.sandbox.slack.state import Message
from bot.sandbox.stage import Stage

MAYA, TOM, GIL = "U0MAYA", "U0TOM", "U0GUEST"
PAUSED = "Please do not post directly"  # what only the message about a pause says
DIGEST = "shows how it is now"  # what only the digest says
PATIENCE = 20.0  # real seconds for one thing to come true


class Failed(Exception):
    """A step did not come true."""


class Driver:
    """What every part of the story does and sees."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.people = stage.slack.people

    def posted(self, channel: str = story.SOCIAL) -> list[Message]:
        """What everybody sees in the channel, without threads."""
        shown = self.stage.slack.workspace.messages(channel)
        return [message for message in shown if not message.is_reply and message.seen_by is None]

    def type(self, user: str, text: str) -> str:
        """`/social …`; what its person is answered."""
        act = self.people.command(user, story.SOCIAL, "/social", text)
        self.check(act.ok, f"/social {text} is acknowledged in time: {act.error}")
        return str(act.response)

    def click(self, user: str, message: Message, button: str) -> None:
        act = self.people.click(user, message.channel, message.ts, text=button)
        self.check(act.ok, f"{button} is acknowledged in time: {act.error}")

    def fill(self, user: str, filled: dict[str, object]) -> None:
        """Send off the dialog that they have open."""
        act = self.people.fill(user, filled)
        self.check(act.ok and not act.errors, f"the dialog is taken: {act.error} {act.errors}")

    def posts(self) -> list[Json]:
        """Our posts on all networks, taken down or not."""
        return [thread for thread in self.stage.customers.threads() if thread["ours"]]

    def card(self, text: str, begins: str) -> Message:
        """The newest card that shows this post, once its first words say so."""
        first = text.splitlines()[0][:40]

        def found() -> Message | None:
            others = (PAUSED, DIGEST)
            shown = [m for m in self.posted() if not any(says in words(m) for says in others)]
            cards = [m for m in shown if first in words(m)]
            return cards[-1] if cards and begins in cards[-1].text + words(cards[-1])[:400] else None

        return self.seek(found, f'the card of "{first}…" says "{begins}"')

    def banner(self, says: str) -> Message:
        """The newest message about a pause, once its words contain `says`."""

        def found() -> Message | None:
            shown = [m for m in self.posted() if PAUSED in words(m) or "*Stopped:*" in words(m)]
            return shown[-1] if shown and says in words(shown[-1]) + " ".join(labels(shown[-1])) else None

        return self.seek(found, f'the message about the pause says "{says}"')

    def out(self, text: str) -> int:
        """How often it came into being, on all networks together."""
        first = text.splitlines()[0][:40]
        return sum(first in line.text for network in self.stage.networks for line in network.ledger)

    def seek(self, find: Callable[[], Message | None], what: str) -> Message:
        """The message, as soon as it is there."""
        found: list[Message] = []

        def there() -> bool:
            message = find()
            found[:] = [message] if message is not None else []
            return bool(found)

        self.until(there, what)
        return found[0]

    def until(self, true: Callable[[], bool], what: str) -> None:
        limit = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > limit:
                raise Failed(f"{what}: it did not come true within {PATIENCE:.0f} s\n{self.seen()}")
            self.stage.slack.wait_until(true, 0.2)

    def seen(self) -> str:
        """The last of what is in every channel, for whoever has to find out why."""
        workspace = self.stage.slack.workspace
        return "\n".join(
            f"  in #{channel.name}{' (thread)' if message.is_reply else ''}: {message.text[:100]!r} {labels(message)}"
            for channel in list(workspace.channels.values())
            for message in workspace.messages(channel.id)[-12:]
        )

    def check(self, true: bool, what: str) -> None:
        if not true:
            raise Failed(what)

    def say(self, what: str) -> None:
        print(f"ok  {what}", flush=True)
