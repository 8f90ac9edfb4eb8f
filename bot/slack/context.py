"""What listeners work with. Made once by `slack/app.py`, handed to every listener."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.services.unit_of_work import Services
from bot.slack.answers import Answers
from bot.slack.health import Health
from bot.slack.outbox.home_pages import HomePages
from bot.slack.outbox.patience import Patience
from bot.slack.people import Directory
from bot.slack.transport.files import Files
from bot.slack.views.text import Place
from bot.slack.workspace import Workspace


@dataclass(frozen=True)
class ListenerContext:
    services: Services
    directory: Directory
    workspace: Workspace
    answers: Answers
    home_pages: HomePages
    health: Health
    files: Files
    patience: Patience = field(default_factory=Patience)

    @property
    def place(self) -> Place:
        """The team's zone and the workspace's address, for views."""
        return Place(self.services.policy.zone, self.workspace.url)
