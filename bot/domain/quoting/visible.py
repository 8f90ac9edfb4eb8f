"""Words that are all seen, in the order in which they are read."""

from __future__ import annotations

import re
import unicodedata

from bot.domain.quoting.cutting import one_line

MOST_MARKS = 5  # accents on one letter; Vietnamese needs two, Hebrew three, Tibetan four
_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_BROKEN = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")  # half a character, or none at all
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f"  # Scotland and the like
_HIDDEN = re.compile(
    f"({_FLAG})|["
    "\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f"  # controls
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the order of letters around
    "\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff0-\ufffb"  # without width
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # letters that show nothing
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
# These two join letters of Arabic, Indic and emoji; anywhere else they only hide.
_JOINER = re.compile(
    r"(?<![^\x00-\x7f\s\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f\s\u200c\u200d])"
)
_GAPS = re.compile(r"\n(?:[^\S\n]*\n){2,}")


def literal(words: str) -> str:
    """Customers' words for rich_text: all of them visible, in the order they are read, without stacked accents.

    Empty if nothing in them can be seen. Slack's own tokens need no care there: text pieces are literal.
    """
    shown = _HIDDEN.sub(r"\1", _BROKEN.sub("\ufffd", _BREAKS.sub("\n", words)))
    shown = _GAPS.sub("\n\n", _calmed(_JOINER.sub("", shown)))
    return shown.strip("\n").rstrip() if any(map(_visible, shown)) else ""


def _visible(letter: str) -> bool:
    return not letter.isspace() and unicodedata.category(letter) not in ("Mn", "Me", "Cf")


def _calmed(text: str) -> str:
    """At most MOST_MARKS accents in a row."""
    kept, run = [], 0
    for letter in text:
        run = run + 1 if unicodedata.category(letter) in ("Mn", "Me") else 0
        if run <= MOST_MARKS:
            kept.append(letter)
    return "".join(kept)


def between_marks(words: str, limit: int = 60) -> str:
    """One line of a customer's, such as their name, beside words of ours: "“Lena K.”". Marks inside it are made
    small, so that "Approved by Tom" is seen to be a name. For rich_text. "" if nothing in it can be seen."""
    line = one_line(re.sub('["“”„‟«»]', "'", literal(words)), limit)
    if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in line):
        line = f"\u2068{line}\u2069"  # a name from right to left turns no word of ours around
    return f"“{line}”" if line else ""
