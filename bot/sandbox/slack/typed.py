"""What people type, as Slack passes it on: escaped, with names turned into ids, and again as rich text."""

from __future__ import annotations

import re

from bot.sandbox.slack.slack import Json
from bot.sandbox.slack.workspace import Workspace

_SPECIAL = re.compile(
    r"@(?P<name>[\w.-]+)|(?P<link>https?://[^\s<>|]+)|(?<![\w:]):(?P<emoji>[a-z0-9_+-]+):(?!\w)"
    r"|(?<![\w~])~(?P<struck>[^~\s](?:[^~\n]*[^~\s])?)~(?![\w~])"
)


def escaped(workspace: Workspace, text: str) -> str:
    """`@Tom` becomes `<@U…>`, an address `<https://…>`; & < > are escaped."""
    return "".join(_as_text(part) for part in _parts(workspace, text))


def in_command(workspace: Workspace, text: str) -> str:
    """A command's text, for `should_escape: true`: people become ids, links stay as typed."""
    parts = _parts(workspace, text)
    return "".join(_escape(part["url"]) if part["type"] == "link" else _as_text(part) for part in parts)


def rich_text(workspace: Workspace, text: str) -> Json:
    """The block a composer makes of it."""
    section = {"type": "rich_text_section", "elements": _parts(workspace, text)}
    return {"type": "rich_text", "block_id": workspace.new_name(), "elements": [section]}


def _parts(workspace: Workspace, text: str) -> list[Json]:
    ids = {user.name.lower(): user.id for user in workspace.users.values()}
    parts: list[Json] = []
    end = 0
    for match in _SPECIAL.finditer(text):
        part = _special(match, ids)
        if part is None:
            continue
        if match.start() > end:
            parts.append({"type": "text", "text": text[end : match.start()]})
        parts.append(part)
        end = match.end()
    if end < len(text):
        parts.append({"type": "text", "text": text[end:]})
    return parts


def _special(match: re.Match[str], ids: dict[str, str]) -> Json | None:
    if (name := match["name"]) is not None:
        user = ids.get(name.lower())
        return {"type": "user", "user_id": user} if user else None
    if struck := match["struck"]:
        return {"type": "text", "text": struck, "style": {"strike": True}}
    link, emoji = match["link"], match["emoji"]
    return {"type": "link", "url": link} if link else {"type": "emoji", "name": emoji}


def _as_text(part: Json) -> str:
    match part["type"]:
        case "user":
            return f"<@{part['user_id']}>"
        case "link":
            return f"<{_escape(part['url'])}>"
        case "emoji":
            return f":{part['name']}:"
        case _:
            return _escape(f"~{part['text']}~" if "style" in part else part["text"])


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
