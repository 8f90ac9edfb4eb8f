"""What listeners work with. Made once by `slack/app.py`, handed to every listener."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.unit_of_work import Office
from bot.slack.answers import Answers
from bot.slack.health import Health
from bot.slack.outbox.home_pages import Homes
from bot.slack.people import Directory
from bot.slack.transport.files import Files
from bot.slack.views.text import Place
from bot.slack.workspace import Workspace


@dataclass(frozen=True)
class Face:
    office: Office
    directory: Directory
    workspace: Workspace
    answers: Answers
    homes: Homes
    health: Health
    files: Files

    @property
    def place(self) -> Place:
        """The team's zone and the workspace's address, for views."""
        return Place(self.office.policy.zone, self.workspace.url)
