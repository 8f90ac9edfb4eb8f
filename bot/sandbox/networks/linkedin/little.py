"""How a pretend LinkedIn reads "little text": a reserved sign that is not escaped cuts the post, without a word.

LinkedIn's documents have such signs begin a mention or a hashtag. What was reported of those that begin neither is that
everything from there on is gone, and the answer is that of a success.
"""

from __future__ import annotations

import re

_PIECE = re.compile(r"\\(?P<escaped>.)|(?P<plain>[^\\|{}@\[\]()<>#*_~]+)", re.DOTALL)


def read_little(commentary: str) -> str:
    """The words that people see."""
    seen, place = "", 0
    while piece := _PIECE.match(commentary, place):
        seen += piece["escaped"] or piece["plain"]
        place = piece.end()
    return seen
