"""What a question is about, in its own first words: nobody decides about "post 2".

Each confirmation and each dialog that asks before it acts quotes it, says on which accounts and when, and only then
what will happen. A confirmation is plain text, so its moment is in the team's zone; a dialog's is in the reader's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.quoting.first_words import FIRST, NO_WORDS
from bot.domain.quoting.first_words import first_words as first_words
from bot.slack.views.blocks import CONFIRM, Ask, Block, Part, lines, moment, words
from bot.slack.views.text import DAY_AND_TIME, Place, cut, in_words, length, one_line

LEAST = 40  # of them, however much else there is to say
MARKS = 4  # “ and ”, and what keeps words from right to left from turning ours around
TITLES = 200  # characters of the accounts in a dialog


@dataclass(frozen=True)
class About:
    """What is asked about. `by`: whose words they are, or to whom they went, in words of ours."""

    words: str
    accounts: tuple[str, ...] = ()  # titles
    at: datetime | None = None
    on: str = ""  # what happened then: "published"
    by: str = ""  # "by “Lena K.”"
    name: str = ""  # "post 42"
    quoted: str = ""  # what is quoted, where it is no text: "The image"
    otherwise: str = NO_WORDS  # where nothing of the words can be seen
    of_drill: bool = False

    def only(self, account: str) -> About:
        """The same, of one account."""
        return replace(self, accounts=(account,))


def ask_about(ask: Ask, about: About, place: Place) -> Ask:
    """The question, and before it what it is about: as much of that as a confirmation holds, since what will happen is
    never cut. Of a drill it says so."""
    at = f", {_on(about)}{in_words(about.at, DAY_AND_TIME, place)}" if about.at else ""
    by, tail = f" {about.by}" if about.by else "", f"{at}{_named(about)}."
    quoted = f"{about.quoted} " if about.quoted else ""
    room = CONFIRM - length(f"{quoted}{by}{tail}\n{ask.text}") - MARKS
    where = _where(about, room - LEAST)
    first = first_words(about.words, max(min(FIRST, room - length(where)), 1), about.otherwise)
    asked = f"DRILL: {ask.title[:1].lower()}{ask.title[1:]}" if about.of_drill else ask.title
    return replace(ask, title=asked, text=f"{quoted}{first}{by}{where}{tail}\n{ask.text}")


def draw_about(about: About, place: Place) -> Block:
    """The same line in a dialog."""
    quoted = [words(f"{about.quoted} ")] if about.quoted else []
    row: list[Part] = [*quoted, words(first_words(about.words, 2 * FIRST, about.otherwise), bold=True)]
    row.append(words(f"{f' {about.by}' if about.by else ''}{_where(about, TITLES)}"))
    if about.at:
        row += [words(f", {_on(about)}"), moment(about.at, place)]
    return lines([*row, words(f"{_named(about)}.")])


def _where(about: About, room: int) -> str:
    return f" on {list_titles(about.accounts, max(room - 4, LEAST))}" if about.accounts else ""


def list_titles(titles: Sequence[str], limit: int) -> str:
    """ "Mastodon + Bluesky", "Mastodon + 3 more"; at most `limit` characters."""
    named = [one_line(title, 60) for title in titles] or [""]
    for shown in range(len(named), 0, -1):
        left = len(named) - shown
        told = " + ".join([*named[:shown], *([f"{left} more"] if left else [])])
        if length(told) <= limit:
            return told
    left_out = f" + {len(named) - 1} more" if len(named) > 1 else ""
    return cut(named[0], limit - length(left_out)) + left_out


def _on(about: About) -> str:
    return f"{about.on} " if about.on else ""


def _named(about: About) -> str:
    return f" ({about.name})" if about.name else ""
