"""manifest.yml: what the app asks of a workspace, checked, and explained to its admin.

Slack's own schema checks neither the names of scopes and events nor whether a scope covers the methods used
(facts of Slack, section 9), so the tables that do are here: scope → why, method → scopes, event → scopes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any
from urllib.parse import urlsplit

import yaml

EVENTS_PATH = "/slack/events"

SCOPES: Mapping[str, str] = {
    "channels:history": "To see what people write in its cards' threads for customers, and to find its cards again.",
    "channels:read": "To find the review and inbox channels by name, and to see that it is still in them.",
    "chat:write": "To post cards, keep them true, and write reminders into their threads.",
    "commands": "For the one command, /social.",
    "files:read": "To read an image that somebody drops into an answer to a customer, and a plan file.",
    "files:write": "To show a post's images on its card.",
    "groups:history": "The same as channels:history, where the review or inbox channel is private.",
    "groups:read": "The same as channels:read, where the review or inbox channel is private; and to see who is in the"
    " private channel, because only they read what customers write privately.",
    "im:history": "To see whether a direct message of its own is there already, before it sends it again.",
    "im:write": "To tell one person when their channel cannot be reached or their post was missed.",
    "pins:write": "To pin the banner of a pause, so that nobody overlooks it.",
    "usergroups:read": "To know who is in a user group that may approve.",
    "users:read": "To tell full members from guests and outsiders, and to show names.",
}

_BOTH_HISTORIES = frozenset({"channels:history", "groups:history"})
_ALL_HISTORIES = frozenset({"channels:history", "groups:history", "im:history"})
_BOTH_READS = frozenset({"channels:read", "groups:read"})
_NONE: frozenset[str] = frozenset()

METHODS: Mapping[str, frozenset[str]] = {  # all the scopes a method needs, in the channels we use
    "apps.connections.open": _NONE,  # the app-level token's connections:write
    "auth.test": _NONE,
    "chat.delete": frozenset({"chat:write"}),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "conversations.history": _ALL_HISTORIES,
    "conversations.info": _BOTH_READS,
    "conversations.list": _BOTH_READS,
    "conversations.members": _BOTH_READS,
    "conversations.open": frozenset({"im:write"}),
    "conversations.replies": _BOTH_HISTORIES,
    "files.completeUploadExternal": frozenset({"files:write"}),
    "files.getUploadURLExternal": frozenset({"files:write"}),
    "files.info": frozenset({"files:read"}),
    "files.upload.v2": frozenset({"files:write"}),  # the SDK's files_upload_v2
    "pins.add": frozenset({"pins:write"}),
    "pins.remove": frozenset({"pins:write"}),
    "usergroups.users.list": frozenset({"usergroups:read"}),
    "users.info": frozenset({"users:read"}),
    "views.open": _NONE,
    "views.publish": _NONE,
    "views.push": _NONE,
    "views.update": _NONE,
}

EVENTS: Mapping[str, frozenset[str]] = {
    "app_home_opened": _NONE,
    "app_uninstalled": _NONE,
    "channel_archive": frozenset({"channels:read"}),
    "channel_deleted": frozenset({"channels:read"}),
    "group_archive": frozenset({"groups:read"}),
    "member_joined_channel": _BOTH_READS,
    "member_left_channel": _BOTH_READS,
    "message.channels": frozenset({"channels:history"}),
    "message.groups": frozenset({"groups:history"}),
    "subteam_members_changed": frozenset({"usergroups:read"}),
    "subteam_updated": frozenset({"usergroups:read"}),
    "tokens_revoked": _NONE,
    "user_change": frozenset({"users:read"}),
}

LIMITS: Mapping[str, int] = {  # characters, or entries of a list
    "display_information.name": 35,
    "display_information.description": 140,
    "features.bot_user.display_name": 80,
    "features.slash_commands": 50,
    "features.slash_commands.command": 32,
    "features.slash_commands.description": 2000,
    "features.slash_commands.usage_hint": 1000,
    "features.shortcuts": 10,
    "features.shortcuts.name": 24,
    "features.shortcuts.callback_id": 255,
    "features.shortcuts.description": 150,
    "oauth_config.scopes.bot": 255,
    "settings.event_subscriptions.bot_events": 100,
}

_KEYS = frozenset(LIMITS) | {  # every key we use; another one is a slip
    "display_information.background_color",
    "features.app_home.home_tab_enabled",
    "features.app_home.messages_tab_enabled",
    "features.app_home.messages_tab_read_only_enabled",
    "features.bot_user.always_online",
    "features.shortcuts.type",
    "features.slash_commands.should_escape",
    "features.slash_commands.url",
    "settings.event_subscriptions.request_url",
    "settings.interactivity.is_enabled",
    "settings.interactivity.request_url",
    "settings.org_deploy_enabled",
    "settings.socket_mode_enabled",
    "settings.token_rotation_enabled",
}


_ADDRESSES = (
    "features.slash_commands.url",
    "settings.interactivity.request_url",
    "settings.event_subscriptions.request_url",
)


@dataclass(frozen=True)
class Manifest:
    """What manifest.yml says."""

    name: str
    scopes: frozenset[str]
    events: frozenset[str]
    commands: tuple[str, ...]
    shortcuts: tuple[str, ...]  # their callback_ids
    content: Mapping[str, Any] = field(repr=False)


def read_manifest() -> str:
    """The file as written: beside this module in an installed package, at the top of a checkout."""
    return _file().read_text(encoding="utf-8")


def _file() -> Traversable:
    package = resources.files("bot")
    installed = package / "slack" / "manifest.yml"
    return installed if installed.is_file() else package.joinpath("..", "manifest.yml")


def load_manifest(text: str | None = None) -> Manifest:
    """Raises ValueError with every problem."""
    content = yaml.safe_load(read_manifest() if text is None else text)
    if problems := tuple(list_problems(content)):
        raise ValueError("manifest.yml: " + " ".join(problems))
    return Manifest(
        name=content["display_information"]["name"],
        scopes=frozenset(content["oauth_config"]["scopes"]["bot"]),
        events=frozenset(content["settings"]["event_subscriptions"]["bot_events"]),
        commands=tuple(command["command"] for command in content["features"]["slash_commands"]),
        shortcuts=tuple(each["callback_id"] for each in content["features"].get("shortcuts", ())),
        content=content,
    )


def list_problems(content: object) -> Iterator[str]:
    """Every reason for which Slack, or this bot, would not do with it; each a sentence."""
    found: dict[str, list[Any]] = {}
    for key, value in _walk(content):
        found.setdefault(key, []).append(value)
        if key not in _KEYS:
            yield f"{key} is not a key we know."
        limit = LIMITS.get(key)
        if limit is not None and (not isinstance(value, str | list) or len(value) > limit):
            yield f"{key} is no text or list, or longer than {limit}."
    missing = {
        "display_information.name",
        "oauth_config.scopes.bot",
        "features.slash_commands",
    } - found.keys()
    yield from (f"{key} is missing." for key in sorted(missing))
    scopes: set[str] = set(*found.get("oauth_config.scopes.bot", [()]))
    events: set[str] = set(*found.get("settings.event_subscriptions.bot_events", [()]))
    yield from _names(scopes, events)
    yield from _modes(found)


def _walk(value: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and their values. A list's tables count as below it, without a number."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, f"{path}.{key}" if path else str(key))
        return
    yield path, value
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict):
            yield from _walk(entry, path)


def _names(scopes: set[str], events: set[str]) -> Iterator[str]:
    yield from (f"{scope} is a scope without a reason in SCOPES." for scope in sorted(scopes - SCOPES.keys()))
    for event in sorted(events):
        if event not in EVENTS:
            yield f"{event} is an event we do not know."
        for scope in sorted(EVENTS.get(event, _NONE) - scopes):
            yield f"{event} needs the scope {scope}."


def _modes(found: Mapping[str, list[Any]]) -> Iterator[str]:
    socket = found.get("settings.socket_mode_enabled") == [True]
    for place in _ADDRESSES:
        if socket and place in found:
            yield f"{place} is not used in Socket Mode."
        if not socket and place not in found:
            yield f"{place} is needed in HTTP mode."
    if found.get("settings.interactivity.is_enabled") != [True]:
        yield "settings.interactivity.is_enabled must be true: without it no button works."
    if found.get("features.app_home.messages_tab_enabled") != [True]:
        yield "features.app_home.messages_tab_enabled must be true: without it messages to people fail."


def make_http_manifest(url: str) -> str:
    """The manifest for HTTP mode, as YAML; `url` is the bot's public https address, without a path."""
    if urlsplit(url).scheme != "https" or not urlsplit(url).hostname:
        raise ValueError(f'"{url}" is not an https address: Slack calls no other.')
    address = url.rstrip("/") + EVENTS_PATH
    content = copy.deepcopy(dict(load_manifest().content))
    content["settings"]["socket_mode_enabled"] = False
    content["settings"]["interactivity"]["request_url"] = address
    content["settings"]["event_subscriptions"]["request_url"] = address
    for command in content["features"]["slash_commands"]:
        command["url"] = address
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def write_admin_page() -> str:
    """For the workspace's admin, as markdown: each permission and why, and what is not asked for."""
    manifest = load_manifest()
    lines = [
        f"# {manifest.name}: what it asks for, and why",
        "",
        f"{manifest.name} runs on your own machine. What it reads in Slack stays in its own database there.",
        "It reads only channels it was invited to. It acts as itself, never as a person.",
        "",
        "| permission | why |",
        "|---|---|",
        *(f"| `{scope}` | {SCOPES[scope]} |" for scope in sorted(manifest.scopes)),
        "",
        "In Socket Mode it also needs an app-level token with `connections:write`: the connection goes out",
        "from your machine, and nothing has to be opened to the internet.",
        "",
        "It does not ask for private messages between people, for e-mail addresses, for searching, for",
        "posting under other names, or for anything an admin does.",
    ]
    return "\n".join(lines) + "\n"
