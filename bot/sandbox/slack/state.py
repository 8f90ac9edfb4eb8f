"""What a workspace consists of, as frozen values: a change makes a new one, so readers need no lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from bot.sandbox.slack.checks.blocks import texts

TEAM = "T0BYHAND"
APP = "A0BYHAND"
BOT = "B0BOT"  # the id its messages carry as `bot_id`; the user id is the seed's


@dataclass(frozen=True)
class User:
    id: str
    name: str
    role: str = "member"  # member, guest, outsider (of a shared channel), bot
    about: str = ""
    team_id: str = TEAM
    zone: str = "Europe/Berlin"
    enterprise_user: Mapping[str, Any] | None = None  # in a Grid organisation

    @property
    def is_bot(self) -> bool:
        return self.role == "bot"


@dataclass(frozen=True)
class UserGroup:
    id: str
    handle: str
    name: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Channel:
    id: str
    name: str
    members: frozenset[str] = frozenset()
    kind: str = "channel"  # channel, group (private), im
    archived: bool = False

    @property
    def scope_family(self) -> str:
        """The first half of the scopes that guard it: `channels:history`, `groups:read`, …"""
        return {"channel": "channels", "group": "groups", "im": "im"}[self.kind]


@dataclass(frozen=True)
class Message:
    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[dict[str, Any], ...] = ()
    thread_ts: str | None = None
    broadcast: bool = False
    by_app: bool = False
    metadata: dict[str, Any] | None = None
    edited: dict[str, str] | None = None
    files: tuple[str, ...] = ()
    client_msg_id: str | None = None
    seen_by: str | None = None  # the one reader of an ephemeral message
    deleted: bool = False

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    @cached_property
    def words(self) -> str:
        """All that it says: its text and that of its blocks, a line each. Kept: who waits for words asks often."""
        return "\n".join([self.text, *texts(list(self.blocks))])


@dataclass(frozen=True)
class View:
    id: str
    user: str
    spec: dict[str, Any]  # as the app sent it, blocks named
    hash: str
    root: str
    previous: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)  # block_id -> sentence, after a refused submit

    @property
    def blocks(self) -> list[dict[str, Any]]:
        blocks: list[dict[str, Any]] = self.spec["blocks"]
        return blocks


@dataclass(frozen=True)
class File:
    id: str
    name: str
    length: int
    title: str = ""
    content: bytes | None = None
    complete: bool = False
    channels: tuple[str, ...] = ()
    media_type: str = "application/octet-stream"
    user: str = ""  # whose it is; "": the bot's


@dataclass(frozen=True)
class Seed:
    """Who and what is there before anything happens; the default is the small bakery of the demo."""

    name: str = "Dock Bakery"
    users: tuple[User, ...] = (
        User("U0MAYA", "Maya", about="writes the posts"),
        User("U0TOM", "Tom", about="approver"),
        User("U0GUEST", "Gil", role="guest", about="guest"),
    )
    bot: User = User("U0BOT", "Byhand", role="bot")
    channels: tuple[Channel, ...] = (Channel("C0SOCIAL", "social"), Channel("C0CUSTOMERS", "customers"))
    groups: tuple[UserGroup, ...] = ()


def unix(moment: datetime) -> int:
    return int(moment.timestamp())
