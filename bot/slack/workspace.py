"""Which workspace this is, as Slack says at the first contact (`auth.test`); nothing is known before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Workspace:
    """Written once by the connection, read by anyone."""

    def __init__(self) -> None:
        self.team_id: str | None = None
        self.bot_user: str | None = None
        self.url = "https://slack.com"

    def met(self, said: Mapping[str, Any]) -> None:
        """`said`: the answer of auth.test."""
        self.team_id = said.get("team_id")
        self.bot_user = said.get("user_id")
        self.url = str(said.get("url") or self.url)
