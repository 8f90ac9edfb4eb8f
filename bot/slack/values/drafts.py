"""What the list of all drafts carries."""

from __future__ import annotations

import re

from bot.slack.ids import Malformed


def format_page(below: int | None) -> str:
    """The number of the post that a page of a list begins below; "-" for the first."""
    return "-" if below is None else str(below)


def parse_page(value: str | None) -> int | None:
    """Raises Malformed."""
    if value == "-":
        return None
    if not re.fullmatch(r"\d{1,9}", value or "", re.ASCII):
        raise Malformed("not a page of a list")
    return int(value or "")
