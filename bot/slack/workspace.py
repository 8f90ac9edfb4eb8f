"""Which workspace this is, as Slack says at the first contact (`auth.test`); nothing is known before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.slack.roles import Home


class Workspace:
    """Written once by the connection, read by anyone."""

    def __init__(self) -> None:
        self.home = Home()
        self.bot_user: str | None = None
        self.url = "https://slack.com"
        self._told: Callable[[], None] = lambda: None

    @property
    def team_id(self) -> str | None:
        return self.home.team_id

    def when_met(self, tell: Callable[[], None]) -> None:
        self._told = tell

    def met(self, said: Mapping[str, Any]) -> None:
        """`said`: the answer of auth.test."""
        self.home = Home(said.get("team_id"), said.get("enterprise_id"))
        self.bot_user = said.get("user_id")
        self.url = str(said.get("url") or self.url)
        self._told()
