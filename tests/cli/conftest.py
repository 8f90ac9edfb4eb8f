"""A folder with byhand.toml in it, as an operator has it: settings, environment, and the way to type commands."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import Channel, Seed, User, UserGroup
from bot.slack.manifest import load_manifest

TEAM = Seed(
    users=(
        User("U0MAYA", "Maya"),
        User("U0TOM", "Tom"),
        User("U0ANNA", "Anna"),
        User("U0GUEST", "Gil", role="guest"),
    ),
    channels=(
        Channel("C0SOCIAL", "social"),
        Channel("C0CUSTOMERS", "customers", kind="group", members=frozenset({"U0BOT", "U0MAYA"})),
    ),
    groups=(UserGroup("S0CHIEFS", "chiefs", "Chiefs", members=("U0TOM", "U0ANNA")),),
)
SETTINGS = """\
[slack]
review_channel = "C0SOCIAL"
inbox_channel = "C0CUSTOMERS"

[team]
timezone = "Europe/Berlin"
hours = "Mon-Sat 08:00-18:00"
digest = false
approvers = ["S0CHIEFS"]

[inbox]
private_channel = "C0CUSTOMERS"

[accounts.bakery]
network = "mastodon"
server = "{server}"
"""


def real_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Desk:
    """An operator's working folder, which is this process's for the test."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'byhand.db'}"

    @property
    def settings(self) -> Path:
        return self.folder / "byhand.toml"

    def change(self, old: str, new: str) -> None:
        """Edit byhand.toml."""
        text = self.settings.read_text(encoding="utf-8")
        assert old in text
        self.settings.write_text(text.replace(old, new), encoding="utf-8")

    def set(self, **variables: str | None) -> None:
        for name, value in variables.items():
            if value is None:
                self.monkeypatch.delenv(name)
            else:
                self.monkeypatch.setenv(name, value)

    def plan(self, *rows: str, name: str = "plan.csv") -> Path:
        file = self.folder / name
        file.write_text("\n".join(("Time,Accounts,Text,Image,Alt text,Label", *rows, "")), encoding="utf-8")
        return file

    def byhand(self, *words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, list(words), input=typed)


@pytest.fixture(scope="session")
def mastodon() -> Iterator[MastodonServer]:
    started = MastodonServer(real_now, accounts=())
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def server(mastodon: MastodonServer) -> str:
    """The pretend network's address: it is only asked who we are."""
    return mastodon.url


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mastodon: MastodonServer) -> Desk:
    """No Slack yet: what reading and importing need."""
    for name in list(os.environ):
        if name.startswith(("SLACK_", "BYHAND_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    made = Desk(tmp_path, monkeypatch)
    made.settings.write_text(SETTINGS.format(server=mastodon.url), encoding="utf-8")
    made.set(BYHAND_BAKERY_TOKEN=mastodon.add_account(f"bakery{id(made)}"), BYHAND_PORT="0")
    return made


@pytest.fixture
def make_slack(desk: Desk) -> Iterator[Callable[..., SlackServer]]:
    """Start a pretend Slack with the manifest's scopes, and point the environment at it."""
    started_ones: list[SlackServer] = []

    def make(scopes: frozenset[str] | None = None) -> SlackServer:
        started = SlackServer(now=real_now, seed=TEAM, scopes=scopes or load_manifest().scopes, limits=False)
        started_ones.append(started)
        started.start()
        desk.set(
            SLACK_API_URL=started.api_url,
            SLACK_BOT_TOKEN=started.bot_token,
            SLACK_APP_TOKEN=started.app_token,
        )
        return started

    yield make
    for started in started_ones:
        started.stop()


@pytest.fixture
def slack(make_slack: Callable[..., SlackServer]) -> SlackServer:
    return make_slack()
