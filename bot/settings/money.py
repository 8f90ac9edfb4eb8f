"""An amount of money in the settings: "20 USD"."""

from __future__ import annotations

import re

from bot.domain.preflight.costs import DOLLAR

AMOUNT = r"(?=.*[1-9])([0-9]{1,6})(?:\.([0-9]{1,2}))? ?USD"
HOW = 'Write it like "20 USD" or "7.50 USD".'


def read_dollars(amount: str) -> int:
    """In mills; of what `AMOUNT` takes."""
    found = re.fullmatch(AMOUNT, amount)
    if found is None:
        raise AssertionError(f"{amount} was not looked at")
    return int(found[1]) * DOLLAR + int((found[2] or "").ljust(3, "0"))
