"""What every Web API method gets to work with: the workspace, the tickets, the app's rights, its events."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.checks.limits import Limits
from bot.sandbox.slack.refusal import Refused
from bot.sandbox.slack.state import Channel
from bot.sandbox.slack.transport.tickets import Tickets
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]


@dataclass(frozen=True)
class Rights:
    """What the app was installed with; `events` None: every event there is; `commands` None: whatever is typed."""

    scopes: frozenset[str]
    events: frozenset[str] | None = None
    commands: frozenset[str] | None = None  # with their slashes

    def knows(self, command: str) -> bool:
        return self.commands is None or command.lower() in self.commands

    def subscribed(self, event: str) -> bool:
        return self.events is None or event in self.events

    def require(self, *any_of: str) -> None:
        if not self.scopes.intersection(any_of):
            raise Refused("missing_scope", needed=",".join(any_of), provided=",".join(sorted(self.scopes)))


@dataclass(frozen=True)
class Slack:
    workspace: Workspace
    tickets: Tickets
    limits: Limits
    rights: Rights
    emit: Callable[[Json], None]  # an event for the app
    socket_url: Callable[[], str]

    def member_channel(self, channel_id: str, right: str | None = None) -> Channel:
        """A channel the bot is in, after asking for the scope of its kind (`channels:history`, …)."""
        channel = self.workspace.channel(channel_id)
        if right is not None:
            self.rights.require(f"{channel.scope_family}:{right}")
        if self.workspace.bot.id not in channel.members:
            raise Refused("not_in_channel")
        return channel


class Args:
    """A call's arguments, whether they came as JSON, as a form or in the query."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = {name: value for name, value in given.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self.given

    def get(self, name: str, default: str = "") -> str:
        value = self.given.get(name, default)
        return value if isinstance(value, str) else str(value)

    def need(self, name: str) -> str:
        value = self.get(name)
        if not value:
            raise Refused(
                "invalid_arguments",
                messages=[f"[ERROR] missing required field: {name} [json-pointer:/{name}]"],
            )
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.given.get(name, default)
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true")

    def number(self, name: str, default: int) -> int:
        value = self.get(name)
        return int(value) if value.isdigit() else default

    def document(self, name: str, error: str) -> Any:
        """A JSON value, sent as such or as a string in a form; None if it is not there."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise Refused(error) from None


def page_of(items: list[Json], args: Args, *, most: int = 1000, default: int = 100) -> tuple[list[Json], str]:
    """One page of a list and the cursor of the next one (empty: there is none)."""
    start = args.number("cursor", 0)
    stop = start + max(1, min(args.number("limit", default), most))
    return items[start:stop], str(stop) if stop < len(items) else ""
