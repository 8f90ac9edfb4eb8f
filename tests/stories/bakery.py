"""A bakery's whole set-up for stories: pretend Slack, pretend network, and the real bot built by `app.build`."""

from __future__ import annotations

import csv
import http.client
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import Byhand, build
from bot.control import commands
from bot.domain.people import Role
from bot.networks import registry
from bot.sandbox.clock import StageClock
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.find import labels, words
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import Channel, Message, User
from bot.services.unit_of_work import Wake
from bot.settings.load import load_settings
from tests.backend import MORNING
from tests.ports import find_free_port

MAYA, TOM, ANNA, GIL, SOCIAL = "U0MAYA", "U0TOM", "U0ANNA", "U0GUEST", "C0SOCIAL"
CUSTOMERS, PRIVATE = "C0CUSTOMERS", "G0PRIVATE"
PATIENCE = 30.0
SETTINGS = """\
[slack]
review_channel = "C0SOCIAL"
inbox_channel = "C0CUSTOMERS"
[team]
timezone = "Europe/Berlin"
hours = "Mon-Sat 08:00-18:00"
digest = false
approvers = ["U0TOM", "U0ANNA"]
approvals = {approvals}
author_may_approve = {author}
[duty]
{duty}
[inbox]
private_channel = "G0PRIVATE"
[pause]
elsewhere = ["Meta ads"]
[accounts.bakery]
network = "mastodon"
server = "{bakery}"
[accounts.cafe]
network = "mastodon"
server = "{cafe}"
"""


class Bakery:
    """Everything starts with `open`; `push` moves the clock through every due moment. It is always a Tuesday morning
    first: at night "in 20 minutes" is tomorrow, and on a Sunday nobody is asked for an answer."""

    def __init__(
        self,
        folder: Path,
        tables: Path,
        *,
        http: bool = False,
        approvals: int = 1,
        author: bool = False,
        duty: str = "",
    ) -> None:
        """`tables`: an SQLite file with Byhand's tables and no rows, which is copied."""
        self.folder = folder
        shutil.copyfile(tables, folder / "byhand.db")
        self.clock = StageClock(MORNING - datetime.now(UTC))
        self.slack = SlackServer(now=self.clock.now, ack_seconds=PATIENCE)
        self.bakery = MastodonServer(self.clock.now, accounts=())
        self.cafe = MastodonServer(self.clock.now, accounts=())
        self.people = self.slack.people
        self._choices = {"approvals": approvals, "author": str(author).lower(), "duty": duty}
        self._http = http
        self.bot: Byhand | None = None

    def open(self) -> None:
        for server in (self.bakery, self.cafe, self.slack):
            server.start()
        members = frozenset({MAYA, TOM, ANNA, "U0BOT"})
        self.slack.workspace.add_channel(Channel(PRIVATE, "customers-private", members, kind="group"))
        self.slack.workspace.add_user(User(ANNA, "Anna"), SOCIAL, CUSTOMERS)
        urls = {"bakery": self.bakery.url, "cafe": self.cafe.url}
        (self.folder / "byhand.toml").write_text(SETTINGS.format(**urls, **self._choices), encoding="utf-8")
        self.environment = self._environment()
        self.bakery.add_past("bakery")
        self.cafe.add_past("cafe")
        self.history()
        self.start_bot()

    def history(self) -> None:
        """What happened on the network before there was a bot."""

    def _environment(self) -> dict[str, str]:
        environment = {
            "BYHAND_CONFIG": str(self.folder / "byhand.toml"),
            "BYHAND_DATABASE_URL": f"sqlite:///{self.folder / 'byhand.db'}",
            "BYHAND_PORT": str(find_free_port()) if self._http else "0",
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "BYHAND_BAKERY_TOKEN": self.bakery.add_account("bakery"),
            "BYHAND_CAFE_TOKEN": self.cafe.add_account("cafe"),
        }
        secret = {"SLACK_SIGNING_SECRET": self.slack.signing_secret}
        return environment | (secret if self._http else {"SLACK_APP_TOKEN": self.slack.app_token})

    def start_bot(self) -> None:
        settings = load_settings(None, self.environment, networks=registry.load_all())
        self.bot = build(settings, self.clock)
        self.bot.start()
        if self._http:
            self.slack.deliver_over_http(f"http://127.0.0.1:{self.bot.web.port}/slack/events")
            self.until(lambda: self.bot is not None and self.bot.slack.bolt is not None, "Bolt is there")
        assert self.slack.wait_connected(PATIENCE)

    def stop_bot(self) -> None:
        if self.bot is not None:
            self.bot.stop()
            self.bot = None

    def close(self) -> None:
        self.stop_bot()
        for server in (self.slack, self.bakery, self.cafe):
            server.stop()

    # --- planning ------------------------------------------------------------------------------------

    def plan(self, *rows: tuple[float | None, str, str], image: str = "", alt: str = "") -> dict[str, Any]:
        """Import rows of (minutes from now, accounts, text) as `byhand import` would beside the running bot."""
        path = self.folder / "plan.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(("Time", "Accounts", "Text", "Image", "Alt text", "Label"))
            for minutes, accounts, text in rows:
                slot = "" if minutes is None else (self.clock.now() + timedelta(minutes=minutes)).isoformat()
                table.writerow((slot, accounts, text, image, alt, ""))
        assert self.bot is not None
        arguments = {"file": str(path), "partial": False, "who": "cli:maya@desk"}
        return commands.run(self.bot.services, "import", arguments)

    # --- eyes ----------------------------------------------------------------------------------------

    def card(self, text: str, says: str = "", *, channel: str = SOCIAL) -> Message:
        """The newest card showing the text, once its words contain `says`."""

        def found() -> Message | None:
            known = [m for m in self.slack.workspace.messages(channel) if not m.is_reply and m.metadata]
            cards = [m for m in known if text in words(m) and not _is_banner(m)]
            return cards[-1] if cards and says in words(cards[-1]) else None

        self.until(lambda: found() is not None, f'a card of "{text}" says "{says}"')
        message = found()
        assert message is not None
        return message

    def banner(self, says: str = "is paused") -> Message:
        """The newest banner of a pause, once its words contain `says`."""

        def found() -> Message | None:
            shown = [m for m in self.slack.workspace.messages(SOCIAL) if not m.is_reply and _is_banner(m)]
            return shown[-1] if shown and says in words(shown[-1]) else None

        self.until(lambda: found() is not None, f'a banner says "{says}"')
        message = found()
        assert message is not None
        return message

    def pinned(self) -> tuple[str, ...]:
        return tuple(self.slack.workspace.pins.get(SOCIAL, ()))

    def thread(self, card: Message) -> list[str]:
        """The texts of the card's thread, in order."""
        there = self.slack.workspace.messages(card.channel)
        return [reply.text for reply in there if reply.thread_ts == card.ts and not reply.seen_by]

    def said_below(self, card: Message, says: str) -> None:
        """Wait for a line in the card's thread."""
        self.until(lambda: any(says in each for each in self.thread(card)), f'the thread says "{says}"')

    def told(self, user: str, says: str) -> None:
        """Wait until this person, and nobody else, was told something."""

        def heard() -> bool:
            private = self.slack.calls("chat.postEphemeral")
            return any(
                call.args.get("user") == user and says in str(call.args.get("text")) for call in private
            )

        self.until(heard, f'{user} is told "{says}"')

    def buttons(self, card: Message) -> list[str]:
        return labels(card)

    def published(self, server: MastodonServer | None = None) -> list[str]:
        return [line.text for line in (server or self.bakery).ledger]

    def until(self, true: Callable[[], object], what: str) -> None:
        limit = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > limit:
                there = (SOCIAL, CUSTOMERS, PRIVATE)
                seen = "\n".join(
                    words(m)[:200] for name in there for m in self.slack.workspace.messages(name)
                )
                raise AssertionError(f"{what}: not within {PATIENCE:.0f} s. In Slack:\n{seen}")
            self.slack.wait_until(true, 0.05)

    def get(self, path: str) -> str:
        """What the bot's own HTTP server answers."""
        assert self.bot is not None
        line = http.client.HTTPConnection("127.0.0.1", self.bot.web.port, timeout=5)
        try:
            line.request("GET", path)
            return line.getresponse().read().decode()
        finally:
            line.close()

    def knows(self, user: str) -> None:
        """Wait until the bot has heard from Slack who that is: a pause waits a quarter of a second for it at most."""
        assert self.bot is not None
        directory = self.bot.slack._directory
        self.until(lambda: directory.person(user).role is not Role.UNKNOWN, f"{user} is known")

    # --- hands ---------------------------------------------------------------------------------------

    def click(self, user: str, card: Message, button: str) -> None:
        act = self.people.click(user, card.channel, card.ts, text=button)
        assert act.ok, act

    def type(self, user: str, text: str) -> str:
        """`/social …`; returns what its person is answered, alone."""
        act = self.people.command(user, SOCIAL, "/social", text)
        assert act.ok, act
        return str(act.response)

    def fill(self, user: str, filled: Mapping[str, Any]) -> Any:
        return self.people.fill(user, filled)

    def push(self, minutes: float) -> None:
        """Push the clock through every moment at which something is due, as the stage does."""
        assert self.bot is not None
        target = self.clock.now() + timedelta(minutes=minutes)
        while True:
            self.until(self._at_rest, "the bot comes to rest")
            now = self.clock.now()
            if now >= target:
                return
            at = self.bot.next_moment()
            self._set(min(at, target) if at is not None and at > now else target)

    def _at_rest(self) -> bool:
        assert self.bot is not None
        at = self.bot.next_moment()
        return not self.bot.busy() and (at is None or at > self.clock.now())

    def _set(self, moment: datetime) -> None:
        assert self.bot is not None
        self.clock.set_offset(self.clock.offset + (moment - self.clock.now()))
        self.bot.wake(Wake.CLOCK)
        self.bot.wake(Wake.OUTBOX)


def _is_banner(message: Message) -> bool:
    said = words(message)
    return bool(message.metadata) and ("Please do not post directly" in said or "*Stopped:*" in said)
