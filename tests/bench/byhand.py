"""`byhand run` in a process and a folder of its own: settings written, tables made, then started as anybody would."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select, update

from bot.networks import registry
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import Message
from bot.services.unit_of_work import Services, UnitOfWork
from bot.settings.load import Settings, load_settings
from bot.store.engine.migrate import migrate
from bot.store.engine.store import Store
from bot.store.tables.slack import cards
from tests.bench.children import Child, Died

START_SECONDS = 60.0
LOOK_SECONDS = 0.005
APPROVER, AUTHOR = "U0TOM", "U0MAYA"


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def elapsed(self) -> float:
        return time.monotonic()


@dataclass(frozen=True)
class Account:
    """A section of the settings, and the secret that belongs to it."""

    name: str
    network: str
    server: str
    secret: str
    handle: str = ""

    @property
    def variable(self) -> str:
        (secret,) = registry.load_network(self.network).secrets
        return f"BYHAND_{self.name.upper()}_{secret}"

    @property
    def section(self) -> str:
        handle = f'handle = "{self.handle}"\n' if self.handle else ""
        return f'\n[accounts.{self.name}]\nnetwork = "{self.network}"\nserver = "{self.server}"\n{handle}'


class Byhand:
    """One installation. `accounts`: {name: token} of a Mastodon server at `network`; `others`, of any network."""

    def __init__(
        self,
        folder: Path,
        slack: SlackServer,
        *,
        network: str,
        accounts: Mapping[str, str],
        others: Sequence[Account] = (),
        socket_mode: bool = False,
        inbox: Mapping[str, str] | None = None,
        module: str = "bot",
    ) -> None:
        """`inbox`: that section of the settings; with it there is a channel for customers. `module`: what is run."""
        self.folder = folder
        self._module = module
        folder.mkdir(parents=True, exist_ok=True)
        all_accounts = (
            *(Account(name, "mastodon", network, token) for name, token in accounts.items()),
            *others,
        )
        (folder / "byhand.toml").write_text(_settings(all_accounts, inbox))
        self.port = free_port()
        self.url = f"sqlite:///{folder / 'byhand.db'}"
        self.signing_secret = slack.signing_secret
        self.environment = {
            "BYHAND_CONFIG": str(folder / "byhand.toml"),
            "BYHAND_DATABASE_URL": self.url,
            "BYHAND_PORT": str(self.port),
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            **(
                {"SLACK_APP_TOKEN": slack.app_token}
                if socket_mode
                else {"SLACK_SIGNING_SECRET": slack.signing_secret}
            ),
            **{account.variable: account.secret for account in all_accounts},
        }
        self.child: Child | None = None

    def settings(self) -> Settings:
        return load_settings(None, self.environment, networks=registry.load_all())

    def open_services(self) -> Services:
        """The verbs, in this process, while the bot is not running: to seed and to judge. Close its store."""
        from bot.app import open_connections

        migrate(self.url, now=RealClock().now)
        settings = self.settings()
        store = Store.open(self.url, now=RealClock().now)
        accounts = open_connections(settings, store).clients
        return Services(store, RealClock(), settings.policy(), accounts, lambda _what: None)

    def start(self) -> float:
        """Start it and wait until /readyz says so; returns the seconds that took."""
        began = time.perf_counter()
        self.child = Child(self._module, "run", log=self.folder / "bot.log", environment=self.environment)
        while not self._ready():
            if self.child.process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                raise Died(self.child.last_words())
            time.sleep(LOOK_SECONDS)
        return time.perf_counter() - began

    def _ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return bool(json.loads(connection.getresponse().read())["ok"])
        except OSError:
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """kill -9: nothing is tidied up."""
        if self.child is not None:
            os.kill(self.child.process.pid, signal.SIGKILL)
            self.child.kill()

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()


def _settings(accounts: Iterable[Account], inbox: Mapping[str, str] | None) -> str:
    channel = "" if inbox is None else 'inbox_channel = "C0CUSTOMERS"'
    section = "".join(f'{name} = "{value}"\n' for name, value in (inbox or {}).items())
    head = f"""\
[slack]
review_channel = "C0SOCIAL"
{channel}

[inbox]
{section}
[team]
approvers = ["{APPROVER}"]
approvals = 1

[review]
lead = "30m"
remind = ["5m"]
"""
    return head + "".join(account.section for account in accounts)


def put_cards_up(services: Services, slack: SlackServer) -> None:
    """Every card is in Slack and shows what it should, as if the reconciler had posted it long ago."""

    def up(work: UnitOfWork) -> None:
        for card_id in work.db.execute(select(cards.c.id)).scalars().all():
            message = Message("C0SOCIAL", slack.workspace.new_ts(), "U0BOT", "a card", by_app=True)
            slack.workspace.put(message)
            shown = {"shown": cards.c.wanted, "ts": message.ts, "urgency": 5}
            work.db.execute(update(cards).where(cards.c.id == card_id).values(shown))

    services.do(up)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def python() -> str:
    return sys.executable
