"""What the button carries that opens one day of the week."""

from __future__ import annotations

import re
from datetime import date

from bot.slack.ids import Malformed


def format_day(day: date) -> str:
    """ "2026-12-03"."""
    return day.isoformat()


def parse_day(value: str | None) -> date:
    """Raises Malformed."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value or "", re.ASCII):
        raise Malformed("not a day")
    try:
        return date.fromisoformat(value or "")
    except ValueError:
        raise Malformed("not a day") from None
