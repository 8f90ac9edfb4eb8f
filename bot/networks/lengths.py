"""How a text that is too long is said: what was counted, of how much, and how, where a reader would count otherwise."""

from __future__ import annotations

EMOJI_BYTES = "an emoji counts as several"
MANY_BYTES = "of which an emoji or an accented letter takes several"


def say_too_long(who: str, length: int, limit: int, unit: str = "characters", how: str = "") -> str:
    """`how` explains a count that differs from what a person would count."""
    counted = f", {how}" if how else ""
    return f"Too long for {who}: {length:,} of {limit:,} {unit}{counted}."
