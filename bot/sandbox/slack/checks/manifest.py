"""Reads the scopes and events an app asks for out of its manifest.

A whole YAML parser would be a dependency for two lists; this reads those two, in block or flow style.
"""

from __future__ import annotations

from pathlib import Path


def scopes_and_events(manifest: Path) -> tuple[frozenset[str], frozenset[str]]:
    """(bot scopes, bot events) of a manifest file."""
    lines = manifest.read_text(encoding="utf-8").splitlines()
    return frozenset(_items(lines, "bot")), frozenset(_items(lines, "bot_events"))


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
