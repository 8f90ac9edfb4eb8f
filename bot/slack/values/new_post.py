"""What the dialogs of a new post carry."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.posts import Seen
from bot.slack.ids import format_seen, parse_id, parse_seen

NONE = "-"


@dataclass(frozen=True)
class NewAbout:
    """What a new post's dialog is about: a draft, or none yet; and under which dialog what was written is kept.

    Of the first screen that is the one it was begun in before, "" if none; of the second, its own first screen."""

    seen: Seen | None = None
    kept_of: str = ""


def format_new(about: NewAbout) -> str:
    """ "<seen> <view id>", with "-" for what is not there."""
    return f"{format_seen(about.seen) if about.seen else NONE} {about.kept_of or NONE}"


def parse_new(value: str | None) -> NewAbout:
    """Raises Malformed."""
    seen, _, kept_of = (value or "").partition(" ")
    return NewAbout(
        None if seen == NONE else parse_seen(seen),
        "" if kept_of in ("", NONE) else parse_id(kept_of),
    )
