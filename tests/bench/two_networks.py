"""`byhand run` where only Mastodon and Bluesky are installed, and is otherwise the same."""

from __future__ import annotations

from importlib.metadata import entry_points

from bot.cli import main
from bot.networks import registry

NAMES = ("mastodon", "bluesky")

if __name__ == "__main__":
    installed = tuple(entry for entry in entry_points(group=registry.GROUP) if entry.name in NAMES)
    registry._entries = lambda: (*installed, registry.BY_HAND)  # type: ignore[assignment]
    main()
