"""What the dialog carries that closes several of a pile: which ones it showed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.slack.ids import Malformed, parse_id

_PAIR = re.compile(r"(\d{1,9})\.(\d{1,9})", re.ASCII)


def format_pile_closing(pile_id: str, seen: Iterable[tuple[int, int]]) -> str:
    """ "<pile id> <number>.<seq> <number>.<seq> …": of each conversation. Slack takes 3000 characters."""
    return " ".join((pile_id, *(f"{number}.{seq}" for number, seq in seen)))


def parse_pile_closing(value: str | None) -> tuple[str, frozenset[tuple[int, int]]]:
    """The pile, and what of it was shown. Raises Malformed."""
    pile_id, *pairs = (value or "").split(" ")
    found = [_PAIR.fullmatch(pair) for pair in pairs]
    seen = frozenset((int(each[1]), int(each[2])) for each in found if each)
    if len(seen) < len(pairs):
        raise Malformed("not conversations and their seqs")
    return parse_id(pile_id), seen
