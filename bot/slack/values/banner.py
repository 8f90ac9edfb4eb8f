"""What buttons carry that pause, and those on a pause's banner: what they are about, and for some what was seen."""

from __future__ import annotations

from collections.abc import Iterable

from bot.slack.ids import parse_id, parse_scope

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


def format_pause_now(scopes: Iterable[str], reason: str) -> str:
    """ "<scope>,<scope> <reason>": what is paused by one press, and why."""
    return f"{','.join(scopes)} {reason}".strip()


def parse_pause_now(value: str | None) -> tuple[tuple[str, ...], str]:
    """The scopes, and the reason. Raises Malformed."""
    scopes, _, reason = (value or "").partition(" ")
    return tuple(parse_scope(each) for each in scopes.split(",")), reason
