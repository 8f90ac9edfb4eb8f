"""Words cut to a length, at whole characters."""

from __future__ import annotations

import unicodedata


def length(text: str) -> int:
    """In UTF-16 units: what Slack counts as a character is not documented, and this is never too few."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int, tail: str = "…") -> str:
    """At most `limit` units, whole characters as people see them. Cut before escaping, never after."""
    if length(text) <= limit:
        return text
    return text[: _room_for(text, max(limit - length(tail), 0))].rstrip() + tail


def pieces(text: str, limit: int) -> list[str]:
    """The text in runs of at most `limit` units; joined they are the text again."""
    cuts = []
    while length(text) > limit:
        end = _room_for(text, limit) or limit // 2
        cuts.append(text[:end])
        text = text[end:]
    return [*cuts, text]


def _room_for(text: str, limit: int) -> int:
    """How many code points fit into `limit` units without splitting a character."""
    used = 0
    for end, letter in enumerate(text):
        used += 2 if ord(letter) > 0xFFFF else 1
        if used > limit:
            return _boundary(text, end)
    return len(text)


def _boundary(text: str, end: int) -> int:
    """The nearest place at or before `end` that splits no character; gives up after 40 code points."""
    for place in range(end, max(end - 40, 0), -1):
        if not _joined(text, place):
            return place
    return 0 if end <= 40 else end


def _joined(text: str, place: int) -> bool:
    """Do the code points on both sides of `place` belong to one character? Nearly UAX 29, in a few lines."""
    before, after = text[place - 1], text[place] if place < len(text) else ""
    if not after:
        return False
    if before == "\u200d" or after == "\u200d" or before + after == "\r\n":
        return True
    if unicodedata.category(after) in ("Mn", "Me", "Mc"):  # accents, variation selectors
        return True
    if (
        "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f"
    ):  # skin, subdivision flags
        return True
    if not (_is_flag_half(before) and _is_flag_half(after)):
        return False
    run = 0
    while run < place and _is_flag_half(text[place - 1 - run]):
        run += 1
    return run % 2 == 1


def _is_flag_half(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def one_line(text: str, limit: int) -> str:
    """The first words, for a list. Not escaped: for rich_text."""
    return cut(" ".join(text.split()), limit)
