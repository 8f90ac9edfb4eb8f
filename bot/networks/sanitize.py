"""What strangers wrote, made safe to keep. Nothing in it may be trusted: not its type, its length, nor its signs.

Removed is only what no database takes (NUL, halves of surrogate pairs) and what is absurdly long; showing words so that
they can do no harm is the screens' task. An id that is too long to keep counts as missing.
"""

from __future__ import annotations

from datetime import UTC, datetime

import regex

from bot.domain.kinds import AttachmentType
from bot.networks import http_outcomes, text
from bot.networks.receiving import Attachment

MAX_ID = 300  # characters, as the columns that keep them
MAX_WORDS = 100_000
MAX_NAME = 200
MAX_ALT = 10_000
MAX_ADDRESS = 2_000
_ADDRESS = regex.compile(r"https?://[^\s\p{C}<>\"]+", regex.IGNORECASE)
_LANGUAGE = regex.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


def identity(value: object) -> str | None:
    """An id: an opaque string; a few servers write numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    found = str(value)
    return found if 0 < len(found) <= MAX_ID and text.clean(found) == found else None


def words(value: object, most: int = MAX_WORDS) -> str:
    return text.clean(value)[:most] if isinstance(value, str) else ""


def end_sentence(said: str) -> str:
    """With a full stop, so that another sentence can follow."""
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."


def name(value: object, otherwise: str) -> str:
    """As they call themselves; who has no name that can be seen is called by the handle."""
    return words(value, MAX_NAME).strip() or otherwise


def address(value: object) -> str | None:
    """An address a browser can open."""
    if not isinstance(value, str) or len(value) > MAX_ADDRESS or not _ADDRESS.fullmatch(value):
        return None
    return value


def language(value: object) -> str | None:
    """BCP 47, as far as it can be one."""
    fits = isinstance(value, str) and len(value) <= 20 and _LANGUAGE.fullmatch(value)
    return str(value) if fits else None


def number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def moment(*values: object) -> datetime:
    """The first of them that is a moment; now, if none is."""
    for value in values:
        if isinstance(value, str) and (found := http_outcomes.parse_iso_moment(value)):
            return found
    return datetime.now(UTC)


def attachment(url: object, alt: object, kind: AttachmentType) -> tuple[Attachment, ...]:
    """One, or none if its address is none."""
    found = address(url)
    return (Attachment(found, words(alt, MAX_ALT), kind),) if found else ()
