"""Reads what an app asks for out of its manifest: scopes, events, commands.

A whole YAML parser would be a dependency for a few lists; this reads those, in block or flow style.
"""

from __future__ import annotations

from bot.sandbox.slack.slack import Rights


def read_rights(manifest: str) -> Rights:
    """What the app of this manifest is installed with."""
    lines = manifest.splitlines()
    commands = (
        _bare(line.partition(":")[2])
        for line in lines
        if _bare(line.strip(" -{").partition(":")[0]) == "command"
    )
    return Rights(
        frozenset(_items(lines, "bot")), frozenset(_items(lines, "bot_events")), frozenset(commands)
    )


def _items(lines: list[str], key: str) -> list[str]:
    """The list under `key:`; JSON's quotes and commas are taken off as well."""
    for index, line in enumerate(lines):
        name, colon, rest = line.strip().partition(":")
        if colon and _bare(name) == key:
            inline = _bare(rest)
            return _flow(inline) if inline.startswith("[") and "]" in inline else _block(lines[index + 1 :])
    return []


def _flow(text: str) -> list[str]:
    return [_bare(each) for each in text.strip("[]").split(",") if _bare(each)]


def _block(lines: list[str]) -> list[str]:
    items = []
    for line in lines:
        text = _bare(line.strip().removeprefix("- "))
        if line.strip().startswith("- ") or (
            line.strip().startswith('"') and ":" in text and "{" not in text
        ):
            items.append(text)
        elif text:
            break
    return items


def _bare(text: str) -> str:
    return text.split(" #")[0].strip().rstrip(",").strip("\"' ")
