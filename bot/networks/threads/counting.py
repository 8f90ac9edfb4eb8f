"""How long Threads takes a text to be: an emoji counts as its bytes in UTF-8, which is documented.

Which unit it counts letters in is not: UTF-16 is the strictest that is likely. Nobody has compared it.
"""

from __future__ import annotations

import regex

from bot.networks import text

MAX_LENGTH = 500
_GRAPHEME = regex.compile(r"\X")
_EMOJI = regex.compile(r"[\p{Emoji_Presentation}\p{Extended_Pictographic}\p{Regional_Indicator}\uFE0F\u20E3]")


def count(words: str) -> int:
    if words.isascii():
        return len(words)
    return sum(_count_one(match.group()) for match in _GRAPHEME.finditer(words))


def has_emoji(words: str) -> bool:
    return _EMOJI.search(words) is not None


def _count_one(grapheme: str) -> int:
    return text.count_utf8_bytes(grapheme) if has_emoji(grapheme) else text.count_utf16(grapheme)
