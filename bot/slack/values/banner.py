"""What the buttons on a pause's banner carry: what they are about, and for some what their person saw of it."""

from __future__ import annotations

from bot.slack.ids import parse_id

SEEN = "@"


def format_pause(pause_id: str, what: str) -> str:
    """ "<pause id> <what>": something on a pause's banner."""
    return f"{pause_id} {what}"


def parse_pause(value: str | None) -> tuple[str, str]:
    """The pause, and what on its banner ("" for the pause itself). Raises Malformed."""
    pause_id, _, what = (value or "").partition(" ")
    return parse_id(pause_id), what


def format_elsewhere(pause_id: str, what: str, seen: str) -> str:
    """ "<pause id> @<seen> <what>"."""
    return format_pause(pause_id, f"{SEEN}{seen} {what}")


def parse_elsewhere(value: str | None) -> tuple[str, str, str]:
    """The pause, what, and what was seen: "" for nothing, as of the buttons of older Byhands. Raises Malformed."""
    pause_id, rest = parse_pause(value)
    seen, _, what = rest.partition(" ")
    return (pause_id, what, seen.removeprefix(SEEN)) if seen.startswith(SEEN) else (pause_id, rest, "")
