"""What something is called by: its first words, in quotes."""

from __future__ import annotations

import re

from bot.domain.quoting.cutting import cut, one_line
from bot.domain.quoting.visible import between_marks, literal

FIRST = 80  # characters of the first words
NO_WORDS = "(no text)"


def first_words(text: str, limit: int = FIRST, otherwise: str = NO_WORDS) -> str:
    """ "“We baked 400 loaves…”": the one place where the first words of anything are put into a line of ours. Literal,
    one line, whole characters and where it goes whole words, all of it visible; marks inside it are made small."""
    line = one_line(literal(text), 10 * FIRST)
    shown = cut(line, limit)
    if shown != line and (word := shown.rfind(" ")) > limit * 2 // 3:
        shown = f"{shown[:word]}…"
    return between_marks(shown, limit) or otherwise


NAMED = 40  # characters of a post's first words in a sentence about another
# Slack's; "_" within a word marks nothing: author_may_approve.
SLACK_MARKS = re.compile(r"[*~`]|(?<![a-z])_|_(?![a-z])")
_BRACKETS = str.maketrans("<>", "‹›")


def name_post_by_words(text: str, number: int, before: str = "") -> str:
    """ "“Rye today, and…”": another post than the one that is looked at, in a sentence of ours. Nobody knows it by its
    number, so that is said only where it has no words. Nothing in it means anything to Slack, wherever it is shown:
    what others typed as a mention ("<@U1>") would be one where people are named. `before`: "the post "."""
    name = first_words(SLACK_MARKS.sub("", text).translate(_BRACKETS), NAMED, "")
    return f"{before}{name}" if name else f"a post without text (post {number})"
