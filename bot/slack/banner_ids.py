"""What [Done] and [Not done] on a pause's banner carry: what they are about, and what their person saw of it."""

from __future__ import annotations

from bot.slack.ids import format_pause, parse_pause

SEEN = "@"


def format_elsewhere(pause_id: str, what: str, seen: str) -> str:
    """ "<pause id> @<seen> <what>"."""
    return format_pause(pause_id, f"{SEEN}{seen} {what}")


def parse_elsewhere(value: str | None) -> tuple[str, str, str]:
    """The pause, what, and what was seen: "" for nothing, as of the buttons of older Byhands. Raises Malformed."""
    pause_id, rest = parse_pause(value)
    seen, _, what = rest.partition(" ")
    return (pause_id, what, seen.removeprefix(SEEN)) if seen.startswith(SEEN) else (pause_id, rest, "")
