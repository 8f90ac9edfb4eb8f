"""Ids: text, made by the caller before the transaction, in the order of their making.

An id is 13 characters of time and 13 of chance in base 32, so that rows sort by age and a commit whose
answer was lost can be looked up by the id it would have written. Within a process no two have the same time, so
that what happened in one transaction keeps its order.
"""

from __future__ import annotations

import secrets
import threading
from datetime import datetime
from typing import NewType

PostId = NewType("PostId", str)
VersionId = NewType("VersionId", str)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_turn = threading.Lock()
_last = 0  # microseconds


def make_id(now: datetime) -> str:
    """26 characters: microseconds of `now`, or just after those of the id before, then 64 random bits."""
    global _last
    with _turn:
        _last = max(_last + 1, int(now.timestamp() * 1_000_000))
        moment = _last
    return _base32(moment, 13) + _base32(secrets.randbits(64), 13)


def _base32(value: int, width: int) -> str:
    pairs = [_PAIRS[value >> shift & 1023] for shift in range(5 * width - 10, -1, -10)]
    return "".join(pairs) + (_ALPHABET[value & 31] if width % 2 else "")
