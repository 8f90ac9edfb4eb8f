"""Ids: text, made by the caller before the transaction, in the order of their making.

An id is 13 characters of time and 13 of chance in base 32, so that rows sort by age and a commit whose
answer was lost can be looked up by the id it would have written.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import NewType

PostId = NewType("PostId", str)
VersionId = NewType("VersionId", str)
DeliveryId = NewType("DeliveryId", str)
AttemptId = NewType("AttemptId", str)
CardId = NewType("CardId", str)
PersonId = NewType("PersonId", str)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(now: datetime) -> str:
    """26 characters: microseconds of `now`, then 64 random bits."""
    return _base32(int(now.timestamp() * 1_000_000), 13) + _base32(secrets.randbits(64), 13)


def _base32(value: int, width: int) -> str:
    letters = []
    for _ in range(width):
        letters.append(_ALPHABET[value & 31])
        value >>= 5
    return "".join(reversed(letters))
