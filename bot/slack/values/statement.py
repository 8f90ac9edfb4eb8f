"""What the buttons and dialogs of a statement carry: on which pause's message, and which version was seen."""

from __future__ import annotations

from bot.domain.posts import Seen
from bot.slack.ids import format_seen, parse_id, parse_seen


def format_statement(pause_id: str, seen: Seen) -> str:
    """ "<pause id> <seen>"."""
    return f"{pause_id} {format_seen(seen)}"


def parse_statement(value: str | None) -> tuple[str, Seen]:
    """Raises Malformed."""
    pause_id, _, seen = (value or "").partition(" ")
    return parse_id(pause_id), parse_seen(seen)
