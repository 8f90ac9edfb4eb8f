"""Whose message is it: what a person of ours wrote, changed or took back in a thread, out of Slack's events.

Messages of bots, and what Slack changes by itself, do not count (facts of Slack, section 6). An edit
counts only if its time is new, because Slack sends the same event when it adds a preview of a link.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.slack.workspace import Workspace

Json = Mapping[str, Any]

SPOKEN = frozenset({None, "file_share", "thread_broadcast"})  # subtypes of what people write
SLACK_ITSELF = frozenset({"USLACKBOT", "USLACK"})


@dataclass(frozen=True)
class ThreadMessage:
    """One message as it is now."""

    user: str
    team: str | None
    channel: str
    ts: str
    thread_ts: str
    version: datetime  # when it became so
    message: Json  # "text", "blocks", "files"
    edited: bool = False
    deleted: bool = False

    @property
    def parent_user(self) -> str | None:
        """Who wrote what the thread is below, if Slack says so."""
        found = self.message.get("parent_user_id")
        return str(found) if found else None

    @property
    def source(self) -> tuple[str, str]:
        return self.channel, self.ts

    @property
    def files(self) -> list[Json]:
        return [each for each in self.message.get("files") or () if isinstance(each, dict)]


def read_message_event(event: Json, workspace: Workspace) -> ThreadMessage | None:
    """What this message event says; None if it is not a person's message in a thread."""
    match event.get("subtype"):
        case "message_changed":
            return _changed(event, workspace)
        case "message_deleted":
            return _read(event, event.get("previous_message"), event.get("ts"), workspace, deleted=True)
        case _ if event.get("hidden"):
            return None
        case _:
            return _read(event, event, event.get("ts"), workspace)


def is_new(event: Json, workspace: Workspace) -> bool:
    """A person wrote it just now, in a thread or outside."""
    return not event.get("hidden") and _of_a_person(event, workspace)


def read_whole_message(message: Json, channel: str, workspace: Workspace) -> ThreadMessage | None:
    """The same for a message that was handed over whole, as with a shortcut."""
    edited = (message.get("edited") or {}).get("ts")
    return _read({"channel": channel}, message, edited or message.get("ts"), workspace)


def _changed(event: Json, workspace: Workspace) -> ThreadMessage | None:
    message = event.get("message") or {}
    now, before = message.get("edited"), (event.get("previous_message") or {}).get("edited")
    if not now or now.get("ts") == (before or {}).get("ts"):
        return None
    return _read(event, message, now.get("ts"), workspace, edited=True)


def _read(
    event: Json,
    message: object,
    version: object,
    workspace: Workspace,
    *,
    edited: bool = False,
    deleted: bool = False,
) -> ThreadMessage | None:
    if not isinstance(message, dict) or not _of_a_person(message, workspace):
        return None
    ts, thread_ts, moment = message.get("ts"), message.get("thread_ts"), _moment(version)
    if not ts or not thread_ts or ts == thread_ts or moment is None:
        return None
    team = message.get("team") or message.get("user_team")
    return ThreadMessage(
        message["user"], team, str(event.get("channel")), ts, thread_ts, moment, message, edited, deleted
    )


def _of_a_person(message: Json, workspace: Workspace) -> bool:
    user = message.get("user")
    if not isinstance(user, str) or user == workspace.bot_user or user in SLACK_ITSELF:
        return False
    by_app = any(message.get(each) for each in ("bot_id", "app_id", "bot_profile"))
    return message.get("subtype") in SPOKEN and not by_app


def _moment(ts: object) -> datetime | None:
    """A Slack `ts`, which is a time in seconds and a name."""
    try:
        return datetime.fromtimestamp(float(str(ts)), UTC)
    except (ValueError, OverflowError, OSError):
        return None
