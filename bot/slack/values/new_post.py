"""What the dialogs of a new post carry."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.posts import DIGEST, Seen
from bot.slack.ids import Malformed, format_seen, parse_id, parse_seen

NONE = "-"


@dataclass(frozen=True)
class NewAbout:
    """What a new post's dialog is about: a draft, or none yet; and under which dialog what was written is kept.

    Of the first screen that is the one it was begun in before, "" if none; of the second, its own first screen."""

    seen: Seen | None = None
    kept_of: str = ""
    shown: str = ""  # of the second: the digest of what it shows


def format_new(about: NewAbout) -> str:
    """ "<seen> <view id> <digest>", with "-" for what is not there."""
    known = f"{format_seen(about.seen) if about.seen else NONE} {about.kept_of or NONE}"
    return f"{known} {about.shown}" if about.shown else known


def parse_new(value: str | None) -> NewAbout:
    """Raises Malformed."""
    parts = (value or "").split(" ")
    if len(parts) > 3 or not all(re.fullmatch(rf"[0-9a-f]{{{DIGEST}}}", each) for each in parts[2:]):
        raise Malformed("not what a new post's dialog is about")
    seen, kept_of, shown = (*parts, "", "")[:3]
    return NewAbout(
        None if seen == NONE else parse_seen(seen),
        "" if kept_of in ("", NONE) else parse_id(kept_of),
        shown,
    )
