"""What came of posts in a day or a week, as numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.shown.state_words import TAKEN_DOWN


@dataclass(frozen=True)
class Tally:
    """How many posts came to what end, each counted once."""

    published: int
    missed: int  # a slot, and not published since
    late: int = 0  # of those published: had missed a slot before
    gone: int = 0  # of those published: taken down everywhere since


def describe_published(published: int, late: int = 0, gone: int = 0, *, on: str = "") -> str:
    """ "3 published (2 late, 1 taken down)": a post is counted once."""
    rest = [f"{late} late" if published > 1 else "late"] if late else []
    rest += [f"{gone} {TAKEN_DOWN}" if published > 1 else TAKEN_DOWN] if gone else []
    return f"{published} published{on}" + (f" ({', '.join(rest)})" if rest else "")
