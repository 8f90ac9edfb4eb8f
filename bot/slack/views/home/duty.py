"""Who is on shift, in words: on Home, in `/social duty`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.duty import Turn
from bot.slack.views.text import Place, listing, mention, when


def tell_on_shift(turns: Sequence[Turn], following: Turn | None, place: Place) -> str:
    """mrkdwn: "@Maya until today at 13:00; next @Tom, from today at 13:00"."""
    if not turns:
        return f"nobody{_next(following, place)}"
    by_end: dict[datetime, list[str]] = {}
    for turn in turns:
        by_end.setdefault(turn.end, []).append(mention(turn.person))
    now = listing([f"{listing(people)} until {when(end, place)}" for end, people in sorted(by_end.items())])
    return f"{now}{_next(following, place)}"


def _next(following: Turn | None, place: Place) -> str:
    return f"; next {mention(following.person)}, from {when(following.start, place)}" if following else ""
